//! One episode: events in the order of their true times.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{Batch, Found, Read, Snapshot, budget::Payer},
    Seen,
    check::{self, Invariant},
    node::Node,
    random::Random,
    weather::Weather,
    world::World,
    writes,
};
use crate::{key::Role, organization::SYSTEM_ORGANIZATION, secret::SecretHash};

/// An invariant that did not hold, in which step, and the story.
type Failed = (Invariant, u64, String);
pub type Step = Result<(), (Invariant, String)>;

#[derive(Clone, Copy, Debug)]
pub enum Event {
    Arrive(usize),
    /// A request has slept enough: node, generation, request.
    Wake(usize, u64, u64),
    /// The database, or KV, gets to it.
    Served(u64),
    /// The reply is there.
    Replied(u64),
    /// The glue waits no longer.
    Expired(u64),
    Change,
    Replicate(usize),
    Copy(SecretHash),
    FollowUp,
    Outage(bool),
    StepClock(usize),
    Restart(usize),
    Prune,
    Restore,
}

pub enum Io {
    Primary(Batch, Option<Snapshot>),
    Replica(Read, Option<Found>),
    Kv(Vec<SecretHash>, Option<Found>),
}

/// An I/O under way.
pub struct Flight {
    pub node: usize,
    pub generation: u64,
    /// `None`: behind an answer.
    pub request: Option<u64>,
    pub io: Io,
    /// Who paid for which hashes.
    pub paid: Vec<(Payer, Vec<SecretHash>)>,
    pub lost: bool,
    /// True time.
    pub sent: i64,
    /// The glue has been told already that it failed.
    pub expired: bool,
}

pub struct Episode<'a> {
    pub world: World,
    pub chance: Random,
    pub weather: Weather,
    pub nodes: Vec<Node>,
    pub verifiers: Vec<SecretHash>,
    /// The last commit that each replica has.
    pub replicas: [i64; 2],
    pub outage: bool,
    pub queue: BTreeMap<(i64, i64, u64), Event>,
    pub flights: BTreeMap<u64, Flight>,
    /// Hashes that were asked for and do not exist: some are minted later.
    pub asked: Vec<SecretHash>,
    pub serial: u64,
    pub ignored: Option<Invariant>,
    pub seen: &'a mut Seen,
}

/// Runs one episode. An answer that does not hold only to what is `ignored` does no harm.
pub fn episode(seed: u64, steps: u64, ignored: Option<Invariant>, seen: &mut Seen) -> Result<(), Failed> {
    let mut chance = Random::new(seed);
    let weather = Weather::of(&mut chance);
    let mut world = World::new();
    let verifiers = writes::begin(&mut world, &mut chance);
    let nodes = (0..3).map(|_| Node::new(chance.within(-5_000, 5_000))).collect();
    let replicas = [world.commits; 2];
    let (queue, flights, asked) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    let mut episode = Episode {
        world,
        chance,
        weather,
        nodes,
        verifiers,
        replicas,
        outage: false,
        queue,
        flights,
        asked,
        serial: 0,
        ignored,
        seen,
    };
    episode.begin();
    for step in 0..steps {
        let Some(((at, ..), event)) = episode.queue.pop_first() else { break };
        episode.world.now = at;
        episode.seen.steps += 1;
        episode.handle(event).map_err(|(invariant, story)| (invariant, step, story))?;
    }
    episode.seen.unseen += episode.nodes.iter().map(|node| node.unseen_steps).sum::<u64>();
    let late = |node: &Node| node.live.values().any(|live| episode.world.now - live.received > 3 * check::LONGEST);
    if episode.nodes.iter().any(late) {
        return Err((Invariant::Answered, steps, "a request has had no answer by the end".to_owned()));
    }
    Ok(())
}

impl Episode<'_> {
    fn begin(&mut self) {
        for node in 0..self.nodes.len() {
            self.after(0, self.weather.request_gap, Event::Arrive(node));
            self.perhaps(self.weather.step_gap, Event::StepClock(node));
            self.perhaps(self.weather.restart_gap, Event::Restart(node));
        }
        self.after(0, self.weather.change_gap, Event::Change);
        self.after(0, 1_000, Event::Replicate(0));
        self.after(0, 1_000, Event::Replicate(1));
        self.after(0, self.weather.kv_follow, Event::FollowUp);
        self.perhaps(self.weather.outage_gap, Event::Outage(true));
        self.perhaps(self.weather.prune_gap, Event::Prune);
        self.perhaps(self.weather.restore_gap, Event::Restore);
    }

    pub fn after(&mut self, low: i64, high: i64, event: Event) {
        self.serial += 1;
        let at = self.world.now + self.chance.within(low, high.max(low));
        // What happens in one millisecond happens in any order.
        let place = self.chance.within(0, 999);
        self.queue.insert((at, place, self.serial), event);
    }

    fn perhaps(&mut self, gap: Option<i64>, event: Event) {
        if let Some(gap) = gap {
            self.after(1, gap, event);
        }
    }

    fn handle(&mut self, event: Event) -> Step {
        match event {
            Event::Arrive(node) => {
                self.after(1, self.weather.request_gap, event);
                for _ in 0..self.chance.within(1, self.weather.burst) {
                    let id = self.arrive(node);
                    self.advance(node, id)?;
                }
            }
            Event::Wake(node, generation, id) => {
                if self.nodes.get(node).is_some_and(|node| node.generation == generation) {
                    self.advance(node, id)?;
                }
            }
            Event::Served(flight) => self.serve(flight)?,
            Event::Replied(flight) => self.reply(flight, false)?,
            Event::Expired(flight) => self.reply(flight, true)?,
            Event::Change => {
                self.after(1, self.weather.change_gap, event);
                self.change();
            }
            Event::Replicate(replica) => {
                let gap = self.chance_of(&[100, 1_000, 20_000]);
                self.after(1, gap, event);
                if let Some(commit) = self.replicas.get_mut(replica) {
                    *commit = self.chance.within(*commit, self.world.commits);
                }
            }
            Event::Copy(hash) => self.world.write_kv(hash),
            Event::FollowUp => {
                self.after(self.weather.kv_follow, self.weather.kv_follow, event);
                for hash in self.world.every_secret() {
                    self.world.write_kv(hash);
                }
            }
            Event::Outage(begins) => {
                self.outage = begins;
                if begins {
                    self.after(100, self.weather.outage, Event::Outage(false));
                } else {
                    self.perhaps(self.weather.outage_gap, Event::Outage(true));
                }
            }
            Event::StepClock(node) => {
                self.perhaps(self.weather.step_gap, event);
                let by = self.chance.within(-self.weather.step, self.weather.step / 2);
                if let Some(node) = self.nodes.get_mut(node) {
                    node.step_clock(self.world.now, by);
                }
            }
            Event::Restart(node) => {
                self.perhaps(self.weather.restart_gap, event);
                if let Some(node) = self.nodes.get_mut(node) {
                    node.restart();
                }
            }
            Event::Prune => {
                self.perhaps(self.weather.prune_gap, event);
                let (first, last) = self.world.feed_range();
                let up_to = self.chance.within(first, last.max(first));
                self.world.prune(if self.chance.chance(500) { last } else { up_to });
            }
            Event::Restore => {
                self.perhaps(self.weather.restore_gap, event);
                let touched = writes::restore(&mut self.world, &mut self.chance);
                self.copy(touched);
            }
        }
        Ok(())
    }

    pub fn chance_of(&mut self, all: &[i64]) -> i64 {
        self.chance.pick(all).unwrap_or_default()
    }

    fn change(&mut self) {
        // A text that was asked for in vain is minted or imported now.
        if self.chance.chance(150)
            && let Some(hash) = self.asked.pop()
            && !self.world.history.contains_key(&hash)
        {
            let organization_id = self.chance.within(SYSTEM_ORGANIZATION, writes::ORGANIZATIONS);
            writes::introduce(&mut self.world, &mut self.chance, organization_id, Role::Integration, hash);
            self.copy([hash].into());
            return;
        }
        let touched = writes::change(&mut self.world, &mut self.chance);
        self.copy(touched);
    }

    /// The Worker writes to KV what it has changed, unless it does not come to that.
    fn copy(&mut self, touched: BTreeSet<SecretHash>) {
        for hash in touched {
            if !self.chance.chance(self.weather.kv_lost) {
                self.after(1, 2_000, Event::Copy(hash));
            }
        }
    }
}
