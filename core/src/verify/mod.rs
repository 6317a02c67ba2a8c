//! Whether a presented secret is good for a request.

mod ask;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod order;

use serde::{Deserialize, Serialize};

pub use self::ask::{Ask, LONGEST_KEY, MOST_ASKS};
use crate::{
    key::{Access, words},
    network::AddressRange,
    scope::Scope,
    time::Timestamp,
};

words! {
    /// The answer to a verification, in the order in which they apply: the first wins.
    Code {
        /// No such key, or not one of the asker's.
        NotFound = "NOT_FOUND",
        /// Ended for ever, or a secret that was replaced.
        Revoked = "REVOKED",
        /// Its time is over.
        Expired = "EXPIRED",
        /// Switched off, or its person is.
        Disabled = "DISABLED",
        /// Its organization's plan, or its person, has no API access.
        ApiAccessDisabled = "API_ACCESS_DISABLED",
        /// It works from certain addresses only, and the one it was presented from is none of them, or was not stated.
        IpNotAllowed = "IP_NOT_ALLOWED",
        /// It may read, and was asked to write.
        InsufficientAccess = "INSUFFICIENT_ACCESS",
        /// It lacks a scope that was asked for.
        InsufficientScope = "INSUFFICIENT_SCOPE",
        /// It was used as often as it may be for now.
        RateLimited = "RATE_LIMITED",
        /// It has fewer credits left than this use costs.
        CreditsExhausted = "CREDITS_EXHAUSTED",
        /// Good.
        Valid = "VALID",
        /// It could not be looked up, which says nothing about it. Only in a batch: alone it is a 503.
        Unavailable = "UNAVAILABLE",
    }
}

/// All that decides about a presented secret: read together, so that they fit together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The key was ended.
    pub revoked: bool,
    /// The presented secret was replaced, and works before this moment only.
    pub secret_ends_at: Option<Timestamp>,
    /// The key works before this moment only.
    pub expires_at: Option<Timestamp>,
    /// The key is switched on.
    pub active: bool,
    /// The person it belongs to, if there is one, is active.
    pub person_active: bool,
    /// The organization's plan and the person allow API access.
    pub api_access: bool,
}

impl Standing {
    /// Whether the presented secret was replaced and its grace is over.
    #[must_use]
    pub fn secret_is_retired(&self, now: Timestamp) -> bool {
        self.secret_ends_at.is_some_and(|moment| moment <= now)
    }

    /// What stands against this secret by itself, whatever is asked of it: `None` when it is good.
    #[must_use]
    pub fn objection(&self, now: Timestamp) -> Option<Code> {
        if self.revoked || self.secret_is_retired(now) {
            Some(Code::Revoked)
        } else if self.expires_at.is_some_and(|moment| moment <= now) {
            Some(Code::Expired)
        } else if !self.active || !self.person_active {
            Some(Code::Disabled)
        } else if !self.api_access {
            Some(Code::ApiAccessDisabled)
        } else {
            None
        }
    }
}

/// What a key may be used for.
#[derive(Clone, Copy, Debug)]
pub struct Rights<'a> {
    /// Whether it may change anything.
    pub access: Access,
    /// What may be asked of it.
    pub scopes: &'a [Scope],
    /// Where it works; none means anywhere.
    pub allowed_ips: &'a [AddressRange],
}
