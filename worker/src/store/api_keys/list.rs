//! Lists of keys: filtered, ordered, a page or what comes after a row.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use claviger_core::{
    key::{Access, KeyKind, Role},
    status::KeyStatus,
    text::fold,
    time::Timestamp,
    wire::key::{ActorKind, Key},
};
use serde::Deserialize;
use serde_json::Value;

use super::{Database, KEY_COLUMNS, KeyRow, Statement, Visible, sql};
use crate::error::Failure;

/// What a list is asked for.
#[derive(Default)]
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

impl Default for Paging {
    fn default() -> Self {
        Self::Page(0)
    }
}

/// The order of a list; ties are broken by id.
#[derive(Clone, Copy)]
pub struct Order {
    field: &'static str,
    column: &'static str,
    nullable: bool,
    descending: bool,
}

/// Of the newest secret.
const HINT: &str =
    "(SELECT hint FROM secrets WHERE key_id = k.id ORDER BY ends_at IS NOT NULL, created_at DESC LIMIT 1)";
const LAST_USED: &str = "(SELECT max(last_used_at) FROM secrets WHERE key_id = k.id)";

/// Name, column, and whether it may be NULL.
const FIELDS: [(&str, &str, bool); 18] = [
    ("id", "k.id", false),
    ("name", "k.name_folded", false),
    ("role", "k.role", false),
    ("active", "k.active", false),
    ("access", "k.access", false),
    ("kind", "k.kind", false),
    ("description", "k.description", false),
    ("api_key", HINT, true),
    ("hint", HINT, true),
    ("user_id", "k.user_id", true),
    ("created_by", "k.created_by_name", false),
    ("created_at", "k.created_at", false),
    ("updated_at", "k.updated_at", false),
    ("expires_at", "k.expires_at", true),
    ("last_used_at", LAST_USED, true),
    ("rotated_at", "k.rotated_at", true),
    ("revoked_at", "k.revoked_at", true),
    ("organization_id", "k.organization_id", false),
];

impl Default for Order {
    fn default() -> Self {
        Self { field: "id", column: "k.id", nullable: false, descending: false }
    }
}

impl Order {
    /// Reads `order_by`: a field, or `-` and a field.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        let (field, column, nullable) = FIELDS.into_iter().find(|(field, ..)| *field == name)?;
        Some(Self { field, column, nullable, descending })
    }

    /// Every field that a list can be ordered by.
    pub fn fields() -> String {
        FIELDS.map(|(field, ..)| field).join(", ")
    }

    fn clause(self) -> String {
        let direction = if self.descending { "DESC" } else { "ASC" };
        let nulls = if self.nullable { " NULLS LAST" } else { "" };
        if self.field == "id" {
            return format!("k.id {direction}");
        }
        format!("{} {direction}{nulls}, k.id {direction}", self.column)
    }
}

/// Where a list goes on: the order it has, and the value and id of the last row that was given out. Opaque to callers.
pub struct Cursor {
    value: Value,
    id: i64,
}

impl Cursor {
    /// Reads a cursor that was given out for a list of this order.
    pub fn parse(text: &str, order: Order) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (field, descending, value, id): (String, bool, Value, i64) = serde_json::from_slice(&bytes).ok()?;
        let plain = matches!(value, Value::Null | Value::String(_)) || value.as_i64().is_some();
        (field == order.field && descending == order.descending && plain && id > 0).then_some(Self { value, id })
    }

    fn text(order: Order, value: &Value, id: i64) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::json!([order.field, order.descending, value, id]).to_string())
    }

    /// The rows behind this one.
    fn condition(&self, order: Order) -> Statement {
        let (column, than) = (order.column, if order.descending { "<" } else { ">" });
        if order.field == "id" {
            return sql(format!(" AND k.id {than} ?")).int(self.id);
        }
        let value = |statement: Statement| match &self.value {
            Value::String(text) => statement.text(text),
            other => statement.maybe_int(other.as_i64()),
        };
        if !order.nullable {
            return value(sql(format!(" AND ({column}, k.id) {than} (?"))).then(sql(", ?)").int(self.id));
        }
        // NULLs come last in both directions.
        if self.value.is_null() {
            return sql(format!(" AND {column} IS NULL AND k.id {than} ?")).int(self.id);
        }
        value(sql(format!(" AND (({column}, k.id) {than} (?")))
            .then(sql(format!(", ?) OR {column} IS NULL)")).int(self.id))
    }
}

/// The same rule as `KeyStatus::of`, which a test holds it to. Its one value is the time.
const STATUS: &str = "CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked' WHEN k.expires_at <= ? THEN 'expired' \
     WHEN NOT EXISTS (SELECT 1 FROM secrets WHERE key_id = k.id) THEN 'pending' WHEN k.active = 0 THEN 'disabled' \
     ELSE 'active' END";

impl Filter {
    fn condition(&self, visible: Visible, now: Timestamp) -> Statement {
        let mut condition = visible.condition();
        let mut and = |more: Statement| condition = std::mem::replace(&mut condition, sql("")).then(more);
        if let Some(name) = &self.name {
            and(sql(" AND k.name_folded = ?").text(&fold(name)));
        }
        if let Some(part) = &self.name_contains {
            // Not LIKE: D1 allows its patterns 50 bytes.
            and(sql(" AND instr(k.name_folded, ?) > 0").text(&part.to_lowercase()));
        }
        if let Some(hint) = &self.hint {
            and(sql(" AND EXISTS (SELECT 1 FROM secrets WHERE key_id = k.id AND hint = ?)").text(hint));
        }
        for (column, word) in [
            ("access", self.access.map(Access::word)),
            ("role", self.role.map(Role::word)),
            ("kind", self.kind.map(KeyKind::word)),
        ] {
            if let Some(word) = word {
                and(sql(format!(" AND k.{column} = ?")).text(word));
            }
        }
        if let Some(id) = self.user_id {
            and(sql(" AND k.user_id = ?").int(id));
        }
        if let Some((kind, id)) = self.created_by {
            and(sql(" AND k.created_by_type = ? AND k.created_by_id IS ?").text(kind.word()).maybe_int(id));
        }
        if let Some(moment) = self.expires_before {
            and(sql(" AND k.expires_at < ? AND k.expires_at > ?").int(moment.millis()).int(now.millis()));
        }
        if let Some(moment) = self.unused_since {
            let unused = format!(" AND k.created_at < ? AND coalesce({LAST_USED}, 0) < ?");
            and(sql(unused).int(moment.millis()).int(moment.millis()));
        }
        if !self.status.is_empty() {
            let words: Vec<&str> = self.status.iter().map(|status| status.word()).collect();
            and(sql(format!(" AND {STATUS} IN (SELECT value FROM json_each(?))"))
                .int(now.millis())
                .text(&serde_json::json!(words).to_string()));
        }
        condition
    }
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
    let condition = filter.condition(visible, now);
    let select = format!("SELECT {KEY_COLUMNS}, {} AS sort_value FROM api_keys k WHERE ", order.column);
    let rows = sql(select).then(condition);
    let limit = i64::from(filter.per_page);
    let mut statements = Vec::new();
    match &filter.paging {
        Paging::Page(page) => {
            let rows = rows.then(sql(format!(" ORDER BY {} LIMIT ? OFFSET ?", order.clause())).int(limit));
            statements.push(rows.then(sql("").int(i64::from(*page) * limit)));
            statements
                .push(sql("SELECT count(*) AS records FROM api_keys k WHERE ").then(filter.condition(visible, now)));
        }
        Paging::After(cursor) => {
            let rows = match cursor {
                Some(cursor) => rows.then(cursor.condition(order)),
                None => rows,
            };
            // One row more than asked tells whether there is more.
            statements.push(rows.then(sql(format!(" ORDER BY {} LIMIT ?", order.clause())).int(limit + 1)));
        }
    }
    let counts = statements.len() > 1;
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
