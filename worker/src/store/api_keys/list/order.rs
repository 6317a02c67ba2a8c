//! In which order a list of keys is, and where it goes on.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use claviger_core::time::Timestamp;
use serde_json::Value;

use super::super::{Statement, sql};
use crate::store::order::{Field, Order};

/// Of the newest secret.
const HINT: &str =
    "(SELECT hint FROM secrets WHERE key_id = k.id ORDER BY ends_at IS NOT NULL, created_at DESC LIMIT 1)";
pub(super) const LAST_USED: &str = "(SELECT max(last_used_at) FROM secrets WHERE key_id = k.id)";

/// What a list of keys can be ordered by.
pub const ORDERS: &[Field] = &[
    ("id", "k.id", false),
    ("name", "k.name_folded", false),
    ("role", "k.role", false),
    ("active", "k.active", false),
    ("access", "k.access", false),
    ("kind", "k.kind", false),
    ("description", "k.description", false),
    ("api_key", HINT, true),
    ("hint", HINT, true),
    // By the word, judged at the time of the request: `column`.
    ("status", "k.settled_status", false),
    ("user_id", "k.user_id", true),
    ("user_name", "(SELECT name_folded FROM users WHERE id = k.user_id)", true),
    ("created_by", "k.created_by_name", false),
    ("created_at", "k.created_at", false),
    ("updated_at", "k.updated_at", false),
    ("expires_at", "k.expires_at", true),
    ("last_used_at", LAST_USED, true),
    ("rotated_at", "k.rotated_at", true),
    ("revoked_at", "k.revoked_at", true),
    ("revoked_by", "k.revoked_by_name", true),
    ("revoke_reason", "k.revoke_reason", true),
    ("system_generated", "k.system_generated", false),
    ("source", "k.source", false),
    ("client_ip_header", "k.client_ip_header", true),
    ("version", "k.version", false),
    ("organization_id", "k.organization_id", false),
];

/// By which it is when nothing is said.
pub(super) const BY_ID: Order = Order { field: "id", column: "k.id", nullable: false, descending: false };

/// The column of this order. A status hangs on the time.
pub(super) fn column(order: Order, now: Timestamp) -> Cow<'static, str> {
    if order.field != "status" {
        return Cow::Borrowed(order.column);
    }
    Cow::Owned(format!("CASE WHEN k.due_at <= {} THEN 'expired' ELSE k.settled_status END", now.millis()))
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

    pub(super) fn text(order: Order, value: &Value, id: i64) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::json!([order.field, order.descending, value, id]).to_string())
    }

    /// The rows behind this one.
    pub(super) fn condition(&self, order: Order, column: &str, id: IdColumn) -> Statement {
        let than = if order.descending { "<" } else { ">" };
        if order.field == "id" {
            let name = id.name();
            return match id {
                IdColumn::OfSearch(organization) => {
                    sql(format!(" AND {name} {than} (? << 32 | ?)")).int(organization).int(self.id)
                }
                _ => sql(format!(" AND {name} {than} ?")).int(self.id),
            };
        }
        let id = id.name();
        let value = |statement: Statement| match &self.value {
            Value::String(text) => statement.text(text),
            other => statement.maybe_int(other.as_i64()),
        };
        if !order.nullable {
            return value(sql(format!(" AND ({column}, {id}) {than} (?"))).then(sql(", ?)").int(self.id));
        }
        // NULLs come last in both directions.
        if self.value.is_null() {
            return sql(format!(" AND {column} IS NULL AND {id} {than} ?")).int(self.id);
        }
        value(sql(format!(" AND (({column}, {id}) {than} (?")))
            .then(sql(format!(", ?) OR {column} IS NULL)")).int(self.id))
    }
}

/// The id as the index that a list is read by knows it.
#[derive(Clone, Copy)]
pub(super) enum IdColumn {
    /// Of the table, and behind every index's own columns.
    Plain,
    /// In the indexes of names.
    Tie,
    /// In the index of names in part: below the organization's.
    OfSearch(i64),
}

impl IdColumn {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Plain => "k.id",
            Self::Tie => "k.tie_id",
            Self::OfSearch(_) => "f.rowid",
        }
    }
}
