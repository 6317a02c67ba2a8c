//! A sliding window, by two counters.
//!
//! What counts is the use in the current window, and of the use in the one before it as much as a window that ends now
//! still reaches back over, as if that use had been spread evenly. So it takes two numbers however high the limit is, and
//! there is no edge at which the limit begins anew: who has used all of it at the end of a window gets it back little by
//! little over the length of the next one. Fixed windows, and buckets that hold the whole limit, let twice the limit through
//! in one moment.

use serde::{Deserialize, Serialize};

use crate::{
    key::RateLimit,
    time::{SECOND, Timestamp},
};

/// The use of a key in the current window and the one before it. Windows follow each other from the first use on, and after
/// two without any from the next one on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    began_at: Timestamp,
    current: u64,
    previous: u64,
}

impl Window {
    /// A window that begins now.
    pub const fn new(now: Timestamp) -> Self {
        Self { began_at: now, current: 0, previous: 0 }
    }

    /// As it is at `now`. After a backward step of the clock it begins there, with all that was counted.
    pub fn at(self, rate: RateLimit, now: Timestamp) -> Self {
        let length = length(rate);
        let passed = now.millis() - self.began_at.millis();
        if passed < 0 {
            Self { began_at: now, ..self }
        } else if passed < length {
            self
        } else if passed < 2 * length {
            Self { began_at: self.began_at.plus(length), current: 0, previous: self.current }
        } else {
            Self::new(now)
        }
    }

    /// Milliseconds until the current window ends.
    pub fn ends_in(self, rate: RateLimit, now: Timestamp) -> i64 {
        (self.began_at.plus(length(rate)).millis() - now.millis()).max(0)
    }

    /// What may still be used, of a window that is as at `now`.
    pub fn left(self, rate: RateLimit, now: Timestamp) -> u64 {
        let reach = self.ends_in(rate, now).unsigned_abs();
        // Rounded up: rather a little too much used than too little.
        let before = scaled_up(self.previous, reach, length(rate).unsigned_abs());
        rate.limit.saturating_sub(self.current.saturating_add(before))
    }

    /// Counts a use.
    pub const fn spend(&mut self, cost: u64) {
        self.current = self.current.saturating_add(cost);
    }

    /// Milliseconds until `cost` can be used, if nobody else uses any. What is more than the whole limit never can.
    pub fn wait(self, rate: RateLimit, cost: u64, now: Timestamp) -> i64 {
        let (length, ends_in) = (length(rate), self.ends_in(rate, now));
        let Some(room) = rate.limit.checked_sub(cost) else { return ends_in.saturating_add(length) };
        // Use that is `used` now counts for no more than `room` once the window reaches back over it no further than this.
        let reach = |used: u64, room: u64| {
            let full = length.unsigned_abs();
            i64::try_from(scaled_down(room, full, used).unwrap_or(full).min(full)).unwrap_or(length)
        };
        let wait = match room.checked_sub(self.current) {
            Some(room) => ends_in - reach(self.previous, room),
            None => ends_in + length - reach(self.current, room),
        };
        wait.max(0)
    }
}

/// Milliseconds of a window.
fn length(rate: RateLimit) -> i64 {
    i64::try_from(rate.window_seconds).unwrap_or(i64::MAX / SECOND).saturating_mul(SECOND).clamp(SECOND, i64::MAX / 4)
}

/// `number * by / of`, rounded up.
fn scaled_up(number: u64, by: u64, of: u64) -> u64 {
    let product = u128::from(number) * u128::from(by);
    u64::try_from(product.div_ceil(u128::from(of.max(1)))).unwrap_or(u64::MAX)
}

/// `number * by / of`, rounded down; `None` when `of` is 0.
fn scaled_down(number: u64, by: u64, of: u64) -> Option<u64> {
    let quotient = (u128::from(number) * u128::from(by)).checked_div(u128::from(of))?;
    Some(u64::try_from(quotient).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RATE: RateLimit = RateLimit { limit: 100, window_seconds: 60 };

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + millis)
    }

    /// A window with these counters, as at `passed` milliseconds.
    fn window(current: u64, previous: u64) -> Window {
        Window { began_at: at(0), current, previous }
    }

    #[test]
    fn what_was_used_before_counts_as_far_as_the_window_reaches_back() {
        for (current, previous, passed, left) in [
            (0, 0, 0, 100),
            (30, 0, 59_999, 70),
            (0, 100, 0, 0),
            (0, 100, 599, 0),
            (0, 100, 600, 1),
            (0, 100, 30_000, 50),
            (20, 100, 45_000, 55),
            (101, 0, 0, 0),
        ] {
            assert_eq!(window(current, previous).left(RATE, at(passed)), left, "{current}, {previous} at {passed}");
        }
    }

    #[test]
    fn windows_follow_each_other_until_one_is_left_out() {
        let used = window(70, 20);
        assert_eq!(used.at(RATE, at(59_999)), used);
        assert_eq!(used.at(RATE, at(60_000)), Window { began_at: at(60_000), current: 0, previous: 70 });
        assert_eq!(used.at(RATE, at(119_999)), Window { began_at: at(60_000), current: 0, previous: 70 });
        assert_eq!(used.at(RATE, at(120_000)), Window::new(at(120_000)));
        // The clock went back: nothing that was used is forgotten, and nothing is frozen until it has caught up.
        assert_eq!(used.at(RATE, at(-3_600_000)), Window { began_at: at(-3_600_000), ..used });
    }

    #[test]
    fn the_wait_is_exact() {
        assert_eq!(window(0, 100).wait(RATE, 1, at(0)), 600);
        assert_eq!(window(100, 0).wait(RATE, 1, at(10_000)), 50_600);
        assert_eq!(window(100, 0).wait(RATE, 100, at(10_000)), 110_000);
        assert_eq!(window(0, 0).wait(RATE, 101, at(10_000)), 110_000);
    }

    proptest! {
        #[test]
        fn after_the_wait_it_fits_and_not_before(
            limit in 1_u64..5_000, window_seconds in 1_u64..5_000, current in 0_u64..5_000, previous in 0_u64..5_000,
            passed in 0_i64..5_000_000, cost in 1_u64..5_000,
        ) {
            let rate = RateLimit { limit, window_seconds };
            let (window, now) = (window(current.min(limit), previous.min(limit)), at(passed % length(rate)));
            let cost = cost.min(limit);
            let fits = |wait: i64| {
                let then = now.plus(wait);
                window.at(rate, then).left(rate, then) >= cost
            };
            let wait = window.wait(rate, cost, now);
            prop_assert!(fits(wait), "not after {wait}");
            prop_assert!(wait == 0 || !fits(wait - 1), "before {wait}");
        }

        #[test]
        fn no_number_panics(
            limit in 1_u64..=u64::MAX, window_seconds in 0_u64..=u64::MAX, current: u64, previous: u64, now: i64, cost: u64,
        ) {
            let rate = RateLimit { limit, window_seconds };
            let now = Timestamp::from_millis(now);
            let mut moved = window(current, previous).at(rate, now);
            moved.spend(cost);
            prop_assert!(moved.left(rate, now) <= limit && moved.wait(rate, cost, now) >= 0);
        }
    }
}
