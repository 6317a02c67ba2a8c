//! When a delivery is tried again, and when an address is given up.

use crate::time::{DAY, HOUR, MINUTE, SECOND, Timestamp};

/// How long to wait after each failed attempt; the first one is made at once.
const WAITS: [i64; 7] = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR];
/// Most attempts by ourselves.
pub const ATTEMPTS: usize = WAITS.len() + 1;
/// After so long without one success a webhook is switched off…
const PATIENCE: i64 = 5 * DAY;
/// …by a message that has been tried so often, over some hours: the first trouble after quiet weeks is no long trouble. What is
/// tried again comes before what is new, so that there is such a message however much an address is told.
const TRIES: usize = 5;
/// How long the secret that was replaced signs as well.
pub const OVERLAP: i64 = DAY;

/// What follows from a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    /// When this delivery is tried again; `None` is never.
    pub at: Option<Timestamp>,
    /// The webhook is switched off.
    pub gives_up: bool,
}

/// Decides after the attempt number `attempts`, from 1, of a webhook that has failed since `failing_since`.
#[must_use]
pub fn after_failure(attempts: usize, failing_since: Timestamp, now: Timestamp) -> Next {
    let gives_up = attempts >= TRIES && now.millis() - failing_since.millis() >= PATIENCE;
    let wait = attempts.checked_sub(1).and_then(|index| WAITS.get(index)).filter(|_| !gives_up);
    Next { at: wait.map(|wait| now.plus(*wait)), gives_up }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

    #[test]
    fn eight_attempts_are_made_over_a_good_day() {
        let mut at = NOW;
        let mut waits = Vec::new();
        for attempts in 1..ATTEMPTS {
            let next = after_failure(attempts, NOW, at);
            let again = next.at.unwrap();
            waits.push((again.millis() - at.millis()) / SECOND);
            at = again;
            assert!(!next.gives_up);
        }
        assert_eq!(waits, [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000]);
        assert_eq!(after_failure(ATTEMPTS, NOW, at), Next { at: None, gives_up: false });
        assert_eq!(after_failure(0, NOW, NOW).at, None);
    }

    #[test]
    fn an_address_that_has_failed_for_five_days_is_given_up_and_not_a_moment_before() {
        let at = NOW.plus(5 * DAY);
        assert_eq!(after_failure(TRIES, NOW, at.plus(-1)), Next { at: Some(at.plus(5 * HOUR - 1)), gives_up: false });
        assert_eq!(after_failure(TRIES, NOW, at), Next { at: None, gives_up: true });
        assert_eq!(after_failure(ATTEMPTS, NOW, at), Next { at: None, gives_up: true });
    }

    #[test]
    fn the_first_failures_after_quiet_weeks_are_tried_again() {
        let later = NOW.plus(30 * DAY);
        for (attempts, wait) in (1..TRIES).zip(WAITS) {
            assert_eq!(after_failure(attempts, NOW, later), Next { at: Some(later.plus(wait)), gives_up: false });
        }
    }
}
