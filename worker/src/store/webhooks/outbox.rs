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

/// How long whoever sends to a webhook holds it: longer than [`SPELL`] and one more attempt can take.
const LEASE: i64 = 30 * SECOND;
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

/// Which webhooks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those whose last attempt was a success, or that had none.
    Healthy,
    /// Those whose last attempt failed.
    Failing,
    /// All of them.
    Any,
}

/// The webhooks that have something to send and send nothing at the moment: those first that have proved to answer, and of them
/// those that waited longest, so that none waits for ever behind others that hang.
///
/// # Errors
/// 503.
pub async fn due(database: &Database, which: Which, most: usize, now: Timestamp) -> Result<Vec<i64>, Failure> {
    #[derive(Deserialize)]
    struct Id {
        id: i64,
    }
    let condition = match which {
        Which::Healthy => " AND failing_since IS NULL",
        Which::Failing => " AND failing_since IS NOT NULL",
        Which::Any => "",
    };
    // Organizations take turns: the slow ones of one do not keep another's waiting.
    let query = sql(format!(
        "SELECT id FROM webhooks WHERE id IN (SELECT webhook_id FROM webhook_deliveries WHERE next_at <= ?) \
         AND active = 1 AND leased_until <= ?{condition} ORDER BY failing_since IS NOT NULL, row_number() OVER \
         (PARTITION BY organization_id, failing_since IS NOT NULL ORDER BY last_delivered_at IS NULL, leased_until, id), \
         last_delivered_at IS NULL, leased_until, id LIMIT ?"
    ))
    .int(now.millis())
    .int(now.millis())
    .int(i64::try_from(most).unwrap_or(i64::MAX));
    Ok(database.batch(vec![query]).await?.rows::<Id>(0)?.into_iter().map(|row| row.id).collect())
}

/// What is sent to one webhook now.
pub struct Taken {
    /// Where.
    pub url: String,
    /// Of the secrets that sign: the Worker's version, and the generation; the salt is one.
    pub secrets: Vec<(i64, i64)>,
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
    /// What is sent.
    pub body: String,
}

impl Taken {
    /// What follows when the attempt to send `message` has failed; `delivered` of those before it have not.
    pub fn after_failure(&self, message: &Due, delivered: usize, now: Timestamp) -> Next {
        after_failure(message.attempts + 1, self.failing_since(delivered, now), now)
    }

    fn failing_since(&self, delivered: usize, now: Timestamp) -> Timestamp {
        self.failing_since.filter(|_| delivered == 0).unwrap_or(now)
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
struct Waiting {
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

/// Takes what is next for a webhook, unless somebody else is sending to it.
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
    let next =
        sql("SELECT d.id, d.attempts, e.organization_id, e.at, e.type, e.actor_type, e.actor_id, e.actor_name, \
         e.target_type, e.changed, e.object FROM webhook_deliveries d JOIN webhook_events e ON e.id = d.event_id \
         WHERE d.webhook_id = ? AND d.next_at <= ? ORDER BY d.next_at, d.id LIMIT ?")
        .int(webhook)
        .int(now.millis())
        .int(MOST);
    let results = database.batch(vec![hold, next]).await?;
    let Some(holder) = results.first::<Holder>(0)? else {
        return Ok(None);
    };
    let mut secrets = vec![(holder.secret_version, holder.generation)];
    if let (Some(ends_at), Some(version)) = (holder.old_secret_ends_at, holder.old_secret_version)
        && ends_at > now.millis()
    {
        secrets.push((version, holder.generation - 1));
    }
    let messages = results.rows::<Waiting>(1)?.into_iter().map(Waiting::into_due);
    Ok(Some(Taken {
        url_host: host_of(&holder.url),
        url: holder.url,
        secrets,
        salt: holder.salt,
        messages: messages.collect::<Result<_, Failure>>()?,
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

impl Waiting {
    fn into_due(self) -> Result<Due, Failure> {
        let (delivery, attempts) = (self.id, self.attempts);
        let body = serde_json::to_string(&self.into_message()?).map_err(Failure::internal)?;
        Ok(Due { delivery, attempts, body })
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

/// How it went with the messages that were taken, as far as they were sent: none was begun after one that failed.
#[derive(Default)]
pub struct Told<'a> {
    /// In the order in which they were sent.
    pub attempts: Vec<(&'a Due, Outcome)>,
    /// What follows for the last of them, if it has failed.
    pub failed: Option<Next>,
}

/// Writes down how it went, and what follows; the webhook is free again.
///
/// # Errors
/// 503.
pub async fn record(database: &Database, taken: &Taken, told: &Told<'_>, now: Timestamp) -> Result<(), Failure> {
    let rows: Vec<Value> = told.attempts.iter().map(|(message, outcome)| row(message, outcome)).collect();
    let delivered = rows.len() - usize::from(told.failed.is_some());
    let attempts = sql("INSERT INTO webhook_attempts (delivery_id, at, ms, status, error, answer) \
         SELECT d.id, j.value ->> 'at', j.value ->> 'ms', j.value ->> 'status', j.value ->> 'error', j.value ->> 'answer' \
         FROM json_each(?) j JOIN webhook_deliveries d ON d.id = j.value ->> 'delivery' ORDER BY j.key")
    .text(&json!(rows).to_string());
    let arrived = sql("UPDATE webhook_deliveries SET attempts = attempts + 1, state = 'delivered', next_at = NULL \
         WHERE id IN (SELECT value ->> 'delivery' FROM json_each(?))")
    .text(&json!(rows.get(..delivered)).to_string());
    let webhook = sql("UPDATE webhooks SET leased_until = CASE leased_until WHEN ?1 THEN ?2 ELSE leased_until END, \
         last_delivered_at = CASE WHEN ?3 THEN ?2 ELSE last_delivered_at END, \
         failing_since = CASE WHEN ?4 THEN CASE WHEN ?3 THEN ?2 ELSE coalesce(failing_since, ?2) END END WHERE id = ?5")
    .int(taken.lease)
    .int(now.millis())
    .flag(delivered > 0)
    .flag(told.failed.is_some())
    .int(taken.webhook);
    let mut statements = vec![attempts, arrived, webhook];
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
