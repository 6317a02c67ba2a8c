//! The world in which the freshness machine is tried: from a seed, and the same each time.
//!
//! Several isolates run the glue's loop over one database with its feed as the triggers write it, replicas that are as old
//! as they like but honour bookmarks, and KV that lags. Everything that takes time is an event, and chance decides how
//! long: syncs are slow, lost, overtaken; D1 stalls and fails; clocks step; isolates restart; rows are pruned. After each
//! answer the world, which remembers what was true when, is asked whether it may have been given. Each episode has its own
//! weather, since what is rare in one kind is the rule in another.

use std::fmt;

pub use self::check::Invariant;

mod check;
mod driver;
mod glue;
mod node;
mod random;
mod requests;
mod weather;
mod world;
mod writes;

/// Steps of one episode: short, so that what goes wrong has a short story.
const EPISODE: u64 = 2_500;

/// An invariant that did not hold.
#[derive(Debug)]
pub struct Broken {
    /// Which one.
    pub invariant: Invariant,
    /// A simulation from this seed goes wrong in its first episode.
    pub seed: u64,
    /// In this step of it.
    pub step: u64,
    /// What happened.
    pub story: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { invariant, seed, step, story } = self;
        write!(f, "Broken: {}\nSeed {seed}, step {step}: {story}", invariant.words())
    }
}

/// What a simulation has seen, so that a test can tell that it was worth something.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// Seeds.
    pub episodes: u64,
    /// Events.
    pub steps: u64,
    /// Answers with a record that is good.
    pub valid: u64,
    /// Answers with a record that is not.
    pub refused: u64,
    /// Answers that there is no such key.
    pub absent: u64,
    /// Keys that could not be looked up.
    pub unavailable: u64,
    /// Answers without any I/O or sleep.
    pub from_memory: u64,
    /// Answers that were marked, and had an age.
    pub from_memory_degraded: u64,
    /// Answers from KV.
    pub from_kv: u64,
    /// Requests that slept on another's sync.
    pub slept: u64,
    /// Syncs behind an answer.
    pub behind: u64,
    /// Backward steps of a clock that the machine could not see.
    pub unseen: u64,
}

impl Seen {
    /// Counts another simulation too.
    pub const fn add(&mut self, other: Self) {
        self.episodes += other.episodes;
        self.steps += other.steps;
        self.valid += other.valid;
        self.refused += other.refused;
        self.absent += other.absent;
        self.unavailable += other.unavailable;
        self.from_memory += other.from_memory;
        self.from_memory_degraded += other.from_memory_degraded;
        self.from_kv += other.from_kv;
        self.slept += other.slept;
        self.behind += other.behind;
        self.unseen += other.unseen;
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} steps in {} episodes. Keys asked about: {} valid, {} refused, {} not found, {} unavailable; {} of them \
             degraded from memory, {} from KV. Requests: {} answered without waiting, {} slept on another's sync. {} syncs \
             behind an answer, {} backward steps of a clock that nobody could see.",
            self.steps,
            self.episodes,
            self.valid,
            self.refused,
            self.absent,
            self.unavailable,
            self.from_memory_degraded,
            self.from_kv,
            self.from_memory,
            self.slept,
            self.behind,
            self.unseen,
        )
    }
}

/// Simulates at least so many steps, in episodes of the seeds `seed`, `seed + 1`…
///
/// # Errors
/// The first invariant that did not hold.
pub fn simulate(seed: u64, steps: u64) -> Result<Seen, Box<Broken>> {
    simulate_but(None, seed, steps)
}

/// As [`simulate`], but for one invariant: a mistake breaks [`Invariant::HonestAge`] long before it breaks the promise, and
/// it must break that too.
fn simulate_but(ignored: Option<Invariant>, seed: u64, steps: u64) -> Result<Seen, Box<Broken>> {
    let mut seen = Seen::default();
    while seen.steps < steps {
        let seed = seed.wrapping_add(seen.episodes);
        driver::episode(seed, EPISODE, ignored, &mut seen)
            .map_err(|(invariant, step, story)| Box::new(Broken { invariant, seed, step, story }))?;
        seen.episodes += 1;
    }
    Ok(seen)
}

#[cfg(test)]
mod tests;
