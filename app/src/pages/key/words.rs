//! A key's attributes in words. Pure: the sentences are tested natively.

use claviger_core::{
    key::{Access, Credits, KeyKind, KeySource, RateLimit, RefillInterval, Role},
    time::Timestamp,
    wire::key::{Key, SecretInfo},
};

use crate::format;

/// What it is for, and whose.
pub fn kind(key: &Key) -> String {
    match (key.kind, &key.user_name) {
        (KeyKind::Service, _) => "Service key, for one integration".to_owned(),
        (KeyKind::Personal, None) => "Personal key".to_owned(),
        (KeyKind::Personal, Some(_)) if key.system_generated => "Personal key, made by Claviger".to_owned(),
        (KeyKind::Personal, Some(_)) => "Personal key, of one person".to_owned(),
    }
}

/// What a key with this role may do.
pub const fn role(role: Role) -> &'static str {
    match role {
        Role::Integration => "Integration: may be verified, and manages nothing",
        Role::Verifier => "Verifier: asks about other keys",
        Role::OrganizationAdmin => "Organization administrator: manages keys",
        Role::SystemAdmin => "System administrator: manages all organizations",
    }
}

/// What a key with this access may do.
pub const fn access(access: Access) -> &'static str {
    match access {
        Access::ReadOnly => "Read only: can read, cannot create or change",
        Access::ReadWrite => "Read and write: can read, create and change",
    }
}

/// Activated or not, as the form has it.
pub const fn activation(active: bool) -> &'static str {
    if active { "Activated" } else { "Not activated" }
}

/// Where its secret comes from.
pub const fn source(source: KeySource) -> &'static str {
    match source {
        KeySource::Minted => "Minted here",
        KeySource::Imported => "Imported from another system, by its hash",
    }
}

/// "100 calls in 1 minute"
pub fn rate_limit(rate: RateLimit) -> String {
    format!("{} in {}", calls(rate.limit), duration(rate.window_seconds))
}

/// "5 calls left, set to 100 on the first of each month"
pub fn credits(credits: Credits) -> String {
    let left = format!("{} left", calls(credits.remaining));
    match (credits.refill_amount, credits.refill_interval) {
        (Some(amount), Some(interval)) => format!("{left}, set to {amount} {}", interval_words(interval)),
        _ => left,
    }
}

/// "every day"
pub const fn interval_words(interval: RefillInterval) -> &'static str {
    match interval {
        RefillInterval::Daily => "every day",
        RefillInterval::Monthly => "on the first of each month",
    }
}

fn calls(number: u64) -> String {
    plural(number, "call")
}

fn plural(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// In the largest unit that fits exactly.
fn duration(seconds: u64) -> String {
    for (unit, length) in [("day", 86_400), ("hour", 3_600), ("minute", 60)] {
        if seconds >= length && seconds.is_multiple_of(length) {
            return plural(seconds / length, unit);
        }
    }
    plural(seconds, "second")
}

/// What is to be known about one of a key's secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretState {
    /// It works for as long as the key does.
    Current,
    /// It was replaced, and works until this moment.
    Grace(Timestamp),
    /// It was replaced, and does not work any more.
    Ended(Timestamp),
    /// It was not replaced: its key ended.
    EndedWithKey(Timestamp),
}

/// When a key has ended, if it has.
pub fn ended(key: &Key, now: Timestamp) -> Option<Timestamp> {
    let expired = key.expires_at.filter(|end| *end <= now);
    key.revoked_at.into_iter().chain(expired).min()
}

/// The state of a secret at a moment, of a key that has ended or not.
pub fn secret(secret: &SecretInfo, key_ended: Option<Timestamp>, now: Timestamp) -> SecretState {
    match (secret.ends_at, key_ended) {
        (None, Some(end)) => return SecretState::EndedWithKey(end),
        (Some(own), Some(end)) => return SecretState::Ended(own.min(end)),
        _ => {}
    }
    match secret.ends_at {
        None => SecretState::Current,
        Some(moment) if moment > now => SecretState::Grace(moment),
        Some(moment) => SecretState::Ended(moment),
    }
}

/// Whether a replaced secret was used after it was replaced: whoever does that has not got the new one yet.
pub fn is_still_used(secret: &SecretInfo, replaced_at: Option<Timestamp>) -> bool {
    secret.ends_at.is_some() && secret.last_used_at.zip(replaced_at).is_some_and(|(used, replaced)| used > replaced)
}

/// Whose it is.
pub fn owner(key: &Key, organization: &str) -> String {
    match &key.user_name {
        Some(person) if organization.is_empty() => person.clone(),
        Some(person) => format!("{person}, {organization}"),
        None => organization.to_owned(),
    }
}

/// Who made it, as seen by the person with id `me`.
pub fn maker(key: &Key, me: Option<i64>) -> String {
    format::actor(&key.created_by, me)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_told_in_the_largest_unit_that_fits() {
        for (limit, window_seconds, told) in [
            (100, 60, "100 calls in 1 minute"),
            (1, 1, "1 call in 1 second"),
            (5, 90, "5 calls in 90 seconds"),
            (5, 7_200, "5 calls in 2 hours"),
            (5, 86_400, "5 calls in 1 day"),
        ] {
            assert_eq!(rate_limit(RateLimit { limit, window_seconds }), told);
        }
        let monthly =
            Credits { remaining: 1, refill_amount: Some(100), refill_interval: Some(RefillInterval::Monthly) };
        assert_eq!(credits(monthly), "1 call left, set to 100 on the first of each month");
        assert_eq!(credits(Credits { remaining: 0, refill_amount: None, refill_interval: None }), "0 calls left");
    }

    #[test]
    fn a_secret_ends_with_its_key_at_the_latest() {
        let at = |millis| Timestamp::from_millis(1_795_000_000_000 + millis);
        let info = |ends: Option<i64>| SecretInfo {
            hint: claviger_core::secret::Hint::parse("clv_4fGh…9aZ1").unwrap(),
            created_at: at(0),
            ends_at: ends.map(at),
            last_used_at: None,
        };
        for (ends, key_ended, state) in [
            (None, 15, SecretState::EndedWithKey(at(15))),
            (Some(30), 15, SecretState::Ended(at(15))),
            (Some(10), 15, SecretState::Ended(at(10))),
        ] {
            assert_eq!(secret(&info(ends), Some(at(key_ended)), at(20)), state);
        }
        let key = crate::pages::key::edit::sample();
        assert_eq!(ended(&Key { expires_at: Some(at(20)), revoked_at: None, ..key.clone() }, at(20)), Some(at(20)));
        assert_eq!(
            ended(&Key { expires_at: Some(at(20)), revoked_at: Some(at(5)), ..key.clone() }, at(30)),
            Some(at(5))
        );
        assert_eq!(ended(&Key { expires_at: Some(at(20)), revoked_at: None, ..key }, at(19)), None);
    }

    #[test]
    fn an_old_secret_is_still_used_when_it_was_used_after_the_rotation() {
        let at = |millis| Timestamp::from_millis(1_795_000_000_000 + millis);
        let old = |ends: Option<i64>, used: Option<i64>| SecretInfo {
            hint: claviger_core::secret::Hint::parse("clv_4fGh…9aZ1").unwrap(),
            created_at: at(0),
            ends_at: ends.map(at),
            last_used_at: used.map(at),
        };
        for (ends, used, state, still) in [
            (None, Some(15), SecretState::Current, false),
            (Some(30), Some(15), SecretState::Grace(at(30)), true),
            (Some(30), Some(5), SecretState::Grace(at(30)), false),
            (Some(30), None, SecretState::Grace(at(30)), false),
            (Some(20), Some(15), SecretState::Ended(at(20)), true),
        ] {
            let info = old(ends, used);
            assert_eq!((secret(&info, None, at(20)), is_still_used(&info, Some(at(10)))), (state, still));
        }
    }
}
