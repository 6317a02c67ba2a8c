//! `/webhooks`: who is told of changes, and how it went.

use claviger_core::{
    webhook::{DeliveryState, NewWebhook, OffReason, WebhookChange},
    wire::webhook::{Delivery, Replayed, Webhook},
};
use gloo_net::http::Method;
use serde_json::Value;

use super::{Answer, ApiError, ask, ask_for, ask_once, ask_page, ask_with, data, json, parameter};

/// More than an organization may have.
const ALL: u32 = 1_000;
/// Deliveries that are read at once.
const PER_PAGE: u32 = 20;
const NOTHING: &str = "{}";

/// Whose webhooks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// An organization's, and those of its people.
    Organization(i64),
    /// A person's own.
    Person(i64),
}

impl Whose {
    fn path(self) -> String {
        match self {
            Self::Organization(id) => format!("/organizations/{id}/webhooks"),
            Self::Person(id) => format!("/users/{id}/webhooks"),
        }
    }
}

/// All of them, the newest first.
pub async fn list(whose: Whose) -> Result<Vec<Webhook>, ApiError> {
    ask_page(&format!("{}?per_page={ALL}", whose.path())).await.map(|(webhooks, _)| webhooks)
}

/// Those that were switched off because their addresses have failed for days.
pub async fn given_up(whose: Whose) -> Result<Vec<Webhook>, ApiError> {
    let path = format!("{}?off_reason={}&per_page={ALL}", whose.path(), OffReason::Failing.word());
    ask_page(&path).await.map(|(webhooks, _)| webhooks)
}

/// One of them.
pub async fn one(id: i64) -> Result<Webhook, ApiError> {
    ask_for(Method::GET, &of(id), None).await
}

/// Makes one; its secret is in this answer and nowhere else. Once for each `attempt`.
pub async fn create(whose: Whose, new: &NewWebhook, attempt: &str) -> Result<(Webhook, String), ApiError> {
    with_secret(ask_once(Method::POST, &whose.path(), json(new), Some(attempt)).await?)
}

/// Changes what `change` names, if the webhook still has this version: else `conflict`.
pub async fn change(id: i64, change: &WebhookChange, version: i64) -> Result<Webhook, ApiError> {
    let seen = format!("\"{version}\"");
    data(ask_with(Method::PATCH, &of(id), json(change), Some(("if-match", &seen))).await?.data)
}

/// Gives it another secret; the one it had signs as well for a day. Once for each `attempt`.
pub async fn rotate(id: i64, attempt: &str) -> Result<(Webhook, String), ApiError> {
    let path = format!("{}/rotate_secret", of(id));
    with_secret(ask_once(Method::POST, &path, Some(NOTHING.to_owned()), Some(attempt)).await?)
}

/// Removes it with its deliveries.
pub async fn delete(id: i64) -> Result<(), ApiError> {
    ask(Method::DELETE, &of(id), None).await.map(drop)
}

/// Sends it a test message.
pub async fn test(id: i64) -> Result<Delivery, ApiError> {
    ask_for(Method::POST, &format!("{}/test", of(id)), Some(NOTHING.to_owned())).await
}

/// What it was sent, only what is in this state if one is given, the newest first, from `after` on; and what to ask with for what
/// was before that.
pub async fn deliveries(
    id: i64,
    state: Option<DeliveryState>,
    after: Option<&str>,
) -> Result<(Vec<Delivery>, Option<String>), ApiError> {
    let state = state.map(|state| parameter("state", state.word())).unwrap_or_default();
    let after = after.map(|after| parameter("after", after)).unwrap_or_default();
    let path = format!("{}/deliveries?per_page={PER_PAGE}{state}{after}", of(id));
    let mut answer = ask(Method::GET, &path, None).await?;
    let deliveries = super::list(answer.data.take())?;
    Ok((deliveries, answer.page().and_then(|page| page.next_after).flatten()))
}

/// Has one sent again.
pub async fn replay(delivery: i64) -> Result<Delivery, ApiError> {
    ask_for(Method::POST, &format!("/deliveries/{delivery}/replay"), Some(NOTHING.to_owned())).await
}

/// Has all sent again that have failed; answers how many.
pub async fn replay_failed(id: i64) -> Result<u32, ApiError> {
    let done: Replayed = ask_for(Method::POST, &format!("{}/replay", of(id)), Some(NOTHING.to_owned())).await?;
    Ok(done.replayed)
}

fn of(id: i64) -> String {
    format!("/webhooks/{id}")
}

fn with_secret(mut answer: Answer) -> Result<(Webhook, String), ApiError> {
    let secret = answer.data.get_mut("secret").map(Value::take).unwrap_or_default();
    let secret = secret.as_str().ok_or_else(|| ApiError::unreadable(201, None))?.to_owned();
    Ok((data(answer.data)?, secret))
}
