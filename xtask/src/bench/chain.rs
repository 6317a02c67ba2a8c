//! Verifying an audit log in the browser: how long it takes, and whether the page can be used meanwhile.

use std::time::Duration;

use serde::Deserialize;

use super::{data::RECORDS, measure::Side, report::machine};
use crate::{
    failure::{Failure, Result},
    npm, paths,
    process::Task,
    progress::Step,
    test::chromium,
};

const SCRIPT: &str = "bench/audit_log.mjs";
/// Milliseconds that nothing may take while the page is used.
const BOUND: f64 = 50.0;

/// What was measured, a figure each round.
#[derive(Deserialize)]
struct Measured {
    /// Seconds from the press to the result.
    seconds: Vec<f64>,
    /// The longest task by the clock; 0 when none was longer than 50 ms, since browsers tell of those only.
    longest: Vec<f64>,
    /// The processor time that the busiest task took, in which other programs have no part.
    busiest: Vec<f64>,
}

/// Seals the log, then verifies it, `rounds` times.
pub fn measure(side: &Side, rounds: usize) -> Result<String> {
    let chromium =
        chromium()?.ok_or_else(|| Failure::Failed("The page is measured in Chromium: install it.".to_owned()))?;
    let printed = paths::notes()?.join("bench").join("audit_log.json");
    let task = Task::new(npm::node()?, paths::log("bench-audit")?)
        .args([paths::root().join(SCRIPT)])
        .env("ORIGIN", format!("http://localhost:{}", side.port))
        .env("KEY", side.person.expose())
        .env("ROUNDS", rounds.to_string())
        .env("RECORDS", RECORDS.to_string())
        .env("CHROMIUM", chromium)
        .stdout(printed.clone())
        .limit(Duration::from_secs(1800));
    let mut step = Step::begin(&format!("Verifying {RECORDS} records"), None);
    let code = task.run(|| step.tick());
    step.done();
    if code? != 0 {
        let tail = crate::process::tail(task.log(), 20);
        return Err(Failure::Failed(format!("{SCRIPT} failed:\n\n{tail}")));
    }
    let text = std::fs::read_to_string(&printed).map_err(Failure::while_trying("read what was measured"))?;
    let measured: Measured =
        serde_json::from_str(&text).map_err(Failure::while_trying("understand what was measured"))?;
    Ok(report(&measured, rounds))
}

fn report(measured: &Measured, rounds: usize) -> String {
    let long = measured.longest.iter().filter(|longest| **longest > BOUND).count();
    let worst = match long {
        0 => "none".to_owned(),
        rounds => format!("in {rounds} of the rounds, the longest of {:.0} ms", most(&measured.longest)),
    };
    format!(
        "{}, {rounds} rounds, through `wrangler dev`.\n\n\
         | {RECORDS} records | median | most |\n|---|--:|--:|\n\
         | from the press to the result, s | {:.1} | {:.1} |\n\
         | longest task, ms of processor time | {:.0} | {:.0} |\n\n\
         Tasks of more than {BOUND} ms by the clock: {worst}.",
        machine(),
        median(&measured.seconds),
        most(&measured.seconds),
        median(&measured.busiest),
        most(&measured.busiest),
    )
}

fn most(figures: &[f64]) -> f64 {
    figures.iter().copied().fold(0.0, f64::max)
}

fn median(figures: &[f64]) -> f64 {
    let mut figures = figures.to_vec();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_tasks_are_told_of() {
        let with = |longest: f64| {
            let measured =
                Measured { seconds: vec![4.0, 5.0, 9.0], longest: vec![0.0, longest], busiest: vec![20.0, 30.0, 40.0] };
            report(&measured, 3)
        };
        assert!(with(0.0).ends_with("by the clock: none."));
        assert!(with(64.0).ends_with("by the clock: in 1 of the rounds, the longest of 64 ms."));
        assert!(with(0.0).contains("| from the press to the result, s | 5.0 | 9.0 |"));
    }
}
