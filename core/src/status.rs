//! The status of a key: derived from facts and a time, never stored.

use serde::{Deserialize, Serialize};

use crate::{key::words, time::Timestamp};

words! {
    /// What a key's record amounts to at a given moment.
    KeyStatus {
        /// It has no secret yet.
        Pending = "pending",
        /// It works.
        Active = "active",
        /// Switched off, and can be switched on again.
        Disabled = "disabled",
        /// Its time is over.
        Expired = "expired",
        /// Ended for ever.
        Revoked = "revoked",
    }
}

/// What the status is derived from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyFacts {
    /// Somebody ended it.
    pub revoked: bool,
    /// It has, or had, a secret.
    pub has_secret: bool,
    /// It is switched on.
    pub active: bool,
    /// It works before this moment only.
    pub expires_at: Option<Timestamp>,
}

impl KeyStatus {
    /// The first that applies: revoked, expired, pending, disabled; else active. A key expires *at* its moment.
    #[must_use]
    pub fn of(facts: KeyFacts, now: Timestamp) -> Self {
        if facts.revoked {
            Self::Revoked
        } else if facts.expires_at.is_some_and(|moment| moment <= now) {
            Self::Expired
        } else if !facts.has_secret {
            Self::Pending
        } else if facts.active {
            Self::Active
        } else {
            Self::Disabled
        }
    }

    /// Whether the key can still come to work (again) without a new record.
    #[must_use]
    pub const fn is_inactive(self) -> bool {
        matches!(self, Self::Disabled | Self::Expired | Self::Revoked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_applies_wins() {
        let now = Timestamp::from_millis(1_000);
        let at = |millis| Some(Timestamp::from_millis(millis));
        for (revoked, has_secret, active, expires_at, status) in [
            (false, true, true, None, KeyStatus::Active),
            (false, true, true, at(1_001), KeyStatus::Active),
            (false, true, true, at(1_000), KeyStatus::Expired),
            (false, true, false, None, KeyStatus::Disabled),
            (false, true, false, at(1), KeyStatus::Expired),
            (false, false, true, None, KeyStatus::Pending),
            (false, false, false, None, KeyStatus::Pending),
            (true, true, false, at(1), KeyStatus::Revoked),
            (true, false, true, None, KeyStatus::Revoked),
        ] {
            assert_eq!(KeyStatus::of(KeyFacts { revoked, has_secret, active, expires_at }, now), status);
        }
    }
}
