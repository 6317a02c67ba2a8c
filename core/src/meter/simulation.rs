//! One ledger and several isolates, with clocks that differ, calls that take long and answers that get lost: what is let
//! through stays within the limit. A failure is reproduced by its seed.

use std::collections::{BTreeMap, BTreeSet};

use super::{Call, Leases, Ledger, Reply, Settings, Work};
use crate::{
    key::RateLimit,
    time::{SECOND, Timestamp},
    verify::Code,
};

const ISOLATES: usize = 5;
const KEY: i64 = 7;
/// How long a call is on its way, and its answer, at most.
const SLOWEST: u64 = 900;

/// What is to be simulated.
#[derive(Clone, Copy)]
struct Scene {
    rate: RateLimit,
    requests: u64,
    /// Milliseconds from one to the next, at most.
    pause: u64,
    /// Milliseconds for which leases are used beyond their end: a mistake that has to show.
    overstay: i64,
}

enum Event {
    Request { isolate: usize, cost: u64 },
    Arrival { isolate: usize, asked_at: Timestamp, cost: u64 },
    Answer { isolate: usize, asked_at: Timestamp, cost: u64, reply: Reply },
}

struct World {
    random: u64,
    queue: BTreeMap<(i64, u64), Event>,
    made: u64,
    now: i64,
    ledger: Ledger,
    leases: Vec<Leases>,
    /// By how much each clock is wrong; the last one is the ledger's.
    clocks: Vec<i64>,
    /// When how much was let through, in true time.
    valid: Vec<(i64, u64)>,
    /// Ends of the ledger's windows, in true time.
    ends: BTreeSet<i64>,
    calls: u64,
    /// What isolates refused without asking.
    refused: u64,
}

impl World {
    /// xorshift64*.
    fn random(&mut self, below: u64) -> u64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        (self.random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % below.max(1)
    }

    fn clock(&self, whose: usize) -> Timestamp {
        Timestamp::from_millis(self.now + self.clocks[whose])
    }

    fn later(&mut self, within: u64, event: Event) {
        let after = i64::try_from(self.random(within)).unwrap();
        self.made += 1;
        self.queue.insert((self.now + after, self.made), event);
    }

    fn happen(&mut self, event: Event, settings: &Settings, overstay: i64) {
        match event {
            Event::Request { isolate, cost } => {
                let asked_at = self.clock(isolate);
                match self.leases[isolate].take(KEY, settings, cost, asked_at) {
                    Some(spent) if spent.code == Code::Valid => self.valid.push((self.now, cost)),
                    Some(_) => {
                        let call = Call { settings: *settings, work: Work::Spend(vec![cost]) };
                        let asked = self.ledger.clone().answer(&call, self.clock(ISOLATES));
                        assert_eq!(asked.spent[0].code, Code::RateLimited, "refused though it would fit");
                        self.refused += 1;
                    }
                    None => self.later(SLOWEST, Event::Arrival { isolate, asked_at, cost }),
                }
            }
            Event::Arrival { isolate, asked_at, cost } => {
                self.calls += 1;
                let call = Call { settings: *settings, work: Work::Spend(vec![cost]) };
                let mut reply = self.ledger.answer(&call, self.clock(ISOLATES));
                let spent = reply.spent[0];
                if spent.code == Code::Valid {
                    self.valid.push((self.now, cost));
                    self.ends.insert(self.now + spent.rate_limit.and_then(|rate| rate.reset_ms).unwrap());
                }
                if let Some(lease) = &mut reply.lease {
                    lease.for_ms += overstay;
                }
                if self.random(10) > 0 {
                    self.later(SLOWEST, Event::Answer { isolate, asked_at, cost, reply });
                }
            }
            Event::Answer { isolate, asked_at, cost, reply } => {
                self.leases[isolate].keep(KEY, &[cost], &reply, asked_at)
            }
        }
    }

    /// At each moment: what was let through in this window, and of the one before it as much as still counts.
    fn check(&self, rate: RateLimit) -> Result<(), String> {
        let length = i64::try_from(rate.window_seconds).unwrap() * SECOND;
        for end in &self.ends {
            let within = |from: i64, to: i64| -> u64 {
                self.valid.iter().filter(|(at, _)| (from..to).contains(at)).map(|(_, cost)| cost).sum()
            };
            let before = if self.ends.contains(&(end - length)) { within(end - 2 * length, end - length) } else { 0 };
            let mut current = 0;
            for (at, cost) in self.valid.iter().filter(|(at, _)| (end - length..*end).contains(at)) {
                current += cost;
                let reach = u64::try_from(end - at).unwrap();
                let full = u64::try_from(length).unwrap();
                if current * full + before * reach > rate.limit * full {
                    return Err(format!("{current} and {before} before it, {reach} ms before the end at {end}"));
                }
            }
        }
        Ok(())
    }
}

/// What came of a run.
#[derive(Debug)]
struct Totals {
    valid: u64,
    calls: u64,
    refused: u64,
}

fn run(seed: u64, scene: Scene) -> Result<Totals, String> {
    let settings = Settings { rate_limit: Some(scene.rate), version: 1, ..Settings::default() };
    let mut world = World {
        random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        queue: BTreeMap::new(),
        made: 0,
        now: 1_000_000_000,
        ledger: Ledger::new(&settings, Timestamp::from_millis(1_000_000_000)),
        leases: (0..ISOLATES).map(|_| Leases::new()).collect(),
        clocks: Vec::new(),
        valid: Vec::new(),
        ends: BTreeSet::new(),
        calls: 0,
        refused: 0,
    };
    for _ in 0..=ISOLATES {
        let wrong = i64::try_from(world.random(600_000)).unwrap() - 300_000;
        world.clocks.push(wrong);
    }
    for _ in 0..scene.requests {
        let isolate = usize::try_from(world.random(ISOLATES as u64)).unwrap();
        let cost = if world.random(8) == 0 { 1 + world.random(5) } else { 1 };
        let pause = scene.pause;
        world.later(pause, Event::Request { isolate, cost });
        let until = world.now + i64::try_from(pause / 2).unwrap();
        while let Some(entry) = world.queue.first_entry().filter(|entry| entry.key().0 <= until) {
            let ((at, _), event) = entry.remove_entry();
            world.now = at;
            world.happen(event, &settings, scene.overstay);
        }
        world.now = until;
    }
    while let Some(((at, _), event)) = world.queue.pop_first() {
        world.now = at;
        world.happen(event, &settings, scene.overstay);
    }
    world.valid.sort_unstable();
    world.check(scene.rate).map_err(|found| format!("seed {seed}: {found}"))?;
    let valid = world.valid.iter().map(|(_, cost)| cost).sum();
    Ok(Totals { valid, calls: world.calls, refused: world.refused })
}

const BUSY: Scene =
    Scene { rate: RateLimit { limit: 1_000, window_seconds: 10 }, requests: 10_000, pause: 12, overstay: 0 };

#[test]
fn what_several_isolates_let_through_stays_within_the_limit() {
    for seed in 0..60 {
        let limit = [3, 40, 200, 1_000, 5_000][usize::try_from(seed % 5).unwrap()];
        let scene = Scene { rate: RateLimit { limit, ..BUSY.rate }, requests: 4_000, ..BUSY };
        run(seed, scene).unwrap();
    }
}

#[test]
fn leases_save_calls_and_cost_little_of_the_limit() {
    // Six windows, asked for twice as much as they let through: then what comes free has to be asked for.
    let busy = run(1, BUSY).unwrap();
    assert!(busy.valid > 5_500 && busy.calls < 9_000 && busy.refused > 500, "{busy:?}");
    let plenty = Scene { rate: RateLimit { limit: 100_000, ..BUSY.rate }, ..BUSY };
    let plenty = run(1, plenty).unwrap();
    assert!(plenty.valid > 10_000 && plenty.calls < 1_500 && plenty.refused == 0, "{plenty:?}");
}

#[test]
fn a_lease_that_outlives_its_window_shows() {
    let seen = (0..20).filter(|seed| run(*seed, Scene { pause: 18, overstay: 5_000, ..BUSY }).is_err()).count();
    assert!(seen > 10, "{seen} of 20");
}
