//! What one isolate has counted and not written yet: calls by key, hour and outcome, and when secrets were last used.
//!
//! A write per request would cost more than the verification. So each isolate counts, and writes all of it in one batch
//! behind an answer: at once after a quiet time, and otherwise every [`EVERY`]. What a crash loses is at most that much.
//! A batch carries an id that the database takes once, so that one whose answer was lost is repeated without being counted
//! twice.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    key::words,
    secret::SecretHash,
    time::{HOUR, SECOND, Timestamp},
    verify::Code,
};

/// Between two writes, in milliseconds.
pub const EVERY: i64 = 10 * SECOND;
/// After a quiet time: as long as it takes for a burst to come together.
const SOON: i64 = 500;
/// For so long a write, or whoever sleeps until it is due, counts as alive. The platform ends what runs longer behind an
/// answer.
const LEASE: i64 = 30 * SECOND;
/// Most rows that are kept when the database does not take them: a few hundred KB. What is new beyond them is lost.
pub const MOST_ROWS: usize = 10_000;

words! {
    /// What a use of a key came to.
    Outcome {
        /// It called Claviger itself: the management API, or as a verifier.
        Call = "CALL",
        /// As [`Code`].
        NotFound = "NOT_FOUND",
        /// As [`Code`].
        Revoked = "REVOKED",
        /// As [`Code`].
        Expired = "EXPIRED",
        /// As [`Code`].
        Disabled = "DISABLED",
        /// As [`Code`].
        ApiAccessDisabled = "API_ACCESS_DISABLED",
        /// As [`Code`].
        IpNotAllowed = "IP_NOT_ALLOWED",
        /// As [`Code`].
        InsufficientAccess = "INSUFFICIENT_ACCESS",
        /// As [`Code`].
        InsufficientScope = "INSUFFICIENT_SCOPE",
        /// As [`Code`].
        RateLimited = "RATE_LIMITED",
        /// As [`Code`].
        CreditsExhausted = "CREDITS_EXHAUSTED",
        /// As [`Code`].
        Valid = "VALID",
        /// As [`Code`].
        Unavailable = "UNAVAILABLE",
    }
}

impl From<Code> for Outcome {
    fn from(code: Code) -> Self {
        match code {
            Code::NotFound => Self::NotFound,
            Code::Revoked => Self::Revoked,
            Code::Expired => Self::Expired,
            Code::Disabled => Self::Disabled,
            Code::ApiAccessDisabled => Self::ApiAccessDisabled,
            Code::IpNotAllowed => Self::IpNotAllowed,
            Code::InsufficientAccess => Self::InsufficientAccess,
            Code::InsufficientScope => Self::InsufficientScope,
            Code::RateLimited => Self::RateLimited,
            Code::CreditsExhausted => Self::CreditsExhausted,
            Code::Valid => Self::Valid,
            Code::Unavailable => Self::Unavailable,
        }
    }
}

/// Whose use is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counted {
    /// A key's.
    Key(i64),
    /// The verifications of an organization: of its keys, and of what its verifiers asked about that nobody has.
    Organization(i64),
}

/// A row of what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// Whose.
    pub of: Counted,
    /// Hours since 1970.
    pub hour: i64,
    /// What it came to.
    pub outcome: Outcome,
}

/// One batch to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flush {
    /// The database takes it once.
    pub id: String,
    /// What to add.
    pub calls: Vec<(Row, u64)>,
    /// Which secrets were used, and when last.
    pub uses: Vec<(SecretHash, Timestamp)>,
}

/// The counters of one isolate.
#[derive(Default)]
pub struct Counts {
    calls: BTreeMap<Row, u64>,
    uses: BTreeMap<SecretHash, Timestamp>,
    /// Sent, and not known to have arrived.
    sent: Option<Flush>,
    /// Until when somebody is on it.
    lease: Option<Timestamp>,
    /// When something was written last.
    written_at: Option<Timestamp>,
    lost: u64,
}

impl Counts {
    /// No counts.
    #[must_use]
    pub const fn new() -> Self {
        Self { calls: BTreeMap::new(), uses: BTreeMap::new(), sent: None, lease: None, written_at: None, lost: 0 }
    }

    /// Counts one use.
    pub fn count(&mut self, of: Counted, outcome: Outcome, now: Timestamp) {
        let row = Row { of, hour: now.millis().div_euclid(HOUR), outcome };
        if let Some(n) = self.calls.get_mut(&row) {
            *n += 1;
        } else if self.calls.len() < MOST_ROWS {
            self.calls.insert(row, 1);
        } else {
            self.lost += 1;
        }
    }

    /// Notes that a secret was good for what was asked of it.
    pub fn used(&mut self, secret: SecretHash, now: Timestamp) {
        if self.uses.len() < MOST_ROWS || self.uses.contains_key(&secret) {
            let at = self.uses.entry(secret).or_insert(now);
            *at = now.max(*at);
        }
    }

    /// Whether this request has to see to the writing, and how many milliseconds it sleeps before it does: nobody else is
    /// on it, and there is something to write.
    pub fn take_turn(&mut self, now: Timestamp) -> Option<i64> {
        let idle = self.calls.is_empty() && self.uses.is_empty() && self.sent.is_none();
        // A lease that ends later than any could is from before a backward step of the clock.
        let held = self.lease.is_some_and(|until| until > now && until.millis() - now.millis() <= LEASE);
        if idle || held {
            return None;
        }
        self.lease = Some(now.plus(LEASE));
        let since = self.written_at.map_or(EVERY, |at| now.millis() - at.millis());
        Some((EVERY - since).clamp(SOON, EVERY))
    }

    /// What to write now: what was sent before and may not have arrived, under its old id, or else all that was counted
    /// since, under `id`.
    pub fn begin(&mut self, id: String, now: Timestamp) -> Option<Flush> {
        self.lease = Some(now.plus(LEASE));
        if self.sent.is_none() && !(self.calls.is_empty() && self.uses.is_empty()) {
            let calls = std::mem::take(&mut self.calls).into_iter().collect();
            let uses = std::mem::take(&mut self.uses).into_iter().collect();
            self.sent = Some(Flush { id, calls, uses });
        }
        if self.sent.is_none() {
            self.lease = None;
        }
        self.sent.clone()
    }

    /// What became of it. Not `written`: the next request that takes its turn sends the same again.
    pub fn end(&mut self, id: &str, written: bool, now: Timestamp) {
        self.lease = None;
        self.written_at = Some(now);
        if written && self.sent.as_ref().is_some_and(|flush| flush.id == id) {
            self.sent = None;
        }
    }

    /// How many uses were not counted for want of room; told once.
    pub const fn lost(&mut self) -> u64 {
        std::mem::replace(&mut self.lost, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Counted = Counted::Key(7);

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(100 * HOUR + millis)
    }

    fn sum(flush: &Flush) -> u64 {
        flush.calls.iter().map(|(_, n)| n).sum()
    }

    #[test]
    fn calls_are_counted_by_hour_and_outcome() {
        let mut counts = Counts::new();
        counts.count(KEY, Outcome::Valid, at(0));
        counts.count(KEY, Outcome::Valid, at(HOUR - 1));
        counts.count(KEY, Outcome::Revoked, at(5));
        counts.count(KEY, Outcome::Valid, at(HOUR));
        let flush = counts.begin("a".into(), at(HOUR)).unwrap();
        let row = |hour, outcome| Row { of: KEY, hour, outcome };
        assert_eq!(
            flush.calls,
            [(row(100, Outcome::Revoked), 1), (row(100, Outcome::Valid), 2), (row(101, Outcome::Valid), 1)]
        );
    }

    #[test]
    fn the_latest_use_is_kept() {
        let mut counts = Counts::new();
        let hash = SecretHash::of("x");
        counts.used(hash, at(5));
        counts.used(hash, at(9));
        counts.used(hash, at(7));
        assert_eq!(counts.begin("a".into(), at(10)).unwrap().uses, [(hash, at(9))]);
    }

    #[test]
    fn one_request_sees_to_the_writing_soon_after_a_quiet_time_and_every_ten_seconds_after_that() {
        let mut counts = Counts::new();
        assert_eq!(counts.take_turn(at(0)), None, "nothing to write");
        counts.count(KEY, Outcome::Valid, at(0));
        assert_eq!(counts.take_turn(at(0)), Some(SOON));
        assert_eq!(counts.take_turn(at(1)), None, "somebody is on it");
        let flush = counts.begin("a".into(), at(SOON)).unwrap();
        counts.count(KEY, Outcome::Valid, at(SOON));
        assert_eq!(counts.take_turn(at(SOON + 1)), None, "it is being written");
        counts.end(&flush.id, true, at(SOON + 20));
        assert_eq!(counts.take_turn(at(SOON + 1_020)), Some(EVERY - 1_000));
        assert_eq!(counts.begin("b".into(), at(EVERY + SOON)).as_ref().map(sum), Some(1));
    }

    #[test]
    fn what_may_not_have_arrived_is_sent_again_as_it_was() {
        let mut counts = Counts::new();
        counts.count(KEY, Outcome::Valid, at(0));
        let first = counts.begin("a".into(), at(0)).unwrap();
        counts.count(KEY, Outcome::Valid, at(1));
        counts.end("a", false, at(2));
        assert_eq!(counts.begin("b".into(), at(3)).unwrap(), first);
        counts.end("a", true, at(4));
        let second = counts.begin("c".into(), at(5)).unwrap();
        assert_eq!((second.id.as_str(), sum(&second)), ("c", 1));
        // An answer that comes late says nothing about what was sent after it.
        counts.end("a", true, at(6));
        assert_eq!(counts.begin("d".into(), at(7)).unwrap(), second);
    }

    #[test]
    fn who_sleeps_too_long_or_beyond_a_step_of_the_clock_is_relieved() {
        let mut counts = Counts::new();
        counts.count(KEY, Outcome::Valid, at(0));
        assert!(counts.take_turn(at(0)).is_some());
        assert_eq!(counts.take_turn(at(LEASE - 1)), None);
        assert!(counts.take_turn(at(LEASE)).is_some());
        assert!(counts.take_turn(at(-HOUR)).is_some());
    }

    #[test]
    fn the_room_is_bounded_and_what_is_lost_is_told() {
        let mut counts = Counts::new();
        for key in 0..20_000 {
            counts.count(Counted::Key(key), Outcome::Valid, at(0));
            counts.used(SecretHash::of(&key.to_string()), at(0));
        }
        counts.count(Counted::Key(1), Outcome::Valid, at(0));
        assert_eq!((counts.lost(), counts.lost()), (10_000, 0));
        let flush = counts.begin("a".into(), at(0)).unwrap();
        assert_eq!((flush.calls.len(), flush.uses.len(), sum(&flush)), (MOST_ROWS, MOST_ROWS, 10_001));
    }
}
