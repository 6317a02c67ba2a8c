//! What an isolate knows without asking the ledger: what it was lent, and what was refused for so long that it would be again.

use std::collections::BTreeMap;

use super::{Lease, Reply, Settings, Spent};
use crate::{time::Timestamp, verify::Code, wire::verify::RateLeft};

/// Most keys of which something is kept, about 300 KB. A lease that makes room for another is lost, which lets nothing more
/// through.
pub const MOST_LEASES: usize = 2_000;

/// What is known of one key's rate.
#[derive(Clone, Copy, Debug)]
struct Held {
    version: i64,
    limit: u64,
    since: Timestamp,
    lent: Option<Lent>,
    refused: Option<Refused>,
}

#[derive(Clone, Copy, Debug)]
struct Lent {
    tokens: u64,
    beyond: u64,
    until: Timestamp,
}

/// Use only grows until the window moves on, so what did not fit fits no earlier than was said.
#[derive(Clone, Copy, Debug)]
struct Refused {
    cost: u64,
    remaining: u64,
    until: Timestamp,
}

/// The leases of one isolate, by key.
#[derive(Default)]
pub struct Leases(BTreeMap<i64, Held>);

impl Leases {
    /// No leases.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// What becomes of a use of a key that has a rate and no credits; `None` when the ledger has to be asked. What was said
    /// by older settings than these is worth nothing, and so is everything after a backward step of the clock.
    pub fn take(&mut self, key_id: i64, settings: &Settings, cost: u64, now: Timestamp) -> Option<Spent> {
        let held = self.0.get_mut(&key_id)?;
        if held.version < settings.version || now < held.since {
            self.0.remove(&key_id);
            return None;
        }
        let told = |code, limit, remaining, until: Timestamp| {
            let reset_ms = Some(until.millis() - now.millis());
            Some(Spent {
                code,
                rate_limit: Some(RateLeft { limit, remaining: Some(remaining), reset_ms }),
                credits: None,
            })
        };
        if let Some(lent) = held.lent.as_mut().filter(|lent| now < lent.until && lent.tokens >= cost) {
            lent.tokens -= cost;
            return told(Code::Valid, held.limit, lent.tokens.saturating_add(lent.beyond), lent.until);
        }
        let refused = held.refused.filter(|refused| now < refused.until && refused.cost <= cost)?;
        told(Code::RateLimited, held.limit, refused.remaining, refused.until)
    }

    /// Keeps what the ledger lent or refused to a call that was made at `asked_at`. Several calls may have been on their way
    /// at once: each was lent something, all of which counts, until the first of them ends.
    pub fn keep(&mut self, key_id: i64, costs: &[u64], reply: &Reply, asked_at: Timestamp) {
        let Some(limit) = reply.spent.iter().find_map(|spent| spent.rate_limit).map(|rate| rate.limit) else { return };
        // From the asking on and not from the answer, which came later: so it ends before the ledger's window does, whatever
        // the two clocks say.
        let lent =
            reply.lease.map(|Lease { tokens, beyond, for_ms }| Lent { tokens, beyond, until: asked_at.plus(for_ms) });
        let refused = costs.iter().zip(&reply.spent).filter(|(_, spent)| spent.code == Code::RateLimited);
        let refused = refused.min_by_key(|(cost, _)| **cost).and_then(|(cost, spent)| {
            let rate = spent.rate_limit?;
            Some(Refused { cost: *cost, remaining: rate.remaining?, until: asked_at.plus(rate.reset_ms?) })
        });
        if lent.is_none() && refused.is_none() {
            return;
        }
        let other = self.0.get(&key_id).copied().filter(|held| held.version == reply.version);
        let lent = match (lent, other.and_then(|held| held.lent).filter(|lent| asked_at < lent.until)) {
            (Some(new), Some(old)) => Some(Lent {
                tokens: new.tokens.saturating_add(old.tokens),
                beyond: new.beyond,
                until: new.until.min(old.until),
            }),
            (new, old) => new.or(old),
        };
        let refused = refused.or(other.and_then(|held| held.refused));
        let since = other.map_or(asked_at, |held| held.since.max(asked_at));
        self.make_room(key_id, asked_at);
        self.0.insert(key_id, Held { version: reply.version, limit, since, lent, refused });
    }

    fn make_room(&mut self, key_id: i64, now: Timestamp) {
        if self.0.len() < MOST_LEASES || self.0.contains_key(&key_id) {
            return;
        }
        let ends = |held: &Held| {
            let lent = held.lent.filter(|lent| lent.tokens > 0).map(|lent| lent.until);
            lent.max(held.refused.map(|refused| refused.until))
        };
        self.0.retain(|_, held| ends(held).is_some_and(|until| now < until));
        if self.0.len() >= MOST_LEASES
            && let Some(soonest) = self.0.iter().min_by_key(|(_, held)| ends(held)).map(|(id, _)| *id)
        {
            self.0.remove(&soonest);
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
