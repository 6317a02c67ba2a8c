//! A team's keys as one isolate knows them, and when it asks for them again.
//!
//! The first request that needs them asks; those that come meanwhile wait on timers of their own and look again, for no request
//! may await what another one drives. A name that is not known is asked for once in [`ASK_EVERY`], however many come with one:
//! whoever makes names up costs the team a request in that time and nothing else.

use super::TeamKey;
use crate::time::{HOUR, SECOND, Timestamp};

/// How long keys are used without asking again: so long a key works on that a team has withdrawn.
pub const GOOD_FOR: i64 = HOUR;
/// How long nothing is asked after something was.
pub const ASK_EVERY: i64 = 10 * SECOND;
/// When an answer that has not come will not come: its request was cancelled, or its time is over.
pub const ASKING_LASTS: i64 = 5 * SECOND;

/// What a request with an assertion does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Checks the signature with this key.
    Use(TeamKey),
    /// Asks the team, having noted it here.
    Ask,
    /// Sleeps for a moment and looks again: another request asks.
    Wait,
    /// Refuses: the team has no such key.
    Unknown,
    /// Gives up: the team was asked just now, and did not say.
    Unavailable,
}

/// What is known of the keys.
#[derive(Debug)]
pub struct KeyRing {
    ask_every: i64,
    keys: Vec<TeamKey>,
    /// When they were asked for, if ever they came.
    known_at: Option<Timestamp>,
    asked_at: Option<Timestamp>,
    under_way: bool,
}

impl Default for KeyRing {
    fn default() -> Self {
        Self::asking_every(ASK_EVERY)
    }
}

impl KeyRing {
    /// Knows nothing yet; asks once in so many milliseconds, whatever is not known.
    #[must_use]
    pub const fn asking_every(ask_every: i64) -> Self {
        Self { ask_every, keys: Vec::new(), known_at: None, asked_at: None, under_way: false }
    }

    /// What to do about a key of this name.
    #[must_use]
    pub fn next(&self, key_id: &str, now: Timestamp) -> Step {
        let within = |since: Option<Timestamp>, millis: i64| {
            // A clock that was set back proves nothing: then it is asked.
            since.is_some_and(|since| since <= now && now < since.plus(millis))
        };
        let fresh = within(self.known_at, GOOD_FOR);
        if fresh && let Some(key) = self.keys.iter().find(|key| key.id == key_id) {
            return Step::Use(key.clone());
        }
        if self.under_way && within(self.asked_at, ASKING_LASTS) {
            return Step::Wait;
        }
        match (within(self.asked_at, self.ask_every), fresh) {
            (false, _) => Step::Ask,
            (true, true) => Step::Unknown,
            (true, false) => Step::Unavailable,
        }
    }

    /// Somebody asks now.
    pub const fn asking(&mut self, now: Timestamp) {
        self.asked_at = Some(now);
        self.under_way = true;
    }

    /// What came of asking at `asked_at`: the keys, or nothing; what was known before stays known for as long as it was good.
    pub fn told(&mut self, keys: Option<Vec<TeamKey>>, asked_at: Timestamp) {
        let last = self.asked_at == Some(asked_at);
        if last {
            self.under_way = false;
        }
        // An answer that was overtaken by a later one is old; that to the last question never is, also when a clock that was set
        // back says so.
        if let Some(keys) = keys
            && (last || self.known_at.is_none_or(|known_at| known_at <= asked_at))
        {
            self.keys = keys;
            self.known_at = Some(asked_at);
        }
    }
}
