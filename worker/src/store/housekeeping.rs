//! What is thrown away when its time is over, in small batches so that nobody waits for it.

use claviger_core::time::{DAY, HOUR, MINUTE, Timestamp};
use serde::de::IgnoredAny;

use super::{Database, Statement, sql};
use crate::{auth::session::IDLE, error::Failure};

/// Rows of each table in one batch.
const BATCH: usize = 500;
/// Most batches in one run: one call can write thousands of rows, so one batch a minute would never catch up.
const ROUNDS: u32 = 20;

/// How long it is kept what webhooks were told, and how they answered.
const DELIVERIES_KEPT: i64 = 30 * DAY;
/// How long usage is kept: 13 months, so that a month can be compared with that of the year before.
const USAGE_KEPT: i64 = 396 * DAY;

/// Removes dead sessions, invitations, sign-in links, challenges and idempotency records, feed rows older than an hour except the
/// newest, which tells isolates where the feed stands, usage older than 13 months, what webhooks were told a month ago (what is
/// still waiting waits on), notices of expiry as old, and the ids of counts that nobody sends again after a day. Keys that have expired are marked, so that lists of states find them by an index.
///
/// # Errors
/// 503.
pub async fn prune(database: &Database, now: Timestamp) -> Result<(), Failure> {
    for _ in 0..ROUNDS {
        let statements = batch(now);
        let tables = statements.len();
        let results = database.batch(statements).await?;
        let mut full = false;
        for table in 0..tables {
            full |= results.rows::<IgnoredAny>(table)?.len() == BATCH;
        }
        if !full {
            break;
        }
    }
    Ok(())
}

/// Each statement answers a row for every row that it has touched.
fn batch(now: Timestamp) -> Vec<Statement> {
    let most = i64::try_from(BATCH).unwrap_or(i64::MAX);
    let sessions = sql("DELETE FROM sessions WHERE id IN \
         (SELECT id FROM sessions WHERE ends_at <= ? OR last_seen_at <= ? LIMIT ?) RETURNING 1")
    .int(now.millis())
    .int(now.plus(-IDLE).millis())
    .int(most);
    let feed = sql("DELETE FROM key_changes WHERE seq IN \
         (SELECT seq FROM key_changes WHERE at <= ? AND seq < (SELECT max(seq) FROM key_changes) ORDER BY at, seq LIMIT ?) \
         RETURNING 1")
    .int(now.plus(-HOUR).millis())
    .int(most);
    let invites =
        sql("DELETE FROM invites WHERE hash IN (SELECT hash FROM invites WHERE ends_at <= ? LIMIT ?) RETURNING 1")
            .int(now.millis())
            .int(most);
    let links = sql(
        "DELETE FROM sign_in_links WHERE user_id IN (SELECT user_id FROM sign_in_links WHERE ends_at <= ? LIMIT ?) \
         RETURNING 1",
    )
    .int(now.millis())
    .int(most);
    let challenges = sql("DELETE FROM passkey_challenges WHERE hash IN \
         (SELECT hash FROM passkey_challenges WHERE ends_at <= ? LIMIT ?) RETURNING 1")
    .int(now.millis())
    .int(most);
    let idempotency = sql("DELETE FROM idempotency WHERE (organization_id, principal, request, key) IN \
         (SELECT organization_id, principal, request, key FROM idempotency WHERE at <= ? ORDER BY at LIMIT ?) RETURNING 1")
    .int(now.plus(-DAY).millis())
    .int(most);
    // A minute late, for isolates whose clocks are behind. Lists compare those that are due themselves.
    let expired = sql("UPDATE api_keys SET passed_expires_at = expires_at WHERE id IN \
         (SELECT id FROM api_keys INDEXED BY api_keys_all_due WHERE due_at <= ? ORDER BY due_at LIMIT ?) RETURNING 1")
    .int(now.plus(-MINUTE).millis())
    .int(most);
    let usage = |table: &str, column: &str| {
        sql(format!(
            "DELETE FROM {table} WHERE ({column}, hour, outcome) IN \
             (SELECT {column}, hour, outcome FROM {table} WHERE hour < ? ORDER BY hour LIMIT ?) RETURNING 1"
        ))
        .int(now.plus(-USAGE_KEPT).millis().div_euclid(HOUR))
        .int(most)
    };
    let flushes = sql("DELETE FROM usage_flushes WHERE id IN \
         (SELECT id FROM usage_flushes WHERE at <= ? ORDER BY at LIMIT ?) RETURNING 1")
    .int(now.plus(-DAY).millis())
    .int(most);
    // One event may be a hundred deliveries, each with its attempts: these are counted.
    let told = sql("DELETE FROM webhook_deliveries WHERE id IN \
         (SELECT d.id FROM webhook_events e CROSS JOIN webhook_deliveries d ON d.event_id = e.id \
         WHERE e.at <= ? AND d.next_at IS NULL ORDER BY e.at LIMIT ?) RETURNING 1")
    .int(now.plus(-DELIVERIES_KEPT).millis())
    .int(most);
    let events = sql("DELETE FROM webhook_events WHERE id IN (SELECT id FROM webhook_events e WHERE at <= ? \
         AND NOT EXISTS (SELECT 1 FROM webhook_deliveries WHERE event_id = e.id) ORDER BY at LIMIT ?) RETURNING 1")
    .int(now.plus(-DELIVERIES_KEPT).millis())
    .int(most);
    // None of so long ago is asked for: see `webhooks::notice`.
    let notices = sql("DELETE FROM expiry_notices WHERE (key_id, expires_at, notice) IN \
         (SELECT key_id, expires_at, notice FROM expiry_notices WHERE at <= ? ORDER BY at LIMIT ?) RETURNING 1")
    .int(now.plus(-DELIVERIES_KEPT).millis())
    .int(most);
    vec![
        told,
        events,
        notices,
        sessions,
        feed,
        invites,
        links,
        challenges,
        idempotency,
        expired,
        usage("usage_hourly", "key_id"),
        usage("organization_usage_hourly", "organization_id"),
        flushes,
    ]
}
