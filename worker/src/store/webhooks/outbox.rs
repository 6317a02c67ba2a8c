//! The outbox: what is due, one message after the other to each address, and how it went.

use claviger_core::{
    time::{SECOND, Timestamp},
    webhook::{Next, TEST, after_failure},
    wire::{
        key::Actor,
        webhook::{Message, MessageData},
    },
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{
    Database, Statement, api_keys, audit, organizations,
    row::{KeyRow, actor, json as parse},
    sql, users,
};
use crate::error::Failure;

/// How long whoever sends to a webhook holds it: longer than [`SPELL`], one more attempt, and the database's patience before and after
/// them can take together.
const LEASE: i64 = 60 * SECOND;
/// After so long no further message of those taken is begun.
pub const SPELL: i64 = 10 * SECOND;
/// Most messages taken at once: a crash may have all of them sent again.
const MOST: i64 = 20;

/// Gives the events of a batch their objects, at its end. What is deleted had its last look before.
pub fn settle() -> Statement {
    sql("UPDATE webhook_events SET object = coalesce(CASE target_type \
         WHEN 'api_key' THEN (SELECT object FROM api_key_objects WHERE id = target_id) \
         WHEN 'user' THEN (SELECT object FROM user_objects WHERE id = target_id) \
         ELSE (SELECT object FROM organization_objects WHERE id = target_id) END, 'null') WHERE object IS NULL")
}

/// An attempt that takes so long is a slow one, in milliseconds.
pub const SLOW: i64 = 2 * SECOND;

/// Which webhooks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those whose last attempt was a success, and no slow one; and those that had none.
    Prompt,
    /// The others.
    Slow,
    /// All of them, the prompt ones first.
    Any,
}

/// A webhook that has something to send.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Waiting {
    /// Its id.
    pub id: i64,
    /// Whose it is.
    pub organization_id: i64,
}

/// The webhooks that have something to send and send nothing at the moment. Organizations take turns, those first of whose
/// webhooks the fewest are being told: the slow ones of one do not keep another's waiting. Of one organization's, those that
/// waited longest. What it costs grows with the webhooks that have something to send, not with the messages.
///
/// # Errors
/// 503.
pub async fn due(database: &Database, which: Which, most: usize, now: Timestamp) -> Result<Vec<Waiting>, Failure> {
    let (condition, first) = match which {
        Which::Prompt => (" AND NOT is_slow", ""),
        Which::Slow => (" AND is_slow", ""),
        Which::Any => ("", "is_slow, "),
    };
    // From one webhook to the next one along the index of what waits.
    let query = sql(format!(
        "WITH RECURSIVE waiting (id) AS (\
         SELECT (SELECT webhook_id FROM webhook_deliveries INDEXED BY webhook_deliveries_next \
         WHERE next_at IS NOT NULL ORDER BY webhook_id LIMIT 1) \
         UNION ALL SELECT (SELECT webhook_id FROM webhook_deliveries INDEXED BY webhook_deliveries_next \
         WHERE next_at IS NOT NULL AND webhook_id > waiting.id ORDER BY webhook_id LIMIT 1) \
         FROM waiting WHERE waiting.id IS NOT NULL), \
         due AS (SELECT w.id, w.organization_id, w.leased_until, w.failing_since IS NOT NULL OR w.last_took >= ?1 AS is_slow \
         FROM waiting CROSS JOIN webhooks w ON w.id = waiting.id \
         WHERE w.active = 1 AND w.leased_until <= ?2 AND EXISTS (SELECT 1 FROM webhook_deliveries \
         INDEXED BY webhook_deliveries_next WHERE webhook_id = w.id AND next_at <= ?2)) \
         SELECT id, organization_id FROM due WHERE 1{condition} ORDER BY {first}\
         row_number() OVER (PARTITION BY organization_id ORDER BY {first}leased_until, id) \
         + (SELECT count(*) FROM webhooks told WHERE told.organization_id = due.organization_id AND told.leased_until > ?2), \
         leased_until, id LIMIT ?3"
    ))
    .int(SLOW)
    .int(now.millis())
    .int(i64::try_from(most).unwrap_or(i64::MAX));
    database.batch(vec![query]).await?.rows(0)
}

/// What is sent to one webhook now.
pub struct Taken {
    /// Where.
    pub url: String,
    /// Of the secret that signs: the Worker's version, and the generation; the salt is one.
    pub secret: (i64, i64),
    /// Of the one before, while it signs as well.
    pub old_secret: Option<(i64, i64)>,
    /// Of all of them.
    pub salt: String,
    /// In this order.
    pub messages: Vec<Due>,
    webhook: i64,
    organization: i64,
    url_host: String,
    failing_since: Option<Timestamp>,
    lease: i64,
}

/// A message that is to be sent now.
pub struct Due {
    /// Its delivery.
    pub delivery: i64,
    /// Attempts that there were.
    pub attempts: usize,
    /// What is sent; why it could not be made, for the log.
    pub body: Result<String, Failure>,
}

impl Taken {
    /// Whether it is as much as a turn has room for.
    pub fn is_full(&self) -> bool {
        usize::try_from(MOST).is_ok_and(|most| self.messages.len() >= most)
    }

    /// What follows when the attempt to send `message` has failed; `delivered` says whether one before it has not.
    pub fn after_failure(&self, message: &Due, delivered: bool, now: Timestamp) -> Next {
        after_failure(message.attempts + 1, self.failing_since(delivered, now), now)
    }

    fn failing_since(&self, delivered: bool, now: Timestamp) -> Timestamp {
        self.failing_since.filter(|_| !delivered).unwrap_or(now)
    }
}

#[derive(Deserialize)]
struct Holder {
    organization_id: i64,
    url: String,
    salt: String,
    secret_version: i64,
    generation: i64,
    old_secret_ends_at: Option<i64>,
    old_secret_version: Option<i64>,
    failing_since: Option<i64>,
}

#[derive(Deserialize)]
struct MessageRow {
    id: i64,
    attempts: usize,
    organization_id: i64,
    at: i64,
    r#type: String,
    actor_type: String,
    actor_id: Option<i64>,
    actor_name: String,
    target_type: String,
    changed: String,
    object: Option<String>,
}

/// Takes what is next for a webhook, unless somebody else is sending to it: what is tried again, then what is new.
///
/// # Errors
/// 503.
pub async fn take(database: &Database, webhook: i64, now: Timestamp) -> Result<Option<Taken>, Failure> {
    let lease = now.plus(LEASE).millis();
    let hold = sql("UPDATE webhooks SET leased_until = ?1 WHERE id = ?2 AND active = 1 AND leased_until <= ?3 \
         AND EXISTS (SELECT 1 FROM webhook_deliveries WHERE webhook_id = ?2 AND next_at <= ?3) \
         RETURNING organization_id, url, salt, secret_version, generation, old_secret_ends_at, old_secret_version, failing_since")
    .int(lease)
    .int(webhook)
    .int(now.millis());
    let part = |index: &str, condition: &str| {
        format!(
            "SELECT * FROM (SELECT id, event_id, attempts, next_at FROM webhook_deliveries INDEXED BY {index} \
             WHERE webhook_id = ?1 AND next_at <= ?2 AND {condition} ORDER BY next_at, id LIMIT ?3)"
        )
    };
    let next = sql(format!(
        "SELECT d.id, d.attempts, e.organization_id, e.at, e.type, e.actor_type, e.actor_id, e.actor_name, \
         e.target_type, e.changed, e.object FROM ({} UNION ALL {}) d JOIN webhook_events e ON e.id = d.event_id \
         ORDER BY d.attempts = 0, d.next_at, d.id LIMIT ?3",
        part("webhook_deliveries_again", "attempts > 0"),
        part("webhook_deliveries_fresh", "attempts = 0"),
    ))
    .int(webhook)
    .int(now.millis())
    .int(MOST);
    let results = database.batch(vec![hold, next]).await?;
    let Some(holder) = results.first::<Holder>(0)? else {
        return Ok(None);
    };
    let overlaps = holder.old_secret_ends_at.is_some_and(|end| end > now.millis());
    let old_secret = holder.old_secret_version.filter(|_| overlaps).map(|version| (version, holder.generation - 1));
    Ok(Some(Taken {
        url_host: host_of(&holder.url),
        url: holder.url,
        secret: (holder.secret_version, holder.generation),
        old_secret,
        salt: holder.salt,
        messages: results.rows::<MessageRow>(1)?.into_iter().map(MessageRow::into_due).collect(),
        webhook,
        organization: holder.organization_id,
        failing_since: holder.failing_since.map(Timestamp::from_millis),
        lease,
    }))
}

/// What the audit log calls a webhook: its address may have a token in it.
pub fn host_of(url: &str) -> String {
    let host = worker::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_default()
}

impl MessageRow {
    fn into_due(self) -> Due {
        let (delivery, attempts) = (self.id, self.attempts);
        let message = self.into_message();
        let body = message.and_then(|message| serde_json::to_string(&message).map_err(Failure::internal));
        Due { delivery, attempts, body }
    }

    fn into_message(self) -> Result<Message<Value>, Failure> {
        let at = Timestamp::from_millis(self.at);
        let row = self.object.as_deref().unwrap_or("null");
        let object = match self.target_type.as_str() {
            _ if row == "null" => Value::Null,
            "api_key" => json!(parse::<KeyRow>("object", row)?.into_key(at)?),
            "user" => json!(users::as_it_was(row)?),
            "organization" => json!(organizations::as_it_was(row)?),
            _ => parse("object", row)?,
        };
        let actor = actor(&self.actor_type, self.actor_id, self.actor_name)?;
        let data = MessageData {
            organization_id: self.organization_id,
            actor,
            object,
            changed: parse("changed", &self.changed)?,
        };
        Ok(Message { kind: self.r#type, timestamp: at, data })
    }
}

/// How an attempt went.
pub struct Outcome {
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub ms: i64,
    /// What was answered.
    pub status: Option<u16>,
    /// Why it failed, if it did.
    pub error: Option<String>,
    /// The beginning of the answer.
    pub answer: Option<String>,
}

impl Outcome {
    /// Of what was not sent at all.
    pub fn unsent(at: Timestamp, reason: &str) -> Self {
        Self { at, ms: 0, status: None, error: Some(reason.to_owned()), answer: None }
    }
}

/// How it went with the messages that were taken, as far as they were sent: none was begun after one that failed.
#[derive(Default)]
pub struct Told<'a> {
    /// In the order in which they were sent.
    pub attempts: Vec<(&'a Due, Outcome)>,
    /// What follows for the last of them, if it has failed.
    pub failed: Option<Next>,
    /// Among them those that cannot be made. They are over, and say nothing of the address.
    pub spoiled: Vec<i64>,
}

impl Told<'_> {
    /// The deliveries that have arrived.
    fn delivered(&self) -> Vec<i64> {
        let arrived = self.attempts.iter().filter(|(_, outcome)| outcome.error.is_none());
        arrived.map(|(message, _)| message.delivery).collect()
    }

    /// Whether there is one.
    pub fn has_delivered(&self) -> bool {
        self.attempts.iter().any(|(_, outcome)| outcome.error.is_none())
    }
}

/// Writes down how it went, and what follows; the webhook is free again.
///
/// # Errors
/// 503.
pub async fn record(database: &Database, taken: &Taken, told: &Told<'_>, now: Timestamp) -> Result<(), Failure> {
    let rows: Vec<Value> = told.attempts.iter().map(|(message, outcome)| row(message, outcome)).collect();
    let delivered = told.has_delivered();
    let took = told.attempts.iter().rev().find(|(message, _)| message.body.is_ok()).map(|(_, outcome)| outcome.ms);
    let attempts = sql("INSERT INTO webhook_attempts (delivery_id, at, ms, status, error, answer) \
         SELECT d.id, j.value ->> 'at', j.value ->> 'ms', j.value ->> 'status', j.value ->> 'error', j.value ->> 'answer' \
         FROM json_each(?) j JOIN webhook_deliveries d ON d.id = j.value ->> 'delivery' ORDER BY j.key")
    .text(&json!(rows).to_string());
    let over = sql("UPDATE webhook_deliveries SET attempts = attempts + 1, state = CASE WHEN id IN \
         (SELECT value FROM json_each(?1)) THEN 'delivered' ELSE 'failed' END, next_at = NULL \
         WHERE id IN (SELECT value FROM json_each(?1) UNION ALL SELECT value FROM json_each(?2))")
    .text(&json!(told.delivered()).to_string())
    .text(&json!(told.spoiled).to_string());
    let webhook = sql("UPDATE webhooks SET leased_until = CASE leased_until WHEN ?1 THEN ?2 ELSE leased_until END, \
         last_delivered_at = CASE WHEN ?3 THEN ?2 ELSE last_delivered_at END, \
         failing_since = CASE WHEN ?3 THEN CASE WHEN ?4 THEN ?2 END WHEN ?4 THEN coalesce(failing_since, ?2) \
         ELSE failing_since END, last_took = coalesce(?6, last_took) WHERE id = ?5")
    .int(taken.lease)
    .int(now.millis())
    .flag(delivered)
    .flag(told.failed.is_some())
    .int(taken.webhook)
    .maybe_int(took);
    let mut statements = vec![attempts, over, webhook];
    if let (Some(next), Some((message, _))) = (told.failed, told.attempts.last()) {
        // Switched off meanwhile it stays failed.
        statements.push(
            sql("UPDATE webhook_deliveries SET attempts = attempts + 1, state = ?, next_at = ? WHERE id = ? AND next_at IS NOT NULL")
                .text(if next.at.is_some() { "pending" } else { "failed" })
                .maybe_int(next.at.map(Timestamp::millis))
                .int(message.delivery),
        );
        if next.gives_up {
            statements.extend(give_up(taken, taken.failing_since(delivered, now), now));
        }
    }
    database.batch(statements).await?;
    Ok(())
}

fn row(message: &Due, outcome: &Outcome) -> Value {
    let Outcome { at, ms, status, error, answer } = outcome;
    json!({ "delivery": message.delivery, "at": at.millis(), "ms": ms, "status": status, "error": error, "answer": answer })
}

fn give_up(taken: &Taken, failing_since: Timestamp, now: Timestamp) -> [Statement; 2] {
    let on = || sql("EXISTS (SELECT 1 FROM webhooks WHERE id = ? AND active = 1)").int(taken.webhook);
    let system: Actor = api_keys::system();
    let record = audit::Record {
        organization_id: taken.organization,
        at: now,
        actor: &system,
        action: "webhook.switched_off",
        target_type: "webhook",
        target_id: Some(taken.webhook),
        target_name: &taken.url_host,
        details: json!({ "reason": "failing", "failing_since": failing_since }),
        ip: None,
        request_id: "scheduled",
    };
    let off = sql("UPDATE webhooks SET active = 0, off_reason = 'failing', updated_at = ?, version = version + 1 \
         WHERE id = ? AND active = 1")
    .int(now.millis())
    .int(taken.webhook);
    [record.only_if(on()), off]
}

/// The statements that put a test message for one webhook into the outbox, with `object` as it is.
pub(super) fn put_test(webhook: (i64, i64), name: &str, object: &str, actor: &Actor, now: Timestamp) -> [Statement; 2] {
    let (id, organization) = webhook;
    let event =
        sql("INSERT INTO webhook_events (organization_id, at, type, actor_type, actor_id, actor_name, target_type, \
         target_id, target_name, object) VALUES (?, ?, ?, ?, ?, ?, 'webhook', ?, ?, ?)")
        .int(organization)
        .int(now.millis())
        .text(TEST)
        .text(actor.kind.word())
        .maybe_int(actor.id)
        .text(&actor.name)
        .int(id)
        .text(name)
        .text(object);
    let delivery =
        sql("INSERT INTO webhook_deliveries (event_id, webhook_id, next_at) VALUES (last_insert_rowid(), ?, ?)")
            .int(id)
            .int(now.millis());
    [event, delivery]
}
