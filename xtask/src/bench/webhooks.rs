//! How a long queue of messages is told to webhooks, some of which are dead: see bench/webhooks.mjs.

use std::{fmt::Write, fs, time::Duration};

use serde::Deserialize;

use super::{
    report::machine,
    verify::{mint, state},
};
use crate::{
    failure::{Failure, Result},
    npm, paths,
    process::Task,
};

const SCRIPT: &str = "bench/webhooks.mjs";
/// Webhooks that answer, and those that hang, reset or answer 500.
const HEALTHY: usize = 40;
const DEAD: usize = 10;
/// For each of them.
const MESSAGES: usize = 200;
/// How long one that answers takes, in milliseconds.
const ANSWER: usize = 25;

/// Both queues.
#[derive(Deserialize)]
struct Measured {
    without: Drained,
    beside: Drained,
}

/// One queue.
#[derive(Deserialize)]
struct Drained {
    queued: usize,
    runs: usize,
    /// Of each webhook that answers: when it had its last message, in milliseconds.
    ends: Vec<f64>,
    /// Messages that came again, and that did not come.
    twice: usize,
    missing: usize,
    delivered: usize,
    waiting: usize,
    /// How often each dead one was tried.
    tried: Vec<usize>,
}

/// Measures, and answers the table.
pub fn measure() -> Result<String> {
    npm::ensure()?;
    let notes = paths::created(paths::notes()?.join("bench"))?;
    let key = mint()?;
    let folder = notes.join("webhooks");
    for copy in ["webhooks-without", "webhooks-beside"] {
        let _ = fs::remove_dir_all(notes.join(copy));
    }
    let state = state(&folder, &notes.join("webhooks.keys"), 0, &[(&key, "integration", "read_only")])?;
    let printed = notes.join("webhooks.json");
    Task::new(npm::node()?, paths::log("bench-webhooks")?)
        .args(["--no-warnings"])
        .args([paths::root().join(SCRIPT)])
        .env("STATE", &state.folder)
        .env("HEALTHY", HEALTHY.to_string())
        .env("DEAD", DEAD.to_string())
        .env("MESSAGES", MESSAGES.to_string())
        .env("ANSWER", ANSWER.to_string())
        .env("OUT", &printed)
        .limit(Duration::from_secs(3_600))
        .step(&format!("Telling {} webhooks", HEALTHY + DEAD), Some(Duration::from_secs(480)))?;
    let text = fs::read_to_string(&printed).map_err(Failure::while_trying("read what was measured"))?;
    let measured: Measured =
        serde_json::from_str(&text).map_err(Failure::while_trying("understand what was measured"))?;
    Ok(report(&measured))
}

fn report(measured: &Measured) -> String {
    let mut text = format!(
        "{}; {MESSAGES} messages for each webhook, the scheduled handler once a minute, answers after {ANSWER} ms. Figures: when \
         those that answer had all of theirs, in s.\n\n\
         | webhooks | queued | runs | the first of them | median | the last | messages/s | lost | came again |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
        machine(),
    );
    for (what, one) in
        [(format!("{HEALTHY}"), &measured.without), (format!("{HEALTHY}, and {DEAD} dead"), &measured.beside)]
    {
        let ends = Ends::of(one);
        let _ = writeln!(
            text,
            "| {what} | {} | {} | {:.0} | {:.0} | {:.0} | {:.0} | {} | {} |",
            one.queued,
            one.runs,
            ends.at(0),
            ends.at(ends.0.len() / 2),
            ends.last(),
            ends.rate(one.delivered),
            one.missing,
            one.twice,
        );
    }
    let dead = &measured.beside;
    let (least, most) = (dead.tried.iter().min(), dead.tried.iter().max());
    let _ = write!(
        text,
        "\nOf the {} messages to dead webhooks {} wait for their next attempt. Each of the dead was tried meanwhile, {} to {} times.",
        dead.tried.len() * MESSAGES,
        dead.waiting,
        least.copied().unwrap_or_default(),
        most.copied().unwrap_or_default(),
    );
    text
}

/// Seconds, the least first.
struct Ends(Vec<f64>);

impl Ends {
    fn of(drained: &Drained) -> Self {
        let mut ends: Vec<f64> = drained.ends.iter().map(|end| end / 1000.0).collect();
        ends.sort_by(f64::total_cmp);
        Self(ends)
    }

    fn at(&self, place: usize) -> f64 {
        self.0.get(place).copied().unwrap_or_default()
    }

    fn last(&self) -> f64 {
        self.at(self.0.len().saturating_sub(1))
    }

    #[expect(clippy::cast_precision_loss, reason = "small")]
    fn rate(&self, delivered: usize) -> f64 {
        delivered as f64 / self.last().max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drained(ends: &[f64], tried: &[usize]) -> Drained {
        Drained {
            queued: 10_000,
            runs: 4,
            ends: ends.to_vec(),
            twice: 1,
            missing: 2,
            delivered: 8_000,
            waiting: 2_000,
            tried: tried.to_vec(),
        }
    }

    #[test]
    fn those_that_answer_are_told_of_beside_the_same_without_dead_ones() {
        let without = drained(&[200_000.0, 100_000.0, 150_000.0], &[]);
        let text = report(&Measured { without, beside: drained(&[160_000.0, 90_000.0, 250_000.0], &[7, 31]) });
        assert!(text.contains("| 40 | 10000 | 4 | 100 | 150 | 200 | 40 | 2 | 1 |"), "{text}");
        assert!(text.contains("| 40, and 10 dead | 10000 | 4 | 90 | 160 | 250 | 32 | 2 | 1 |"), "{text}");
        assert!(
            text.ends_with("2000 wait for their next attempt. Each of the dead was tried meanwhile, 7 to 31 times."),
            "{text}"
        );
    }
}
