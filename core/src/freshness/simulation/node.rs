//! One isolate with its clock, and the requests that it is about.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Isolate, Limits, Request, Wishes, budget::Payer};
use crate::{secret::SecretHash, time::Timestamp};

/// So little that everything overflows.
pub const LIMITS: Limits = Limits { records: 20, record_bytes: 20_000, absents: 6, misses: 40, payers: 64 };

/// A request, and what the world knows of it that the machine does not.
pub struct Live {
    pub request: Request,
    pub asker: SecretHash,
    pub wishes: Wishes,
    /// True time.
    pub received: i64,
    pub reads: u32,
    pub slept: bool,
    /// For which texts KV was asked; the asker is 0.
    pub kv: BTreeSet<usize>,
    /// A read of its own failed.
    pub failed: bool,
    /// There was a payer with little left when it was looked at.
    pub spent: bool,
    /// Steps of the clock before it came.
    pub steps: u64,
}

pub struct Node {
    pub isolate: Isolate,
    pub generation: u64,
    /// What the clock shows, less the true time.
    pub offset: i64,
    /// Steps of the clock, and the true time of the last.
    pub steps: u64,
    stepped_at: i64,
    /// The largest time the machine has seen, and backward steps since it last looked.
    seen: Option<i64>,
    hidden: i64,
    /// True times and sizes of backward steps that the machine could not see.
    pub unseen: Vec<(i64, i64)>,
    /// How many there were.
    pub unseen_steps: u64,
    pub live: BTreeMap<u64, Live>,
    /// True time of the last failure of the primary that the machine was told, and of any trouble at all.
    pub failed_at: i64,
    pub troubled_at: i64,
    /// True times of look-ups of what did not exist.
    pub absents: BTreeMap<Payer, Vec<i64>>,
    /// True times of answers that gave a payer nothing back.
    pub unreturned: BTreeMap<Payer, Vec<i64>>,
}

impl Node {
    pub fn new(offset: i64) -> Self {
        Self {
            isolate: Isolate::new(LIMITS),
            generation: 0,
            offset,
            steps: 0,
            stepped_at: i64::MIN / 2,
            seen: None,
            hidden: 0,
            unseen: Vec::new(),
            unseen_steps: 0,
            live: BTreeMap::new(),
            failed_at: i64::MIN / 2,
            troubled_at: i64::MIN / 2,
            absents: BTreeMap::new(),
            unreturned: BTreeMap::new(),
        }
    }

    /// What the machine is told the time is. Counts the steps that it cannot tell from time passing.
    pub fn clock(&mut self, now: i64) -> Timestamp {
        let shown = now + self.offset;
        if self.seen.is_some_and(|seen| shown < seen) {
            self.unseen.clear();
            self.seen = Some(shown);
        } else {
            if self.hidden > 0 {
                self.unseen.push((now, self.hidden));
                self.unseen_steps += 1;
            }
            self.seen = Some(shown);
        }
        self.hidden = 0;
        Timestamp::from_millis(shown)
    }

    /// How much is left to whom depends on the clock, so nothing is known of that for a while.
    pub fn step_clock(&mut self, now: i64, by: i64) {
        self.stepped_at = now;
        self.offset += by;
        self.hidden += (-by).max(0);
        self.steps += 1;
        self.absents.clear();
    }

    pub fn restart(&mut self) {
        let generation = self.generation + 1;
        *self = Self { generation, steps: self.steps, ..Self::new(self.offset) };
    }

    /// Whether a payer has little left: half of it was not given back, or is paid for what is being looked up.
    pub fn is_spent(&self, now: i64) -> bool {
        let gone = |times: &Vec<i64>| times.iter().filter(|at| **at > now - 60_000).count();
        let gone = self.unreturned.values().map(gone).max().unwrap_or_default();
        let paid =
            self.live.values().flat_map(|live| live.request.all()).filter(|sought| sought.paid.is_some()).count();
        i64::try_from(gone + paid).is_ok_and(|spent| spent * 2 >= LIMITS.misses) || self.stepped_at > now - 60_000
    }

    /// By how much the bounds are wider, for what was known at this true time or later.
    pub fn slack(&self, from: i64) -> i64 {
        self.unseen.iter().filter(|(at, _)| *at >= from).map(|(_, by)| by).sum()
    }
}
