//! One request on its way: what it asks about, what it knows so far, and its answer.

use std::{net::IpAddr, sync::Arc};

use super::{Batch, MEMORY_SERVES, NAP, PATIENCE_WITH_OTHERS, Record, S, budget::Payer, since, slip};
use crate::{secret::SecretHash, time::Timestamp};

/// What a request wants of the machine.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// Of each presented text, the hashes under which it may be stored, the first that is visible to the asker wins: see
    /// `hashes_of_presented`. Whether the asker's organization imports, which the second needs, is told by [`super::Isolate::asker`].
    pub keys: Vec<Vec<SecretHash>>,
    /// How old the answer may be when the request comes, in milliseconds. Beyond [`S`] it allows nothing but to be degraded.
    pub max_age: Option<i64>,
    /// Where the key was presented from, as the verifier states it.
    pub stated_ip: Option<IpAddr>,
    /// Where the verifier is, as the platform saw it: pays for verifiers that do not exist.
    pub caller_ip: Option<IpAddr>,
}

/// What is known of a presented text.
#[derive(Clone, Debug, PartialEq)]
pub enum Held {
    /// It has this record.
    Record(Arc<Record>),
    /// No such key, or none the asker may know of.
    Absent,
    /// It could not be looked up: 503 with Retry-After, `UNAVAILABLE` in a batch, never `NOT_FOUND`.
    Unavailable,
}

/// What is known of a presented text, and since when it is true.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The record, or none.
    pub held: Held,
    /// True at this moment or later; `None` when KV said so, or nobody.
    pub as_of: Option<Timestamp>,
}

/// What an answer says of its freshness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// True at this moment or later; `None` from KV.
    pub as_of: Option<Timestamp>,
    /// Milliseconds between that moment and the answer.
    pub age_ms: Option<i64>,
    /// The promise does not hold: it was older than [`S`] already when the request came, or nobody knows how old it is.
    pub degraded: bool,
}

/// The end of a request.
#[derive(Debug)]
pub struct Answer {
    /// Who asks. Only a record with the role `verifier` and without an objection may learn the rest.
    pub asker: Finding,
    /// What was asked about, in order.
    pub keys: Vec<Finding>,
    /// A sync to make behind the answer, in `wait_until`; give the reply to [`super::Isolate::primary`].
    pub behind: Option<Batch>,
    pub(super) received_at: Timestamp,
    pub(super) answered_at: Timestamp,
}

impl Answer {
    /// The facts of one of [`Self::keys`]: as old as the older of it and the asker.
    #[must_use]
    pub fn facts(&self, finding: &Finding) -> Facts {
        let as_of = match (self.asker.as_of, finding.as_of) {
            (Some(one), Some(other)) => Some(one.min(other)),
            _ => None,
        };
        let beyond = as_of.is_none_or(|as_of| since(self.received_at, as_of) > S);
        let age_ms = as_of.map(|as_of| since(self.answered_at, as_of).max(0));
        Facts { as_of, age_ms, degraded: beyond && !slip!(UnmarkedOutage) }
    }
}

/// How far the one D1 read of a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Own {
    NotYet,
    Done,
    Failed,
}

/// A text that is asked about.
#[derive(Debug)]
pub(super) struct Sought {
    pub hashes: Vec<SecretHash>,
    pub finding: Option<Finding>,
    /// Who paid for its look-up.
    pub paid: Option<Payer>,
}

/// One request on its way. The glue keeps it and hands it back.
#[derive(Debug)]
pub struct Request {
    pub(super) received_at: Timestamp,
    pub(super) max_age: Option<i64>,
    pub(super) stated_ip: Option<IpAddr>,
    pub(super) caller_ip: Option<IpAddr>,
    pub(super) asker: Sought,
    pub(super) keys: Vec<Sought>,
    pub(super) own: Own,
    pub(super) slept_at: Option<Timestamp>,
    /// How often the clock had stepped back when this was last looked at.
    pub(super) clock: Option<u64>,
}

impl Request {
    /// A request that came at `now`: `asker` is the hash of the verifier key that it carries.
    #[must_use]
    pub fn new(asker: SecretHash, wishes: Wishes, now: Timestamp) -> Self {
        let sought = |hashes| Sought { hashes, finding: None, paid: None };
        Self {
            received_at: now,
            max_age: wishes.max_age,
            stated_ip: wishes.stated_ip,
            caller_ip: wishes.caller_ip,
            asker: sought(vec![asker]),
            keys: wishes.keys.into_iter().map(sought).collect(),
            own: Own::NotYet,
            slept_at: None,
            clock: None,
        }
    }

    /// Another hash under which a text may be stored, once the answer has told that the asker's organization
    /// imports: see [`super::Isolate::asker`]. Ask [`super::Isolate::next`] again; the other findings stand.
    pub fn also(&mut self, place: usize, hash: SecretHash) {
        if let Some(sought) = self.keys.get_mut(place) {
            sought.hashes.push(hash);
            sought.finding = None;
            // The database did not answer this request a moment ago: it is not waited for once more.
            if self.own != Own::Failed {
                self.own = Own::NotYet;
            }
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Sought> {
        std::iter::once(&self.asker).chain(&self.keys)
    }

    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut Sought> {
        std::iter::once(&mut self.asker).chain(&mut self.keys)
    }

    pub(super) fn is_settled(&self) -> bool {
        self.all().all(|sought| sought.finding.is_some())
    }

    /// A sync that started before this does not do for this request.
    pub(super) fn floor(&self) -> Timestamp {
        let age = self.max_age.filter(|_| !slip!(IgnoreMaxAge)).map_or(S, |age| age.clamp(0, S));
        self.received_at.plus(if slip!(TwiceTheBound) { -2 * S } else { -age })
    }

    /// Nothing but a read of its own does, and not even a sync of the same millisecond.
    pub(super) fn reads_always(&self) -> bool {
        self.max_age.is_some_and(|age| age <= 0) && !slip!(IgnoreMaxAge)
    }

    /// Whether memory that was synced at `synced_at` may answer when D1 does not.
    pub(super) fn bears(&self, synced_at: Timestamp, now: Timestamp) -> bool {
        let fits = self.max_age.is_none_or(|age| age > 0 && since(self.received_at, synced_at) <= age);
        fits && (since(now, synced_at) <= MEMORY_SERVES || slip!(MemoryForEver))
    }

    /// Milliseconds to sleep, unless it has slept enough.
    pub(super) fn nap(&mut self, now: Timestamp) -> Option<i64> {
        let slept = since(now, *self.slept_at.get_or_insert(now));
        (slept < PATIENCE_WITH_OTHERS).then_some(NAP)
    }

    /// After a backward step of the clock its times mean nothing, nor do those of what it knows: it starts anew, as if it
    /// had come just now, which is later than it did. Whether it did.
    pub(super) fn rebase(&mut self, clock: u64, now: Timestamp) -> bool {
        let known = self.clock.replace(clock);
        let stepped = known.is_some_and(|known| known != clock);
        if stepped {
            self.received_at = now;
            self.own = Own::NotYet;
            self.slept_at = None;
            for sought in self.all_mut() {
                sought.finding = None;
            }
        }
        stepped
    }
}
