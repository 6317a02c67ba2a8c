//! What one isolate knows, and how it learns: bounded memory, its place in the feed, and when it last asked.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    FAILING, Facts, MOST_CHANGES, PATIENCE_WITH_OTHERS, PROBE, Record, S,
    budget::Budget,
    cache::Cache,
    io::{Batch, Feed, Found, Snapshot},
    request::{Held, Sought},
    since, slip,
};
use crate::{secret::SecretHash, time::Timestamp};

/// How much an isolate keeps. With the default all of it is below 8 MB, whatever the records are; a test measures it.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Records of secrets that exist.
    pub records: usize,
    /// Bytes of those: one of 4 KB of metadata, 50 scopes and 50 ranges takes 13 KB.
    pub record_bytes: usize,
    /// Secrets that do not exist.
    pub absents: usize,
    /// Look-ups of what does not exist that a payer may cause at once, and again each minute.
    pub misses: i64,
    /// Payers that are remembered.
    pub payers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { records: 10_000, record_bytes: 7_450_000, absents: 2_000, misses: 200, payers: 1_000 }
    }
}

/// The state of one isolate. One per isolate, shared by its requests, borrowed by none across an await.
pub struct Isolate {
    pub(super) records: Cache<SecretHash, Arc<Record>>,
    absents: Cache<SecretHash, ()>,
    pub(super) budget: Budget,
    /// The place in the feed up to which every change is known. `None`: cold, and memory is empty.
    pub(super) cursor: Option<i64>,
    /// When the last applied sync *started*: what was committed before is known.
    pub(super) synced_at: Option<Timestamp>,
    /// Of a snapshot that has the row at `cursor`.
    pub(super) bookmark: Option<String>,
    /// Counts how often it was emptied: what was asked before that says nothing about the memory after it.
    pub(super) epoch: u64,
    /// Counts how often the clock was seen to step back.
    pub(super) clock: u64,
    /// The largest time seen since.
    seen: Option<Timestamp>,
    /// When the last sync that has no reply yet, and that others may wait for, was started.
    under_way: Option<Timestamp>,
    /// When a sync was last started.
    asked_at: Option<Timestamp>,
    /// When the primary last failed, if nothing has come from it since.
    failed_at: Option<Timestamp>,
}

impl Isolate {
    /// A cold isolate.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self {
            records: Cache::new(limits.records, limits.record_bytes),
            absents: Cache::new(limits.absents, usize::MAX),
            budget: Budget::new(limits.payers, limits.misses),
            cursor: None,
            synced_at: None,
            bookmark: None,
            epoch: 0,
            clock: 0,
            seen: None,
            under_way: None,
            asked_at: None,
            failed_at: None,
        }
    }

    /// A verifier that is known: its organization, for the hash under which it may have imported a text, and its header. `None`:
    /// ask without that hash first, and with it if nothing was found.
    #[must_use]
    pub fn asker(&mut self, asker: SecretHash, now: Timestamp) -> Option<Arc<Record>> {
        self.records.get(&asker, now).map(|(record, _)| Arc::clone(record))
    }

    /// What the primary answered to a sync, whoever made it and however late; `None` when it did not.
    pub fn primary(&mut self, now: Timestamp, batch: &Batch, reply: Option<&Snapshot>) {
        self.see(now);
        let _ = self.learn(now, batch, reply);
    }

    /// As [`Self::primary`]. Whether the look-ups are of exactly the moment up to which changes are known, and so may be kept.
    pub(super) fn learn(&mut self, now: Timestamp, batch: &Batch, reply: Option<&Snapshot>) -> bool {
        if self.under_way == Some(batch.started_at) {
            self.under_way = None;
        }
        let Some(snapshot) = reply else {
            self.failed_at = Some(now);
            return false;
        };
        self.failed_at = None;
        if batch.epoch != self.epoch && !slip!(KeepInFlight) {
            return false;
        }
        let last = snapshot.feed.last.unwrap_or_default();
        // A later sync has been applied already. This one's snapshot may be the older one, and must not move anything back.
        if self.synced_at.is_some_and(|at| batch.started_at < at) {
            if slip!(ApplyLateSync) {
                self.cursor = Some(last);
            }
            return self.cursor == Some(last);
        }
        if must_empty(batch.cursor, &snapshot.feed) {
            self.empty();
        }
        match (self.cursor, batch.cursor) {
            (Some(cursor), None) if last > cursor => {
                // Two syncs of a cold isolate: this one did not ask for the rows between the other one and itself.
                return false;
            }
            (Some(cursor), _) => {
                self.forget(&snapshot.feed);
                // Of two syncs under way the one that started later may have been served earlier.
                if last >= cursor {
                    self.cursor = Some(last);
                    self.bookmark.clone_from(&snapshot.bookmark);
                }
            }
            (None, _) => {
                self.cursor = Some(last);
                self.bookmark.clone_from(&snapshot.bookmark);
            }
        }
        self.synced_at = Some(if slip!(SyncedWhenApplied) { now } else { batch.started_at });
        self.cursor == Some(last)
    }

    /// Forgets what the rows name.
    fn forget(&mut self, feed: &Feed) {
        let mut organizations = BTreeSet::new();
        for change in feed.changes.iter().take(MOST_CHANGES) {
            match change.hash {
                Some(hash) => {
                    self.records.remove(&hash);
                    if !slip!(KeepNegative) {
                        self.absents.remove(&hash);
                    }
                }
                // No secret comes into being by it, so those that do not exist stay.
                None => {
                    organizations.insert(change.organization_id);
                }
            }
        }
        if !organizations.is_empty() && !slip!(ForgetOrganization) {
            self.records.remove_where(|record| organizations.contains(&record.organization_id));
        }
    }

    /// Keeps what was looked up. That nothing was found is kept only for a text of which nothing was: else each key would
    /// take a place among the absents too, for the hash under which it was not imported.
    pub(super) fn keep(&mut self, now: Timestamp, sought: &Sought, found: &Found) {
        let mut any = false;
        for hash in &sought.hashes {
            if let Some(record) = found.get(hash) {
                self.absents.remove(hash);
                self.records.insert(*hash, Arc::clone(record), record.bytes(), now);
                any = true;
            } else {
                self.records.remove(hash);
            }
        }
        for hash in sought.hashes.iter().filter(|_| !any) {
            self.absents.insert(*hash, (), 0, now);
        }
    }

    /// What memory has on a text, for an asker of this organization, and when it was stored. `None`: look it up.
    pub(super) fn recall(
        &mut self,
        sought: &Sought,
        organization_id: Option<i64>,
        now: Timestamp,
    ) -> Option<(Held, Timestamp)> {
        let mut absent = None;
        for hash in &sought.hashes {
            let stored_at = if let Some((record, stored_at)) = self.records.get(hash, now) {
                if organization_id.is_none_or(|id| record.is_visible_to(id)) {
                    return Some((Held::Record(Arc::clone(record)), stored_at));
                }
                stored_at
            } else {
                self.absents.get(hash, now)?.1
            };
            absent = Some(absent.map_or(stored_at, |at: Timestamp| at.min(stored_at)));
        }
        // A text that can be no secret has no hashes, and needs no look-up.
        Some((Held::Absent, absent.unwrap_or(now)))
    }

    /// Notes the time. A clock that steps back makes all that is known look younger than it is: it is forgotten.
    pub(super) fn see(&mut self, now: Timestamp) {
        if self.seen.is_some_and(|seen| now < seen) && !slip!(IgnoreBackwardClock) {
            self.empty();
            self.clock += 1;
            self.budget.clear();
            self.asked_at = None;
            self.failed_at = None;
            self.seen = None;
        }
        self.seen = self.seen.max(Some(now));
    }

    fn empty(&mut self) {
        self.records.clear();
        self.absents.clear();
        self.cursor = None;
        self.synced_at = None;
        self.bookmark = None;
        self.under_way = None;
        self.epoch += 1;
    }

    /// Starts a sync. Nobody may wait for that of a cold isolate: it asks for no rows, so it is not applied when another
    /// one was there first.
    pub(super) fn begin(&mut self, now: Timestamp, look_ups: Vec<SecretHash>, within: i64) -> Batch {
        self.under_way = self.cursor.map(|_| now);
        self.asked_at = Some(now);
        Batch { cursor: self.cursor, look_ups, within, started_at: now, epoch: self.epoch }
    }

    /// When the sync under way started. One that takes long may be lost: nobody waits for it any more.
    pub(super) fn under_way(&self, now: Timestamp) -> Option<Timestamp> {
        self.under_way.filter(|at| since(now, *at) < PATIENCE_WITH_OTHERS)
    }

    /// Whether the primary failed just now.
    pub(super) fn is_failing(&self, now: Timestamp) -> bool {
        self.failed_at.is_some_and(|at| since(now, at) < FAILING)
    }

    /// Whether an answer should be followed by a sync: what is known is older than half the bound, and nobody asks.
    pub(super) fn wants_sync(&self, now: Timestamp) -> bool {
        let old = self.synced_at.is_some_and(|at| since(now, at) * 2 >= S);
        let too_soon = self.is_failing(now) && self.asked_at.is_some_and(|at| since(now, at) < PROBE);
        old && !too_soon && self.under_way(now).is_none()
    }

    /// How fresh this isolate is, for `/healthz`: as an answer from memory would say it.
    #[must_use]
    pub fn facts(&self, now: Timestamp) -> Facts {
        let age_ms = self.synced_at.map(|at| since(now, at).max(0));
        Facts { as_of: self.synced_at, age_ms, degraded: self.is_failing(now) }
    }

    /// Entries and bytes in memory, for tests and `/healthz`: records, their bytes, absents, payers.
    #[must_use]
    pub fn size(&self) -> [usize; 4] {
        [self.records.len(), self.records.bytes(), self.absents.len(), self.budget.payers()]
    }
}

/// Whether a feed does not tell all that has changed since `cursor`: rows have been pruned, the database is an older one, or
/// there are more than are worth going through.
fn must_empty(cursor: Option<i64>, feed: &Feed) -> bool {
    let Some(cursor) = cursor else { return false };
    let last = feed.last.unwrap_or_default();
    // Rows are pruned by age, so after a step of the database's own clock the missing one need not be the first.
    let hole = feed.changes.iter().zip(cursor + 1..).any(|(change, seq)| change.seq != seq);
    let pruned = last > cursor && feed.first.is_none_or(|first| first > cursor + 1);
    let gap = (hole || pruned) && !slip!(IgnoreGap);
    let shrunk = last < cursor && !slip!(IgnoreShrunkFeed);
    let overflow = feed.changes.len() > MOST_CHANGES && !slip!(IgnoreOverflow);
    gap || shrunk || overflow
}
