//! Sessions.

use claviger_core::{secret::SecretHash, time::Timestamp};
use serde::Deserialize;

use super::{
    Database, audit,
    credentials::{self, Credential, CredentialRow},
    sql,
};
use crate::error::Failure;

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
