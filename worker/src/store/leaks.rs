//! Reported secrets: whose they are, and that they were reported.

use claviger_core::{
    leak::{LeakPolicy, LeakSource, Reported},
    secret::SecretHash,
    time::Timestamp,
};
use serde::Deserialize;
use serde_json::json;

use super::{
    Database, Statement,
    row::{time, word},
    sql,
};
use crate::error::Failure;

/// A reported secret that a key here has, or had.
pub struct Holder {
    /// Which.
    pub secret: SecretHash,
    /// The key.
    pub key_id: i64,
    /// Whose it is.
    pub organization_id: i64,
    /// What decides about it.
    pub reported: Reported,
}

/// Those of these secrets that are of keys here. Imported ones are not among them: they are found by their own organization
/// only, and who reports a text has not said whose it is.
///
/// # Errors
/// 503.
pub async fn holders(database: &Database, secrets: &[SecretHash], source: LeakSource) -> Result<Vec<Holder>, Failure> {
    #[derive(Deserialize)]
    struct Row {
        hash: String,
        key_id: i64,
        organization_id: i64,
        ends_at: Option<i64>,
        reported_at: Option<i64>,
        leak_policy: String,
    }
    let query =
        sql("SELECT s.hash, s.key_id, k.organization_id, s.ends_at, s.reported_at, o.leak_policy FROM json_each(?) j \
         CROSS JOIN secrets s ON s.hash = j.value JOIN api_keys k ON k.id = s.key_id \
         JOIN organizations o ON o.id = k.organization_id ORDER BY s.key_id")
        .text(&hexadecimal(secrets));
    let rows = database.batch(vec![query]).await?.rows::<Row>(0)?;
    let holder = |row: Row| {
        let policy: LeakPolicy = word("leak_policy", &row.leak_policy)?;
        let reported = Reported { ends_at: time(row.ends_at), before: row.reported_at.is_some(), source, policy };
        let secret = SecretHash::from_hex(&row.hash).ok_or_else(|| Failure::internal("column hash holds no hash"))?;
        Ok(Holder { secret, key_id: row.key_id, organization_id: row.organization_id, reported })
    };
    rows.into_iter().map(holder).collect()
}

/// Notes that these were reported.
pub fn note(secrets: &[SecretHash], now: Timestamp) -> Statement {
    sql("UPDATE secrets SET reported_at = ? WHERE hash IN (SELECT value FROM json_each(?)) AND reported_at IS NULL")
        .int(now.millis())
        .text(&hexadecimal(secrets))
}

fn hexadecimal(secrets: &[SecretHash]) -> String {
    json!(secrets.iter().map(|secret| secret.to_hex()).collect::<Vec<_>>()).to_string()
}
