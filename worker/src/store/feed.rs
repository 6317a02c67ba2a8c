//! What verification reads: the feed of changes, and the decision records of secrets.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use claviger_core::{
    freshness::{Batch, Change, Feed, Found, MOST_CHANGES, Read, Snapshot},
    secret::SecretHash,
};
use serde::Deserialize;

use super::{
    Database, Results, Statement,
    credentials::{COLUMNS, CredentialRow, FROM},
    sql,
};
use crate::{
    error::Failure,
    lab::{self, Mutant},
    log,
};

/// Where a read goes.
pub enum From<'a> {
    /// To the primary database.
    Primary,
    /// To any replica that is no older than this bookmark.
    NoOlderThan(&'a str),
    /// To any replica.
    Anywhere,
}

#[derive(Deserialize)]
struct Ends {
    first: Option<i64>,
    last: Option<i64>,
}

#[derive(Deserialize)]
struct ChangeRow {
    seq: i64,
    organization_id: i64,
    key_hash: Option<String>,
}

/// A sync and its look-ups, of one moment: the primary's.
///
/// # Errors
/// 503 when D1 does not answer within the batch's time.
pub async fn snapshot(database: &Database, batch: &Batch) -> Result<Snapshot, Failure> {
    // Two look-ups: SQLite finds one end of an index at once, and reads all of it for both.
    let mut statements =
        vec![sql("SELECT (SELECT min(seq) FROM key_changes) AS first, (SELECT max(seq) FROM key_changes) AS last")];
    if let Some(cursor) = batch.cursor {
        let most = i64::try_from(MOST_CHANGES).unwrap_or(i64::MAX).saturating_add(1);
        let behind = sql("SELECT seq, organization_id, key_hash FROM key_changes WHERE seq > ? ORDER BY seq LIMIT ?");
        statements.push(behind.int(cursor).int(most));
    }
    let look_ups = (!batch.look_ups.is_empty()).then_some(statements.len());
    if look_ups.is_some() {
        statements.push(records(&batch.look_ups));
    }
    let (results, bookmark) = database.session(From::Primary, statements, within(batch.within)).await?;
    let ends: Ends = results.first(0)?.ok_or_else(|| Failure::internal("a feed without ends"))?;
    let changes: Vec<ChangeRow> = if batch.cursor.is_some() { results.rows(1)? } else { Vec::new() };
    let changes = changes.into_iter().map(change).collect::<Result<_, _>>()?;
    let found = look_ups.map_or(Ok(BTreeMap::new()), |place| found(&results, place))?;
    Ok(Snapshot { feed: Feed { first: ends.first, last: ends.last, changes }, found, bookmark })
}

/// Look-ups alone.
///
/// # Errors
/// As [`snapshot`].
pub async fn read(database: &Database, read: &Read) -> Result<Found, Failure> {
    let statements = vec![records(&read.look_ups)];
    let bound = !lab::makes(Mutant::BookmarkDropped);
    let from = if bound { From::NoOlderThan(&read.bookmark) } else { From::Anywhere };
    let (results, _) = database.session(from, statements, within(read.within)).await?;
    Ok(lab::replica(found(&results, 0)?, bound))
}

fn records(hashes: &[SecretHash]) -> Statement {
    let hashes: Vec<String> = hashes.iter().map(|hash| hash.to_hex()).collect();
    sql(format!("SELECT {COLUMNS} FROM {FROM} WHERE s.hash IN (SELECT value FROM json_each(?))"))
        .text(&serde_json::json!(hashes).to_string())
}

/// A row that means nothing is no key: one that is broken must not be an outage for all the others.
fn found(results: &Results, place: usize) -> Result<Found, Failure> {
    let rows: Vec<CredentialRow> = results.rows(place)?;
    let read = |row: CredentialRow| match row.into_credential().and_then(|credential| credential.into_record()) {
        Ok(record) => Some((record.hash, Arc::new(record))),
        Err(failure) => {
            log::failure_behind("read_record", &failure);
            None
        }
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

fn change(row: ChangeRow) -> Result<Change, Failure> {
    // A hash that is none would be a change that nobody hears of.
    let read =
        |text: &str| SecretHash::from_hex(text).ok_or_else(|| Failure::internal("the feed names what is no hash"));
    let hash = row.key_hash.as_deref().map(read).transpose()?;
    Ok(Change { seq: row.seq, organization_id: row.organization_id, hash })
}

fn within(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}
