//! Webhooks: made, listed, changed, deleted; their secrets.

mod deliveries;

use claviger_core::{
    authorize::{Allow, Principal, may_set_webhook},
    envelope::{DEFAULT_PER_PAGE, MOST_PER_PAGE, Page},
    key::Role,
    organization::SYSTEM_ORGANIZATION,
    time::Timestamp,
    webhook::{Derivation, NewWebhook, OffReason, WebhookChange},
    wire::webhook::{Webhook, WebhookSecret},
};
use serde_json::{Value, json};

pub use self::deliveries::{list as deliveries, replay, replay_failed, test};
use super::{api_keys::number, idempotent::once, record, settled};
use crate::{
    answer::Answer,
    call::Call,
    error::Failure,
    store::{
        users,
        webhooks::{self, Found, Making, host_of},
    },
    webhooks::{address, secret},
};

/// `GET /webhooks`, `GET /organizations/:organization_id/webhooks`: the organization's and its people's; a member at the console
/// finds their own.
#[worker::send]
pub async fn list(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    let organization = call.organization(&principal)?;
    Allow::organization_admin_or_own().in_organization(organization).check(&principal)?;
    call.assert_organization(&principal, organization).await?;
    page(&call, &principal, (organization, None)).await
}

/// `GET /users/:id/webhooks`: a person's own.
#[worker::send]
pub async fn list_of_person(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::organization_admin_or_own().check(&principal)?;
    let user = users::find(&call.database, &principal, call.id()?).await?;
    page(&call, &principal, (user.organization_id, Some(user.id))).await
}

async fn page(call: &Call, principal: &Principal, of: (i64, Option<i64>)) -> Result<Answer, Failure> {
    let page = number(call, "page", 0..=1_000_000, "Must be a whole number from 0 to 1000000.")?.unwrap_or(0);
    let per_page = number(call, "per_page", 1..=MOST_PER_PAGE, "Must be a whole number from 1 to 1000.")?;
    let per_page = per_page.unwrap_or(DEFAULT_PER_PAGE);
    let off = call.query("off_reason").map(|word| {
        let problem = "Must be switched_off, failing or person_deactivated.";
        OffReason::parse(word).ok_or_else(|| Failure::parameter("off_reason", problem))
    });
    let which = webhooks::Listed { organization: of.0, user: of.1, off: off.transpose()? };
    let (rows, records) = webhooks::list(&call.database, principal, which, (page, per_page), call.incoming.now).await?;
    Ok(Answer::page(rows, Page::of(page, per_page, records)))
}

/// `POST /webhooks {url, events, description?}`, `POST /organizations/:organization_id/webhooks`: the organization's, or a
/// member's own.
///
/// 1. 403 for who manages no organization or may only read.
/// 2. 400 names every field that does not fit: an address into a network of our own, an event that there is not.
/// 3. 409 `webhook_limit`. The secret is in this response and nowhere else.
#[worker::send]
pub async fn create(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    let organization = call.organization(&principal)?;
    // 1.
    Allow::organization_admin_or_own().plain_write().in_organization(organization).check(&principal)?;
    call.assert_organization(&principal, organization).await?;
    make(&call, &principal, (organization, principal.own_keys_only())).await
}

/// `POST /users/:id/webhooks {url, events, description?}`: one's own, as [`create`]. 403 for another person's.
#[worker::send]
pub async fn create_of_person(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::organization_admin_or_own().plain_write().check(&principal)?;
    let user = users::find(&call.database, &principal, call.id()?).await?;
    may_set_webhook(&principal, Some(user.id))?;
    make(&call, &principal, (user.organization_id, Some(user.id))).await
}

async fn make(call: &Call, principal: &Principal, of: (i64, Option<i64>)) -> Result<Answer, Failure> {
    once(call, principal, async |attempt| {
        // 2.
        let new = NewWebhook::read(&call.incoming.json()?, of.1.is_some(), &|text| judge(call, text))?;
        // 3.
        let (secret_version, salt) = (secret::newest(&call.incoming.env)?, new_salt()?);
        let actor = principal.actor();
        let host = host_of(&new.url);
        let details = json!({ "events": new.events, "user_id": of.1 });
        let record = record(call, of.0, &actor, "webhook.created", ("webhook", None, &host), details);
        let making = Making { of, system: is_for_system(principal, of), salt: &salt, secret_version };
        let also = attempt.map(|attempt| attempt.signed(201, &salt)).into_iter().collect();
        let webhook = webhooks::create(&call.database, &new, &making, &record, also).await?;
        let secret = secret::derive(&call.incoming.env, secret_version, Derivation { salt: &salt, generation: 1 })?;
        Ok(Answer::created(WebhookSecret { webhook, secret: secret.expose() }))
    })
    .await
}

/// What only system administrators see is told only to addresses that one of them gave. A person's own is told of their own keys.
fn is_for_system(principal: &Principal, of: (i64, Option<i64>)) -> bool {
    of.0 == SYSTEM_ORGANIZATION && of.1.is_none() && principal.role() == Role::SystemAdmin
}

fn judge(call: &Call, text: &str) -> Result<String, claviger_core::webhook::AddressProblem> {
    address::judge(text, &call.incoming.env, Some(&call.incoming.url))
}

fn new_salt() -> Result<String, Failure> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(Failure::internal)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

/// `GET /webhooks/:id`, with the version as `ETag`.
#[worker::send]
pub async fn show(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::organization_admin_or_own().check(&principal)?;
    let found = webhooks::find(&call.database, &principal, call.id()?, call.incoming.now).await?;
    Ok(answer(found.webhook))
}

fn answer(webhook: Webhook) -> Answer {
    let version = webhook.version;
    Answer::ok(webhook).version(version)
}

/// `PUT` and `PATCH /webhooks/:id`: what is absent stays as it is.
///
/// 1. 403 for who manages no organization or may only read.
/// 2. 400 names every field that does not fit. The version that the caller has seen must still be the webhook's: 409
///    `conflict`; without one the last write wins.
/// 3. 403 for more than switching off what is another person's own.
#[worker::send]
pub async fn change(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    // 1.
    Allow::organization_admin_or_own().plain_write().check(&principal)?;
    let (id, now) = (call.id()?, call.incoming.now);
    let personal = webhooks::find(&call.database, &principal, id, now).await?.webhook.user_id.is_some();
    // 2.
    let change = WebhookChange::read(&call.incoming.json()?, personal, &|text| judge(&call, text))?;
    let seen = call.seen(change.version)?;
    settled(seen, async || {
        let before = find_seen(&call, &principal, id, seen).await?;
        // 3.
        if !change.only_ends(&before.webhook, now) {
            may_set_webhook(&principal, before.webhook.user_id)?;
        }
        let after = before.webhook.changed(&change, now);
        if after == before.webhook {
            return Ok(answer(after));
        }
        let of = (after.organization_id, after.user_id);
        let system = if after.url == before.webhook.url { before.system } else { is_for_system(&principal, of) };
        let actor = principal.actor();
        let host = host_of(&after.url);
        let details = json!({ "changes": told(after.changes(&before.webhook)) });
        let record = record(&call, of.0, &actor, "webhook.updated", ("webhook", Some(id), &host), details);
        webhooks::store(&call.database, &before, &after, system, &record).await?;
        Ok(answer(after))
    })
    .await
}

/// An address may have a token in it, and the log is read by more people: its host says where.
fn told(mut changes: Value) -> Value {
    if let Some(Value::Array(urls)) = changes.get_mut("url") {
        for url in urls {
            *url = host_of(url.as_str().unwrap_or_default()).into();
        }
    }
    changes
}

async fn find_seen(call: &Call, principal: &Principal, id: i64, seen: Option<i64>) -> Result<Found, Failure> {
    let found = webhooks::find(&call.database, principal, id, call.incoming.now).await?;
    if seen.is_some_and(|seen| seen != found.webhook.version) { Err(Failure::conflict()) } else { Ok(found) }
}

/// `POST /webhooks/:id/rotate_secret`: the new secret is in this response and nowhere else; for 24 hours the one before signs as
/// well. 403 for another person's own.
#[worker::send]
pub async fn rotate(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::organization_admin_or_own().write().check(&principal)?;
    let id = call.id()?;
    webhooks::find(&call.database, &principal, id, call.incoming.now).await?;
    once(&call, &principal, async |attempt| {
        let seen = call.if_match()?;
        settled(seen, async || {
            let before = find_seen(&call, &principal, id, seen).await?;
            may_set_webhook(&principal, before.webhook.user_id)?;
            let version = secret::newest(&call.incoming.env)?;
            let actor = principal.actor();
            let host = host_of(&before.webhook.url);
            let ends_at: Timestamp = call.incoming.now.plus(claviger_core::webhook::OVERLAP);
            let details = json!({ "old_secret_ends_at": ends_at });
            let organization = before.webhook.organization_id;
            let target = ("webhook", Some(id), host.as_str());
            let record = record(&call, organization, &actor, "webhook.secret_rotated", target, details);
            let also = attempt.map(|attempt| attempt.signed(200, &before.salt)).into_iter().collect();
            let after = webhooks::rotate(&call.database, &before, version, &record, also).await?;
            let from = Derivation { salt: &after.salt, generation: after.generation };
            let secret = secret::derive(&call.incoming.env, after.secret_version, from)?;
            Ok(Answer::ok(WebhookSecret { webhook: after.webhook, secret: secret.expose() }))
        })
        .await
    })
    .await
}

/// `DELETE /webhooks/:id`: with its deliveries. Whoever manages its person may.
#[worker::send]
pub async fn delete(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::organization_admin_or_own().plain_write().check(&principal)?;
    let id = call.id()?;
    let seen = call.if_match()?;
    settled(seen, async || {
        let before = find_seen(&call, &principal, id, seen).await?.webhook;
        let actor = principal.actor();
        let host = host_of(&before.url);
        let details = json!({ "events": before.events, "user_id": before.user_id });
        let target = ("webhook", Some(id), host.as_str());
        let record = record(&call, before.organization_id, &actor, "webhook.deleted", target, details);
        webhooks::delete(&call.database, &before, &record).await?;
        Ok(Answer::empty())
    })
    .await
}
