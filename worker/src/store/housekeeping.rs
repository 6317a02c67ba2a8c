//! What is thrown away when its time is over, in small batches so that nobody waits for it.

use claviger_core::time::{DAY, HOUR, MINUTE, Timestamp};

use super::{Database, sql};
use crate::{auth::session::IDLE, error::Failure};

/// Rows removed of each table in one run.
const BATCH: i64 = 500;

/// Dead sessions, invitations and idempotency records, and feed rows older than an hour except the newest, which tells isolates where the feed stands.
/// Keys that have expired are marked, so that lists of states find them by an index.
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
    // A minute late, for isolates whose clocks are behind. Lists compare those that are due themselves.
    let expired = sql("UPDATE api_keys SET passed_expires_at = expires_at WHERE id IN \
         (SELECT id FROM api_keys INDEXED BY api_keys_all_due WHERE due_at <= ? ORDER BY due_at LIMIT ?)")
    .int(now.plus(-MINUTE).millis())
    .int(BATCH);
    database.batch(vec![sessions, feed, invites, idempotency, expired]).await?;
    Ok(())
}
