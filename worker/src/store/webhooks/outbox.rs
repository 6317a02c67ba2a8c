//! The outbox: what is due, one attempt at a time for each address, and how it went.

use claviger_core::{
    time::{SECOND, Timestamp},
    webhook::{Next, TEST},
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

/// How long an attempt holds its webhook: longer than it can take.
const LEASE: i64 = 30 * SECOND;

/// Gives the events of a batch their objects, at its end. What is deleted had its last look before.
pub fn settle() -> Statement {
    sql("UPDATE webhook_events SET object = coalesce(CASE target_type \
         WHEN 'api_key' THEN (SELECT object FROM api_key_objects WHERE id = target_id) \
         WHEN 'user' THEN (SELECT object FROM user_objects WHERE id = target_id) \
         ELSE (SELECT object FROM organization_objects WHERE id = target_id) END, 'null') WHERE object IS NULL")
}

/// Which webhooks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Those whose last attempt was a success, or that had none.
    Healthy,
    /// Those whose last attempt failed.
    Failing,
    /// All of them.
    Any,
}

/// The webhooks that have something to send and send nothing at the moment; those that have answered lately first.
///
/// # Errors
/// 503.
pub async fn due(database: &Database, which: Due, most: usize, now: Timestamp) -> Result<Vec<i64>, Failure> {
    #[derive(Deserialize)]
    struct Id {
        id: i64,
    }
    let condition = match which {
        Due::Healthy => " AND failing_since IS NULL",
        Due::Failing => " AND failing_since IS NOT NULL",
        Due::Any => "",
    };
    let query = sql(format!(
        "SELECT id FROM webhooks WHERE id IN (SELECT webhook_id FROM webhook_deliveries WHERE next_at <= ?) \
         AND active = 1 AND leased_until <= ?{condition} ORDER BY failing_since IS NOT NULL, last_delivered_at DESC, id LIMIT ?"
    ))
    .int(now.millis())
    .int(now.millis())
    .int(i64::try_from(most).unwrap_or(i64::MAX));
    Ok(database.batch(vec![query]).await?.rows::<Id>(0)?.into_iter().map(|row| row.id).collect())
}

/// A delivery that is to be attempted now.
pub struct Taken {
    /// Where.
    pub url: String,
    /// Of the secrets that sign: the Worker's version, and the generation; the salt is one.
    pub secrets: Vec<(i64, i64)>,
    /// Of all of them.
    pub salt: String,
    /// The delivery.
    pub delivery: i64,
    /// What is sent.
    pub message: Message<Value>,
    webhook: i64,
    organization: i64,
    url_host: String,
    attempts: usize,
    failing_since: Option<Timestamp>,
    lease: i64,
}

impl Taken {
    /// How many attempts there were, this one among them.
    pub fn attempts(&self) -> usize {
        self.attempts + 1
    }

    /// Since when it fails, if this attempt fails too.
    pub fn failing_since(&self, now: Timestamp) -> Timestamp {
        self.failing_since.unwrap_or(now)
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

/// Takes the next delivery of a webhook, unless somebody else is sending to it.
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
         WHERE d.webhook_id = ? AND d.next_at <= ? ORDER BY d.next_at, d.id LIMIT 1")
        .int(webhook)
        .int(now.millis());
    let results = database.batch(vec![hold, next]).await?;
    let (Some(holder), Some(waiting)) = (results.first::<Holder>(0)?, results.first::<Waiting>(1)?) else {
        return Ok(None);
    };
    let mut secrets = vec![(holder.secret_version, holder.generation)];
    if let (Some(ends_at), Some(version)) = (holder.old_secret_ends_at, holder.old_secret_version)
        && ends_at > now.millis()
    {
        secrets.push((version, holder.generation - 1));
    }
    Ok(Some(Taken {
        url_host: host_of(&holder.url),
        url: holder.url,
        secrets,
        salt: holder.salt,
        delivery: waiting.id,
        attempts: waiting.attempts,
        webhook,
        organization: holder.organization_id,
        failing_since: holder.failing_since.map(Timestamp::from_millis),
        lease,
        message: waiting.into_message()?,
    }))
}

/// What the audit log calls a webhook: its address may have a token in it.
pub fn host_of(url: &str) -> String {
    let host = worker::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_default()
}

impl Waiting {
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

/// Writes down how it went, and what follows; the webhook is free again.
///
/// # Errors
/// 503.
pub async fn record(
    database: &Database,
    taken: &Taken,
    outcome: &Outcome,
    next: Option<Next>,
    now: Timestamp,
) -> Result<(), Failure> {
    let attempt = sql("INSERT INTO webhook_attempts (delivery_id, at, ms, status, error, answer) \
         SELECT id, ?, ?, ?, ?, ? FROM webhook_deliveries WHERE id = ?")
    .int(outcome.at.millis())
    .int(outcome.ms)
    .maybe_int(outcome.status.map(i64::from))
    .maybe_text(outcome.error.as_deref())
    .maybe_text(outcome.answer.as_deref())
    .int(taken.delivery);
    let (state, next_at) = match next {
        None => ("delivered", None),
        Some(Next { at: Some(at), .. }) => ("pending", Some(at.millis())),
        Some(Next { at: None, .. }) => ("failed", None),
    };
    // Switched off meanwhile it stays failed, unless it has arrived.
    let delivery =
        sql("UPDATE webhook_deliveries SET attempts = attempts + 1, state = ?1, next_at = ?2 WHERE id = ?3 \
         AND (next_at IS NOT NULL OR ?1 = 'delivered')")
        .text(state)
        .maybe_int(next_at)
        .int(taken.delivery);
    let webhook = sql("UPDATE webhooks SET leased_until = CASE leased_until WHEN ?1 THEN 0 ELSE leased_until END, \
         failing_since = CASE WHEN ?2 THEN coalesce(failing_since, ?3) END, \
         last_delivered_at = CASE WHEN ?2 THEN last_delivered_at ELSE ?3 END WHERE id = ?4")
    .int(taken.lease)
    .flag(next.is_some())
    .int(now.millis())
    .int(taken.webhook);
    let mut statements = vec![attempt, delivery, webhook];
    if next.is_some_and(|next| next.gives_up) {
        statements.extend(give_up(taken, now));
    }
    database.batch(statements).await?;
    Ok(())
}

fn give_up(taken: &Taken, now: Timestamp) -> [Statement; 2] {
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
        details: json!({ "reason": "failing", "failing_since": taken.failing_since(now) }),
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
