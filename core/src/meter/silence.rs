//! Which ledgers did not answer just now: who asks them next need not wait for them too.

use std::collections::BTreeMap;

use crate::time::{SECOND, Timestamp};

/// How long a ledger that let somebody wait in vain is left alone. Short, for meanwhile rates are not counted here.
pub const SILENCE: i64 = 2 * SECOND;
/// Most that are remembered; the one that is asked again soonest makes room.
const MOST: usize = 1_000;

/// The silent ledgers that one isolate knows of, by key: since when.
#[derive(Default)]
pub struct Silences(BTreeMap<i64, Timestamp>);

impl Silences {
    /// None.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Somebody has waited for it in vain.
    pub fn note(&mut self, key_id: i64, now: Timestamp) {
        if self.0.len() >= MOST {
            self.0.retain(|_, since| lasts(*since, now));
        }
        if self.0.len() >= MOST
            && let Some(oldest) = self.0.iter().min_by_key(|(_, since)| **since).map(|(id, _)| *id)
        {
            self.0.remove(&oldest);
        }
        self.0.insert(key_id, now);
    }

    /// Whether to do without it. After a backward step of the clock it is asked again.
    #[must_use]
    pub fn covers(&self, key_id: i64, now: Timestamp) -> bool {
        self.0.get(&key_id).is_some_and(|since| lasts(*since, now))
    }

    /// It has answered.
    pub fn end(&mut self, key_id: i64) {
        self.0.remove(&key_id);
    }
}

fn lasts(since: Timestamp, now: Timestamp) -> bool {
    since <= now && now < since.plus(SILENCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    #[test]
    fn a_silent_ledger_is_left_alone_for_a_while_and_no_other_one() {
        let mut silences = Silences::new();
        silences.note(1, NOW);
        assert!(silences.covers(1, NOW) && silences.covers(1, NOW.plus(SILENCE - 1)));
        assert!(!silences.covers(1, NOW.plus(SILENCE)), "then it is asked again");
        assert!(!silences.covers(2, NOW));
        assert!(!silences.covers(1, NOW.plus(-1)), "the clock has stepped back");
        silences.end(1);
        assert!(!silences.covers(1, NOW));
    }

    #[test]
    fn they_stay_few_and_the_newest_is_among_them() {
        let mut silences = Silences::new();
        for id in 0..3_000 {
            silences.note(id, NOW.plus(id / 10));
            assert!(silences.0.len() <= MOST && silences.covers(id, NOW.plus(id / 10)));
        }
    }
}
