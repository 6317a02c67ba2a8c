//! A clock that strikes when something ends: what has expired shows as expired at that moment, without asking anybody.

use std::time::Duration;

use claviger_core::time::{MINUTE, Timestamp};
use leptos::prelude::*;

use crate::{browser::intl, components::fixed::watch};

/// "5 minutes ago" stays true that long.
const TICK: i64 = MINUTE / 2;

/// Now: moved on at each of the moments that `ends` answers, and every half minute.
pub fn clock(ends: impl Fn() -> Vec<Timestamp> + 'static) -> ReadSignal<Timestamp> {
    let (now, set_now) = signal(intl::now());
    let pending = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(handle) = pending.try_update_value(Option::take).flatten() {
            handle.clear();
        }
    };
    watch(move || {
        now.track();
        stop();
        let wait = wait(&ends(), intl::now());
        let strike = move || {
            let _ = set_now.try_set(intl::now());
        };
        pending.set_value(set_timeout_with_handle(strike, wait).ok());
    });
    on_cleanup(stop);
    now
}

/// How long until the next of `ends`, and at most a tick.
fn wait(ends: &[Timestamp], now: Timestamp) -> Duration {
    let left = ends.iter().map(|end| end.millis() - now.millis()).filter(|left| *left > 0).min();
    Duration::from_millis(left.unwrap_or(TICK).clamp(1, TICK).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use claviger_core::time::SECOND;

    use super::*;

    #[test]
    fn it_strikes_at_the_next_end_and_at_least_twice_a_minute() {
        let now = Timestamp::from_millis(1_795_000_000_000);
        let at = |left| now.plus(left);
        for (ends, millis) in [
            (vec![], 30_000),
            (vec![at(-SECOND), at(0)], 30_000),
            (vec![at(5 * SECOND), at(SECOND)], 1_000),
            (vec![at(MINUTE)], 30_000),
        ] {
            assert_eq!(wait(&ends, now), Duration::from_millis(millis));
        }
    }
}
