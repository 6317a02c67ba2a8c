//! Sessions.

use claviger_core::{
    secret::{Hint, SecretHash},
    time::Timestamp,
    wire::user::{SessionRow, SessionRowKey},
};
use serde::Deserialize;

use super::{
    Database, audit,
    credentials::{self, Credential, CredentialRow},
    sql,
};
use crate::{auth::session::IDLE, error::Failure};

/// A row of `sessions`.
pub struct StoredSession {
    /// Never reused.
    pub id: i64,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last used, to within five minutes.
    pub last_seen_at: Timestamp,
    /// When it ends in any case.
    pub ends_at: Timestamp,
}

#[derive(Deserialize)]
struct Row {
    session_id: i64,
    session_created_at: i64,
    last_seen_at: i64,
    session_ends_at: i64,
}

/// What a new session needs.
pub struct NewSession<'a> {
    /// Of the token in the cookie.
    pub hash: SecretHash,
    /// The person.
    pub user_id: i64,
    /// The secret it was opened with.
    pub secret: SecretHash,
    /// When it ends in any case.
    pub ends_at: Timestamp,
    /// The browser's description of itself.
    pub user_agent: &'a str,
}

/// The session with this token and the key it was opened with.
///
/// # Errors
/// 503.
pub async fn find(database: &Database, hash: SecretHash) -> Result<Option<(StoredSession, Credential)>, Failure> {
    let columns = credentials::COLUMNS;
    let from = credentials::FROM;
    let query = sql(format!(
        "SELECT e.id AS session_id, e.created_at AS session_created_at, e.last_seen_at, e.ends_at AS session_ends_at, {columns} \
         FROM {from} JOIN sessions e ON e.secret_hash = s.hash WHERE e.hash = ?"
    ))
    .text(&hash.to_hex());
    let results = database.batch(vec![query]).await?;
    let (Some(row), Some(credential)) = (results.first::<Row>(0)?, results.first::<CredentialRow>(0)?) else {
        return Ok(None);
    };
    let session = StoredSession {
        id: row.session_id,
        created_at: Timestamp::from_millis(row.session_created_at),
        last_seen_at: Timestamp::from_millis(row.last_seen_at),
        ends_at: Timestamp::from_millis(row.session_ends_at),
    };
    Ok(Some((session, credential.into_credential()?)))
}

/// Opens a session.
///
/// # Errors
/// 503.
pub async fn open(database: &Database, new: &NewSession<'_>, record: &audit::Record<'_>) -> Result<i64, Failure> {
    #[derive(Deserialize)]
    struct Id {
        id: i64,
    }
    let insert =
        sql("INSERT INTO sessions (hash, user_id, secret_hash, created_at, last_seen_at, ends_at, user_agent) \
         VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id")
        .text(&new.hash.to_hex())
        .int(new.user_id)
        .text(&new.secret.to_hex())
        .int(record.at.millis())
        .int(record.at.millis())
        .int(new.ends_at.millis())
        .text(new.user_agent);
    let results = database.batch(vec![insert, record.statement()]).await?;
    let id = results.first::<Id>(0)?.ok_or_else(|| Failure::internal("a new session has no id"))?;
    Ok(id.id)
}

/// Notes that a session was used.
///
/// # Errors
/// 503.
pub async fn touch(database: &Database, id: i64, now: Timestamp) -> Result<(), Failure> {
    database.batch(vec![sql("UPDATE sessions SET last_seen_at = ? WHERE id = ?").int(now.millis()).int(id)]).await?;
    Ok(())
}

/// Ends a session; the record is written for the request that really ended it.
///
/// # Errors
/// 503.
pub async fn end(database: &Database, id: i64, record: &audit::Record<'_>) -> Result<(), Failure> {
    let ended = record.only_if(sql("EXISTS (SELECT 1 FROM sessions WHERE id = ?)").int(id));
    database.batch(vec![ended, sql("DELETE FROM sessions WHERE id = ?").int(id)]).await?;
    Ok(())
}

#[derive(Deserialize)]
struct Listed {
    id: i64,
    user_agent: String,
    created_at: i64,
    last_seen_at: i64,
    ends_at: i64,
    key_id: i64,
    key_name: String,
    hint: String,
}

/// A person's sessions that still let them in, the one seen last first; `current` is the one that asks.
///
/// # Errors
/// 503.
pub async fn list(
    database: &Database,
    user: i64,
    current: Option<i64>,
    now: Timestamp,
) -> Result<Vec<SessionRow>, Failure> {
    let query = sql(
        "SELECT e.id, e.user_agent, e.created_at, e.last_seen_at, e.ends_at, k.id AS key_id, k.name AS key_name, s.hint \
         FROM sessions e JOIN secrets s ON s.hash = e.secret_hash JOIN api_keys k ON k.id = s.key_id \
         WHERE e.user_id = ?1 AND e.ends_at > ?2 AND e.last_seen_at > ?3 AND k.revoked_at IS NULL AND k.active = 1 \
         AND (k.expires_at IS NULL OR k.expires_at > ?2) AND (s.ends_at IS NULL OR s.ends_at > ?2) \
         ORDER BY e.last_seen_at DESC, e.id DESC LIMIT 1000",
    )
    .int(user)
    .int(now.millis())
    .int(now.plus(-IDLE).millis());
    let rows = database.batch(vec![query]).await?.rows::<Listed>(0)?.into_iter();
    let rows = rows.map(|row| SessionRow {
        id: row.id,
        current: current == Some(row.id),
        user_agent: row.user_agent,
        created_at: Timestamp::from_millis(row.created_at),
        last_seen_at: Timestamp::from_millis(row.last_seen_at),
        idle_at: Timestamp::from_millis(row.last_seen_at).plus(IDLE),
        ends_at: Timestamp::from_millis(row.ends_at),
        key: SessionRowKey { id: row.key_id, name: row.key_name, hint: Hint::stored(row.hint) },
    });
    Ok(rows.collect())
}

/// Ends one of a person's sessions.
///
/// # Errors
/// 404 when it is not theirs, or has gone; 503.
pub async fn end_one(database: &Database, user: i64, id: i64, record: &audit::Record<'_>) -> Result<(), Failure> {
    let theirs = |text: &str| sql(text).int(id).int(user);
    let statements = vec![
        theirs("SELECT id FROM sessions WHERE id = ? AND user_id = ?"),
        record.only_if(theirs("EXISTS (SELECT 1 FROM sessions WHERE id = ? AND user_id = ?)")),
        theirs("DELETE FROM sessions WHERE id = ? AND user_id = ?"),
    ];
    let there: Option<serde_json::Value> = database.batch(statements).await?.first(0)?;
    there.map(|_| ()).ok_or_else(Failure::not_found)
}

/// Ends all of a person's sessions but this one; answers how many.
///
/// # Errors
/// 503.
pub async fn end_others(
    database: &Database,
    user: i64,
    current: Option<i64>,
    record: &audit::Record<'_>,
) -> Result<u32, Failure> {
    let others = |text: &str| sql(text).int(user).maybe_int(current);
    let statements = vec![
        record.only_if(others("EXISTS (SELECT 1 FROM sessions WHERE user_id = ? AND id IS NOT ?)")),
        others("DELETE FROM sessions WHERE user_id = ? AND id IS NOT ? RETURNING id"),
    ];
    let ended = database.batch(statements).await?.rows::<serde::de::IgnoredAny>(1)?.len();
    Ok(u32::try_from(ended).unwrap_or(u32::MAX))
}
