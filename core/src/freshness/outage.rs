//! What a request does when D1 has not answered it: memory for a while, then KV, and never a guess.

use std::sync::Arc;

use super::{
    Isolate, Next, Request,
    decide::{hashes, is_strict, organization_of},
    io::Found,
    request::{Finding, Held},
    slip,
};
use crate::time::Timestamp;

impl Isolate {
    /// 1. Who wanted the primary to be read, or is strict, gets nothing: 503.
    /// 2. Memory, while its last sync is young enough for an outage and for the request.
    /// 3. KV has no age, so it does only for who did not state one.
    /// 4. What is left is unavailable.
    pub(super) fn without_database(&mut self, now: Timestamp, request: &mut Request) -> Next {
        // 1.
        let strict = |finding: &Option<Finding>| finding.as_ref().is_some_and(|finding| is_strict(&finding.held));
        if request.reads_always() || strict(&request.asker.finding) {
            return self.give_up(now, request);
        }
        // 2.
        let bears = self.synced_at.filter(|at| request.bears(*at, now));
        let mut organization_id = request.asker.finding.as_ref().and_then(|finding| organization_of(&finding.held));
        let mut asker_is_strict = false;
        for (place, sought) in request.all_mut().enumerate().filter(|(_, sought)| sought.finding.is_none()) {
            let Some((held, _)) = self.recall(sought, organization_id, now) else { continue };
            if place == 0 {
                organization_id = organization_of(&held);
                asker_is_strict = is_strict(&held) && !slip!(StrictFromMemory);
            }
            if is_strict(&held) && !slip!(StrictFromMemory) {
                sought.finding = Some(Finding { held: Held::Unavailable, as_of: None });
            } else if bears.is_some() {
                sought.finding = Some(Finding { held, as_of: bears });
            }
        }
        // 3.
        if asker_is_strict || request.max_age.is_some() || request.is_settled() {
            return self.give_up(now, request);
        }
        Next::Kv(hashes(request.all().filter(|sought| sought.finding.is_none())))
    }

    /// What KV has; `None` when it did not answer. What KV lacks may exist, and what it has may be revoked: the answer is
    /// marked, has no age, and is not remembered.
    pub fn kv_for(&mut self, now: Timestamp, request: &mut Request, reply: Option<&Found>) {
        self.see(now);
        if request.rebase(self.clock, now) {
            return;
        }
        let mut organization_id = request.asker.finding.as_ref().and_then(|finding| organization_of(&finding.held));
        let mut asker_is_strict = false;
        for (place, sought) in request.all_mut().enumerate() {
            if asker_is_strict {
                sought.finding = Some(Finding { held: Held::Unavailable, as_of: None });
            }
            if sought.finding.is_some() {
                continue;
            }
            if let (Some(found), true) = (reply, slip!(RememberKv)) {
                self.keep(now, sought, found);
            }
            if sought.hashes.is_empty() {
                sought.finding = Some(Finding { held: Held::Absent, as_of: None });
                continue;
            }
            let mut records = sought.hashes.iter().filter_map(|hash| reply?.get(hash));
            let visible = records.find(|record| organization_id.is_none_or(|id| record.is_visible_to(id)));
            let held = match visible {
                Some(record) if !record.strict || slip!(KvForStrict) => Held::Record(Arc::clone(record)),
                None if slip!(AbsentInOutage) => Held::Absent,
                _ => Held::Unavailable,
            };
            if place == 0 {
                organization_id = organization_of(&held);
                asker_is_strict = !matches!(held, Held::Record(_));
            }
            sought.finding = Some(Finding { held, as_of: slip!(KvUnmarked).then_some(now) });
        }
    }
}
