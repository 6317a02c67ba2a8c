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
mod tests;
