//! What is thrown away when its time is over, in small batches so that nobody waits for it.

use claviger_core::time::{DAY, HOUR, Timestamp};

use super::{Database, sql};
use crate::{auth::session::IDLE, error::Failure};

/// Rows removed of each table in one run.
const BATCH: i64 = 500;

/// Dead sessions, invitations and idempotency records, and feed rows older than an hour except the newest, which tells isolates where the feed stands.
///
/// # Errors
/// 503.
pub async fn prune(database: &Database, now: Timestamp) -> Result<(), Failure> {
    let sessions = sql("DELETE FROM sessions WHERE id IN \
         (SELECT id FROM sessions WHERE ends_at <= ? OR last_seen_at <= ? LIMIT ?)")
    .int(now.millis())
    .int(now.plus(-IDLE).millis())
    .int(BATCH);
    let feed = sql("DELETE FROM key_changes WHERE seq IN \
         (SELECT seq FROM key_changes WHERE at <= ? AND seq < (SELECT max(seq) FROM key_changes) ORDER BY seq LIMIT ?)")
    .int(now.plus(-HOUR).millis())
    .int(BATCH);
    let invites = sql("DELETE FROM invites WHERE hash IN (SELECT hash FROM invites WHERE ends_at <= ? LIMIT ?)")
        .int(now.millis())
        .int(BATCH);
    let idempotency = sql("DELETE FROM idempotency WHERE (organization_id, principal, request, key) IN \
         (SELECT organization_id, principal, request, key FROM idempotency WHERE at <= ? ORDER BY at LIMIT ?)")
    .int(now.plus(-DAY).millis())
    .int(BATCH);
    database.batch(vec![sessions, feed, invites, idempotency]).await?;
    Ok(())
}
