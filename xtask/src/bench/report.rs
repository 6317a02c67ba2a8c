//! The figures as a table, on the terminal and in docs/PERFORMANCE.md.

use std::{fmt::Write, fs};

use super::{
    data::{FEW, MANY},
    measure::Cost,
    requests::Request,
};
use crate::{
    failure::{Failure, Result},
    paths, process,
};

/// Most rows read, and most time, of what few keys cost.
const BOUND: (f64, f64) = (2.0, 1.5);
const END: &str = "<!-- End of what it writes. -->";

/// The table, and what it says in all.
pub fn of(requests: &[Request], costs: &[[Cost; 3]], rounds: usize) -> String {
    let mut text = format!(
        "{}, {rounds} requests for each figure. Rows: read by D1 for the whole request, the caller's own key included. Times: \
         median (and 90 %) in ms, through `wrangler dev`. Noise: the median of {FEW} keys, measured twice.\n\n\
         | request | keys | rows: {FEW} | {MANY} | ratio | ms: {FEW} | {MANY} | ratio | noise |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
        machine()
    );
    let (mut kept, mut missed) = (0, Vec::new());
    for (bounded, heading) in [(true, None), (false, Some("*without a bound*"))] {
        if let Some(heading) = heading {
            let _ = writeln!(text, "| {heading} |||||||||");
        }
        for (request, [least, most, again]) in
            requests.iter().zip(costs).filter(|(request, _)| request.bounded == bounded)
        {
            let rows = ratio(most.rows_read, least.rows_read);
            let time = most.median() / least.median();
            let fits = rows <= BOUND.0 && time <= BOUND.1;
            let keys =
                if least.keys == most.keys { least.keys.to_string() } else { format!("{}, {}", least.keys, most.keys) };
            let mark = if bounded && !fits { " **!**" } else { "" };
            let _ = writeln!(
                text,
                "| `{}`{mark} | {keys} | {} | {} | {rows:.2} | {} | {} | {time:.2} | {:.2} |",
                request.label,
                least.rows_read,
                most.rows_read,
                times(least),
                times(most),
                again.median() / least.median(),
            );
            if bounded && fits {
                kept += 1;
            } else if bounded {
                missed.push(request.label.as_str());
            }
        }
    }
    let _ = write!(text, "\nAt most {}× the rows and {}× the time: kept by {kept}", BOUND.0, BOUND.1);
    let _ = match missed.as_slice() {
        [] => write!(text, ", missed by none."),
        missed => write!(text, ", missed by {}: `{}`.", missed.len(), missed.join("`, `")),
    };
    text
}

fn times(cost: &Cost) -> String {
    format!("{:.1} ({:.1})", cost.median(), cost.quantile(0.9))
}

#[expect(clippy::cast_precision_loss, reason = "rows of one request")]
fn ratio(most: u64, least: u64) -> f64 {
    most as f64 / least.max(1) as f64
}

/// What it was measured on, and what else that was doing.
pub fn machine() -> String {
    let processor = process::read_lossy("/proc/cpuinfo".as_ref());
    let model = processor.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("an unknown processor");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = process::read_lossy("/proc/loadavg".as_ref());
    let load = load.split(' ').next().map_or(String::new(), |load| format!(", load {load} at the end"));
    format!("{} ({cores} cores{load})", model.trim_start_matches([' ', '\t', ':']))
}

/// Puts the figures about `what` into docs/PERFORMANCE.md.
pub fn write(what: &str, report: &str) -> Result<()> {
    let begin = format!("<!-- Written by `cargo xtask bench --only {what} --write`. -->");
    let file = paths::root().join("docs/PERFORMANCE.md");
    let text = fs::read_to_string(&file).map_err(Failure::while_trying("read docs/PERFORMANCE.md"))?;
    let parts = text.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) =
        parts.ok_or_else(|| Failure::Failed("docs/PERFORMANCE.md lacks the marks of where figures go.".to_owned()))?;
    let text = format!("{before}{begin}\n\n{report}\n\n{END}{after}");
    fs::write(&file, text).map_err(Failure::while_trying("write docs/PERFORMANCE.md"))
}
