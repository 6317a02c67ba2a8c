//! An API key as every list and answer shows it, and the one answer that carries a secret.

use serde::{Deserialize, Serialize};

use crate::{
    key::{Access, Credits, KeyKind, KeySource, Metadata, RateLimit, Role},
    leak::Leak,
    network::AddressRange,
    scope::Scope,
    secret::Hint,
    status::KeyStatus,
    time::Timestamp,
    wire::from_object,
};

/// Secrets of a key that are shown: the one that has no end, and the newest of those that were replaced.
pub const SHOWN_SECRETS: usize = 11;

/// A key's attributes. There is no secret among them: `api_key` is always null.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Key {
    /// Never reused.
    pub id: i64,
    /// Its owner.
    pub organization_id: i64,
    /// Service or personal.
    pub kind: KeyKind,
    /// Its name.
    pub name: String,
    /// A note, or empty.
    pub description: String,
    /// What it may do.
    pub role: Role,
    /// Whether it may change anything.
    pub access: Access,
    /// What a verifier may ask of it.
    pub scopes: Vec<Scope>,
    /// Switched on.
    pub active: bool,
    /// Derived at the time of the answer.
    pub status: KeyStatus,
    /// Of the newest secret; null while pending.
    pub hint: Option<Hint>,
    /// Always null here: a secret is shown once, in the answer that mints it.
    pub api_key: (),
    /// The secret that has no end, and the ten newest that were replaced.
    pub secrets: Vec<SecretInfo>,
    /// The person a personal key belongs to.
    pub user_id: Option<i64>,
    /// Their name.
    pub user_name: Option<String>,
    /// Who made it.
    pub created_by: Actor,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// When a secret of it was last used.
    pub last_used_at: Option<Timestamp>,
    /// When its secret was last replaced.
    pub rotated_at: Option<Timestamp>,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
    /// Who ended it.
    pub revoked_by: Option<Actor>,
    /// Why, if they said.
    pub revoke_reason: Option<String>,
    /// Made by the system for a user.
    pub system_generated: bool,
    /// Minted or imported.
    pub source: KeySource,
    /// Where it works; none means anywhere.
    pub allowed_ips: Vec<AddressRange>,
    /// How often it may be used.
    pub rate_limit: Option<RateLimit>,
    /// How many times it may be used.
    pub credits: Option<Credits>,
    /// Of a verifier: the header that says where its client is; it counts when `ip` does not.
    pub client_ip_header: Option<String>,
    /// That a secret of it was reported as leaked, the last time that this happened.
    pub leak: Option<Leak>,
    /// The owner's own data.
    pub metadata: Metadata,
    /// Raised by every change; also the `ETag`.
    pub version: i64,
    /// Calls and verifications in each of the last 36 hours, the current one last; only in a list that was asked to include
    /// usage.
    // As JSON, for the console reads it in a chunk.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<u64>>"))]
    pub usage_36h: serde_json::Value,
}

from_object!(Key {
    id,
    organization_id,
    kind,
    name,
    description,
    role,
    access,
    scopes,
    active,
    status,
    hint,
    api_key,
    secrets,
    user_id,
    user_name,
    created_by,
    created_at,
    updated_at,
    expires_at,
    last_used_at,
    rotated_at,
    revoked_at,
    revoked_by,
    revoke_reason,
    system_generated,
    source,
    allowed_ips,
    rate_limit,
    credits,
    client_ip_header,
    leak,
    metadata,
    version,
    usage_36h
});

/// One secret of a key, by its hint.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SecretInfo {
    /// Its shortened form.
    pub hint: Hint,
    /// When it was minted.
    pub created_at: Timestamp,
    /// When it stops working, if it was replaced.
    pub ends_at: Option<Timestamp>,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

from_object!(SecretInfo { hint, created_at, ends_at, last_used_at });

/// Who did something: names as they were then, so that they outlive a removal.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// A user, a key, or the system itself.
    #[serde(rename = "type")]
    pub kind: ActorKind,
    /// Null for the system.
    pub id: Option<i64>,
    /// Their name.
    pub name: String,
}

crate::key::words! {
    /// What an actor is.
    ActorKind {
        /// A person.
        User = "user",
        /// An API key.
        Key = "key",
        /// Claviger.
        System = "system",
    }
}

/// The answer that mints: [`Key`] with `api_key` filled in. It exists once.
#[derive(Clone, Serialize, Deserialize)]
pub struct MintedKey {
    /// The secret's whole text.
    pub api_key: String,
    /// Everything else. Its own `api_key` is left out on the wire.
    #[serde(flatten, with = "without_secret")]
    pub key: Key,
}

mod without_secret {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};

    use super::Key;

    pub fn serialize<S: Serializer>(key: &Key, serializer: S) -> Result<S::Ok, S::Error> {
        let mut value = serde_json::to_value(key).map_err(S::Error::custom)?;
        if let Some(object) = value.as_object_mut() {
            object.remove("api_key");
        }
        value.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Key, D::Error> {
        let mut object = serde_json::Map::deserialize(deserializer)?;
        object.insert("api_key".to_owned(), serde_json::Value::Null);
        serde_json::from_value(object.into()).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        serde_json::from_value(serde_json::json!({
            "id": 7, "organization_id": 1, "kind": "service", "name": "Billing", "description": "", "role": "integration",
            "access": "read_only", "scopes": ["a.*"], "active": true, "status": "active", "hint": "clv_4fGh…9aZ1",
            "api_key": null, "secrets": [], "user_id": null, "user_name": null, "created_by": {"type": "user", "id": 1, "name": "Ada"},
            "created_at": "2026-11-21T00:00:00.000Z", "updated_at": "2026-11-21T00:00:00.000Z", "expires_at": null,
            "last_used_at": null, "rotated_at": null, "revoked_at": null, "revoked_by": null, "revoke_reason": null,
            "system_generated": false, "source": "minted", "allowed_ips": ["10.0.0.0/8"],
            "rate_limit": null, "credits": null, "metadata": {}, "version": 1,
        }))
        .unwrap()
    }

    #[test]
    fn a_key_says_null_where_the_secret_was() {
        assert_eq!(serde_json::to_value(key()).unwrap()["api_key"], serde_json::Value::Null);
    }

    #[test]
    fn a_minted_key_has_one_api_key_and_reads_back() {
        let minted = MintedKey { api_key: "clv_text".into(), key: key() };
        let text = serde_json::to_string(&minted).unwrap();
        assert_eq!(text.matches("\"api_key\"").count(), 1);
        let read: MintedKey = serde_json::from_str(&text).unwrap();
        assert_eq!((read.api_key.as_str(), read.key), ("clv_text", key()));
    }
}
