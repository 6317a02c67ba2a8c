//! What one isolate has counted and not written yet: calls by key, hour and outcome, and when secrets were last used.
//!
//! A write per request would cost more than the verification. So each isolate counts, and writes all of it in one batch
//! behind an answer: at once after a quiet time, and otherwise every [`EVERY`]. What a crash loses is at most that much.
//! A batch carries an id that the database takes once, so that one whose answer was lost is repeated without being counted
//! twice.
//!
//! **Accepted after a revoke.** An isolate may accept a key for some seconds after it was revoked, and does not know then
//! that it was. So it remembers, until its counts are written, when it accepted each secret, to a tenth of a second. The
//! write answers which of them were revoked by then, and what was accepted later than `revoked_at` is counted once more, as
//! [`Outcome::AfterRevoke`]. What the number means, then: a key's verifications that were answered `VALID` later than its
//! `revoked_at`, by the clock of the isolate that answered. Since `revoked_at` is when the revoke was asked for, what was
//! accepted in the milliseconds until it was committed is among them; the first tenth of a second may not be; and what a
//! crash loses is lost here too.

use std::{collections::BTreeMap, rc::Rc};

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
/// Times of acceptance are told apart so far, in milliseconds.
const TIMES_APART: i64 = 100;
/// Most of them that are kept until the next write, 16 bytes each. What is accepted beyond them is counted as if it had been
/// when its secret was accepted before: never as after a revoke that came between.
pub const MOST_TIMES: usize = 50_000;

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
        /// It was `VALID`, and counted as that, after its key had been revoked.
        AfterRevoke = "AFTER_REVOKE",
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
    /// Which secrets were used, and when.
    pub uses: Vec<(SecretHash, Use)>,
}

/// When a secret was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// Last.
    pub last: Timestamp,
    /// How often it was accepted from which moment on, in order.
    accepted: Vec<(Timestamp, u64)>,
}

/// A secret of a batch whose key was revoked by the time it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// Which.
    pub secret: SecretHash,
    /// Its key.
    pub key_id: i64,
    /// The key's organization.
    pub organization_id: i64,
    /// Since when.
    pub at: Timestamp,
}

impl Flush {
    /// How often these were accepted after they had been revoked.
    fn accepted_after(&self, revoked: &[Revoked]) -> Vec<(Row, u64)> {
        let mut rows = Vec::new();
        for one in revoked {
            let uses = self.uses.iter().filter(|(secret, _)| *secret == one.secret);
            let accepted = uses.flat_map(|(_, used)| &used.accepted).filter(|(at, _)| *at > one.at);
            let n: u64 = accepted.map(|(_, n)| n).sum();
            if n > 0 {
                let row = |of| Row { of, hour: hour(one.at), outcome: Outcome::AfterRevoke };
                rows.push((row(Counted::Key(one.key_id)), n));
                rows.push((row(Counted::Organization(one.organization_id)), n));
            }
        }
        rows
    }
}

/// The counters of one isolate.
#[derive(Default)]
pub struct Counts {
    calls: BTreeMap<Row, u64>,
    uses: BTreeMap<SecretHash, Use>,
    /// How many times of acceptance are in `uses`.
    times: usize,
    /// Sent, and not known to have arrived.
    sent: Option<Rc<Flush>>,
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
        Self {
            calls: BTreeMap::new(),
            uses: BTreeMap::new(),
            times: 0,
            sent: None,
            lease: None,
            written_at: None,
            lost: 0,
        }
    }

    /// Counts one use.
    pub fn count(&mut self, of: Counted, outcome: Outcome, now: Timestamp) {
        self.add(Row { of, hour: hour(now), outcome }, 1);
    }

    fn add(&mut self, row: Row, uses: u64) {
        if let Some(n) = self.calls.get_mut(&row) {
            *n += uses;
        } else if self.calls.len() < MOST_ROWS {
            self.calls.insert(row, uses);
        } else {
            self.lost += uses;
        }
    }

    /// Notes that a secret was good for what was asked of it.
    pub fn used(&mut self, secret: SecretHash, now: Timestamp) {
        self.use_of(secret, now);
    }

    /// The same of a secret that was verified, from memory perhaps: see the head of this module.
    pub fn accepted(&mut self, secret: SecretHash, now: Timestamp) {
        let room = self.times < MOST_TIMES;
        let Some(used) = self.use_of(secret, now) else { return };
        match used.accepted.last_mut() {
            // Also when the clock was set back: it is not told apart then.
            Some((at, n)) if !room || now.millis() - at.millis() < TIMES_APART => *n += 1,
            _ if room => {
                used.accepted.push((now, 1));
                self.times += 1;
            }
            _ => {}
        }
    }

    fn use_of(&mut self, secret: SecretHash, now: Timestamp) -> Option<&mut Use> {
        if self.uses.len() >= MOST_ROWS && !self.uses.contains_key(&secret) {
            return None;
        }
        let used = self.uses.entry(secret).or_insert_with(|| Use { last: now, accepted: Vec::new() });
        used.last = now.max(used.last);
        Some(used)
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
    pub fn begin(&mut self, id: String, now: Timestamp) -> Option<Rc<Flush>> {
        self.lease = Some(now.plus(LEASE));
        if self.sent.is_none() && !(self.calls.is_empty() && self.uses.is_empty()) {
            let calls = std::mem::take(&mut self.calls).into_iter().collect();
            let uses = std::mem::take(&mut self.uses).into_iter().collect();
            self.times = 0;
            self.sent = Some(Rc::new(Flush { id, calls, uses }));
        }
        if self.sent.is_none() {
            self.lease = None;
        }
        self.sent.clone()
    }

    /// What became of it: which of its secrets were revoked by then, or `None` if it may not have been written. Then the
    /// next request that takes its turn sends the same again. Answers whether there is something to write at once: what was
    /// accepted after a revoke comes to light only now, and perhaps nobody asks about that key any more.
    pub fn end(&mut self, id: &str, written: Option<&[Revoked]>, now: Timestamp) -> bool {
        self.lease = None;
        self.written_at = Some(now);
        let Some(revoked) = written else { return false };
        let Some(flush) = self.sent.take_if(|flush| flush.id == id) else { return false };
        let found = flush.accepted_after(revoked);
        for (row, n) in &found {
            self.add(*row, *n);
        }
        !found.is_empty()
    }

    /// How many uses were not counted for want of room; told once.
    pub const fn lost(&mut self) -> u64 {
        std::mem::replace(&mut self.lost, 0)
    }
}

const fn hour(at: Timestamp) -> i64 {
    at.millis().div_euclid(HOUR)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Counted = Counted::Key(7);
    const WRITTEN: Option<&[Revoked]> = Some(&[]);

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
        assert_eq!(counts.begin("a".into(), at(10)).unwrap().uses, [(hash, Use { last: at(9), accepted: vec![] })]);
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
        counts.end(&flush.id, WRITTEN, at(SOON + 20));
        assert_eq!(counts.take_turn(at(SOON + 1_020)), Some(EVERY - 1_000));
        assert_eq!(counts.begin("b".into(), at(EVERY + SOON)).as_deref().map(sum), Some(1));
    }

    #[test]
    fn what_may_not_have_arrived_is_sent_again_as_it_was() {
        let mut counts = Counts::new();
        counts.count(KEY, Outcome::Valid, at(0));
        let first = counts.begin("a".into(), at(0)).unwrap();
        counts.count(KEY, Outcome::Valid, at(1));
        counts.end("a", None, at(2));
        assert_eq!(counts.begin("b".into(), at(3)).unwrap(), first);
        counts.end("a", WRITTEN, at(4));
        let second = counts.begin("c".into(), at(5)).unwrap();
        assert_eq!((second.id.as_str(), sum(&second)), ("c", 1));
        // An answer that comes late says nothing about what was sent after it.
        counts.end("a", WRITTEN, at(6));
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
    #[test]
    fn what_was_accepted_after_a_revoke_is_counted_once_more_and_written_at_once() {
        let mut counts = Counts::new();
        let (hash, other) = (SecretHash::of("x"), SecretHash::of("y"));
        for (millis, secret) in [(0, hash), (1_000, hash), (1_050, hash), (2_000, hash), (3_000, other)] {
            counts.count(KEY, Outcome::Valid, at(millis));
            counts.accepted(secret, at(millis));
        }
        // A call of the management API is judged by the database itself: it cannot come after.
        counts.used(hash, at(4_000));
        let revoked = [Revoked { secret: hash, key_id: 7, organization_id: 3, at: at(900) }];
        counts.begin("a".into(), at(5_000)).unwrap();
        assert!(!counts.end("a", None, at(5_000)), "it may not have arrived");
        assert_eq!(counts.begin("b".into(), at(5_000)).unwrap().id, "a");
        assert!(counts.end("a", Some(&revoked), at(5_000)));
        let next = counts.begin("c".into(), at(5_000)).unwrap();
        let row = |of| Row { of, hour: 100, outcome: Outcome::AfterRevoke };
        assert_eq!(next.calls, [(row(KEY), 3), (row(Counted::Organization(3)), 3)]);
        assert!(!counts.end("c", Some(&revoked), at(5_000)), "it is told once");
        assert_eq!(counts.begin("d".into(), at(5_000)), None);
    }

    #[test]
    fn what_was_accepted_before_a_revoke_is_not_counted_as_after() {
        for (accepted, revoked, after) in [(0, 1, 0), (1, 1, 0), (2, 1, 1)] {
            let mut counts = Counts::new();
            let hash = SecretHash::of("x");
            counts.accepted(hash, at(accepted));
            let flush = counts.begin("a".into(), at(9)).unwrap();
            let revoked = Revoked { secret: hash, key_id: 7, organization_id: 3, at: at(revoked) };
            assert_eq!(flush.accepted_after(&[revoked]).first().map_or(0, |(_, n)| *n), after);
        }
    }

    #[test]
    fn the_times_are_bounded_and_told_apart_to_a_tenth_of_a_second() {
        let mut counts = Counts::new();
        let hash = SecretHash::of("x");
        for millis in 0..1_000 {
            counts.accepted(hash, at(millis));
        }
        assert_eq!(counts.times, 10);
        for second in 1..100_000 {
            counts.accepted(hash, at(second * 1_000));
        }
        assert_eq!(counts.times, MOST_TIMES);
        let flush = counts.begin("a".into(), at(0)).unwrap();
        assert_eq!(flush.uses[0].1.accepted.iter().map(|(_, n)| n).sum::<u64>(), 1_000 + 99_999);
        counts.end("a", WRITTEN, at(0));
        counts.accepted(hash, at(0));
        assert_eq!(counts.times, 1);
    }
}
