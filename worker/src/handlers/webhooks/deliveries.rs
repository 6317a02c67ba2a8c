//! What a webhook was sent, and sending it again.

use claviger_core::{
    authorize::{Allow, Principal, may_set_webhook},
    envelope::{DEFAULT_PER_PAGE, MOST_PER_PAGE, Page},
    webhook::DeliveryState,
    wire::webhook::{Delivery, Replayed, Webhook},
};
use http::StatusCode;
use serde_json::json;

use super::super::{api_keys::number, record};
use crate::{
    answer::Answer,
    call::Call,
    error::Failure,
    store::webhooks::{self, host_of},
};

/// `GET /webhooks/:id/deliveries`: the newest first, with a cursor. Of a person's own webhook only they themself see them: 403.
/// What an address has answered is null for a system administrator of another organization: it is its owner's business.
#[worker::send]
pub async fn list(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::organization_admin_or_own().check(&principal)?;
    let webhook = webhooks::find(&call.database, &principal, call.id()?, call.incoming.now).await?.webhook;
    may_set_webhook(&principal, webhook.user_id)?;
    let state = call.query("state").map(|word| {
        DeliveryState::parse(word).ok_or_else(|| Failure::parameter("state", "Must be pending, delivered or failed."))
    });
    let after = call.query("after").map(|text| {
        let id = text.parse::<i64>().ok().filter(|id| (1..=9_007_199_254_740_991).contains(id));
        id.ok_or_else(|| Failure::parameter("after", "Must be a next_after that was given out."))
    });
    let (state, after) = (state.transpose()?.map(DeliveryState::word), after.transpose()?);
    let per_page = number(&call, "per_page", 1..=MOST_PER_PAGE, "Must be a whole number from 1 to 1000.")?
        .unwrap_or(DEFAULT_PER_PAGE);
    let (rows, next) = webhooks::list_deliveries(&call.database, webhook.id, state, (after, per_page)).await?;
    let rows: Vec<_> = rows.into_iter().map(|delivery| shown(&principal, &webhook, delivery)).collect();
    Ok(Answer::page(rows, Page::after(per_page, next.map(|id| id.to_string()))))
}

/// `POST /webhooks/:id/test`: sends it a `webhook.test`, behind this answer.
///
/// 1. 403 for who manages no organization, may only read, or for another person's own.
/// 2. 409 `webhook_off`.
#[worker::send]
pub async fn test(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    // 1.
    Allow::organization_admin_or_own().plain_write().check(&principal)?;
    // 2.
    let webhook = find_on(&call, &principal, call.id()?).await?;
    let actor = principal.actor();
    let host = host_of(&webhook.url);
    let target = ("webhook", Some(webhook.id), host.as_str());
    let record = record(&call, webhook.organization_id, &actor, "webhook.tested", target, json!({}));
    Ok(Answer::created(webhooks::test(&call.database, &webhook, &actor, &record).await?))
}

/// `POST /deliveries/:id/replay`: tries it again, from the beginning of the schedule; as [`test`].
#[worker::send]
pub async fn replay(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    // 1.
    Allow::organization_admin_or_own().plain_write().check(&principal)?;
    let delivery = webhooks::find_delivery(&call.database, call.id()?).await?;
    // 2.
    let webhook = find_on(&call, &principal, delivery.webhook_id).await?;
    let actor = principal.actor();
    let host = host_of(&webhook.url);
    let target = ("webhook", Some(webhook.id), host.as_str());
    let details = json!({ "delivery_id": delivery.id });
    let record = record(&call, webhook.organization_id, &actor, "webhook.replayed", target, details);
    Ok(Answer::ok(shown(&principal, &webhook, webhooks::replay(&call.database, &delivery, &record).await?)))
}

/// `POST /webhooks/:id/replay`: tries all of its failed deliveries again; as [`test`].
#[worker::send]
pub async fn replay_failed(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    // 1.
    Allow::organization_admin_or_own().plain_write().check(&principal)?;
    // 2.
    let webhook = find_on(&call, &principal, call.id()?).await?;
    let actor = principal.actor();
    let host = host_of(&webhook.url);
    let target = ("webhook", Some(webhook.id), host.as_str());
    let details = json!({ "failed": true });
    let record = record(&call, webhook.organization_id, &actor, "webhook.replayed", target, details);
    let replayed = webhooks::replay_failed(&call.database, webhook.id, &record).await?;
    Ok(Answer::ok(Replayed { replayed }))
}

fn shown(principal: &Principal, webhook: &Webhook, delivery: Delivery) -> Delivery {
    if principal.organization_id == webhook.organization_id { delivery } else { delivery.without_answers() }
}

async fn find_on(call: &Call, principal: &Principal, id: i64) -> Result<Webhook, Failure> {
    let webhook = webhooks::find(&call.database, principal, id, call.incoming.now).await?.webhook;
    may_set_webhook(principal, webhook.user_id)?;
    if webhook.active {
        Ok(webhook)
    } else {
        Err(Failure::new(
            StatusCode::CONFLICT,
            "webhook_off",
            "This webhook is off and sends nothing. Switch it on first.",
        ))
    }
}
