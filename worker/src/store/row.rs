//! Rows to wire types. A row that does not fit is our fault, so it is a 500 that names the column.

use claviger_core::{
    secret::Hint,
    status::{KeyFacts, KeyStatus},
    time::Timestamp,
    wire::key::{Actor, ActorKind, Key, SecretInfo},
};
use serde::{Deserialize, de::DeserializeOwned};

use crate::error::Failure;

/// The columns that [`KeyRow`] reads, for keys named `k`. Of the secrets only as many as
/// [`claviger_core::wire::key::SHOWN_SECRETS`], by the index `secrets_newest`: a key that is rotated hourly has thousands.
pub const KEY_COLUMNS: &str = "k.id, k.organization_id, k.kind, k.user_id, k.name, k.description, k.role, k.access, \
     k.scopes, k.active, k.expires_at, k.metadata, k.source, k.system_generated, k.created_by_type, k.created_by_id, \
     k.created_by_name, k.created_at, k.updated_at, k.rotated_at, k.revoked_at, k.revoked_by_type, k.revoked_by_id, \
     k.revoked_by_name, k.revoke_reason, k.version, k.allowed_ips, k.rate_limit, k.credits, k.client_ip_header, k.leak, \
     (SELECT name FROM users WHERE id = k.user_id) AS user_name, \
     (SELECT json_group_array(json_object('hint', hint, 'created_at', created_at, 'ends_at', ends_at, \
      'last_used_at', last_used_at)) FROM (SELECT * FROM secrets WHERE key_id = k.id \
      ORDER BY ends_at IS NOT NULL, created_at DESC, hash LIMIT 11)) AS secrets";

/// One row of `api_keys`, with its secrets' hints. There is no secret and no hash in it.
#[derive(Deserialize)]
pub struct KeyRow {
    id: i64,
    organization_id: i64,
    kind: String,
    user_id: Option<i64>,
    user_name: Option<String>,
    name: String,
    description: String,
    role: String,
    access: String,
    scopes: String,
    active: i64,
    expires_at: Option<i64>,
    metadata: String,
    source: String,
    system_generated: i64,
    created_by_type: String,
    created_by_id: Option<i64>,
    created_by_name: String,
    created_at: i64,
    updated_at: i64,
    rotated_at: Option<i64>,
    revoked_at: Option<i64>,
    revoked_by_type: Option<String>,
    revoked_by_id: Option<i64>,
    revoked_by_name: Option<String>,
    revoke_reason: Option<String>,
    version: i64,
    allowed_ips: String,
    rate_limit: Option<String>,
    credits: Option<String>,
    client_ip_header: Option<String>,
    #[serde(default)]
    leak: Option<String>,
    secrets: String,
    #[serde(default)]
    usage: Option<String>,
}

#[derive(Deserialize)]
struct SecretRow {
    hint: String,
    created_at: i64,
    ends_at: Option<i64>,
    last_used_at: Option<i64>,
}

impl KeyRow {
    /// The key as it is at `now`.
    pub fn into_key(self, now: Timestamp) -> Result<Key, Failure> {
        let secrets: Vec<SecretRow> = json("secrets", &self.secrets)?;
        let secrets: Vec<SecretInfo> = secrets
            .into_iter()
            .map(|secret| SecretInfo {
                hint: Hint::stored(secret.hint),
                created_at: Timestamp::from_millis(secret.created_at),
                ends_at: time(secret.ends_at),
                last_used_at: time(secret.last_used_at),
            })
            .collect();
        let facts = KeyFacts {
            revoked: self.revoked_at.is_some(),
            has_secret: !secrets.is_empty(),
            active: self.active == 1,
            expires_at: time(self.expires_at),
        };
        let revoked_by = match (self.revoked_by_type, self.revoked_by_name) {
            (Some(kind), Some(name)) => Some(actor(&kind, self.revoked_by_id, name)?),
            _ => None,
        };
        Ok(Key {
            id: self.id,
            organization_id: self.organization_id,
            kind: word("kind", &self.kind)?,
            name: self.name,
            description: self.description,
            role: word("role", &self.role)?,
            access: word("access", &self.access)?,
            scopes: json("scopes", &self.scopes)?,
            active: self.active == 1,
            status: KeyStatus::of(facts, now),
            hint: secrets.first().map(|secret| secret.hint.clone()),
            api_key: (),
            last_used_at: secrets.iter().filter_map(|secret| secret.last_used_at).max(),
            secrets,
            user_id: self.user_id,
            user_name: self.user_name,
            created_by: actor(&self.created_by_type, self.created_by_id, self.created_by_name)?,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            expires_at: time(self.expires_at),
            rotated_at: time(self.rotated_at),
            revoked_at: time(self.revoked_at),
            revoked_by,
            revoke_reason: self.revoke_reason,
            system_generated: self.system_generated == 1,
            source: word("source", &self.source)?,
            allowed_ips: json("allowed_ips", &self.allowed_ips)?,
            rate_limit: self.rate_limit.as_deref().map(|text| json("rate_limit", text)).transpose()?,
            credits: self.credits.as_deref().map(|text| json("credits", text)).transpose()?,
            client_ip_header: self.client_ip_header,
            leak: self.leak.as_deref().map(|text| json("leak", text)).transpose()?,
            metadata: json("metadata", &self.metadata)?,
            version: self.version,
            usage_36h: super::usage::spark(self.usage.as_deref(), now)?.into(),
        })
    }
}

/// Three columns that name an actor.
pub fn actor(kind: &str, id: Option<i64>, name: String) -> Result<Actor, Failure> {
    Ok(Actor { kind: word::<ActorKind>("actor", kind)?, id, name })
}

/// A column that holds a word of one of `core`'s enums.
pub fn word<T: DeserializeOwned>(column: &'static str, word: &str) -> Result<T, Failure> {
    serde_json::from_value(word.into())
        .map_err(|_| Failure::internal(format_args!("column {column} holds an unknown word")))
}

/// A column that holds JSON.
pub fn json<T: DeserializeOwned>(column: &'static str, text: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|_| Failure::internal(format_args!("column {column} holds unexpected JSON")))
}

/// A column that may hold a time.
pub fn time(millis: Option<i64>) -> Option<Timestamp> {
    millis.map(Timestamp::from_millis)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_row_has_the_secrets_that_are_shown() {
        let limit = format!("LIMIT {})", claviger_core::wire::key::SHOWN_SECRETS);
        assert!(super::KEY_COLUMNS.contains(&limit));
    }

    #[test]
    fn webhooks_are_told_every_column_of_a_key() {
        let views = include_str!("../../migrations/0018_leaks.sql");
        let columns: Vec<&str> = super::KEY_COLUMNS.split(", ").filter_map(|part| part.strip_prefix("k.")).collect();
        assert!(columns.len() > 25);
        for column in columns {
            assert!(views.contains(&format!("'{column}', k.{column}")), "{column}: make the view api_key_objects anew");
        }
    }
}
