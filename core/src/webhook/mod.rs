//! Webhooks: what can be subscribed to, where it may be sent, when it is tried again, and how it is signed.

mod address;
mod change;
mod schedule;
mod sign;

pub use self::{
    address::{Address, AddressProblem, Host, LONGEST_URL},
    change::{MOST_EVENTS, NewWebhook, WebhookChange},
    schedule::{ATTEMPTS, Next, OVERLAP, after_failure},
    sign::{Derivation, SigningSecret, signatures},
};
use serde::{Deserialize, Serialize};

use crate::key::words;

/// Most webhooks of an organization, those of its people among them.
pub const MOST_WEBHOOKS: u32 = 100;
/// Most webhooks of one person.
pub const MOST_OF_A_PERSON: u32 = 10;
/// The type of what `POST /webhooks/:id/test` sends: to that webhook only, whatever it subscribes to.
pub const TEST: &str = "webhook.test";

words! {
    /// What a webhook can be told.
    Event {
        /// A key was made or imported.
        KeyCreated = "api_key.created",
        /// Its attributes were changed, or it got its first secret.
        KeyUpdated = "api_key.updated",
        /// Its secret was replaced.
        KeyRotated = "api_key.rotated",
        /// It was ended.
        KeyRevoked = "api_key.revoked",
        /// Its record was removed.
        KeyDeleted = "api_key.deleted",
        /// It stops working in seven days, and again: in one.
        KeyExpiring = "api_key.expiring",
        /// It has stopped working.
        KeyExpired = "api_key.expired",
        /// Its secret was seen where it must not be.
        KeyLeaked = "api_key.leaked",
        /// A person came in.
        UserCreated = "user.created",
        /// A person was changed.
        UserUpdated = "user.updated",
        /// A person was removed.
        UserDeleted = "user.deleted",
        /// An organization was made; told to the system organization.
        OrganizationCreated = "organization.created",
        /// An organization was changed.
        OrganizationUpdated = "organization.updated",
        /// An organization was removed; told to the system organization.
        OrganizationDeleted = "organization.deleted",
        /// All of them, and those that come later.
        Everything = "*",
    }
}

impl Event {
    /// Whether a person's own webhook can be told: it hears of their keys and of themself.
    #[must_use]
    pub fn is_personal(self) -> bool {
        !self.word().starts_with("organization.")
    }
}

words! {
    /// Why a webhook is off.
    OffReason {
        /// Somebody switched it off.
        SwitchedOff = "switched_off",
        /// Its address has failed for days.
        Failing = "failing",
        /// Its person was deactivated.
        PersonDeactivated = "person_deactivated",
    }
}

words! {
    /// How far a delivery is.
    DeliveryState {
        /// It will be tried, or tried again.
        Pending = "pending",
        /// The address has answered 2xx.
        Delivered = "delivered",
        /// It is not tried again, unless somebody asks for it.
        Failed = "failed",
    }
}
