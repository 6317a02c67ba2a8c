//! What was counted.

use claviger_core::{
    time::{MINUTE, Timestamp},
    usage::{Counted, Flush},
};
use serde_json::json;

use super::{Database, sql};
use crate::error::Failure;

/// Adds a flush. One that was taken already changes nothing.
///
/// # Errors
/// 503.
pub async fn add(database: &Database, flush: &Flush, now: Timestamp) -> Result<(), Failure> {
    let rows = |wanted: fn(Counted) -> Option<i64>| {
        let rows = flush.calls.iter().filter_map(|(row, n)| Some(json!([wanted(row.of)?, row.hour, row.outcome, n])));
        json!(rows.collect::<Vec<_>>()).to_string()
    };
    let of_keys = rows(|of| if let Counted::Key(id) = of { Some(id) } else { None });
    let of_organizations = rows(|of| if let Counted::Organization(id) = of { Some(id) } else { None });
    let uses: Vec<_> = flush.uses.iter().map(|(hash, at)| json!([hash.to_hex(), at.millis()])).collect();
    let statements = vec![
        sql("INSERT INTO usage_flushes (id, at) VALUES (?, ?)").text(&flush.id).int(now.millis()),
        // Joined, for a key may have gone since.
        sql("INSERT INTO usage_hourly (key_id, hour, outcome, n) \
             SELECT k.id, j.value ->> 1, j.value ->> 2, j.value ->> 3 \
             FROM json_each(?) j JOIN api_keys k ON k.id = j.value ->> 0 WHERE true \
             ON CONFLICT DO UPDATE SET n = n + excluded.n")
        .text(&of_keys),
        sql("INSERT INTO organization_usage_hourly (organization_id, hour, outcome, n) \
             SELECT o.id, j.value ->> 1, j.value ->> 2, j.value ->> 3 \
             FROM json_each(?) j JOIN organizations o ON o.id = j.value ->> 0 WHERE true \
             ON CONFLICT DO UPDATE SET n = n + excluded.n")
        .text(&of_organizations),
        // Once a minute, and once after a rotation: whether the old secret was used after it is what people look for.
        // Changes nothing that an answer depends on, so no feed row comes of it.
        sql(format!(
            "UPDATE secrets SET last_used_at = j.value ->> 1 FROM json_each(?) j WHERE secrets.hash = j.value ->> 0 \
             AND (last_used_at IS NULL OR last_used_at < (j.value ->> 1) / {MINUTE} * {MINUTE} \
                  OR last_used_at < (SELECT rotated_at FROM api_keys WHERE id = secrets.key_id) \
                     AND last_used_at < j.value ->> 1)"
        ))
        .text(&json!(uses).to_string()),
    ];
    match database.batch(statements).await {
        Err(failure) if failure.is_already_counted() => Ok(()),
        result => result.map(drop),
    }
}
