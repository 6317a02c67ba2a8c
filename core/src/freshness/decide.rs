//! What a request does next while D1 answers. Without it: `outage`.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Answer, Batch, HEDGE, Isolate, Next, PATIENCE, Read, Request, Snapshot,
    budget::Payer,
    io::Found,
    request::{Finding, Held, Own, Sought},
    slip,
};
use crate::{organization::SYSTEM_ORGANIZATION, secret::SecretHash, time::Timestamp};

impl Isolate {
    /// The next step of a request.
    ///
    /// 1. All is known: answer, and sync behind it when the last sync is older than half the bound.
    /// 2. It has read D1, in vain: what memory and KV have.
    /// 3. `max_age_ms: 0`, or one of the keys is strict: read the primary.
    /// 4. The last sync is young enough: memory answers; what it has not is read from a replica with the bookmark.
    /// 5. It is not: sync first. Who has all in memory sleeps while another syncs; who has not makes a batch of its own, so
    ///    that it waits on one round trip and not on two.
    pub fn next(&mut self, now: Timestamp, request: &mut Request) -> Next {
        self.see(now);
        request.rebase(self.clock, now);
        // 1.
        if request.is_settled() {
            return self.answer(now, request);
        }
        // 2.
        if request.own == Own::Failed {
            return self.without_database(now, request);
        }
        let (asker, keys) = self.recall_all(now, request);
        let recalled = || asker.iter().chain(keys.iter().flatten());
        let strict = recalled().any(|(held, _)| is_strict(held));
        let synced_at =
            if slip!(JudgeByEntryAge) { recalled().map(|(_, stored_at)| *stored_at).min() } else { self.synced_at };
        // 3.
        if request.reads_always() || (strict && !slip!(StrictFromMemory)) {
            return self.ask_primary(now, request, PATIENCE);
        }
        let within = if request.max_age.is_none() { HEDGE } else { PATIENCE };
        let all = asker.is_some() && keys.iter().all(Option::is_some);
        let floor = request.floor();
        let fresh = synced_at.is_some_and(|at| at >= floor);
        let replica_does = asker.as_ref().is_some_and(|(held, _)| may_read_replica(held));
        let fallback = synced_at.filter(|at| self.is_failing(now) && request.bears(*at, now));
        // 4.
        if fresh {
            take(request, asker, keys, synced_at);
            return if all {
                self.answer(now, request)
            } else if replica_does {
                self.ask_replica(now, request, within)
            } else {
                self.ask_primary(now, request, within)
            };
        }
        // 5.
        if all && fallback.is_some() {
            take(request, asker, keys, fallback);
            return self.answer(now, request);
        }
        if (all || slip!(SleepOnMisses))
            && self.under_way(now).is_some_and(|at| at >= floor)
            && let Some(nap) = request.nap(now)
        {
            return Next::Sleep(nap);
        }
        self.ask_primary(now, request, within)
    }

    /// What memory has on everything a request asks about.
    pub(super) fn recall_all(&mut self, now: Timestamp, request: &Request) -> Recalled {
        let asker = self.recall(&request.asker, None, now);
        let organization_id = asker.as_ref().and_then(|(held, _)| organization_of(held));
        let keys = request.keys.iter().map(|sought| self.recall(sought, organization_id, now)).collect();
        (asker, keys)
    }

    /// All hashes, also of what memory has: a sync may be what makes memory forget it.
    fn ask_primary(&mut self, now: Timestamp, request: &mut Request, within: i64) -> Next {
        self.charge(now, request);
        let look_ups = hashes(request.all().filter(|sought| !is_refused(sought)));
        if look_ups.is_empty() || is_refused(&request.asker) || request.is_settled() {
            return self.give_up(now, request);
        }
        Next::Primary(self.begin(now, look_ups, within))
    }

    fn ask_replica(&mut self, now: Timestamp, request: &mut Request, within: i64) -> Next {
        let (Some(as_of), Some(cursor), Some(bookmark)) = (self.synced_at, self.cursor, self.bookmark.clone()) else {
            return self.ask_primary(now, request, within);
        };
        self.charge(now, request);
        let look_ups = hashes(request.all().filter(|sought| sought.finding.is_none()));
        if look_ups.is_empty() {
            return self.answer(now, request);
        }
        let bookmark = if slip!(DropBookmark) { String::new() } else { bookmark };
        Next::Replica(Read { bookmark, look_ups, within, as_of, cursor, epoch: self.epoch })
    }

    /// Has the look-ups of what memory does not know paid for, each text once however often it is asked about; what cannot be
    /// paid is unavailable.
    fn charge(&mut self, now: Timestamp, request: &mut Request) {
        let known = |isolate: &mut Self, sought: &Sought| {
            sought.hashes.is_empty() || sought.hashes.iter().any(|hash| isolate.records.get(hash, now).is_some())
        };
        let verifier = request.asker.hashes.first().copied().filter(|_| known(self, &request.asker));
        let payer = Payer::new(verifier, if verifier.is_some() { request.stated_ip } else { request.caller_ip });
        let mut charged = BTreeSet::new();
        for sought in request.all_mut() {
            if sought.finding.is_none() && sought.paid.is_none() && !known(self, sought) {
                if charged.contains(&sought.hashes) {
                    continue;
                }
                if self.budget.charge(payer, now) {
                    sought.paid = Some(payer);
                    charged.insert(sought.hashes.clone());
                } else {
                    sought.finding = Some(Finding { held: Held::Unavailable, as_of: None });
                }
            }
        }
    }

    /// What the primary answered to this request's own batch; `None` when it did not.
    pub fn primary_for(&mut self, now: Timestamp, request: &mut Request, batch: &Batch, reply: Option<&Snapshot>) {
        self.see(now);
        let stepped = request.rebase(self.clock, now);
        let keeps = self.learn(now, batch, reply);
        match reply {
            None => request.own = Own::Failed,
            // Nobody knows by this clock how old it is: the request reads again.
            Some(_) if stepped => {}
            // It was read after the request came, so it is an answer to it even if memory has moved on.
            Some(snapshot) => {
                let reply = Reply { look_ups: &batch.look_ups, found: &snapshot.found };
                self.settle(now, request, &reply, batch.started_at, keeps);
            }
        }
    }

    /// What a replica answered to this request; `None` when it did not.
    pub fn replica_for(&mut self, now: Timestamp, request: &mut Request, read: &Read, reply: Option<&Found>) {
        self.see(now);
        if request.rebase(self.clock, now) {
            return;
        }
        let Some(found) = reply else {
            request.own = Own::Failed;
            return;
        };
        // A change between the read and now may have been applied already, and would not be applied to this again.
        let keeps = self.epoch == read.epoch && self.cursor == Some(read.cursor);
        let reply = Reply { look_ups: &read.look_ups, found };
        self.settle(now, request, &reply, read.as_of, keeps || slip!(StoreOverlapped));
    }

    /// Tells a request what was looked up; what was refused was not, and stays so.
    fn settle(&mut self, now: Timestamp, request: &mut Request, reply: &Reply<'_>, as_of: Timestamp, keeps: bool) {
        request.own = Own::Done;
        let asker = request.asker.hashes.first().and_then(|hash| reply.found.get(hash));
        let organization_id = match asker {
            Some(record) => Some(record.organization_id),
            None => request.asker.finding.as_ref().and_then(|finding| organization_of(&finding.held)),
        };
        for sought in request.all_mut() {
            if !sought.hashes.iter().all(|hash| reply.look_ups.contains(hash)) {
                continue;
            }
            if keeps {
                self.keep(now, sought, reply.found);
            }
            let mut records = sought.hashes.iter().filter_map(|hash| reply.found.get(hash));
            let visible = records.find(|record| organization_id.is_none_or(|id| record.is_visible_to(id)));
            let held = visible.map_or(Held::Absent, |record| Held::Record(Arc::clone(record)));
            sought.finding = Some(Finding { held, as_of: Some(as_of) });
        }
    }

    /// The end: who paid for what exists gets it back.
    pub(super) fn answer(&mut self, now: Timestamp, request: &mut Request) -> Next {
        let mut findings = Vec::with_capacity(request.keys.len() + 1);
        for sought in request.all_mut() {
            let finding = sought.finding.clone().unwrap_or(Finding { held: Held::Unavailable, as_of: None });
            let paid = sought.paid.take();
            if let (Some(payer), Held::Record(_)) = (paid, &finding.held) {
                self.budget.refund(payer, now);
            }
            findings.push(finding);
        }
        let keys = findings.split_off(1.min(findings.len()));
        let asker = findings.pop().unwrap_or(Finding { held: Held::Unavailable, as_of: None });
        let behind = self.wants_sync(now).then(|| self.begin(now, Vec::new(), HEDGE));
        Next::Answer(Answer { asker, keys, behind, received_at: request.received_at, answered_at: now })
    }

    /// What is not known yet cannot be.
    pub(super) fn give_up(&mut self, now: Timestamp, request: &mut Request) -> Next {
        for sought in request.all_mut() {
            sought.finding.get_or_insert(Finding { held: Held::Unavailable, as_of: None });
        }
        self.answer(now, request)
    }
}

/// What was looked up, and what was found.
struct Reply<'a> {
    look_ups: &'a [SecretHash],
    found: &'a Found,
}

/// What memory has on the asker, and on each key.
pub(super) type Recalled = (Option<(Held, Timestamp)>, Vec<Option<(Held, Timestamp)>>);

/// A miss may be of a strict organization, and would then need a second round trip, to the primary. The asker's own
/// organization is known not to be; that of what a verifier of the system organization asks about is not.
fn may_read_replica(asker: &Held) -> bool {
    organization_of(asker).is_some_and(|id| id != SYSTEM_ORGANIZATION)
}

fn take(
    request: &mut Request,
    asker: Option<(Held, Timestamp)>,
    keys: Vec<Option<(Held, Timestamp)>>,
    as_of: Option<Timestamp>,
) {
    for (sought, recalled) in request.all_mut().zip(std::iter::once(asker).chain(keys)) {
        if let (None, Some((held, _))) = (&sought.finding, recalled) {
            sought.finding = Some(Finding { held, as_of });
        }
    }
}

pub(super) fn is_strict(held: &Held) -> bool {
    matches!(held, Held::Record(record) if record.strict)
}

pub(super) fn organization_of(held: &Held) -> Option<i64> {
    match held {
        Held::Record(record) => Some(record.organization_id),
        Held::Absent | Held::Unavailable => None,
    }
}

fn is_refused(sought: &Sought) -> bool {
    matches!(&sought.finding, Some(Finding { held: Held::Unavailable, .. }))
}

pub(super) fn hashes<'a>(all: impl Iterator<Item = &'a Sought>) -> Vec<SecretHash> {
    all.flat_map(|sought| sought.hashes.iter().copied()).collect()
}
