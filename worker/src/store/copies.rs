//! What KV has to be told.

use claviger_core::{
    freshness::{KeyCopy, OrganizationCopy},
    organization::Plan,
    secret::SecretHash,
    time::Timestamp,
};
use serde::Deserialize;
use serde_json::json;

use super::{
    Database,
    credentials::{COLUMNS, CredentialRow, FROM},
    row::word,
    sql,
};
use crate::{error::Failure, log};

/// How far the copies follow the feed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Progress {
    /// The last row of the feed that was followed.
    pub seq: i64,
    /// While all keys are gone through: the last hash.
    pub walked: Option<String>,
}

/// What has changed, and who it belongs to.
#[derive(Debug, Default)]
pub struct Touched {
    /// Secrets, in hexadecimal.
    pub hashes: Vec<String>,
    /// Organizations.
    pub organizations: Vec<i64>,
    /// Where the feed was read up to.
    pub seq: Option<i64>,
    /// Whether there may be more behind it.
    pub more: bool,
}

/// What KV keeps.
#[derive(Debug, Default)]
pub struct Copies {
    /// Of live keys.
    pub keys: Vec<(String, KeyCopy)>,
    /// Of organizations that are there.
    pub organizations: Vec<(i64, OrganizationCopy)>,
}

#[derive(Deserialize)]
struct ChangeRow {
    seq: i64,
    organization_id: i64,
    key_hash: Option<String>,
}

#[derive(Deserialize)]
struct OrganizationRow {
    id: i64,
    plan: String,
    strict: i64,
}

/// How far the copies follow.
///
/// # Errors
/// 503.
pub async fn progress(database: &Database) -> Result<Progress, Failure> {
    let statement = sql("SELECT seq, walked FROM copies WHERE id = 1");
    database.first(statement).await?.ok_or_else(|| Failure::internal("the copies have no progress"))
}

/// Notes how far they follow now.
///
/// # Errors
/// 503.
pub async fn advance(database: &Database, progress: &Progress) -> Result<(), Failure> {
    let statement = sql("UPDATE copies SET seq = ?, walked = ? WHERE id = 1");
    database.batch(vec![statement.int(progress.seq).maybe_text(progress.walked.as_deref())]).await.map(drop)
}

/// What the feed names behind `seq` and no later than `until`; `None` when rows between have been pruned.
///
/// # Errors
/// 503.
pub async fn behind(database: &Database, seq: i64, until: Timestamp, most: usize) -> Result<Option<Touched>, Failure> {
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    let results =
        database
            .batch(vec![
            sql("SELECT (SELECT min(seq) FROM key_changes) AS first, (SELECT max(seq) FROM key_changes) AS last"),
            sql("SELECT seq, organization_id, key_hash FROM key_changes WHERE seq > ? AND at <= ? ORDER BY seq LIMIT ?")
                .int(seq)
                .int(until.millis())
                .int(limit),
        ])
            .await?;
    #[derive(Deserialize)]
    struct Ends {
        first: Option<i64>,
        last: Option<i64>,
    }
    let ends: Option<Ends> = results.first(0)?;
    let gap = ends.is_some_and(|ends| ends.last > Some(seq) && ends.first > Some(seq.saturating_add(1)));
    Ok(if gap { None } else { Some(touched(results.rows(1)?, most)) })
}

/// The place before the first row of the feed.
///
/// # Errors
/// 503.
pub async fn first(database: &Database) -> Result<i64, Failure> {
    #[derive(Deserialize)]
    struct Row {
        seq: i64,
    }
    let statement = sql("SELECT coalesce(min(seq), 1) - 1 AS seq FROM key_changes");
    Ok(database.first::<Row>(statement).await?.map_or(0, |row| row.seq))
}

/// What the feed has named since `since`, the newest first.
///
/// # Errors
/// 503.
pub async fn recent(database: &Database, since: Timestamp, most: usize) -> Result<Touched, Failure> {
    let statement =
        sql("SELECT seq, organization_id, key_hash FROM key_changes WHERE at >= ? ORDER BY seq DESC LIMIT ?")
            .int(since.millis())
            .int(i64::try_from(most).unwrap_or(i64::MAX));
    Ok(touched(database.batch(vec![statement]).await?.rows(0)?, most))
}

/// The next secrets behind `hash`, in their order.
///
/// # Errors
/// 503.
pub async fn walk(database: &Database, hash: &str, most: usize) -> Result<Touched, Failure> {
    #[derive(Deserialize)]
    struct Row {
        hash: String,
        organization_id: i64,
    }
    let statement = sql("SELECT s.hash, k.organization_id FROM secrets s JOIN api_keys k ON k.id = s.key_id \
         WHERE s.hash > ? ORDER BY s.hash LIMIT ?")
    .text(hash)
    .int(i64::try_from(most).unwrap_or(i64::MAX));
    let rows: Vec<Row> = database.batch(vec![statement]).await?.rows(0)?;
    let more = rows.len() == most;
    let organizations = unique(rows.iter().map(|row| row.organization_id));
    Ok(Touched { hashes: rows.into_iter().map(|row| row.hash).collect(), organizations, seq: None, more })
}

/// What KV has to say of these now: what is not in it is to be removed.
///
/// # Errors
/// 503.
pub async fn of(database: &Database, touched: &Touched) -> Result<Copies, Failure> {
    let keys = sql(format!("SELECT {COLUMNS} FROM {FROM} WHERE s.hash IN (SELECT value FROM json_each(?))"));
    let organizations = sql("SELECT id, plan, strict FROM organizations WHERE id IN (SELECT value FROM json_each(?))");
    let results = database
        .batch(vec![
            keys.text(&json!(touched.hashes).to_string()),
            organizations.text(&json!(touched.organizations).to_string()),
        ])
        .await?;
    let rows: Vec<CredentialRow> = results.rows(0)?;
    let copy = |row: CredentialRow| -> Result<Option<(String, KeyCopy)>, Failure> {
        let credential = row.into_credential()?;
        let (hash, person): (SecretHash, bool) = (credential.hash, credential.person_api_access);
        Ok(KeyCopy::of(credential.into_record()?, person).map(|copy| (hash.to_hex(), copy)))
    };
    let mut keys = Vec::with_capacity(rows.len());
    for row in rows {
        match copy(row) {
            Ok(copy) => keys.extend(copy),
            // One that is broken must not keep the others from being copied.
            Err(failure) => log::failure_behind("copy_key", &failure),
        }
    }
    let rows: Vec<OrganizationRow> = results.rows(1)?;
    let organization = |row: OrganizationRow| -> Result<(i64, OrganizationCopy), Failure> {
        let api_access = word::<Plan>("plan", &row.plan)? == Plan::Paid;
        Ok((row.id, OrganizationCopy { strict: row.strict == 1, api_access }))
    };
    Ok(Copies { keys, organizations: rows.into_iter().map(organization).collect::<Result<_, _>>()? })
}

fn touched(rows: Vec<ChangeRow>, most: usize) -> Touched {
    Touched {
        more: rows.len() == most,
        seq: rows.iter().map(|row| row.seq).max(),
        organizations: unique(rows.iter().map(|row| row.organization_id)),
        hashes: unique(rows.into_iter().filter_map(|row| row.key_hash)),
    }
}

fn unique<T: Ord>(all: impl Iterator<Item = T>) -> Vec<T> {
    all.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}
