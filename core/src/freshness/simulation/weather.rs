//! How things are in one episode.

use super::random::Random;

/// Milliseconds, and chances of a thousand.
#[derive(Debug)]
pub struct Weather {
    /// Longest time between two requests to one isolate, and most that come at once.
    pub request_gap: i64,
    pub burst: i64,
    /// How many keys most of them are about.
    pub hot: usize,
    /// Of requests: for keys that do not exist; with `max_age_ms: 0`; with another one.
    pub garbage: i64,
    pub max_age_0: i64,
    pub max_age: i64,
    /// Longest time between two changes.
    pub change_gap: i64,
    /// Longest way to D1, one direction; and how often it is long, or the reply gets lost.
    pub latency: i64,
    pub slow: i64,
    pub lost: i64,
    /// Longest time between outages, and how long they last.
    pub outage_gap: Option<i64>,
    pub outage: i64,
    /// Longest time between steps of one isolate's clock, and the largest step.
    pub step_gap: Option<i64>,
    pub step: i64,
    pub restart_gap: Option<i64>,
    pub prune_gap: Option<i64>,
    pub restore_gap: Option<i64>,
    /// Writes to KV that get lost, and the time between two follow-ups.
    pub kv_lost: i64,
    pub kv_follow: i64,
}

impl Weather {
    pub fn of(chance: &mut Random) -> Self {
        let sometimes =
            |chance: &mut Random, of_thousand, low, high| chance.chance(of_thousand).then(|| chance.within(low, high));
        Self {
            request_gap: chance.pick(&[40, 150, 600, 2_500, 9_000, 12_000]).unwrap_or(150),
            burst: chance.pick(&[1, 3, 3, 12]).unwrap_or(1),
            hot: chance.pick(&[2, 8, 40]).unwrap_or(8),
            garbage: chance.pick(&[0, 0, 20, 100, 700]).unwrap_or(100),
            max_age_0: chance.pick(&[0, 0, 50, 300]).unwrap_or(50),
            max_age: chance.pick(&[0, 0, 100, 300]).unwrap_or(100),
            change_gap: chance.pick(&[60, 300, 1_000, 4_000]).unwrap_or(1_000),
            latency: chance.pick(&[3, 30, 90, 90, 200]).unwrap_or(30),
            slow: chance.pick(&[0, 0, 0, 20, 200]).unwrap_or(0),
            lost: chance.pick(&[0, 0, 0, 20, 100]).unwrap_or(0),
            outage_gap: sometimes(chance, 400, 500, 20_000),
            outage: chance.pick(&[3_000, 60_000, 200_000]).unwrap_or(3_000),
            step_gap: sometimes(chance, 300, 3_000, 60_000),
            step: chance.pick(&[500, 4_000, 30_000]).unwrap_or(500),
            restart_gap: sometimes(chance, 250, 3_000, 60_000),
            prune_gap: sometimes(chance, 350, 500, 20_000),
            restore_gap: sometimes(chance, 80, 5_000, 60_000),
            kv_lost: chance.pick(&[0, 100, 500]).unwrap_or(0),
            kv_follow: chance.within(5_000, 60_000),
        }
    }
}
