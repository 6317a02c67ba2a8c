//! The Keys page in a browser: long tasks while it loads, filters and scrolls, and how soon rows show once their data is there.

use std::{fmt::Write, time::Duration};

use serde::Deserialize;

use super::{measure::Side, report::machine};
use crate::{
    failure::{Failure, Result},
    npm, paths,
    process::Task,
    progress::Step,
    test::chromium,
};

const SCRIPT: &str = "bench/keys_page.mjs";
/// Milliseconds that nothing may take while the page is used, and that rows may take to show.
const BOUNDS: (f64, f64) = (50.0, 300.0);

/// What was measured of one phase, a figure each round.
#[derive(Deserialize)]
pub struct Phase {
    phase: String,
    /// From the data's arrival until its rows were painted; none where no rows come.
    shown: Vec<Option<f64>>,
    /// The longest task; 0 when none was longer than 50 ms, since browsers tell of those only.
    longest: Vec<f64>,
    /// The processor time that the busiest task took, in which other programs have no part.
    busiest: Vec<f64>,
}

/// Measures, with nothing cached, `rounds` times.
pub fn measure(side: &Side, rounds: usize) -> Result<Vec<Phase>> {
    let chromium =
        chromium()?.ok_or_else(|| Failure::Failed("The page is measured in Chromium: install it.".to_owned()))?;
    let printed = paths::notes()?.join("bench").join("keys_page.json");
    let task = Task::new(npm::node()?, paths::log("bench-page")?)
        .args([paths::root().join(SCRIPT)])
        .env("ORIGIN", format!("http://localhost:{}", side.port))
        .env("KEY", side.person.expose())
        .env("ROUNDS", rounds.to_string())
        .env("CHROMIUM", chromium)
        .stdout(printed.clone())
        .limit(Duration::from_secs(1800));
    let mut step = Step::begin(&format!("Using the Keys page over {} keys", side.count), None);
    let code = task.run(|| step.tick());
    step.done();
    if code? != 0 {
        let tail = crate::process::tail(task.log(), 20);
        return Err(Failure::Failed(format!("{SCRIPT} failed:\n\n{tail}")));
    }
    let text = std::fs::read_to_string(&printed).map_err(Failure::while_trying("read what was measured"))?;
    serde_json::from_str(&text).map_err(Failure::while_trying("understand what was measured"))
}

/// The table, for few keys and for many.
pub fn report(few: &[Phase], many: &[Phase], (least, most): (u32, u32), rounds: usize) -> String {
    let mut text = format!(
        "{}, {rounds} rounds, each with nothing cached. Shown: from the end of the list's response until its rows were \
         painted, median (and most) in ms. Longest task: the processor time that it took on the page's main thread, likewise. Long \
         tasks: rounds with one of more than 50 ms by the clock, and the longest of all.\n\n\
         | phase | shown: {least} | {most} | longest task: {least} | {most} | long tasks: {least} | {most} |\n\
         |---|--:|--:|--:|--:|--:|--:|\n",
        machine()
    );
    for (few, many) in few.iter().zip(many) {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            few.phase,
            told(&few.shown()),
            told(&many.shown()),
            told(&few.busiest),
            told(&many.busiest),
            long_tasks(few),
            long_tasks(many)
        );
    }
    let late = many.iter().filter(|phase| median(&phase.shown()).is_some_and(|shown| shown > BOUNDS.1));
    let long = many.iter().filter(|phase| median(&phase.busiest).is_some_and(|busiest| busiest > BOUNDS.0));
    let list = |phases: Vec<&str>| if phases.is_empty() { "none".to_owned() } else { phases.join(", ") };
    let _ = write!(
        text,
        "\nWith {most} keys, rows later than {} ms in the median: {}; a task of more than {} ms of processor time in half of the rounds: {}.",
        BOUNDS.1,
        list(late.map(|phase| phase.phase.as_str()).collect()),
        BOUNDS.0,
        list(long.map(|phase| phase.phase.as_str()).collect()),
    );
    text
}

impl Phase {
    fn shown(&self) -> Vec<f64> {
        self.shown.iter().copied().flatten().collect()
    }
}

fn told(times: &[f64]) -> String {
    median(times).map_or_else(|| "–".to_owned(), |median| format!("{median:.0} ({:.0})", most(times)))
}

fn long_tasks(phase: &Phase) -> String {
    let rounds = phase.longest.iter().filter(|longest| **longest > BOUNDS.0).count();
    if rounds == 0 { "0".to_owned() } else { format!("{rounds} ({:.0})", most(&phase.longest)) }
}

fn most(times: &[f64]) -> f64 {
    times.iter().copied().fold(0.0, f64::max)
}

fn median(times: &[f64]) -> Option<f64> {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_medians_and_names_what_misses_its_bound() {
        let phases = |shown: f64, longest: f64| -> Vec<Phase> {
            let shown = [Some(10.0), Some(shown), Some(shown)];
            vec![
                Phase {
                    phase: "load".to_owned(),
                    shown: shown.to_vec(),
                    longest: vec![0.0, longest, longest],
                    busiest: vec![9.0, 12.0, longest],
                },
                Phase { phase: "scroll".to_owned(), shown: vec![None], longest: vec![0.0], busiest: vec![8.0] },
            ]
        };
        let text = report(&phases(20.0, 0.0), &phases(301.0, 64.0), (100, 100_000), 3);
        assert!(text.contains("| load | 20 (20) | 301 (301) | 9 (12) | 12 (64) | 0 | 2 (64) |"), "{text}");
        assert!(text.contains("| scroll | – | – | 8 (8) | 8 (8) | 0 | 0 |"));
        assert!(text.ends_with(
            "300 ms in the median: load; a task of more than 50 ms of processor time in half of the rounds: none."
        ));
    }
}
