//! Lists of keys: filtered, ordered, a page or what comes after a row.
//!
//! A page must not cost more the more keys there are: docs/PERFORMANCE.md has the bounds and what keeps them.

mod hygiene;
mod order;
mod ways;

use claviger_core::{
    hygiene::Hygiene,
    key::{Access, KeyKind, Role},
    status::KeyStatus,
    time::Timestamp,
    wire::key::{ActorKind, Key},
};
use serde::Deserialize;
use serde_json::Value;

use self::ways::{Way, Ways};
pub use self::{
    hygiene::hygiene,
    order::{Cursor, ORDERS},
};
use super::{Database, KEY_COLUMNS, KeyRow, Statement, Visible, sql, usage};
use crate::{error::Failure, store::order::Order};

/// What a list is asked for.
pub struct Filter {
    /// Exact, without regard to case.
    pub name: Option<String>,
    /// Anywhere in the name, without regard to case.
    pub name_contains: Option<String>,
    /// That of any secret of the key, also of a replaced one.
    pub hint: Option<String>,
    /// Any of these; empty is all.
    pub status: Vec<KeyStatus>,
    /// One access.
    pub access: Option<Access>,
    /// One role.
    pub role: Option<Role>,
    /// One kind.
    pub kind: Option<KeyKind>,
    /// Personal keys of this person.
    pub user_id: Option<i64>,
    /// Made by this actor.
    pub created_by: Option<(ActorKind, Option<i64>)>,
    /// Stops working before this moment, and has not yet.
    pub expires_before: Option<Timestamp>,
    /// Not used since this moment, and made before it.
    pub unused_since: Option<Timestamp>,
    /// Those that deserve a look for this reason.
    pub hygiene: Option<Hygiene>,
    /// With `usage_36h`.
    pub usage: bool,
    /// By which column, and whether downwards.
    pub order: Order,
    /// Which rows of the list.
    pub paging: Paging,
    /// Rows in the answer.
    pub per_page: u32,
}

/// Which rows of a list.
pub enum Paging {
    /// A page from 0, with the number of all rows.
    Page(u32),
    /// What comes after a row, or the beginning; nothing is counted, so that it stays fast however long the list is.
    After(Option<Cursor>),
}

/// Rows of a list, and how they lie in it.
pub struct Listed {
    /// The rows.
    pub keys: Vec<Key>,
    /// All rows that match; `None` behind a cursor.
    pub records: Option<u32>,
    /// Where the list goes on, if it does.
    pub next: Option<String>,
}

/// A part of a list of keys.
///
/// # Errors
/// 503.
pub async fn list(database: &Database, visible: Visible, filter: &Filter, now: Timestamp) -> Result<Listed, Failure> {
    #[derive(Deserialize)]
    struct Count {
        records: u32,
    }
    #[derive(Deserialize)]
    struct Sorted {
        id: i64,
        sort_value: Value,
    }
    let order = filter.order;
    let asked = i64::from(filter.per_page);
    let mut statements = vec![match &filter.paging {
        Paging::Page(page) => rows(filter, visible, now, (asked, i64::from(*page) * asked)),
        // One row more than asked tells whether there is more.
        Paging::After(_) => rows(filter, visible, now, (asked + 1, 0)),
    }];
    let counts = matches!(filter.paging, Paging::Page(_));
    if counts {
        statements.push(count(filter, visible, now));
    }
    let results = database.batch(statements).await?;
    let mut rows = results.rows::<KeyRow>(0)?;
    let asked = usize::try_from(filter.per_page).unwrap_or(usize::MAX);
    let more = rows.len() > asked;
    rows.truncate(asked);
    let next = match results.rows::<Sorted>(0)?.get(asked.saturating_sub(1)) {
        Some(last) if more => Some(Cursor::text(order, &last.sort_value, last.id)),
        _ => None,
    };
    Ok(Listed {
        keys: rows.into_iter().map(|row| row.into_key(now)).collect::<Result<_, _>>()?,
        records: if counts { Some(results.first::<Count>(1)?.map_or(0, |count| count.records)) } else { None },
        next,
    })
}

/// `limit` rows after the first `offset`.
fn rows(filter: &Filter, visible: Visible, now: Timestamp, (limit, offset): (i64, i64)) -> Statement {
    let order = filter.order;
    let column = order::column(order, now);
    let Ways { with, arms } = Ways::of(filter, visible, now, order);
    let several = arms.len() > 1;
    let usage = if filter.usage { usage::key_column(now) } else { String::new() };
    let columns = format!("{KEY_COLUMNS}{usage}");
    let arm = |columns: &str, way: Way, limit: i64| {
        let select = sql(format!("SELECT {columns}, {column} AS sort_value FROM {} WHERE ", way.from));
        let select = select.then(way.condition);
        let select = match &filter.paging {
            Paging::After(Some(cursor)) => select.then(cursor.condition(order, &column, way.id)),
            _ => select,
        };
        select.then(sql(format!(" ORDER BY {} LIMIT ?", order.clause(&column, way.id.name()))).int(limit))
    };
    let mut statement = with;
    if several {
        statement = statement.then(sql(format!("SELECT {columns}, p.sort_value FROM (")));
    }
    for (index, way) in arms.into_iter().enumerate() {
        if !several {
            return statement.then(arm(&columns, way, limit)).then(sql(" OFFSET ?").int(offset));
        }
        let union = if index > 0 { " UNION ALL SELECT * FROM (" } else { "SELECT * FROM (" };
        statement = statement.then(sql(union)).then(arm("k.id", way, limit + offset)).then(sql(")"));
    }
    let first = sql(format!(" ORDER BY {} LIMIT ? OFFSET ?", order.clause("sort_value", "id"))).int(limit).int(offset);
    let order = order.clause("p.sort_value", "k.id");
    statement.then(first).then(sql(format!(") p CROSS JOIN api_keys k ON k.id = p.id ORDER BY {order}")))
}

/// How many rows there are in all.
fn count(filter: &Filter, visible: Visible, now: Timestamp) -> Statement {
    let ways = Ways::to_count(filter, visible, now);
    let mut statement = ways.with.then(sql("SELECT 0"));
    for way in ways.arms {
        let count = sql(format!(" + (SELECT count(*) FROM {} WHERE ", way.from));
        statement = statement.then(count).then(way.condition).then(sql(")"));
    }
    statement.then(sql(" AS records"))
}
