//! How long the old secret goes on working after a rotation.

use claviger_core::time::{DAY, HOUR, MINUTE, SECOND, Timestamp};

use crate::browser::intl;

/// A choice, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grace(i64);

impl Default for Grace {
    fn default() -> Self {
        Self(DAY)
    }
}

impl Grace {
    /// What is offered, shortest first.
    pub const CHOICES: [(Self, &'static str); 5] = [
        (Self(0), "None: stop at once"),
        (Self(15 * MINUTE), "15 minutes"),
        (Self(HOUR), "1 hour"),
        (Self(DAY), "24 hours"),
        (Self(7 * DAY), "7 days"),
    ];

    /// As the API takes it.
    pub const fn seconds(self) -> i64 {
        self.0 / SECOND
    }

    /// Until when the old secret works, if the key was rotated now; and whether the key's own expiry is what ends it.
    fn end(self, now: Timestamp, expires_at: Option<Timestamp>) -> Option<(Timestamp, bool)> {
        let end = now.plus(self.0);
        match expires_at {
            _ if self.0 == 0 => None,
            Some(expiry) if expiry < end => Some((expiry, true)),
            _ => Some((end, false)),
        }
    }

    /// The same in a sentence, with the moment and its time zone.
    pub fn says(self, expires_at: Option<Timestamp>) -> String {
        match self.end(intl::now(), expires_at) {
            None => "The old key stops working at once.".to_owned(),
            Some((end, false)) => format!("The old key works until {}.", intl::with_zone(end)),
            Some((end, true)) => format!("The old key works until {}, when this key expires.", intl::with_zone(end)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

    #[test]
    fn the_old_secret_never_outlasts_the_key() {
        for (grace, left, end) in [
            (Grace(0), None, None),
            (Grace(0), Some(HOUR), None),
            (Grace(HOUR), None, Some((HOUR, false))),
            (Grace(HOUR), Some(2 * HOUR), Some((HOUR, false))),
            (Grace(HOUR), Some(HOUR), Some((HOUR, false))),
            (Grace(DAY), Some(HOUR), Some((HOUR, true))),
        ] {
            let expected = end.map(|(millis, expires)| (NOW.plus(millis), expires));
            assert_eq!(grace.end(NOW, left.map(|millis| NOW.plus(millis))), expected, "{grace:?} {left:?}");
        }
    }

    #[test]
    fn a_day_is_proposed_and_is_what_the_api_does_unasked() {
        assert_eq!(Grace::default().seconds() * SECOND, claviger_core::key::DEFAULT_GRACE);
        assert!(Grace::CHOICES.iter().any(|(grace, _)| *grace == Grace::default()));
        assert!(Grace::CHOICES.iter().all(|(grace, _)| grace.0 <= claviger_core::key::LONGEST_GRACE));
    }
}
