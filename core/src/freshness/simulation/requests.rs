//! What verifiers ask for, and what they were told.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr},
};

use super::{
    super::{Answer, Held, Request, Wishes},
    driver::Episode,
    node::Live,
};
use crate::{secret::SecretHash, time::Timestamp};

impl Episode<'_> {
    pub fn arrive(&mut self, node: usize) -> u64 {
        self.serial += 1;
        let keys = (0..self.chance_of(&[1, 1, 1, 1, 1, 4])).map(|_| self.presented()).collect();
        let max_age = if self.chance.chance(self.weather.max_age_0) {
            Some(0)
        } else {
            self.chance.chance(self.weather.max_age).then(|| self.chance.within(-5, 9_000))
        };
        let ip = |last| Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)));
        let stated_ip = if self.chance.chance(500) { None } else { ip(1) };
        let wishes = Wishes { keys, max_age, stated_ip, caller_ip: ip(9) };
        let asker = if self.chance.chance(10) {
            self.garbage()
        } else {
            // Mostly the same two.
            let place = if self.chance.chance(800) { 4 } else { 0 };
            self.chance.pick(self.verifiers.get(place..).unwrap_or_default()).unwrap_or(SecretHash::from_bytes([0; 32]))
        };
        if let Some(node) = self.nodes.get_mut(node) {
            let now = node.clock(self.world.now);
            let request = Request::new(asker, wishes.clone(), now);
            let (received, steps) = (self.world.now, node.steps);
            let kv = BTreeSet::new();
            let live = Live {
                request,
                asker,
                wishes,
                received,
                reads: 0,
                slept: false,
                kv,
                failed: false,
                spent: false,
                steps,
            };
            node.live.insert(self.serial, live);
        }
        self.serial
    }

    pub fn garbage(&mut self) -> SecretHash {
        let again = self.chance.chance(600).then(|| self.chance.pick(&self.asked)).flatten();
        again.unwrap_or_else(|| {
            let hash = self.world.new_hash("invented secret");
            self.asked.push(hash);
            self.asked.truncate(30);
            hash
        })
    }

    pub fn presented(&mut self) -> Vec<SecretHash> {
        let hash = if self.chance.chance(self.weather.garbage) {
            self.garbage()
        } else {
            // Mostly the same few.
            let all = self.world.every_secret();
            let place = if self.chance.chance(750) { all.len().min(self.weather.hot) } else { all.len() };
            self.chance.pick(all.get(..place).unwrap_or_default()).unwrap_or(SecretHash::from_bytes([0; 32]))
        };
        if self.chance.chance(self.weather.garbage.min(150)) { vec![self.garbage(), hash] } else { vec![hash] }
    }

    pub fn count(&mut self, live: &Live, answer: &Answer, now: Timestamp) {
        for finding in &answer.keys {
            match &finding.held {
                Held::Record(record) if record.objection(now).is_none() => self.seen.valid += 1,
                Held::Record(_) => self.seen.refused += 1,
                Held::Absent => self.seen.absent += 1,
                Held::Unavailable => self.seen.unavailable += 1,
            }
            let facts = answer.facts(finding);
            self.seen.from_memory_degraded += u64::from(facts.degraded && facts.age_ms.is_some());
            self.seen.from_kv += u64::from(matches!(finding.held, Held::Record(_)) && facts.age_ms.is_none());
        }
        self.seen.from_memory += u64::from(live.reads == 0 && live.kv.is_empty() && !live.slept);
        self.seen.slept += u64::from(live.slept);
    }
}
