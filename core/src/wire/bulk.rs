//! Many keys at once: all of them or none.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    input::{Fields, Problem, Problems, text},
    key::{DEFAULT_GRACE, LONGEST_GRACE, words},
    status::KeyStatus,
    text::Note,
    time::SECOND,
    wire::key::Key,
};

/// Most keys in one request.
pub const MOST_KEYS: usize = 1_000;

words! {
    /// What is done to each of them.
    BulkAction {
        /// Switch off.
        Disable = "disable",
        /// Switch on.
        Enable = "enable",
        /// Replace the secret.
        Rotate = "rotate",
        /// End for ever.
        Revoke = "revoke",
        /// Remove the record.
        Delete = "delete",
    }
}

/// `POST /api_keys/bulk`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bulk {
    /// Each once.
    pub ids: Vec<i64>,
    /// What is done.
    pub action: BulkAction,
    /// For `rotate`: how long the old secrets go on working, if not as long as usual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_seconds: Option<i64>,
    /// For `revoke`: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Note>,
}

impl Bulk {
    /// Reads the request.
    ///
    /// # Errors
    /// Every field that does not fit, by name.
    pub fn read(body: &Value) -> Result<Self, Problems> {
        let mut fields = Fields::of(body, "bulk")?;
        let ids = fields.required("ids", ids);
        let action = fields.required("action", |value| {
            let word = value.as_str().and_then(BulkAction::parse);
            word.ok_or_else(|| "Must be one of disable, enable, rotate, revoke, delete.".into())
        });
        let grace_seconds = optional_grace(&mut fields);
        let reason = fields.optional("reason", |value| text(value, Note::parse));
        // Whoever sends them with something else expects what will not happen.
        if grace_seconds.is_some() && action.is_some_and(|action| action != BulkAction::Rotate) {
            fields.refuse("grace_seconds", "Goes with rotate only.");
        }
        if reason.is_some() && action.is_some_and(|action| action != BulkAction::Revoke) {
            fields.refuse("reason", "Goes with revoke only.");
        }
        let (ids, action) = fields.finish_with(ids.zip(action))?;
        Ok(Self { ids, action, grace_seconds, reason })
    }
}

impl Bulk {
    /// For `rotate`: how long the old secrets go on working.
    #[must_use]
    pub fn grace(&self) -> i64 {
        self.grace_seconds.unwrap_or(USUAL_GRACE)
    }
}

/// Reads `grace_seconds` of a rotation, which may be absent.
pub fn grace(fields: &mut Fields) -> i64 {
    optional_grace(fields).unwrap_or(USUAL_GRACE)
}

const USUAL_GRACE: i64 = DEFAULT_GRACE / SECOND;

fn optional_grace(fields: &mut Fields) -> Option<i64> {
    const LONGEST: i64 = LONGEST_GRACE / SECOND;
    fields.optional("grace_seconds", |value| {
        let number = value.as_i64().filter(|number| (0..=LONGEST).contains(number));
        number.ok_or_else(|| Problem::from(format!("Must be a whole number of seconds from 0 to {LONGEST} (7 days).")))
    })
}

fn ids(value: &Value) -> Result<Vec<i64>, Problem> {
    let form = || Problem::from(format!("Must be a list of 1 to {MOST_KEYS} key ids."));
    let items = value.as_array().filter(|items| (1..=MOST_KEYS).contains(&items.len())).ok_or_else(form)?;
    let mut ids =
        items.iter().map(|item| item.as_i64().filter(|id| *id > 0).ok_or_else(form)).collect::<Result<Vec<_>, _>>()?;
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// A key that was changed: what is needed to show it so. A thousand whole keys would be too much to keep for a replay.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkKey {
    /// Its id.
    pub id: i64,
    /// Its status now; before it was deleted, for `delete`.
    pub status: KeyStatus,
    /// Its version now; before it was deleted, for `delete`.
    pub version: i64,
}

impl From<&Key> for BulkKey {
    fn from(key: &Key) -> Self {
        Self { id: key.id, status: key.status, version: key.version }
    }
}

/// What was done. The keys are [`BulkKey`]s; after `rotate` they are whole, and `api_key` is the new secret, once.
#[derive(Clone, Serialize, Deserialize)]
pub struct BulkDone<K> {
    /// What was done.
    pub action: BulkAction,
    /// Keys that changed. One that was as asked already is not among them.
    pub changed: usize,
    /// Those keys.
    pub api_keys: Vec<K>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ids_are_taken_once_and_graces_have_a_limit() {
        let bulk = Bulk::read(&json!({"ids": [3, 1, 3], "action": "rotate"})).unwrap();
        assert_eq!((bulk.ids.as_slice(), bulk.grace()), ([1, 3].as_slice(), 86_400));
        for (body, field) in [
            (json!({"action": "rotate"}), "ids"),
            (json!({"ids": [], "action": "rotate"}), "ids"),
            (json!({"ids": [0], "action": "rotate"}), "ids"),
            (json!({"ids": ["1"], "action": "rotate"}), "ids"),
            (json!({"ids": vec![1; MOST_KEYS + 1], "action": "rotate"}), "ids"),
            (json!({"ids": [1], "action": "copy"}), "action"),
            (json!({"ids": [1]}), "action"),
            (json!({"ids": [1], "action": "enable", "grace_seconds": 0}), "grace_seconds"),
            (json!({"ids": [1], "action": "rotate", "reason": "Old"}), "reason"),
            (json!({"ids": [1], "action": "rotate", "grace_seconds": -1}), "grace_seconds"),
            (json!({"ids": [1], "action": "rotate", "grace_seconds": 604_801}), "grace_seconds"),
        ] {
            assert_eq!(Bulk::read(&body).unwrap_err().errors[0].field, field, "{body}");
        }
    }
}
