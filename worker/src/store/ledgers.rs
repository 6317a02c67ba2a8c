//! Which deleted keys have left a ledger behind.

use claviger_core::time::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::{Database, sql};
use crate::error::Failure;

/// Keys with ledgers that were deleted before this moment, the first one first.
///
/// # Errors
/// 503.
pub async fn left_behind(database: &Database, before: Timestamp, most: usize) -> Result<Vec<i64>, Failure> {
    #[derive(Deserialize)]
    struct Row {
        key_id: i64,
    }
    let query = sql("SELECT key_id FROM ledgers WHERE ended_at <= ? ORDER BY ended_at LIMIT ?")
        .int(before.millis())
        .int(i64::try_from(most).unwrap_or(i64::MAX));
    let rows = database.batch(vec![query]).await?.rows::<Row>(0)?;
    Ok(rows.into_iter().map(|row| row.key_id).collect())
}

/// Their ledgers are gone.
///
/// # Errors
/// 503.
pub async fn forget(database: &Database, keys: &[i64]) -> Result<(), Failure> {
    let forget = sql("DELETE FROM ledgers WHERE key_id IN (SELECT value FROM json_each(?)) AND ended_at IS NOT NULL");
    database.batch(vec![forget.text(&json!(keys).to_string())]).await?;
    Ok(())
}
