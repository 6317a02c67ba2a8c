//! Organizations.

use claviger_core::{
    leak::LeakPolicy,
    organization::{NewOrganization, Organization, SYSTEM_ORGANIZATION},
    secret::SecretHash,
    time::Timestamp,
    user::UserRole,
    wire::organization::{OrganizationRow, OrganizationShown},
};
use serde::Deserialize;

use super::{
    Database, Statement, audit,
    order::{Field, Order},
    row::{json, word},
    sql, usage,
};
use crate::error::Failure;

const COLUMNS: &str = "id, name, plan, key_limit, live_keys, key_prefix, strict, default_key_lifetime, \
     maximum_key_lifetime, leak_policy, created_at, updated_at, version";

/// What a list of organizations can be ordered by. SQLite folds ASCII only; there are few organizations beside keys, and no
/// index to keep.
pub const ORDERS: &[Field] = &[
    ("id", "id", false),
    ("name", "lower(name)", false),
    ("plan", "plan", false),
    ("key_limit", "key_limit", false),
    ("live_keys", "live_keys", false),
    ("key_prefix", "key_prefix", true),
    ("strict", "strict", false),
    ("default_key_lifetime_days", "default_key_lifetime", true),
    ("maximum_key_lifetime_days", "maximum_key_lifetime", true),
    ("leak_policy", "leak_policy", false),
    ("created_at", "created_at", false),
    ("updated_at", "updated_at", false),
];

/// What a list of organizations is asked for.
pub struct Filter<'a> {
    /// Only this one.
    pub only: Option<i64>,
    /// Anywhere in the name, without regard to the case of ASCII letters.
    pub name_contains: Option<&'a str>,
    /// With `usage_36h`.
    pub usage: bool,
    /// By which column, and whether downwards.
    pub order: Order,
    /// From 0.
    pub page: u32,
    /// Rows in the answer.
    pub per_page: u32,
}

#[derive(Deserialize)]
struct Row {
    id: i64,
    name: String,
    plan: String,
    key_limit: u32,
    live_keys: u32,
    key_prefix: Option<String>,
    strict: i64,
    default_key_lifetime: Option<u32>,
    maximum_key_lifetime: Option<u32>,
    // What webhooks are told may be as it was before there was one.
    #[serde(default)]
    leak_policy: Option<String>,
    created_at: i64,
    updated_at: i64,
    version: i64,
    #[serde(default)]
    usage: Option<String>,
    #[serde(default)]
    num_users: u32,
}

impl Row {
    fn into_listed(self, now: Timestamp) -> Result<OrganizationRow, Failure> {
        let usage_36h = usage::spark(self.usage.as_deref(), now)?;
        Ok(OrganizationRow { organization: self.into_organization()?, usage_36h })
    }

    fn into_organization(self) -> Result<Organization, Failure> {
        Ok(Organization {
            id: self.id,
            name: self.name,
            plan: word("plan", &self.plan)?,
            key_limit: self.key_limit,
            live_keys: self.live_keys,
            key_prefix: self.key_prefix,
            strict: self.strict == 1,
            default_key_lifetime_days: self.default_key_lifetime,
            maximum_key_lifetime_days: self.maximum_key_lifetime,
            leak_policy: self.leak_policy.map_or(Ok(LeakPolicy::Flag), |policy| word("leak_policy", &policy))?,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            version: self.version,
        })
    }
}

/// An organization as the row was at some time.
///
/// # Errors
/// 500 for a row that does not fit.
pub fn as_it_was(row: &str) -> Result<Organization, Failure> {
    json::<Row>("object", row)?.into_organization()
}

/// One organization.
///
/// # Errors
/// 404; 503.
pub async fn find(database: &Database, id: i64) -> Result<Organization, Failure> {
    let query = sql(format!("SELECT {COLUMNS} FROM organizations WHERE id = ?")).int(id);
    database.first::<Row>(query).await?.ok_or_else(Failure::not_found)?.into_organization()
}

/// What an organization is called, if it is there.
///
/// # Errors
/// 503.
pub async fn name(database: &Database, id: i64) -> Result<Option<String>, Failure> {
    #[derive(Deserialize)]
    struct Named {
        name: String,
    }
    let named = database.first::<Named>(sql("SELECT name FROM organizations WHERE id = ?").int(id)).await?;
    Ok(named.map(|named| named.name))
}

/// One organization, and how many people are in it.
///
/// # Errors
/// 404; 503.
pub async fn find_with_users(database: &Database, id: i64) -> Result<OrganizationShown, Failure> {
    let query = sql(format!(
        "SELECT {COLUMNS}, (SELECT count(*) FROM users WHERE organization_id = organizations.id) AS num_users \
         FROM organizations WHERE id = ?"
    ))
    .int(id);
    let row = database.first::<Row>(query).await?.ok_or_else(Failure::not_found)?;
    Ok(OrganizationShown { num_users: row.num_users, organization: row.into_organization()? })
}

/// A page of organizations, and how many there are.
///
/// # Errors
/// 503.
pub async fn list(
    database: &Database,
    filter: &Filter<'_>,
    now: Timestamp,
) -> Result<(Vec<OrganizationRow>, u32), Failure> {
    #[derive(Deserialize)]
    struct Count {
        records: u32,
    }
    let condition = || {
        sql(" FROM organizations WHERE (?1 IS NULL OR id = ?1) AND (?2 IS NULL OR instr(lower(name), lower(?2)) > 0)")
            .maybe_int(filter.only)
            .maybe_text(filter.name_contains)
    };
    let usage = if filter.usage { usage::organization_column(now) } else { String::new() };
    let rows = sql(format!("SELECT {COLUMNS}{usage}"))
        .then(condition())
        .then(sql(format!(" ORDER BY {} LIMIT ?3 OFFSET ?4", filter.order.clause(filter.order.column, "id"))))
        .int(filter.per_page.into())
        .int(i64::from(filter.page) * i64::from(filter.per_page));
    let count = sql("SELECT count(*) AS records").then(condition());
    let results = database.batch(vec![rows, count]).await?;
    let rows = results.rows::<Row>(0)?.into_iter();
    let organizations = rows.map(|row| row.into_listed(now)).collect::<Result<_, _>>()?;
    Ok((organizations, results.first::<Count>(1)?.map_or(0, |count| count.records)))
}

/// Makes an organization and the invitation of its first owner.
///
/// # Errors
/// 503.
pub async fn create(
    database: &Database,
    new: &NewOrganization,
    invite: (SecretHash, Timestamp),
    record: &audit::Record<'_>,
    also: Vec<Statement>,
) -> Result<Organization, Failure> {
    let at = record.at.millis();
    let change = &new.change;
    let insert = sql("INSERT INTO organizations (name, plan, key_limit, key_prefix, strict, default_key_lifetime, \
         maximum_key_lifetime, leak_policy, created_at, updated_at) \
         VALUES (?, coalesce(?, 'paid'), coalesce(?, 25), ?, ?, ?, ?, coalesce(?, 'flag'), ?, ?)")
    .text(new.name.as_str())
    .maybe_text(change.plan.map(claviger_core::organization::Plan::word))
    .maybe_int(change.key_limit.map(i64::from))
    .maybe_text(change.key_prefix.iter().flatten().map(|prefix| prefix.as_str()).next())
    .flag(change.strict.unwrap_or(false))
    .maybe_int(change.default_key_lifetime_days.flatten().map(i64::from))
    .maybe_int(change.maximum_key_lifetime_days.flatten().map(i64::from))
    .maybe_text(change.leak_policy.map(LeakPolicy::word))
    .int(at)
    .int(at);
    let (hash, ends_at) = invite;
    let invited = sql("INSERT INTO invites (hash, organization_id, role, vouches, created_at, ends_at) \
         VALUES (?1, last_insert_rowid(), ?2, ?2, ?3, ?4)")
    .text(&hash.to_hex())
    .text(UserRole::Owner.word())
    .int(at)
    .int(ends_at.millis());
    let mut statements = vec![
        insert,
        invited,
        record.about_organization_of_invite(hash, None),
        record.about_organization_of_invite(hash, Some(SYSTEM_ORGANIZATION)),
        sql(format!(
            "SELECT {COLUMNS} FROM organizations WHERE id = (SELECT organization_id FROM invites WHERE hash = ?)"
        ))
        .text(&hash.to_hex()),
    ];
    statements.extend(also);
    let row = database.batch(statements).await?.first::<Row>(4)?;
    row.ok_or_else(|| Failure::internal("an organization was made and is not there"))?.into_organization()
}

/// Stores what `core` made of an organization, if it is still as it was read.
///
/// # Errors
/// 409 `conflict`; 503.
pub async fn update(
    database: &Database,
    before: &Organization,
    after: &Organization,
    record: &audit::Record<'_>,
) -> Result<(), Failure> {
    let same = sql("INSERT INTO refusals (reason) SELECT 'conflict' WHERE NOT EXISTS \
         (SELECT 1 FROM organizations WHERE id = ? AND version = ?)")
    .int(before.id)
    .int(before.version);
    let set = sql("UPDATE organizations SET name = ?, plan = ?, key_limit = ?, key_prefix = ?, strict = ?, \
         default_key_lifetime = ?, maximum_key_lifetime = ?, leak_policy = ?, updated_at = ?, version = ? WHERE id = ?")
    .text(&after.name)
    .text(after.plan.word())
    .int(after.key_limit.into())
    .maybe_text(after.key_prefix.as_deref())
    .flag(after.strict)
    .maybe_int(after.default_key_lifetime_days.map(i64::from))
    .maybe_int(after.maximum_key_lifetime_days.map(i64::from))
    .text(after.leak_policy.word())
    .int(after.updated_at.millis())
    .int(after.version)
    .int(after.id);
    database.batch(vec![same, set, record.statement()]).await?;
    Ok(())
}

/// Removes an organization with its people, keys, sessions and remembered requests. Its audit records stay.
///
/// # Errors
/// 404 when it has gone meanwhile; 503.
pub async fn delete(database: &Database, id: i64, record: &audit::Record<'_>) -> Result<(), Failure> {
    let here = || sql("EXISTS (SELECT 1 FROM organizations WHERE id = ?)").int(id);
    let statements: Vec<Statement> = vec![
        sql("SELECT id FROM organizations WHERE id = ?").int(id),
        record.only_if(here()),
        // From now on only system administrators open that log: in theirs they find the way to it.
        record.of(SYSTEM_ORGANIZATION).only_if(here()),
        sql("DELETE FROM organizations WHERE id = ?").int(id),
        // Without a foreign key: the row of a request must not keep its caller.
        sql("DELETE FROM idempotency WHERE organization_id = ?").int(id),
    ];
    let there: Option<serde_json::Value> = database.batch(statements).await?.first(0)?;
    there.map(|_| ()).ok_or_else(Failure::not_found)
}
