//! Webhooks: found, listed, made, changed. What they are told is written by triggers: see the migration 0016.

mod deliveries;
mod expiry;
mod outbox;

use claviger_core::{
    authorize::Principal,
    key::Role,
    text::Note,
    time::Timestamp,
    webhook::{NewWebhook, OVERLAP, OffReason},
    wire::webhook::Webhook,
};
use serde::Deserialize;
use serde_json::json;

pub use self::{
    deliveries::{find as find_delivery, list as list_deliveries, message_id, replay, replay_failed, test},
    expiry::notice,
    outbox::{Outcome, SLOW, SPELL, Taken, Told, Waiting, Which, due, host_of, record, settle, take},
};
use super::{
    Database, Statement, audit,
    row::{actor, json as parse, time, word},
    sql,
};
use crate::error::Failure;

const COLUMNS: &str = "w.id, w.organization_id, w.user_id, (SELECT name FROM users WHERE id = w.user_id) AS user_name, w.url, \
     w.description, w.events, w.system, w.active, w.off_reason, w.failing_since, w.last_delivered_at, w.old_secret_ends_at, \
     w.salt, w.secret_version, w.generation, w.created_by_type, w.created_by_id, w.created_by_name, w.created_at, \
     w.updated_at, w.version";

/// A webhook, and what its secret is derived from.
#[derive(Clone)]
pub struct Found {
    /// The webhook.
    pub webhook: Webhook,
    /// Only for system administrators, and told of what only they see.
    pub system: bool,
    /// Random, and its own.
    pub salt: String,
    /// Of the Worker's secret.
    pub secret_version: i64,
    /// Raised by each rotation.
    pub generation: i64,
}

#[derive(Deserialize)]
struct Row {
    id: i64,
    organization_id: i64,
    user_id: Option<i64>,
    user_name: Option<String>,
    url: String,
    description: String,
    events: String,
    system: i64,
    active: i64,
    off_reason: Option<String>,
    failing_since: Option<i64>,
    last_delivered_at: Option<i64>,
    old_secret_ends_at: Option<i64>,
    salt: String,
    secret_version: i64,
    generation: i64,
    created_by_type: String,
    created_by_id: Option<i64>,
    created_by_name: String,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl Row {
    fn into_found(self, now: Timestamp) -> Result<Found, Failure> {
        let webhook = Webhook {
            id: self.id,
            organization_id: self.organization_id,
            user_id: self.user_id,
            user_name: self.user_name,
            url: self.url,
            description: self.description,
            events: parse("events", &self.events)?,
            active: self.active == 1,
            off_reason: self.off_reason.as_deref().map(|reason| word("off_reason", reason)).transpose()?,
            failing_since: time(self.failing_since),
            last_delivered_at: time(self.last_delivered_at),
            old_secret_ends_at: time(self.old_secret_ends_at).filter(|end| *end > now),
            created_by: actor(&self.created_by_type, self.created_by_id, self.created_by_name)?,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            version: self.version,
        };
        let Self { salt, secret_version, generation, .. } = self;
        Ok(Found { webhook, system: self.system == 1, salt, secret_version, generation })
    }
}

/// Which webhooks a caller can see at all: a member at the console their own, whoever manages an organization those in it, and
/// a system administrator all.
fn visible(principal: &Principal) -> Statement {
    if let Some(own) = principal.own_keys_only() {
        return sql(" AND w.user_id = ?").int(own);
    }
    if principal.role() == Role::SystemAdmin {
        sql("")
    } else {
        sql(" AND w.system = 0 AND w.organization_id = ?").int(principal.organization_id)
    }
}

/// One webhook, if the caller can see it.
///
/// # Errors
/// 404; 503.
pub async fn find(database: &Database, principal: &Principal, id: i64, now: Timestamp) -> Result<Found, Failure> {
    let query = sql(format!("SELECT {COLUMNS} FROM webhooks w WHERE w.id = ?")).int(id).then(visible(principal));
    database.first::<Row>(query).await?.ok_or_else(Failure::not_found)?.into_found(now)
}

/// Which webhooks a list is of.
#[derive(Clone, Copy)]
pub struct Listed {
    /// Of this organization and its people…
    pub organization: i64,
    /// …or this person's own.
    pub user: Option<i64>,
    /// Only those that are off for this reason.
    pub off: Option<OffReason>,
}

/// A page of webhooks, the newest first, and how many there are.
///
/// # Errors
/// 503.
pub async fn list(
    database: &Database,
    principal: &Principal,
    which: Listed,
    (page, per_page): (u32, u32),
    now: Timestamp,
) -> Result<(Vec<Webhook>, u32), Failure> {
    #[derive(Deserialize)]
    struct Count {
        records: u32,
    }
    let matching = || {
        let mut query =
            sql(" FROM webhooks w WHERE w.organization_id = ?").int(which.organization).then(visible(principal));
        if let Some(user) = which.user {
            query = query.then(sql(" AND w.user_id = ?").int(user));
        }
        if let Some(reason) = which.off {
            query = query.then(sql(" AND w.off_reason = ?").text(reason.word()));
        }
        query
    };
    let rows = sql(format!("SELECT {COLUMNS}"))
        .then(matching())
        .then(sql(" ORDER BY w.id DESC LIMIT ? OFFSET ?"))
        .int(per_page.into())
        .int(i64::from(page) * i64::from(per_page));
    let count = sql("SELECT count(*) AS records").then(matching());
    let results = database.batch(vec![rows, count]).await?;
    let rows = results.rows::<Row>(0)?.into_iter().map(|row| Ok(row.into_found(now)?.webhook));
    Ok((rows.collect::<Result<_, Failure>>()?, results.first::<Count>(1)?.map_or(0, |count| count.records)))
}

/// Whose a new webhook is, and what its secret is derived from.
pub struct Making<'a> {
    /// The organization, and the person if it is theirs.
    pub of: (i64, Option<i64>),
    /// As [`Found::system`].
    pub system: bool,
    /// Random.
    pub salt: &'a str,
    /// Of the Worker's secret.
    pub secret_version: i64,
}

/// Makes a webhook; `also` belongs to the same batch.
///
/// # Errors
/// 409 `webhook_limit`; 404 when its person has gone meanwhile; 503.
pub async fn create(
    database: &Database,
    new: &NewWebhook,
    making: &Making<'_>,
    record: &audit::Record<'_>,
    also: Vec<Statement>,
) -> Result<Webhook, Failure> {
    let at = record.at.millis();
    let made = sql("INSERT INTO webhooks (organization_id, user_id, url, description, events, system, salt, secret_version, \
         created_by_type, created_by_id, created_by_name, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
    .int(making.of.0)
    .maybe_int(making.of.1)
    .text(&new.url)
    .text(new.description.as_ref().map_or("", Note::as_str))
    .text(&json!(new.events).to_string())
    .flag(making.system)
    .text(making.salt)
    .int(making.secret_version)
    .text(record.actor.kind.word())
    .maybe_int(record.actor.id)
    .text(&record.actor.name)
    .int(at)
    .int(at);
    let select = sql(format!("SELECT {COLUMNS} FROM webhooks w WHERE w.salt = ?")).text(making.salt);
    let mut statements = vec![made, record.about_webhook(making.salt), select];
    statements.extend(also);
    let row = database.batch(statements).await?.first::<Row>(2)?;
    Ok(row.ok_or_else(|| Failure::internal("a webhook was made and is not there"))?.into_found(record.at)?.webhook)
}

fn same(before: &Webhook) -> Statement {
    sql("INSERT INTO refusals (reason) SELECT 'conflict' WHERE NOT EXISTS (SELECT 1 FROM webhooks WHERE id = ? AND version = ?)")
        .int(before.id)
        .int(before.version)
}

/// Stores a change; with another address it is `system` as whoever gave that is.
///
/// # Errors
/// 409 `conflict`; 503.
pub async fn store(
    database: &Database,
    before: &Found,
    after: &Webhook,
    system: bool,
    record: &audit::Record<'_>,
) -> Result<(), Failure> {
    let set = sql("UPDATE webhooks SET url = ?, description = ?, events = ?, active = ?, off_reason = ?, system = ?, \
         failing_since = CASE WHEN ? THEN NULL ELSE failing_since END, updated_at = ?, version = ? WHERE id = ?")
    .text(&after.url)
    .text(&after.description)
    .text(&json!(after.events).to_string())
    .flag(after.active)
    .maybe_text(after.off_reason.map(OffReason::word))
    .flag(system)
    .flag(after.active && !before.webhook.active)
    .int(after.updated_at.millis())
    .int(after.version)
    .int(after.id);
    database.batch(vec![same(&before.webhook), set, record.statement()]).await?;
    Ok(())
}

/// Gives it the next secret; the one before signs as well for a day. `also` belongs to the same batch.
///
/// # Errors
/// 409 `conflict`; 503.
pub async fn rotate(
    database: &Database,
    before: &Found,
    secret_version: i64,
    record: &audit::Record<'_>,
    also: Vec<Statement>,
) -> Result<Found, Failure> {
    let set = sql(
        "UPDATE webhooks SET generation = generation + 1, old_secret_version = secret_version, secret_version = ?, \
         old_secret_ends_at = ?, updated_at = ?, version = version + 1 WHERE id = ?",
    )
    .int(secret_version)
    .int(record.at.plus(OVERLAP).millis())
    .int(record.at.millis())
    .int(before.webhook.id);
    let select = sql(format!("SELECT {COLUMNS} FROM webhooks w WHERE w.id = ?")).int(before.webhook.id);
    let mut statements = vec![same(&before.webhook), set, record.statement(), select];
    statements.extend(also);
    let row = database.batch(statements).await?.first::<Row>(3)?;
    row.ok_or_else(Failure::not_found)?.into_found(record.at)
}

/// Removes a webhook with its deliveries.
///
/// # Errors
/// 409 `conflict`; 503.
pub async fn delete(database: &Database, before: &Webhook, record: &audit::Record<'_>) -> Result<(), Failure> {
    let statements = vec![same(before), record.statement(), sql("DELETE FROM webhooks WHERE id = ?").int(before.id)];
    database.batch(statements).await?;
    Ok(())
}
