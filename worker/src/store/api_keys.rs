//! API keys.

use claviger_core::{
    authorize::Principal,
    key::{KeyKind, NewKey, Role},
    secret::{Hint, Secret, SecretHash},
    status::KeyStatus,
    text::fold,
    time::Timestamp,
    wire::key::Key,
};
use serde::Deserialize;

use super::{
    Database, Statement, audit,
    row::{KEY_COLUMNS, KeyRow},
    sql,
};
use crate::error::Failure;

/// Which keys a caller can see at all. Part of every query, so that nothing is told about the others.
#[derive(Clone, Copy)]
pub struct Visible {
    /// Keys of this organization; `None` is all of them, for system administrators.
    organization: Option<i64>,
    /// Only this person's personal keys.
    owner: Option<i64>,
    /// Also `system_admin` keys, and the system organization's verifiers, which see all tenants.
    system: bool,
}

impl Visible {
    /// In the caller's own organization.
    pub fn own_organization(principal: &Principal) -> Self {
        Self {
            organization: Some(principal.organization_id),
            owner: principal.own_keys_only(),
            system: principal.role() == Role::SystemAdmin,
        }
    }

    /// Wherever the caller may reach.
    pub fn anywhere(principal: &Principal) -> Self {
        let own = Self::own_organization(principal);
        Self { organization: if own.system { None } else { own.organization }, ..own }
    }

    fn condition(self) -> Statement {
        let mut condition = sql("(1");
        if let Some(id) = self.organization {
            condition = condition.then(sql(" AND k.organization_id = ?").int(id));
        }
        if let Some(id) = self.owner {
            condition = condition.then(sql(" AND k.user_id = ?").int(id));
        } else if !self.system {
            condition = condition
                .then(sql(" AND k.role <> 'system_admin' AND NOT (k.role = 'verifier' AND k.organization_id = 1)"));
        }
        condition.then(sql(")"))
    }
}

/// What a list is asked for.
pub struct Filter {
    /// Exact, without regard to case.
    pub name: Option<String>,
    /// Anywhere in the name, without regard to case.
    pub name_contains: Option<String>,
    /// Any of these; empty is all.
    pub status: Vec<KeyStatus>,
    /// By which column, and whether downwards.
    pub order: Order,
    /// From 0.
    pub page: u32,
    /// Rows on a page.
    pub per_page: u32,
}

/// The order of a list; ties are broken by id.
#[derive(Clone, Copy)]
pub struct Order {
    column: &'static str,
    descending: bool,
}

impl Order {
    /// Reads `order_by`: a field, or `-` and a field.
    pub fn parse(text: &str) -> Option<Self> {
        let (field, descending) = text.strip_prefix('-').map_or((text, false), |field| (field, true));
        let column = match field {
            "id" => "k.id",
            "name" => "k.name_folded",
            "created_at" => "k.created_at",
            "updated_at" => "k.updated_at",
            "expires_at" => "k.expires_at",
            "access" => "k.access",
            "role" => "k.role",
            _ => return None,
        };
        Some(Self { column, descending })
    }

    fn clause(self) -> String {
        let direction = if self.descending { "DESC" } else { "ASC" };
        format!("{} {direction} NULLS LAST, k.id {direction}", self.column)
    }
}

/// The same rule as `KeyStatus::of`, which a test holds it to. Its one value is the time.
const STATUS: &str = "CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked' WHEN k.expires_at <= ? THEN 'expired' \
     WHEN NOT EXISTS (SELECT 1 FROM secrets WHERE key_id = k.id) THEN 'pending' WHEN k.active = 0 THEN 'disabled' \
     ELSE 'active' END";

impl Filter {
    fn condition(&self, visible: Visible, now: Timestamp) -> Statement {
        let mut condition = visible.condition();
        if let Some(name) = &self.name {
            condition = condition.then(sql(" AND k.name_folded = ?").text(&fold(name)));
        }
        if let Some(part) = &self.name_contains {
            // Not LIKE: D1 allows its patterns 50 bytes.
            condition = condition.then(sql(" AND instr(k.name_folded, ?) > 0").text(&part.to_lowercase()));
        }
        if !self.status.is_empty() {
            let words: Vec<&str> = self.status.iter().map(|status| status.word()).collect();
            condition = condition.then(
                sql(format!(" AND {STATUS} IN (SELECT value FROM json_each(?))"))
                    .int(now.millis())
                    .text(&serde_json::json!(words).to_string()),
            );
        }
        condition
    }
}

/// A page of keys, and how many there are in all.
///
/// # Errors
/// 503.
pub async fn list(
    database: &Database,
    visible: Visible,
    filter: &Filter,
    now: Timestamp,
) -> Result<(Vec<Key>, u32), Failure> {
    #[derive(Deserialize)]
    struct Count {
        records: u32,
    }
    let rows = sql(format!("SELECT {KEY_COLUMNS} FROM api_keys k WHERE "))
        .then(filter.condition(visible, now))
        .then(sql(format!(" ORDER BY {} LIMIT ? OFFSET ?", filter.order.clause())))
        .int(filter.per_page.into())
        .int(i64::from(filter.page) * i64::from(filter.per_page));
    let count = sql("SELECT count(*) AS records FROM api_keys k WHERE ").then(filter.condition(visible, now));
    let results = database.batch(vec![rows, count]).await?;
    let keys = results.rows::<KeyRow>(0)?.into_iter().map(|row| row.into_key(now)).collect::<Result<_, _>>()?;
    Ok((keys, results.first::<Count>(1)?.map_or(0, |count| count.records)))
}

/// A key, and the role of the person it belongs to.
pub struct Found {
    /// The key.
    pub key: Key,
    /// The role of its person, if it is personal.
    pub user_role: Option<claviger_core::user::UserRole>,
}

/// One key, if the caller can see it.
///
/// # Errors
/// 404; 503.
pub async fn find(database: &Database, visible: Visible, id: i64, now: Timestamp) -> Result<Found, Failure> {
    #[derive(Deserialize)]
    struct UserRole {
        user_role: Option<String>,
    }
    let query = sql(format!(
        "SELECT {KEY_COLUMNS}, (SELECT role FROM users WHERE id = k.user_id) AS user_role FROM api_keys k WHERE k.id = ? AND "
    ))
    .int(id)
    .then(visible.condition());
    let results = database.batch(vec![query]).await?;
    let key = results.first::<KeyRow>(0)?.ok_or_else(Failure::not_found)?.into_key(now)?;
    let user_role = results.first::<UserRole>(0)?.and_then(|row| row.user_role);
    let user_role = user_role.as_deref().map(|role| super::row::word("user_role", role)).transpose()?;
    Ok(Found { key, user_role })
}

/// The key that has this secret, if the caller can see it.
///
/// # Errors
/// 404; 503.
pub async fn find_by_secret(
    database: &Database,
    visible: Visible,
    hash: SecretHash,
    now: Timestamp,
) -> Result<Key, Failure> {
    let query = sql(format!(
        "SELECT {KEY_COLUMNS} FROM api_keys k WHERE k.id = (SELECT key_id FROM secrets WHERE hash = ?) AND "
    ))
    .text(&hash.to_hex())
    .then(visible.condition());
    database.first::<KeyRow>(query).await?.ok_or_else(Failure::not_found)?.into_key(now)
}

/// Whose a new key is.
#[derive(Clone, Copy)]
pub struct Ownership {
    /// The organization.
    pub organization_id: i64,
    /// The person of a personal key.
    pub user_id: Option<i64>,
    /// Made by the system for its person.
    pub system_generated: bool,
}

/// The statements that make a key with its secret. They leave a key that [`by_secret`] finds.
pub fn insert(new: &NewKey, ownership: Ownership, secret: &Secret, record: &audit::Record<'_>) -> Vec<Statement> {
    let at = record.at.millis();
    let kind = if ownership.user_id.is_some() { KeyKind::Personal } else { KeyKind::Service };
    let scopes: Vec<&str> = new.scopes.iter().map(claviger_core::scope::Scope::as_str).collect();
    let key = sql(
        "INSERT INTO api_keys (organization_id, kind, user_id, name, name_folded, description, role, access, scopes, active, \
         expires_at, metadata, system_generated, created_by_type, created_by_id, created_by_name, created_at, updated_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .int(ownership.organization_id)
    .text(kind.word())
    .maybe_int(ownership.user_id)
    .text(new.name.as_str())
    .text(&new.name.folded())
    .text(new.description.as_str())
    .text(new.role.word())
    .text(new.access.word())
    .text(&serde_json::json!(scopes).to_string())
    .flag(new.active)
    .maybe_int(new.expires_at.map(Timestamp::millis))
    .text(&serde_json::json!(new.metadata).to_string())
    .flag(ownership.system_generated)
    .text(record.actor.kind.word())
    .maybe_int(record.actor.id)
    .text(&record.actor.name)
    .int(at)
    .int(at);
    let hash = secret.hash().to_hex();
    // Within a batch the last row inserted is the key of the statement before.
    let stored = sql("INSERT INTO secrets (hash, key_id, hint, created_at) VALUES (?, last_insert_rowid(), ?, ?)")
        .text(&hash)
        .text(Hint::as_str(&secret.hint()))
        .int(at);
    vec![key, stored, record.about_key(by_secret(secret))]
}

fn by_secret(secret: &Secret) -> Statement {
    sql("k.id = (SELECT key_id FROM secrets WHERE hash = ?)").text(&secret.hash().to_hex())
}

/// The key that a batch with [`insert`] has made.
pub fn select_made(secret: &Secret) -> Statement {
    sql(format!("SELECT {KEY_COLUMNS} FROM api_keys k WHERE ")).then(by_secret(secret))
}

/// Makes a key.
///
/// # Errors
/// 409 `key_limit`; 503.
pub async fn create(
    database: &Database,
    new: &NewKey,
    ownership: Ownership,
    secret: &Secret,
    record: &audit::Record<'_>,
) -> Result<Key, Failure> {
    let mut statements = insert(new, ownership, secret, record);
    let made = statements.len();
    statements.push(select_made(secret));
    let row = database.batch(statements).await?.first::<KeyRow>(made)?;
    row.ok_or_else(|| Failure::internal("a key was made and is not there"))?.into_key(record.at)
}

/// Ends a key for ever.
///
/// # Errors
/// 404 when it has gone meanwhile; 409 `already_revoked`, `last_credential`; 503.
pub async fn revoke(
    database: &Database,
    id: i64,
    reason: Option<&str>,
    record: &audit::Record<'_>,
) -> Result<Key, Failure> {
    let at = record.at.millis();
    let update = sql(
        "UPDATE api_keys SET revoked_at = ?, revoked_by_type = ?, revoked_by_id = ?, revoked_by_name = ?, revoke_reason = ?, \
         updated_at = ?, version = version + 1 WHERE id = ?",
    )
    .int(at)
    .text(record.actor.kind.word())
    .maybe_int(record.actor.id)
    .text(&record.actor.name)
    .maybe_text(reason)
    .int(at)
    .int(id);
    let statements = vec![
        keep_a_way_in(id, record.at),
        update,
        record.about_key(sql("k.id = ?").int(id)),
        sql(format!("SELECT {KEY_COLUMNS} FROM api_keys k WHERE k.id = ?")).int(id),
    ];
    let row = database.batch(statements).await?.first::<KeyRow>(3)?;
    row.ok_or_else(Failure::not_found)?.into_key(record.at)
}

/// Removes a key's record. Its sessions and secrets go with it.
///
/// # Errors
/// 404 when it has gone meanwhile; 409 `last_credential`; 503.
pub async fn delete(database: &Database, id: i64, record: &audit::Record<'_>) -> Result<(), Failure> {
    let statements = vec![
        sql("SELECT id FROM api_keys WHERE id = ?").int(id),
        keep_a_way_in(id, record.at),
        record.about_key(sql("k.id = ?").int(id)),
        sql("DELETE FROM api_keys WHERE id = ?").int(id),
    ];
    let there: Option<serde_json::Value> = database.batch(statements).await?.first(0)?;
    there.map(|_| ()).ok_or_else(Failure::not_found)
}

/// Refuses the batch when key `id` is the last one with which an active owner of its organization can sign in and change
/// things. A key that is no such credential, or no longer one, never is the last.
fn keep_a_way_in(id: i64, now: Timestamp) -> Statement {
    const USABLE: &str = "k.kind = 'personal' AND k.access = 'read_write' AND k.active = 1 AND k.revoked_at IS NULL \
         AND (k.expires_at IS NULL OR k.expires_at > ?) AND u.role = 'owner' AND u.active = 1 \
         AND EXISTS (SELECT 1 FROM secrets s WHERE s.key_id = k.id AND (s.ends_at IS NULL OR s.ends_at > ?))";
    let way_in = |more: &str| {
        sql(format!("EXISTS (SELECT 1 FROM api_keys k JOIN users u ON u.id = k.user_id WHERE {USABLE} AND {more})"))
            .int(now.millis())
            .int(now.millis())
    };
    sql("INSERT INTO refusals (reason) SELECT 'last_credential' WHERE ")
        .then(way_in("k.id = ?").int(id))
        .then(sql(" AND NOT "))
        .then(
            way_in("k.id <> ? AND k.organization_id = (SELECT organization_id FROM api_keys WHERE id = ?)")
                .int(id)
                .int(id),
        )
}
