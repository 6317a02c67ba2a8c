//! Which keys deserve a look, before anything has happened.
//!
//! Of keys that work: what is off, expired or revoked lets nobody in. That a key never expires, or may do everything, is said of
//! service keys only: a person's own key is how they sign in, and its role is theirs.

use serde::{Deserialize, Serialize};

use crate::{
    key::{Access, KeyKind, Role, words},
    status::KeyStatus,
    time::{DAY, Timestamp},
    wire::key::Key,
};

/// How long before its end a key expires soon, in milliseconds.
pub const SOON: i64 = 14 * DAY;
/// How long a key is not used before it counts as unused, in days of UTC.
pub const UNUSED_DAYS: i64 = 90;
/// How long after it was made a key that nobody has used counts as never used, in milliseconds.
pub const NEVER_USED_AFTER: i64 = 7 * DAY;
/// Further than this nothing is counted: a console that says "1000 or more" reads as little of 100,000 keys as of 1,000.
pub const COUNTED_TO: u32 = 1_000;

words! {
    /// Why a key deserves a look.
    Hygiene {
        /// It was reported, and nobody has dealt with that yet.
        Leaked = "leaked",
        /// It stops working within 14 days.
        ExpiringSoon = "expiring_soon",
        /// It is a service key, and works for ever.
        NeverExpires = "never_expires",
        /// It was used, and not in the last 90 days.
        Unused = "unused",
        /// Nobody has used it in a week since it was made.
        NeverUsed = "never_used",
        /// It is a service key that manages its organization, may change things, and is bound neither to scopes nor to addresses.
        AllPowerful = "all_powerful",
    }
}

impl Hygiene {
    /// Whether it is said of this key. The database finds them by the same rules, which a test holds it to.
    #[must_use]
    pub fn is_said_of(self, key: &Key, now: Timestamp) -> bool {
        if self == Self::Leaked {
            // Also of a revoked one: its owners are to see why.
            return key.leak.as_ref().is_some_and(crate::leak::Leak::is_open);
        }
        let service = key.kind == KeyKind::Service;
        KeyStatus::of(key.facts(), now) == KeyStatus::Active
            && match self {
                Self::Leaked => false,
                Self::ExpiringSoon => key.expires_at.is_some_and(|end| end <= now.plus(SOON)),
                Self::NeverExpires => service && key.expires_at.is_none(),
                Self::Unused => key.last_used_at.is_some_and(|used| used.day() < now.day() - UNUSED_DAYS),
                Self::NeverUsed => key.last_used_at.is_none() && key.created_at < now.plus(-NEVER_USED_AFTER),
                Self::AllPowerful => {
                    service
                        && key.role >= Role::OrganizationAdmin
                        && key.access == Access::ReadWrite
                        && key.scopes.is_empty()
                        && key.allowed_ips.is_empty()
                }
            }
    }
}

/// `GET /api_keys/hygiene`: how many keys there are of each kind, as far as is counted.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HygieneReport {
    /// Reported, and nobody has dealt with it.
    pub leaked: u32,
    /// Expire within 14 days.
    pub expiring_soon: u32,
    /// Service keys that never expire.
    pub never_expires: u32,
    /// Not used in the last 90 days, but before.
    pub unused: u32,
    /// Not used in the week since they were made, nor later.
    pub never_used: u32,
    /// Service keys that may do everything from anywhere.
    pub all_powerful: u32,
    /// Such a number means as many or more.
    pub counted_to: u32,
}

impl HygieneReport {
    /// From what was counted, in the order of [`Hygiene::ALL`]; what is missing is none.
    #[must_use]
    pub fn of(counts: &[u32]) -> Self {
        let count = |kind: Hygiene| {
            let place = Hygiene::ALL.iter().position(|other| *other == kind);
            place.and_then(|place| counts.get(place)).copied().unwrap_or_default()
        };
        Self {
            leaked: count(Hygiene::Leaked),
            expiring_soon: count(Hygiene::ExpiringSoon),
            never_expires: count(Hygiene::NeverExpires),
            unused: count(Hygiene::Unused),
            never_used: count(Hygiene::NeverUsed),
            all_powerful: count(Hygiene::AllPowerful),
            counted_to: COUNTED_TO,
        }
    }

    /// How many of a kind.
    #[must_use]
    pub const fn count(&self, kind: Hygiene) -> u32 {
        match kind {
            Hygiene::Leaked => self.leaked,
            Hygiene::ExpiringSoon => self.expiring_soon,
            Hygiene::NeverExpires => self.never_expires,
            Hygiene::Unused => self.unused,
            Hygiene::NeverUsed => self.never_used,
            Hygiene::AllPowerful => self.all_powerful,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

    fn said(facts: &Value) -> Vec<&'static str> {
        let mut key = json!({
            "id": 7, "organization_id": 1, "kind": "service", "name": "Billing", "description": "", "role": "integration",
            "access": "read_only", "scopes": [], "active": true, "status": "active", "hint": "clv_4fGh…9aZ1",
            "secrets": [{"hint": "clv_4fGh…9aZ1", "created_at": NOW}], "created_by": {"type": "user", "id": 1, "name": "Ada"},
            "created_at": NOW.plus(-DAY), "updated_at": NOW, "expires_at": NOW.plus(60 * DAY), "system_generated": false,
            "source": "minted", "allowed_ips": [], "metadata": {}, "version": 1,
        });
        key.as_object_mut().unwrap().extend(facts.as_object().unwrap().clone());
        let key: Key = serde_json::from_value(key).unwrap();
        Hygiene::ALL.iter().filter(|kind| kind.is_said_of(&key, NOW)).map(|kind| kind.word()).collect()
    }

    #[test]
    fn each_kind_has_its_edge() {
        let midnight = NOW.day() * DAY;
        let none: [&str; 0] = [];
        for (facts, wanted) in [
            (json!({}), &none[..]),
            (json!({"expires_at": NOW.plus(SOON)}), &["expiring_soon"]),
            (json!({"expires_at": NOW.plus(SOON + 1)}), &none),
            (json!({"expires_at": NOW}), &none),
            (json!({"expires_at": null}), &["never_expires"]),
            (json!({"expires_at": null, "kind": "personal"}), &none),
            (json!({"last_used_at": Timestamp::from_millis(midnight - 90 * DAY)}), &none),
            (json!({"last_used_at": Timestamp::from_millis(midnight - 90 * DAY - 1)}), &["unused"]),
            (json!({"created_at": NOW.plus(-7 * DAY)}), &none),
            (json!({"created_at": NOW.plus(-7 * DAY - 1)}), &["never_used"]),
            (json!({"created_at": NOW.plus(-8 * DAY), "last_used_at": NOW}), &none),
            (json!({"role": "organization_admin", "access": "read_write"}), &["all_powerful"]),
            (json!({"role": "system_admin", "access": "read_write"}), &["all_powerful"]),
            (json!({"role": "verifier", "access": "read_write"}), &none),
            (json!({"role": "organization_admin", "access": "read_only"}), &none),
            (json!({"role": "organization_admin", "access": "read_write", "kind": "personal"}), &none),
            (json!({"role": "organization_admin", "access": "read_write", "scopes": ["a.b"]}), &none),
            (json!({"role": "organization_admin", "access": "read_write", "allowed_ips": ["10.0.0.0/8"]}), &none),
            (json!({"leak": {"reported_at": NOW, "source": "github"}}), &["leaked"]),
            (
                json!({"leak": {"reported_at": NOW, "source": "github"}, "revoked_at": NOW, "expires_at": null}),
                &["leaked"],
            ),
            (json!({"leak": {"reported_at": NOW, "source": "github", "resolved_at": NOW}}), &none),
            (json!({"expires_at": null, "active": false}), &none),
            (json!({"expires_at": null, "revoked_at": NOW}), &none),
            (json!({"expires_at": null, "secrets": []}), &none),
        ] {
            assert_eq!(said(&facts), wanted, "{facts}");
        }
    }

    #[test]
    fn counts_come_in_the_order_of_the_kinds() {
        let report = HygieneReport::of(&[1, 2, 3, 4, 5, 6]);
        let counts: Vec<u32> = Hygiene::ALL.iter().map(|kind| report.count(*kind)).collect();
        assert_eq!(counts, [1, 2, 3, 4, 5, 6]);
        assert_eq!(HygieneReport::of(&[]), HygieneReport { counted_to: COUNTED_TO, ..HygieneReport::default() });
    }
}
