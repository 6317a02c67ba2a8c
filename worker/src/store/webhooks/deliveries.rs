//! What was sent to a webhook, and asking for it again.

use claviger_core::{
    time::Timestamp,
    wire::{
        key::Actor,
        webhook::{Attempt, Delivery, EventTarget, Webhook},
    },
};
use serde::{Deserialize, de::IgnoredAny};

use super::super::{
    Database, Statement, audit,
    row::{json, time, word},
    sql,
};
use super::outbox::{host_of, put_test};
use crate::error::Failure;

const COLUMNS: &str = "d.id, d.webhook_id, d.state, d.next_at, e.at, e.type, e.target_type, e.target_id, e.target_name, \
     (SELECT json_group_array(json_object('at', at, 'ms', ms, 'status', status, 'error', error, 'answer', answer)) \
      FROM (SELECT * FROM webhook_attempts WHERE delivery_id = d.id ORDER BY id DESC LIMIT 10)) AS attempts \
     FROM webhook_deliveries d JOIN webhook_events e ON e.id = d.event_id";

#[derive(Deserialize)]
struct Row {
    id: i64,
    webhook_id: i64,
    state: String,
    next_at: Option<i64>,
    at: i64,
    r#type: String,
    target_type: String,
    target_id: i64,
    target_name: String,
    attempts: String,
}

#[derive(Deserialize)]
struct AttemptRow {
    at: i64,
    ms: u32,
    status: Option<u16>,
    error: Option<String>,
    answer: Option<String>,
}

impl Row {
    fn into_delivery(self) -> Result<Delivery, Failure> {
        let attempts: Vec<AttemptRow> = json("attempts", &self.attempts)?;
        Ok(Delivery {
            id: self.id,
            webhook_id: self.webhook_id,
            message_id: message_id(self.id),
            kind: self.r#type,
            target: EventTarget { kind: self.target_type, id: Some(self.target_id), name: self.target_name },
            at: Timestamp::from_millis(self.at),
            state: word("state", &self.state)?,
            next_at: time(self.next_at),
            attempts: attempts
                .into_iter()
                .map(|row| Attempt {
                    at: Timestamp::from_millis(row.at),
                    ms: row.ms,
                    status: row.status,
                    error: row.error,
                    answer: row.answer,
                })
                .collect(),
        })
    }
}

/// The header `webhook-id` of a delivery: the same in every attempt, so that receivers know it again.
pub fn message_id(delivery: i64) -> String {
    format!("msg_{delivery}")
}

/// A webhook's deliveries, the newest first, and after which to go on.
///
/// # Errors
/// 503.
pub async fn list(
    database: &Database,
    webhook: i64,
    state: Option<&str>,
    (after, per_page): (Option<i64>, u32),
) -> Result<(Vec<Delivery>, Option<i64>), Failure> {
    let mut query = sql(format!("SELECT {COLUMNS} WHERE d.webhook_id = ?")).int(webhook);
    if let Some(state) = state {
        query = query.then(sql(" AND d.state = ?").text(state));
    }
    if let Some(after) = after {
        query = query.then(sql(" AND d.id < ?").int(after));
    }
    // One row more than asked tells whether there is more.
    let query = query.then(sql(" ORDER BY d.id DESC LIMIT ?").int(i64::from(per_page) + 1));
    let mut rows = database.batch(vec![query]).await?.rows::<Row>(0)?;
    let asked = usize::try_from(per_page).unwrap_or(usize::MAX);
    let more = rows.len() > asked;
    rows.truncate(asked);
    let next = rows.last().map(|row| row.id).filter(|_| more);
    Ok((rows.into_iter().map(Row::into_delivery).collect::<Result<_, _>>()?, next))
}

/// One delivery. Whether the caller may see it is for who finds its webhook.
///
/// # Errors
/// 404; 503.
pub async fn find(database: &Database, id: i64) -> Result<Delivery, Failure> {
    let query = sql(format!("SELECT {COLUMNS} WHERE d.id = ?")).int(id);
    database.first::<Row>(query).await?.ok_or_else(Failure::not_found)?.into_delivery()
}

/// Off sends nothing, also if it was switched off a moment ago.
fn while_on(webhook: i64) -> Statement {
    sql("INSERT INTO refusals (reason) SELECT 'conflict' WHERE NOT EXISTS (SELECT 1 FROM webhooks WHERE id = ? AND active = 1)")
        .int(webhook)
}

/// Puts a test message into the outbox.
///
/// # Errors
/// 409 `conflict` when it was switched off meanwhile; 503.
pub async fn test(
    database: &Database,
    webhook: &Webhook,
    actor: &Actor,
    record: &audit::Record<'_>,
) -> Result<Delivery, Failure> {
    let object = serde_json::to_string(webhook).map_err(Failure::internal)?;
    let to = (webhook.id, webhook.organization_id);
    let mut statements = vec![while_on(webhook.id)];
    statements.extend(put_test(to, &host_of(&webhook.url), &object, actor, record.at));
    statements.push(sql(format!("SELECT {COLUMNS} WHERE d.id = last_insert_rowid()")));
    statements.push(record.statement());
    let row = database.batch(statements).await?.first::<Row>(3)?;
    row.ok_or_else(|| Failure::internal("a test message was made and is not there"))?.into_delivery()
}

/// Tries one delivery again from the beginning of its schedule.
///
/// # Errors
/// 409 `conflict` when its webhook was switched off meanwhile; 404 when it has gone; 503.
pub async fn replay(database: &Database, delivery: &Delivery, record: &audit::Record<'_>) -> Result<Delivery, Failure> {
    let again = sql("UPDATE webhook_deliveries SET state = 'pending', attempts = 0, next_at = ? WHERE id = ?")
        .int(record.at.millis())
        .int(delivery.id);
    let select = sql(format!("SELECT {COLUMNS} WHERE d.id = ?")).int(delivery.id);
    let statements = vec![while_on(delivery.webhook_id), again, select, record.statement()];
    let row = database.batch(statements).await?.first::<Row>(2)?;
    row.ok_or_else(Failure::not_found)?.into_delivery()
}

/// Tries all failed deliveries of a webhook again; answers how many.
///
/// # Errors
/// 409 `conflict` when it was switched off meanwhile; 503.
pub async fn replay_failed(database: &Database, webhook: i64, record: &audit::Record<'_>) -> Result<u32, Failure> {
    let again = sql("UPDATE webhook_deliveries SET state = 'pending', attempts = 0, next_at = ? \
         WHERE webhook_id = ? AND state = 'failed' RETURNING 1")
    .int(record.at.millis())
    .int(webhook);
    let results = database.batch(vec![while_on(webhook), again, record.statement()]).await?;
    Ok(u32::try_from(results.rows::<IgnoredAny>(1)?.len()).unwrap_or(u32::MAX))
}
