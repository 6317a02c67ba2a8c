//! The audit log as it is read: who did what to what.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::key::Actor;
use crate::time::Timestamp;

/// One record of the audit log. There is no secret and no hash in it.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// Later records have larger ones.
    pub id: i64,
    /// Whose log it is in.
    pub organization_id: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What, such as `api_key.rotated`.
    pub action: String,
    /// To what.
    pub target: Target,
    /// The attributes that became others.
    pub changes: Vec<Change>,
    /// What else belongs to the action: of a revocation its `reason`, of a rotation `old_secret_ends_at`.
    pub details: Map<String, Value>,
    /// From where.
    pub ip: Option<String>,
    /// In which request.
    pub request_id: String,
}

/// What something was done to; its name is the one it had then, and outlives it.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// A key, a person or an organization.
    #[serde(rename = "type")]
    pub kind: TargetKind,
    /// Its id.
    pub id: Option<i64>,
    /// Its name.
    pub name: String,
}

crate::key::words! {
    /// What a target is.
    TargetKind {
        /// A key.
        ApiKey = "api_key",
        /// A person.
        User = "user",
        /// An organization.
        Organization = "organization",
        /// A webhook.
        Webhook = "webhook",
    }
}

/// An attribute before and after.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Its name.
    pub field: String,
    /// What it was.
    pub before: Value,
    /// What it is since.
    pub after: Value,
}

impl Change {
    /// Takes the changes, `{"access": [old, new]}`, out of what is stored of a record.
    #[must_use]
    pub fn taken_from(details: &mut Map<String, Value>) -> Vec<Self> {
        let Some(Value::Object(changes)) = details.remove("changes") else {
            return Vec::new();
        };
        let change = |(field, values): (String, Value)| {
            let mut values = values.as_array().cloned().unwrap_or_default().into_iter();
            Self { field, before: values.next().unwrap_or_default(), after: values.next().unwrap_or_default() }
        };
        changes.into_iter().map(change).collect()
    }
}

/// A record column by column, as it is stored and sealed.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRecord {
    /// Later records have larger ones.
    pub id: i64,
    /// Whose log it is in.
    pub organization_id: i64,
    /// When, in milliseconds since 1970 (UTC).
    pub at: i64,
    /// `user`, `key` or `system`.
    pub actor_type: String,
    /// Which one.
    pub actor_id: Option<i64>,
    /// Its name then.
    pub actor_name: String,
    /// What, such as `api_key.rotated`.
    pub action: String,
    /// `api_key`, `user`, `organization`…
    pub target_type: String,
    /// Which one.
    pub target_id: Option<i64>,
    /// Its name then.
    pub target_name: String,
    /// JSON text, to the letter.
    pub details: String,
    /// From where.
    pub ip: Option<String>,
    /// In which request.
    pub request_id: String,
}

/// What makes a record a link of its organization's chain.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// Its place in the chain, from 1, without gaps.
    pub position: i64,
    /// The record that it seals.
    pub audit_id: i64,
    /// The hash of the seal before it; zeros for the first.
    pub previous: String,
    /// SHA-256 in hexadecimal.
    pub hash: String,
}

/// A seal with what it seals.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedRecord {
    /// The seal.
    pub seal: Seal,
    /// The record; null when it is gone, and for records that the caller may not see.
    pub record: Option<StoredRecord>,
    /// What was hashed with the record; null without it.
    pub salt: Option<String>,
    /// The record's digest, for records that the caller may not see.
    pub digest: Option<String>,
}

/// The last seal of a day, signed.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Whose chain.
    pub organization_id: i64,
    /// The seal's place.
    pub position: i64,
    /// The seal's record.
    pub audit_id: i64,
    /// The seal's hash.
    pub hash: String,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// The Ed25519 key that it was signed with, in base64url.
    pub public_key: String,
    /// The signature, in base64url.
    pub signature: String,
}

/// A range of an organization's chain.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainRange {
    /// Whose chain.
    pub organization_id: i64,
    /// The Ed25519 key that heads are signed with now, in base64url; null when none is configured.
    pub public_key: Option<String>,
    /// The keys that heads were signed with before, as `AUDIT_FORMER_KEYS` names them.
    pub former_keys: Vec<String>,
    /// All seals of the chain.
    pub sealed: i64,
    /// Those of the range, in their order.
    pub records: Vec<SealedRecord>,
    /// Records of the range that have no seal though later ones of this Claviger do; of the last range also those behind its
    /// end. There should be none.
    pub unsealed: Vec<i64>,
    /// The signed heads of the range; of the last range also those beyond it. There should be none of those.
    pub heads: Vec<Head>,
    /// In the last range: the newest records, which are sealed within a minute or so; at most 1,000 are counted.
    pub waiting: i64,
    /// What to ask with for the range behind it; null in the last one.
    pub next_after: Option<i64>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn taken(stored: Value) -> (Vec<Change>, Value) {
        let mut details = stored.as_object().unwrap().clone();
        (Change::taken_from(&mut details), details.into())
    }

    #[test]
    fn changes_are_told_apart_from_what_else_is_stored() {
        let (changes, rest) =
            taken(json!({"bulk": 2, "changes": {"access": ["read_only", "read_write"], "name": ["A", "B"]}}));
        assert_eq!(rest, json!({"bulk": 2}));
        let shown = json!([{"field": "access", "before": "read_only", "after": "read_write"},
            {"field": "name", "before": "A", "after": "B"}]);
        assert_eq!(json!(changes), shown);
    }

    #[test]
    fn what_has_no_changes_has_none() {
        assert_eq!(taken(json!({"reason": "Gone"})), (Vec::new(), json!({"reason": "Gone"})));
        let (changes, _) = taken(json!({"changes": {"expires_at": [null, "2027-01-01T00:00:00.000Z"], "odd": 1}}));
        assert_eq!((&changes[0].before, &changes[1].after), (&Value::Null, &Value::Null));
    }
}
