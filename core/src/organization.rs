//! Organizations: the tenants that own keys.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    input::{Fields, Problem, Problems, text, version},
    key::{DEFAULT_KEY_LIMIT, words},
    leak::LeakPolicy,
    secret::{MARKER, OrganizationPrefix},
    text::Name,
    time::{DAY, Timestamp},
    wire::from_object,
};

/// The organization that administers all others.
pub const SYSTEM_ORGANIZATION: i64 = 1;
/// Most live service keys an organization can be allowed.
pub const LARGEST_KEY_LIMIT: u32 = 1_000_000;
/// Longest lifetime of a key that can be asked for, in days: 100 years.
pub const LONGEST_LIFETIME: u32 = 36_500;

words! {
    /// What an organization has subscribed to.
    Plan {
        /// No API access: its keys are kept, and do not work.
        Trial = "trial",
        /// Everything.
        Paid = "paid",
    }
}

/// An organization, as most answers have it.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Organization {
    /// Never reused; 1 is the system organization.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What it has subscribed to.
    pub plan: Plan,
    /// Live service keys it may have.
    pub key_limit: u32,
    /// Live service keys it has.
    pub live_keys: u32,
    /// What its secrets begin with, before `clv_`.
    pub key_prefix: Option<String>,
    /// Verification reads the primary database every time.
    pub strict: bool,
    /// What the console proposes for a new key, in days.
    pub default_key_lifetime_days: Option<u32>,
    /// How long a key can live at most, in days.
    pub maximum_key_lifetime_days: Option<u32>,
    /// What becomes of a key when GitHub reports its secret.
    pub leak_policy: LeakPolicy,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Raised by every change that somebody makes; also the `ETag`.
    pub version: i64,
}

from_object!(Organization {
    id,
    name,
    plan,
    key_limit,
    live_keys,
    key_prefix,
    strict,
    default_key_lifetime_days,
    maximum_key_lifetime_days,
    leak_policy,
    created_at,
    updated_at,
    version
});

/// What `POST /organizations` asks for; what is absent has its default.
#[derive(Clone, Debug, PartialEq)]
pub struct NewOrganization {
    /// Its name.
    pub name: Name,
    /// Everything else.
    pub change: OrganizationChange,
}

/// What `PUT` and `PATCH /organizations/:id` ask for. Absent stays as it is; an explicit null clears.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OrganizationChange {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// Only for system administrators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// Only for system administrators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_limit: Option<u32>,
    /// What secrets minted from now on begin with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_prefix: Option<Option<OrganizationPrefix>>,
    /// Verification reads the primary database every time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strict: Option<bool>,
    /// In days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_key_lifetime_days: Option<Option<u32>>,
    /// In days; keys that live longer already stay as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_key_lifetime_days: Option<Option<u32>>,
    /// What becomes of a key when GitHub reports its secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leak_policy: Option<LeakPolicy>,
    /// The version that the caller has seen: another one by now is a conflict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
}

impl NewOrganization {
    /// Reads a create request.
    ///
    /// # Errors
    /// Every field that does not fit, by name.
    pub fn read(body: &Value) -> Result<Self, Problems> {
        let change = OrganizationChange::read(body)?;
        let name = change.name.clone().ok_or_else(|| Problems::one("name", "Is required."))?;
        change.lifetimes_fit(None, None)?;
        change.prefix_fits(None)?;
        Ok(Self { name, change })
    }

    /// Its plan: what was asked for, or the default.
    #[must_use]
    pub fn plan(&self) -> Plan {
        self.change.plan.unwrap_or(Plan::Paid)
    }

    /// Its limit: what was asked for, or the default.
    #[must_use]
    pub fn key_limit(&self) -> u32 {
        self.change.key_limit.unwrap_or(DEFAULT_KEY_LIMIT)
    }
}

impl OrganizationChange {
    /// Reads a change.
    ///
    /// # Errors
    /// Every field that does not fit, by name.
    pub fn read(body: &Value) -> Result<Self, Problems> {
        const PREFIX: &str = "Must be 2 to 12 lower-case letters and digits.";
        let mut fields = Fields::of(body, "organization")?;
        let change = Self {
            name: fields.changed("name", |value| text(value, Name::parse)),
            plan: fields.changed("plan", |value| {
                value.as_str().and_then(Plan::parse).ok_or_else(|| "Must be trial or paid.".into())
            }),
            key_limit: fields.changed("key_limit", |value| whole(value, 0, LARGEST_KEY_LIMIT)),
            key_prefix: fields.cleared("key_prefix", None, |value| {
                value.as_str().and_then(OrganizationPrefix::parse).map(Some).ok_or_else(|| PREFIX.into())
            }),
            strict: fields.changed("strict", |value| value.as_bool().ok_or_else(|| "Must be true or false.".into())),
            default_key_lifetime_days: fields.cleared("default_key_lifetime_days", None, lifetime),
            maximum_key_lifetime_days: fields.cleared("maximum_key_lifetime_days", None, lifetime),
            leak_policy: fields.changed("leak_policy", |value| {
                value.as_str().and_then(LeakPolicy::parse).ok_or_else(|| "Must be flag or revoke.".into())
            }),
            version: fields.changed("version", version),
        };
        fields.ignore(&["id", "live_keys", "num_users", "created_at", "updated_at", "usage_36h"]);
        fields.finish()?;
        Ok(change)
    }

    /// Whether the lifetimes that this sets go together: nobody is to be proposed what is then refused. What is absent counts
    /// as it is stored; what was stored before there was this rule, and is not changed, stays.
    ///
    /// # Errors
    /// The field that is changed.
    pub fn lifetimes_fit(&self, default: Option<u32>, maximum: Option<u32>) -> Result<(), Problems> {
        let proposed = self.default_key_lifetime_days.unwrap_or(default);
        let longest = self.maximum_key_lifetime_days.unwrap_or(maximum);
        match (proposed, longest) {
            (Some(days), Some(most)) if days > most && proposed != default => Err(Problems::one(
                "default_key_lifetime_days",
                format!("Must not be longer than the maximum key lifetime of {most} days."),
            )),
            (Some(days), Some(most)) if days > most && longest != maximum => Err(Problems::one(
                "maximum_key_lifetime_days",
                format!("Must not be shorter than the default key lifetime of {days} days."),
            )),
            _ => Ok(()),
        }
    }

    /// Whether the prefix that this sets is one: `clv_clv_…` would look like a slip. What is stored, and sent back, stays.
    ///
    /// # Errors
    /// The field.
    pub fn prefix_fits(&self, stored: Option<&str>) -> Result<(), Problems> {
        let asked = self.key_prefix.as_ref().and_then(Option::as_ref).map(OrganizationPrefix::as_str);
        if asked != stored && asked == MARKER.strip_suffix('_') {
            return Err(Problems::one("key_prefix", "Must be another one than clv, which all secrets have after it."));
        }
        Ok(())
    }
}

impl Organization {
    /// The organization after a change.
    #[must_use]
    pub fn changed(&self, change: &OrganizationChange, now: Timestamp) -> Self {
        let mut after = self.clone();
        if let Some(name) = &change.name {
            name.as_str().clone_into(&mut after.name);
        }
        after.plan = change.plan.unwrap_or(self.plan);
        after.key_limit = change.key_limit.unwrap_or(self.key_limit);
        after.strict = change.strict.unwrap_or(self.strict);
        after.leak_policy = change.leak_policy.unwrap_or(self.leak_policy);
        if let Some(prefix) = &change.key_prefix {
            after.key_prefix = prefix.as_ref().map(|prefix| prefix.as_str().to_owned());
        }
        after.default_key_lifetime_days = change.default_key_lifetime_days.unwrap_or(self.default_key_lifetime_days);
        after.maximum_key_lifetime_days = change.maximum_key_lifetime_days.unwrap_or(self.maximum_key_lifetime_days);
        if after != *self {
            after.updated_at = now;
            after.version += 1;
        }
        after
    }

    /// Whether a change needs a system administrator: it raises or lowers what the organization may do.
    #[must_use]
    pub fn is_for_system_administrators(&self, after: &Self) -> bool {
        self.plan != after.plan || self.key_limit != after.key_limit
    }

    /// Whether a change would lock its own callers out: without the system organization's API access nobody could bring that
    /// of any organization back by the API.
    #[must_use]
    pub fn shuts_the_system_out(&self, after: &Self) -> bool {
        self.id == SYSTEM_ORGANIZATION && self.plan != after.plan && after.plan == Plan::Trial
    }

    /// Why so many keys more are too many.
    #[must_use]
    pub fn no_room_for(&self, keys: usize) -> String {
        let left = self.key_limit.saturating_sub(self.live_keys);
        format!("Of {} places {left} are left, and {keys} were asked for.", self.key_limit)
    }

    /// Whether a key made or prolonged now may live until `expires_at`.
    ///
    /// # Errors
    /// The field, and until when it may.
    pub fn allows_expiry(&self, expires_at: Option<Timestamp>, now: Timestamp) -> Result<(), Problems> {
        let Some(days) = self.maximum_key_lifetime_days else {
            return Ok(());
        };
        // A minute for the clocks of those who ask for exactly the longest.
        let last = now.plus(i64::from(days) * DAY + 60_000);
        if expires_at.is_some_and(|moment| moment <= last) {
            return Ok(());
        }
        let message =
            format!("Keys of this organization live at most {days} days, until {}.", now.plus(i64::from(days) * DAY));
        Err(Problems::one("expires_at", message))
    }
}

fn lifetime(value: &Value) -> Result<Option<u32>, Problem> {
    whole(value, 1, LONGEST_LIFETIME).map(Some)
}

fn whole(value: &Value, least: u32, most: u32) -> Result<u32, Problem> {
    let number =
        value.as_u64().and_then(|number| u32::try_from(number).ok()).filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| Problem::from(format!("Must be a whole number from {least} to {most}.")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

    fn organization() -> Organization {
        serde_json::from_value(json!({
            "id": 2, "name": "A", "plan": "paid", "key_limit": 25, "live_keys": 3, "key_prefix": null, "strict": false,
            "default_key_lifetime_days": null, "maximum_key_lifetime_days": 30, "leak_policy": "flag", "created_at": NOW, "updated_at": NOW,
            "version": 1,
        }))
        .unwrap()
    }

    #[test]
    fn what_was_read_can_be_put_back() {
        let change = OrganizationChange::read(&json!({"organization": organization()})).unwrap();
        assert_eq!(organization().changed(&change, NOW.plus(1)), organization());
        let change = OrganizationChange::read(&json!({"key_limit": 30, "key_prefix": "acme"})).unwrap();
        let after = organization().changed(&change, NOW.plus(1));
        assert_eq!((after.key_prefix.as_deref(), after.updated_at, after.version), (Some("acme"), NOW.plus(1), 2));
        assert!(organization().is_for_system_administrators(&after));
    }

    #[test]
    fn every_wrong_field_is_named() {
        let body = json!({
            "name": " ", "plan": "gold", "key_limit": -1, "key_prefix": "ACME", "strict": 1,
            "default_key_lifetime_days": 0, "maximum_key_lifetime_days": 36_501, "leak_policy": "ignore", "colour": "red",
        });
        assert_eq!(OrganizationChange::read(&body).unwrap_err().errors.len(), 9);
        assert_eq!(NewOrganization::read(&json!({"plan": "trial"})).unwrap_err().errors[0].field, "name");
    }

    #[test]
    fn the_marker_is_no_prefix_but_what_is_stored_can_be_put_back() {
        let change = OrganizationChange::read(&json!({"key_prefix": "clv"})).unwrap();
        for stored in [None, Some("acme")] {
            assert_eq!(change.prefix_fits(stored).unwrap_err().errors[0].field, "key_prefix");
        }
        assert!(change.prefix_fits(Some("clv")).is_ok());
        assert!(NewOrganization::read(&json!({"name": "A", "key_prefix": "clv"})).is_err());
        for other in [json!({"key_prefix": "clv2"}), json!({"key_prefix": null}), json!({})] {
            assert!(OrganizationChange::read(&other).unwrap().prefix_fits(None).is_ok(), "{other}");
        }
    }

    #[test]
    fn only_the_system_organization_cannot_be_put_on_trial() {
        let trial = |id| {
            let before = Organization { id, ..organization() };
            before.shuts_the_system_out(&Organization { plan: Plan::Trial, ..before.clone() })
        };
        assert_eq!((trial(SYSTEM_ORGANIZATION), trial(2)), (true, false));
        let already = Organization { id: SYSTEM_ORGANIZATION, plan: Plan::Trial, ..organization() };
        assert!(!already.shuts_the_system_out(&Organization { strict: true, ..already.clone() }));
    }

    #[test]
    fn a_limit_that_was_lowered_leaves_no_room() {
        assert_eq!(organization().no_room_for(30), "Of 25 places 22 are left, and 30 were asked for.");
        let full = Organization { key_limit: 2, ..organization() };
        assert_eq!(full.no_room_for(1), "Of 2 places 0 are left, and 1 were asked for.");
    }

    #[test]
    fn what_is_proposed_is_never_longer_than_what_is_allowed() {
        let named = |change: Value, default, maximum| {
            let fits = OrganizationChange::read(&change).unwrap().lifetimes_fit(default, maximum);
            fits.err().map(|problems| problems.errors[0].field.clone())
        };
        let (default, maximum) = ("default_key_lifetime_days", "maximum_key_lifetime_days");
        for (change, stored, field) in [
            (json!({default: 31, maximum: 30}), (None, None), Some(default)),
            (json!({default: 30, maximum: 30}), (None, None), None),
            (json!({default: 31}), (None, Some(30)), Some(default)),
            (json!({default: null}), (Some(31), Some(30)), None),
            (json!({maximum: 30}), (Some(31), None), Some(maximum)),
            (json!({maximum: 30}), (None, None), None),
            (json!({maximum: null}), (Some(31), Some(30)), None),
            // As it was before there was the rule.
            (json!({"name": "A"}), (Some(31), Some(30)), None),
        ] {
            assert_eq!(named(change.clone(), stored.0, stored.1).as_deref(), field, "{change} {stored:?}");
        }
        assert!(NewOrganization::read(&json!({"name": "A", default: 31, maximum: 30})).is_err());
    }

    #[test]
    fn a_longest_lifetime_refuses_what_is_longer_or_for_ever() {
        let organization = organization();
        assert!(organization.allows_expiry(Some(NOW.plus(30 * DAY)), NOW).is_ok());
        assert!(organization.allows_expiry(Some(NOW.plus(31 * DAY)), NOW).is_err());
        assert!(organization.allows_expiry(None, NOW).is_err());
        let free = Organization { maximum_key_lifetime_days: None, ..organization };
        assert!(free.allows_expiry(None, NOW).is_ok());
    }
}
