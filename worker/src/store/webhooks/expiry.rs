//! Notices that a key expires: a week before, a day before, and when it has.

use claviger_core::time::{DAY, Timestamp};

use super::super::{Database, sql};
use crate::error::Failure;

/// Notices of each kind in one run.
const MOST: i64 = 200;

/// Writes those that are due, each once for each expiry; triggers address them. One beforehand that could not be given within a
/// day is not given, nor is one that was due before the key or the webhook was made. That a key has expired is true later too.
///
/// # Errors
/// 503.
pub async fn notice(database: &Database, now: Timestamp) -> Result<(), Failure> {
    let due = |notice: &str, lead: i64, late: i64| {
        sql("INSERT INTO expiry_notices (key_id, expires_at, notice, at) \
             SELECT k.id, k.expires_at, ?1, ?2 FROM api_keys k INDEXED BY api_keys_that_expire \
             WHERE k.revoked_at IS NULL AND k.expires_at > ?3 AND k.expires_at <= ?4 AND k.created_at < k.expires_at - ?5 \
             AND EXISTS (SELECT 1 FROM webhooks w WHERE w.organization_id = k.organization_id AND w.active = 1 \
             AND w.created_at < k.expires_at - ?5) \
             AND NOT EXISTS (SELECT 1 FROM expiry_notices n WHERE n.key_id = k.id AND n.expires_at = k.expires_at AND n.notice = ?1) \
             ORDER BY k.expires_at LIMIT ?6 ON CONFLICT DO NOTHING")
        .text(notice)
        .int(now.millis())
        .int(now.plus(lead - late).millis())
        .int(now.plus(lead).millis())
        .int(lead)
        .int(MOST)
    };
    database.batch(vec![due("week", 7 * DAY, DAY), due("day", DAY, DAY), due("expired", 0, 7 * DAY)]).await?;
    Ok(())
}
