//! How much a key may be used: a rate, and a number of calls.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::words;
use crate::{input::Problem, time::Timestamp};

/// Largest number that JSON, JavaScript and D1 all carry exactly.
const LARGEST: u64 = (1 << 53) - 1;
/// 31 days.
const LONGEST_WINDOW: u64 = 31 * 24 * 3600;

/// At most so many calls in each window.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimit {
    /// Calls; at least 1.
    pub limit: u64,
    /// Length of a window, in seconds; at most 31 days.
    pub window_seconds: u64,
}

/// A number of calls that is used up, and filled again if that was asked for.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credits {
    /// Calls that are left.
    pub remaining: u64,
    /// What `remaining` is set to at each refill; `None` for no refill.
    pub refill_amount: Option<u64>,
    /// When it is refilled; there exactly when `refill_amount` is.
    pub refill_interval: Option<RefillInterval>,
}

words! {
    /// How often credits are filled again, at midnight UTC.
    RefillInterval {
        /// Every day.
        Daily = "daily",
        /// On the first of each month.
        Monthly = "monthly",
    }
}

impl RefillInterval {
    /// The first refill after this moment.
    #[must_use]
    pub const fn next(self, after: Timestamp) -> Timestamp {
        match self {
            Self::Daily => after.next_day(),
            Self::Monthly => after.next_month(),
        }
    }
}

impl RateLimit {
    /// Reads `{"limit","window_seconds"}`.
    ///
    /// # Errors
    /// What does not fit.
    pub fn read(value: &Value) -> Result<Self, Problem> {
        const FORM: &str = "Must be {\"limit\": calls, \"window_seconds\": seconds}: whole numbers from 1, a window of at most 31 days.";
        let object = value
            .as_object()
            .filter(|object| object.keys().all(|name| ["limit", "window_seconds"].contains(&name.as_str())));
        let number = |name: &str, most: u64| {
            object
                .and_then(|object| object.get(name))
                .and_then(Value::as_u64)
                .filter(|number| (1..=most).contains(number))
        };
        match (number("limit", LARGEST), number("window_seconds", LONGEST_WINDOW)) {
            (Some(limit), Some(window_seconds)) => Ok(Self { limit, window_seconds }),
            _ => Err(FORM.into()),
        }
    }
}

impl Credits {
    /// Reads `{"remaining","refill_amount"?,"refill_interval"?}`.
    ///
    /// # Errors
    /// What does not fit.
    pub fn read(value: &Value) -> Result<Self, Problem> {
        const FORM: &str = "Must be {\"remaining\": calls}, with \"refill_amount\" and \"refill_interval\" (daily or monthly) both or neither.";
        let refused = || Problem::from(FORM);
        let object = value.as_object().ok_or_else(refused)?;
        let known = ["remaining", "refill_amount", "refill_interval"];
        if !object.keys().all(|name| known.contains(&name.as_str())) {
            return Err(refused());
        }
        let field = |name: &str| object.get(name).filter(|value| !value.is_null());
        let number = |value: &Value| value.as_u64().filter(|number| *number <= LARGEST).ok_or_else(refused);
        let remaining = number(field("remaining").ok_or_else(refused)?)?;
        let refill_amount = field("refill_amount").map(number).transpose()?;
        let refill_interval = field("refill_interval")
            .map(|value| value.as_str().and_then(RefillInterval::parse).ok_or_else(refused))
            .transpose()?;
        if refill_amount.is_some() == refill_interval.is_some() && refill_amount != Some(0) {
            Ok(Self { remaining, refill_amount, refill_interval })
        } else {
            Err(refused())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_rate_is_calls_in_a_window() {
        let read = RateLimit::read(&json!({"limit": 100, "window_seconds": 60}));
        assert_eq!(read, Ok(RateLimit { limit: 100, window_seconds: 60 }));
        for bad in [
            json!(7),
            json!({}),
            json!({"limit": 0, "window_seconds": 60}),
            json!({"limit": 1}),
            json!({"limit": 1, "window_seconds": LONGEST_WINDOW + 1}),
            json!({"limit": 1.5, "window_seconds": 60}),
            json!({"limit": 1, "window_seconds": 60, "burst": 2}),
        ] {
            assert!(RateLimit::read(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_refill_has_an_amount_and_an_interval_or_neither() {
        for good in [
            json!({"remaining": 0}),
            json!({"remaining": 5, "refill_amount": null, "refill_interval": null}),
            json!({"remaining": 5, "refill_amount": 100, "refill_interval": "monthly"}),
        ] {
            let credits = Credits::read(&good).unwrap();
            assert_eq!(Credits::read(&serde_json::to_value(credits).unwrap()), Ok(credits), "{good}");
        }
        for bad in [
            json!({}),
            json!({"remaining": -1}),
            json!({"remaining": 1_u64 << 53}),
            json!({"remaining": 5, "refill_amount": 100}),
            json!({"remaining": 5, "refill_interval": "daily"}),
            json!({"remaining": 5, "refill_amount": 0, "refill_interval": "daily"}),
            json!({"remaining": 5, "refill_amount": 1, "refill_interval": "yearly"}),
            json!({"remaining": 5, "left": 1}),
        ] {
            assert!(Credits::read(&bad).is_err(), "{bad}");
        }
    }
}
