//! Webhooks as lists and answers show them, their deliveries, and the body that is sent.

use serde::{Deserialize, Serialize};

use super::key::Actor;
use crate::{
    time::Timestamp,
    webhook::{DeliveryState, Event, OffReason},
};

/// Where changes are told to.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Never reused.
    pub id: i64,
    /// Whose changes are told.
    pub organization_id: i64,
    /// Whose own it is: it hears of their keys and themself. Null is the organization's.
    pub user_id: Option<i64>,
    /// Their name.
    pub user_name: Option<String>,
    /// Where it is sent.
    pub url: String,
    /// What it is for.
    pub description: String,
    /// What is told.
    pub events: Vec<Event>,
    /// Off sends nothing.
    pub active: bool,
    /// Why it is off.
    pub off_reason: Option<OffReason>,
    /// Since when every attempt has failed; five days switch it off.
    pub failing_since: Option<Timestamp>,
    /// When the address has last answered 2xx.
    pub last_delivered_at: Option<Timestamp>,
    /// Until when the secret that was replaced signs as well.
    pub old_secret_ends_at: Option<Timestamp>,
    /// Who made it.
    pub created_by: Actor,
    /// When.
    pub created_at: Timestamp,
    /// When this last changed.
    pub updated_at: Timestamp,
    /// Raised by every change; also the `ETag`.
    pub version: i64,
}

/// A webhook with its signing secret: in the one answer that makes it.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Serialize, Deserialize)]
pub struct WebhookSecret {
    /// The webhook.
    #[serde(flatten)]
    pub webhook: Webhook,
    /// `whsec_…`, for the receiver.
    pub secret: String,
}

/// One message to one webhook.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Never reused.
    pub id: i64,
    /// To which webhook.
    pub webhook_id: i64,
    /// The header `webhook-id`: the same in every attempt.
    pub message_id: String,
    /// Of what, such as `api_key.revoked`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is about; the name is the one it had then.
    pub target: EventTarget,
    /// When it happened.
    pub at: Timestamp,
    /// How far it is.
    pub state: DeliveryState,
    /// When it is tried again.
    pub next_at: Option<Timestamp>,
    /// The attempts, the last first; the latest ten of them.
    pub attempts: Vec<Attempt>,
}

impl Delivery {
    /// As it is shown to who is not of the webhook's organization: what an address answers is its owner's business.
    #[must_use]
    pub fn without_answers(mut self) -> Self {
        self.attempts.iter_mut().for_each(|attempt| attempt.answer = None);
        self
    }
}

/// What an event is about.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventTarget {
    /// `api_key`, `user`, `organization` or `webhook`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id.
    pub id: Option<i64>,
    /// Its name.
    pub name: String,
}

/// One attempt.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub ms: u32,
    /// What the address answered; null when it did not.
    pub status: Option<u16>,
    /// Why it failed, in a few words; null when it did not.
    pub error: Option<String>,
    /// The first 1 KB of the answer; null for who is not of the webhook's organization.
    pub answer: Option<String>,
}

/// `POST /webhooks/:id/replay`: how many deliveries are tried again.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    /// Those that had failed.
    pub replayed: u32,
}

/// The body that is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message<T> {
    /// What has happened.
    #[serde(rename = "type")]
    pub kind: String,
    /// When.
    pub timestamp: Timestamp,
    /// What to know about it.
    pub data: MessageData<T>,
}

/// What is told of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageData<T> {
    /// In whose log it stands.
    pub organization_id: i64,
    /// Who did it.
    pub actor: Actor,
    /// Its attributes after the change, and of what is gone the last ones. A key's `api_key` is null.
    pub object: T,
    /// The attributes that became others.
    pub changed: Vec<String>,
}
