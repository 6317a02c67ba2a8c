//! Rates and credits: what a key that has limits may still be used for.
//!
//! One ledger for each such key, in a Durable Object of its own, knows what was used ([`Ledger`]). An isolate asks it before
//! it answers `VALID`, with the settings as the database has them; the ledger adopts newer ones once. So that a key with a
//! high rate need not ask each time, the ledger lends the isolate a part of the rate in advance ([`Leases`]); credits are
//! never lent. Nothing here reads a clock: each side brings its own, and only lengths of time pass between them.

mod leases;
mod ledger;
mod silence;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
mod window;

use serde::{Deserialize, Serialize};

pub use self::{
    leases::{Leases, MOST_LEASES},
    ledger::Ledger,
    silence::{SILENCE, Silences},
};
use crate::{
    key::{Credits, RateLimit},
    verify::Code,
    wire::verify::{CreditsLeft, RateLeft},
};

/// The most that one use may cost.
pub const MOST_COST: u64 = 1_000_000;

/// The limits of a key, as the database has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// How often it may be used.
    pub rate_limit: Option<RateLimit>,
    /// How many times; `remaining` is what was set, and counts once.
    pub credits: Option<Credits>,
    /// Raised by every change of the two. About the moment of the change, in milliseconds, so that also a database that was
    /// set back to an earlier moment gives later changes a higher one.
    pub version: i64,
    /// Raised whenever `remaining` is set, even to the same number.
    pub credits_version: i64,
}

impl Settings {
    /// Whether there is anything to ask a ledger about.
    #[must_use]
    pub const fn limit_anything(&self) -> bool {
        self.rate_limit.is_some() || self.credits.is_some()
    }
}

/// What is asked of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The limits, as the caller knows them.
    pub settings: Settings,
    /// What for.
    pub work: Work,
}

/// What a ledger does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Uses of the key, one after the other: what each costs. One that is refused takes nothing.
    Spend(Vec<u64>),
    /// Says what credits are left.
    Look,
    /// The same, for somebody who may send that number back without wanting to change it.
    Tell,
}

/// What the ledger answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// Of the settings that it went by.
    pub version: i64,
    /// What became of each use.
    pub spent: Vec<Spent>,
    /// What the caller may go on spending by itself.
    pub lease: Option<Lease>,
    /// The credits; `None` when the key has none.
    pub credits: Option<Balance>,
}

/// What became of one use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// [`Code::Valid`], [`Code::RateLimited`] or [`Code::CreditsExhausted`].
    pub code: Code,
    /// The rate after it, for keys that have one.
    pub rate_limit: Option<RateLeft>,
    /// The credits after it, for keys that have some.
    pub credits: Option<CreditsLeft>,
}

/// A part of a rate that is counted as used already, and lent to one isolate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// What may be spent.
    pub tokens: u64,
    /// What is left beyond it.
    pub beyond: u64,
    /// It ends so many milliseconds after it was asked for, and with the window at the latest.
    pub for_ms: i64,
}

/// The credits of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// What is left.
    pub remaining: u64,
    /// What somebody was told last.
    pub told: u64,
}

impl Balance {
    /// Whether a change that names this number leaves the credits as they are: it is what is left, or comes from somebody
    /// who has read the key and sends back what that said.
    #[must_use]
    pub const fn is_kept_by(self, number: u64, has_read: bool) -> bool {
        number == self.remaining || has_read && number == self.told
    }
}
