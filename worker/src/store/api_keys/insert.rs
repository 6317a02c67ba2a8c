//! Making keys: one with its secret, or many by the hashes of theirs.

use claviger_core::{
    authorize::Principal,
    key::{KeyKind, KeySource, NewKey},
    secret::{Secret, SecretHash},
    wire::{
        import::{ImportedAs, ImportedKey},
        key::Key,
    },
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Database, KEY_COLUMNS, KeyRow, Statement, sql};
use crate::{
    error::Failure,
    store::{audit, callers::still_stands},
};

/// Rows in one statement: 64 of the largest keys stay below D1's 2 MB for a bound value.
const CHUNK: usize = 64;

/// Whose a new key is.
#[derive(Clone, Copy)]
pub struct Ownership<'a> {
    /// The organization.
    pub organization_id: i64,
    /// Within it.
    pub owner: Owner<'a>,
    /// Made by the system for its person.
    pub system_generated: bool,
}

/// Within an organization.
#[derive(Clone, Copy)]
pub enum Owner<'a> {
    /// A service key.
    Service,
    /// A person's key.
    User(i64),
    /// The key of the person with this folded address, whom the same batch makes.
    Newcomer(&'a str),
}

/// One key that is made.
pub struct Insertion<'a> {
    /// Its attributes.
    pub key: &'a NewKey,
    /// Under which it is looked up.
    pub hash: SecretHash,
    /// What it is shown by.
    pub hint: String,
    /// Minted or imported.
    pub source: KeySource,
}

impl<'a> Insertion<'a> {
    /// A key with a secret of ours.
    pub fn minted(key: &'a NewKey, secret: &Secret) -> Self {
        Self { key, hash: secret.hash(), hint: secret.hint().as_str().to_owned(), source: KeySource::Minted }
    }

    fn row(&self) -> Value {
        let key = self.key;
        json!({
            "name": key.name, "name_folded": key.name.folded(), "description": key.description, "role": key.role,
            "access": key.access, "scopes": json!(key.scopes).to_string(), "active": i64::from(key.active),
            "expires_at": key.expires_at.map(|moment| moment.millis()), "metadata": json!(key.metadata).to_string(),
            "allowed_ips": json!(key.allowed_ips).to_string(),
            "rate_limit": key.rate_limit.map(|limit| json!(limit).to_string()),
            "credits": key.credits.map(|credits| json!(credits).to_string()),
            "client_ip_header": key.client_ip_header,
            "hash": self.hash.to_hex(), "hint": self.hint, "source": self.source,
        })
    }

    fn details(&self) -> Value {
        let key = self.key;
        json!({
            "role": key.role, "access": key.access, "scopes": key.scopes, "active": key.active,
            "expires_at": key.expires_at, "hint": self.hint, "source": self.source,
        })
    }
}

/// The statements that make keys with their secrets and records: three for every [`CHUNK`].
pub fn insert(keys: &[Insertion<'_>], ownership: Ownership<'_>, record: &audit::Record<'_>) -> Vec<Statement> {
    keys.chunks(CHUNK).flat_map(|keys| insert_chunk(keys, ownership, record)).collect()
}

fn insert_chunk(keys: &[Insertion<'_>], ownership: Ownership<'_>, record: &audit::Record<'_>) -> [Statement; 3] {
    let at = record.at.millis();
    let (kind, user_id, email) = match ownership.owner {
        Owner::Service => (KeyKind::Service, None, None),
        Owner::User(id) => (KeyKind::Personal, Some(id), None),
        Owner::Newcomer(email) => (KeyKind::Personal, None, Some(email)),
    };
    let rows: Vec<Value> = keys.iter().map(Insertion::row).collect();
    let rows = json!(rows).to_string();
    let inserted = sql(
        "INSERT INTO api_keys (organization_id, kind, user_id, system_generated, created_by_type, created_by_id, \
         created_by_name, created_at, updated_at, name, name_folded, description, role, access, scopes, active, \
         expires_at, metadata, allowed_ips, rate_limit, credits, client_ip_header, source, limit_version, credits_version) \
         SELECT ?1, ?2, coalesce(?3, (SELECT id FROM users WHERE organization_id = ?1 AND email = ?4)), ?5, ?6, ?7, ?8, \
         ?9, ?9, value ->> 'name', value ->> 'name_folded', value ->> 'description', \
         value ->> 'role', value ->> 'access', value ->> 'scopes', value ->> 'active', value ->> 'expires_at', \
         value ->> 'metadata', value ->> 'allowed_ips', value ->> 'rate_limit', value ->> 'credits', value ->> 'client_ip_header', \
         value ->> 'source', ?9, ?9 \
         FROM json_each(?10) ORDER BY key",
    )
    .int(ownership.organization_id)
    .text(kind.word())
    .maybe_int(user_id)
    .maybe_text(email)
    .flag(ownership.system_generated)
    .text(record.actor.kind.word())
    .maybe_int(record.actor.id)
    .text(&record.actor.name)
    .int(at)
    .text(&rows);
    // Ids of one statement follow each other, and within a batch the last of them is that of the last row above.
    let last = i64::try_from(keys.len()).unwrap_or(i64::MAX) - 1;
    let stored = sql("INSERT INTO secrets (hash, key_id, hint, created_at) \
         SELECT value ->> 'hash', last_insert_rowid() - ? + key, value ->> 'hint', ? FROM json_each(?)")
    .int(last)
    .int(at)
    .text(&rows);
    let details = |key: &Insertion<'_>| {
        let mut details = key.details();
        if let (Some(details), Some(more)) = (details.as_object_mut(), record.details.as_object()) {
            details.extend(more.clone());
        }
        details
    };
    let targets = keys.iter().map(|key| json!({"hash": key.hash.to_hex(), "details": details(key)}));
    [inserted, stored, record.about_new_keys(&targets.collect::<Vec<_>>())]
}

/// The key that a batch with [`insert`] has made.
pub fn select_made(secret: &Secret) -> Statement {
    sql(format!("SELECT {KEY_COLUMNS} FROM api_keys k WHERE k.id = (SELECT key_id FROM secrets WHERE hash = ?)"))
        .text(&secret.hash().to_hex())
}

/// Makes a key for `principal`; `also` belongs to the same batch.
///
/// # Errors
/// 409 `key_limit`, and `conflict` when the caller is not any more who they were judged as; 503.
pub async fn create(
    database: &Database,
    principal: &Principal,
    new: &NewKey,
    ownership: Ownership<'_>,
    secret: &Secret,
    record: &audit::Record<'_>,
    also: Vec<Statement>,
) -> Result<Key, Failure> {
    let mut statements = vec![still_stands(principal)];
    statements.extend(insert(&[Insertion::minted(new, secret)], ownership, record));
    let made = statements.len();
    statements.push(select_made(secret));
    statements.extend(also);
    let row = database.batch(statements).await?.first::<KeyRow>(made)?;
    row.ok_or_else(|| Failure::internal("a key was made and is not there"))?.into_key(record.at)
}

/// Imports keys, all or none. Those whose secret this organization has already are named.
///
/// # Errors
/// 409 `key_limit`, `already_imported`, and `conflict` as [`create`]; 503.
pub async fn import(
    database: &Database,
    principal: &Principal,
    keys: &[ImportedKey],
    organization_id: i64,
    record: &audit::Record<'_>,
    also: impl FnOnce(&[Insertion<'_>]) -> Vec<Statement>,
) -> Result<Vec<ImportedAs>, Failure> {
    #[derive(Deserialize)]
    struct Place {
        place: usize,
    }
    let insertions: Vec<Insertion<'_>> = keys
        .iter()
        .map(|key| Insertion {
            key: &key.key,
            hash: key.sha256.imported_by(organization_id),
            hint: key.hint.as_str().to_owned(),
            source: KeySource::Imported,
        })
        .collect();
    let hashes: Vec<[String; 2]> =
        keys.iter().map(|key| [key.sha256.to_hex(), key.sha256.imported_by(organization_id).to_hex()]).collect();
    // Within the organization only: that another one has the same key is not for this one to know. CROSS JOIN keeps this
    // order, from each hash to its key: SQLite would rather begin with all keys of the organization, once for each hash.
    let taken = sql("SELECT j.key AS place FROM json_each(?) j \
         CROSS JOIN secrets s ON s.hash IN (j.value ->> 0, j.value ->> 1) \
         CROSS JOIN api_keys k ON k.id = s.key_id WHERE k.organization_id = ? ORDER BY j.key")
    .text(&json!(hashes).to_string())
    .int(organization_id);
    let taken = database.batch(vec![taken]).await?.rows::<Place>(0)?;
    if !taken.is_empty() {
        return Err(taken.iter().fold(Failure::already_imported(), |failure, taken| {
            failure.field(
                &format!("api_keys[{}].sha256", taken.place),
                "This organization has a key with this secret already.",
            )
        }));
    }
    let ownership = Ownership { organization_id, owner: Owner::Service, system_generated: false };
    let mut statements = vec![still_stands(principal)];
    statements.extend(insert(&insertions, ownership, record));
    let made = statements.len();
    let hashes: Vec<String> = insertions.iter().map(|key| key.hash.to_hex()).collect();
    statements.push(
        sql("SELECT k.id, k.name, s.hint FROM json_each(?) j CROSS JOIN secrets s ON s.hash = j.value \
             CROSS JOIN api_keys k ON k.id = s.key_id ORDER BY j.key")
        .text(&json!(hashes).to_string()),
    );
    statements.extend(also(&insertions));
    database.batch(statements).await?.rows(made)
}
