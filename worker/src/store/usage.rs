//! What was counted: written, and read in buckets.

use claviger_core::{
    secret::SecretHash,
    time::{DAY, HOUR, MINUTE, Timestamp},
    usage::{Counted, Flush, Outcome, Revoked},
    wire::{
        key::Key,
        usage::{SPARK_HOURS, Usage, UsageRange, spark as hours},
    },
};
use serde::Deserialize;
use serde_json::json;

use super::{Database, Results, Statement, row, sql};
use crate::error::Failure;

/// Adds a flush; one that was taken already changes nothing. Answers which of its secrets are revoked by now.
///
/// # Errors
/// 503.
pub async fn add(database: &Database, flush: &Flush, now: Timestamp) -> Result<Vec<Revoked>, Failure> {
    let rows = |wanted: fn(Counted) -> Option<i64>| {
        let rows = flush.calls.iter().filter_map(|(row, n)| Some(json!([wanted(row.of)?, row.hour, row.outcome, n])));
        json!(rows.collect::<Vec<_>>()).to_string()
    };
    let of_keys = rows(|of| if let Counted::Key(id) = of { Some(id) } else { None });
    let of_organizations = rows(|of| if let Counted::Organization(id) = of { Some(id) } else { None });
    let uses: Vec<_> = flush.uses.iter().map(|(hash, used)| json!([hash.to_hex(), used.last.millis()])).collect();
    let uses = json!(uses).to_string();
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
        .text(&uses),
        revoked(&uses),
        // Once a day: it has an index.
        sql(format!(
            "UPDATE api_keys SET used_day = used.day FROM (SELECT s.key_id, max(j.value ->> 1) / {DAY} AS day \
             FROM json_each(?) j CROSS JOIN secrets s ON s.hash = j.value ->> 0 GROUP BY s.key_id) used \
             WHERE api_keys.id = used.key_id AND (used_day IS NULL OR used_day < used.day)"
        ))
        .text(&uses),
    ];
    let (results, place) = match database.batch(statements).await {
        Err(failure) if failure.is_already_counted() => (database.batch(vec![revoked(&uses)]).await?, 0),
        results => (results?, 4),
    };
    revoked_of(&results, place)
}

/// Behind the counts: what is not revoked then was not when it was accepted.
fn revoked(uses: &str) -> Statement {
    sql("SELECT s.hash, k.id AS key_id, k.organization_id, k.revoked_at FROM json_each(?) j \
         CROSS JOIN secrets s ON s.hash = j.value ->> 0 JOIN api_keys k ON k.id = s.key_id WHERE k.revoked_at IS NOT NULL")
    .text(uses)
}

fn revoked_of(results: &Results, place: usize) -> Result<Vec<Revoked>, Failure> {
    #[derive(Deserialize)]
    struct Row {
        hash: String,
        key_id: i64,
        organization_id: i64,
        revoked_at: i64,
    }
    let revoked = |row: Row| {
        Some(Revoked {
            secret: SecretHash::from_hex(&row.hash)?,
            key_id: row.key_id,
            organization_id: row.organization_id,
            at: Timestamp::from_millis(row.revoked_at),
        })
    };
    Ok(results.rows::<Row>(place)?.into_iter().filter_map(revoked).collect())
}

/// How often a key was used, and verified after it was revoked.
///
/// # Errors
/// 503.
pub async fn of_key(database: &Database, key: &Key, range: UsageRange, now: Timestamp) -> Result<Usage, Failure> {
    // Counted in the hour of the revoke.
    let after = sql("SELECT coalesce(sum(n), 0) AS n FROM usage_hourly WHERE key_id = ? AND hour = ? AND outcome = ?")
        .int(key.id)
        .int(key.revoked_at.map_or(-1, |at| at.millis().div_euclid(HOUR)))
        .text(Outcome::AfterRevoke.word());
    read(database, [counts("usage_hourly", "key_id", key.id, range, now), after], range, now).await
}

/// How often an organization's keys were verified, and after they were revoked.
///
/// # Errors
/// 503.
pub async fn of_organization(
    database: &Database,
    id: i64,
    range: UsageRange,
    now: Timestamp,
) -> Result<Usage, Failure> {
    let (from, to) = range.hours(now);
    let after = sql("SELECT coalesce(sum(n), 0) AS n FROM organization_usage_hourly \
         WHERE organization_id = ? AND hour >= ? AND hour < ? AND outcome = ?")
    .int(id)
    .int(from)
    .int(to)
    .text(Outcome::AfterRevoke.word());
    let counts = counts("organization_usage_hourly", "organization_id", id, range, now);
    read(database, [counts, after], range, now).await
}

/// Added up to buckets by the database: a month has thousands of rows.
fn counts(table: &str, column: &str, id: i64, range: UsageRange, now: Timestamp) -> Statement {
    let ((from, to), width) = (range.hours(now), range.bucket_hours());
    // The width in the text: a number that is bound is a real one, and would not cut off the rest.
    sql(format!(
        "SELECT hour / {width} * {width} AS hour, outcome, sum(n) AS n FROM {table} \
         WHERE {column} = ?1 AND hour >= ?2 AND hour < ?3 AND outcome <> ?4 GROUP BY 1, 2"
    ))
    .int(id)
    .int(from)
    .int(to)
    .text(Outcome::AfterRevoke.word())
}

async fn read(
    database: &Database,
    statements: [Statement; 2],
    range: UsageRange,
    now: Timestamp,
) -> Result<Usage, Failure> {
    #[derive(Deserialize)]
    struct Count {
        hour: i64,
        outcome: String,
        n: u64,
    }
    #[derive(Deserialize)]
    struct After {
        n: u64,
    }
    let results = database.batch(statements.into()).await?;
    let counts = results.rows::<Count>(0)?.into_iter();
    let counts: Vec<_> = counts
        .map(|count| Ok((count.hour, row::word("outcome", &count.outcome)?, count.n)))
        .collect::<Result<_, Failure>>()?;
    let after = results.first::<After>(1)?.map_or(0, |after| after.n);
    Ok(Usage::of(range, now, counts, after))
}

/// A further column of keys named `k`, for [`spark`].
pub fn key_column(now: Timestamp) -> String {
    column("usage_hourly", "key_id = k.id", now)
}

/// The same of organizations.
pub fn organization_column(now: Timestamp) -> String {
    column("organization_usage_hourly", "organization_id = organizations.id", now)
}

/// Numbers of ours in the text, for there is no end to what is bound around it.
fn column(table: &str, of: &str, now: Timestamp) -> String {
    let hour = now.millis().div_euclid(HOUR);
    format!(
        ", (SELECT json_group_array(json_array(hour, n)) FROM (SELECT hour, sum(n) AS n FROM {table} \
         WHERE {of} AND hour > {} AND hour <= {hour} AND outcome <> '{}' GROUP BY hour)) AS usage",
        hour - SPARK_HOURS,
        Outcome::AfterRevoke,
    )
}

/// `usage_36h`, if its column is there.
pub fn spark(column: Option<&str>, now: Timestamp) -> Result<Option<Vec<u64>>, Failure> {
    let counted = column.map(|text| row::json::<Vec<(i64, u64)>>("usage", text)).transpose()?;
    Ok(counted.map(|counted| hours(now, counted)))
}
