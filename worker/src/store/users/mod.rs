//! People: found, listed, changed, removed.

mod join;
mod vouched;
mod write;

use claviger_core::{
    authorize::Principal, envelope::Page, key::Role, text::fold, time::Timestamp, user::UserRole, wire::user::User,
};
use serde::Deserialize;

pub use self::{
    join::{Known, by_email, join, still},
    vouched::{vouched, vouched_at_most},
    write::{Meaning, change, clear, refuse_taken, remove, store},
};
use super::{
    Database, Statement,
    order::{Field, Order},
    row::{json, time, word},
    sql,
};
use crate::error::Failure;

const COLUMNS: &str = "u.id, u.organization_id, u.name, u.email, u.role, u.active, u.api_access, u.api_access_ended, \
     u.personal_key_limit, u.created_at, u.updated_at, u.version, \
     (SELECT count(*) FROM api_keys WHERE user_id = u.id AND revoked_at IS NULL) AS live_keys, \
     (SELECT max(s.last_used_at) FROM api_keys k JOIN secrets s ON s.key_id = k.id WHERE k.user_id = u.id) AS last_used_at, \
     (SELECT max(last_seen_at) FROM sessions WHERE user_id = u.id) AS last_seen_at";

/// What a list of people can be ordered by.
pub const ORDERS: &[Field] = &[
    ("id", "u.id", false),
    ("name", "u.name_folded", false),
    ("email", "u.email", false),
    ("role", "CASE u.role WHEN 'member' THEN 0 WHEN 'administrator' THEN 1 ELSE 2 END", false),
    ("active", "u.active", false),
    ("api_access", "u.api_access", false),
    ("live_keys", "live_keys", false),
    ("personal_key_limit", "u.personal_key_limit", false),
    ("last_used_at", "last_used_at", true),
    ("last_seen_at", "last_seen_at", true),
    ("created_at", "u.created_at", false),
    ("updated_at", "u.updated_at", false),
];

/// What a list of people is asked for.
pub struct Filter<'a> {
    /// In this organization.
    pub organization: i64,
    /// Exact, without regard to case.
    pub name: Option<&'a str>,
    /// Anywhere in the name or the address, without regard to case.
    pub name_contains: Option<&'a str>,
    /// Exactly this address, without regard to case.
    pub email: Option<&'a str>,
    /// One role.
    pub role: Option<UserRole>,
    /// Who may come in, or who may not.
    pub active: Option<bool>,
    /// Who has API access, or who has not.
    pub api_access: Option<bool>,
    /// By which column, and whether downwards.
    pub order: Order,
    /// Which part of the list.
    pub part: Part,
    /// Rows in the answer.
    pub per_page: u32,
}

/// Which part of a list of people.
#[derive(Clone, Copy)]
pub enum Part {
    /// This page, from 0; all are counted.
    Page(u32),
    /// What comes after the person with this id, or the beginning; nothing is counted. In the order of ids.
    After(Option<i64>),
}

#[derive(Deserialize)]
struct Row {
    id: i64,
    organization_id: i64,
    name: String,
    email: String,
    role: String,
    active: i64,
    api_access: i64,
    api_access_ended: Option<String>,
    live_keys: u32,
    personal_key_limit: u32,
    last_used_at: Option<i64>,
    last_seen_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl Row {
    fn into_user(self) -> Result<User, Failure> {
        Ok(User {
            id: self.id,
            organization_id: self.organization_id,
            name: self.name,
            email: self.email,
            role: word("role", &self.role)?,
            active: self.active == 1,
            api_access: self.api_access == 1,
            api_access_ended: self
                .api_access_ended
                .as_deref()
                .map(|text| json("api_access_ended", text))
                .transpose()?,
            live_keys: self.live_keys,
            personal_key_limit: self.personal_key_limit,
            last_used_at: time(self.last_used_at),
            last_seen_at: time(self.last_seen_at),
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            version: self.version,
        })
    }
}

/// A person as the row was at some time.
///
/// # Errors
/// 500 for a row that does not fit.
pub fn as_it_was(row: &str) -> Result<User, Failure> {
    json::<Row>("object", row)?.into_user()
}

/// Which people a caller can see at all: a member at the console themself, whoever manages an organization those in it, and a
/// system administrator all.
fn visible(principal: &Principal) -> Statement {
    if let Some(own) = principal.own_keys_only() {
        return sql(" AND u.id = ?").int(own);
    }
    if principal.role() == Role::SystemAdmin {
        sql("")
    } else {
        sql(" AND u.organization_id = ?").int(principal.organization_id)
    }
}

/// One person, if the caller can see them.
///
/// # Errors
/// 404; 503.
pub async fn find(database: &Database, principal: &Principal, id: i64) -> Result<User, Failure> {
    let query = sql(format!("SELECT {COLUMNS} FROM users u WHERE u.id = ?")).int(id).then(visible(principal));
    database.first::<Row>(query).await?.ok_or_else(Failure::not_found)?.into_user()
}

/// A part of the people who fit.
///
/// # Errors
/// 503.
pub async fn list(
    database: &Database,
    principal: &Principal,
    filter: &Filter<'_>,
) -> Result<(Vec<User>, Page), Failure> {
    #[derive(Deserialize)]
    struct Count {
        records: u32,
    }
    let order = filter.order;
    let rows = sql(format!("SELECT {COLUMNS}")).then(matching(principal, filter));
    let ordered = sql(format!(" ORDER BY {} LIMIT ? OFFSET ?", order.clause(order.column, "u.id")));
    match filter.part {
        Part::Page(page) => {
            let offset = i64::from(page) * i64::from(filter.per_page);
            let rows = rows.then(ordered.int(filter.per_page.into()).int(offset));
            let count = sql("SELECT count(*) AS records").then(matching(principal, filter));
            let results = database.batch(vec![rows, count]).await?;
            let users = results.rows::<Row>(0)?.into_iter().map(Row::into_user).collect::<Result<_, _>>()?;
            let records = results.first::<Count>(1)?.map_or(0, |count| count.records);
            Ok((users, Page::of(page, filter.per_page, records)))
        }
        Part::After(id) => {
            let way = if order.descending { "<" } else { ">" };
            let behind = id.map_or_else(|| sql(""), |id| sql(format!(" AND u.id {way} ?")).int(id));
            // One more tells whether there is more.
            let rows = rows.then(behind).then(ordered.int(i64::from(filter.per_page) + 1).int(0));
            let found = database.batch(vec![rows]).await?.rows::<Row>(0)?;
            let per_page = usize::try_from(filter.per_page).unwrap_or(usize::MAX);
            let more = found.len() > per_page;
            let users: Vec<User> = found.into_iter().take(per_page).map(Row::into_user).collect::<Result<_, _>>()?;
            let next = users.last().filter(|_| more).map(|user| user.id.to_string());
            Ok((users, Page::after(filter.per_page, next)))
        }
    }
}

fn matching(principal: &Principal, filter: &Filter<'_>) -> Statement {
    let mut query = sql(" FROM users u WHERE u.organization_id = ?").int(filter.organization).then(visible(principal));
    if let Some(name) = filter.name {
        query = query.then(sql(" AND u.name_folded = ?").text(&fold(name)));
    }
    if let Some(text) = filter.name_contains {
        // As it is written too: what SQLite folded once, it folded in ASCII only.
        let either = " AND (instr(u.name_folded, ?) > 0 OR instr(u.name, ?) > 0 OR instr(u.email, ?) > 0)";
        let folded = fold(text);
        query = query.then(sql(either).text(&folded).text(text.trim()).text(&folded));
    }
    if let Some(email) = filter.email {
        query = query.then(sql(" AND u.email = ?").text(&fold(email)));
    }
    if let Some(role) = filter.role {
        query = query.then(sql(" AND u.role = ?").text(role.word()));
    }
    for (column, wanted) in [("active", filter.active), ("api_access", filter.api_access)] {
        if let Some(wanted) = wanted {
            query = query.then(sql(format!(" AND u.{column} = ?")).flag(wanted));
        }
    }
    query
}
