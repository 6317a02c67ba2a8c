//! How long a revoked key goes on being `VALID`: see bench/revocation.mjs.

use std::{collections::BTreeMap, fmt::Write, fs, time::Duration};

use claviger_core::{freshness::S, secret::Secret};
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

const SCRIPT: &str = "bench/revocation.mjs";
const REVOKES: usize = 200;
/// Milliseconds: between two questions to an isolate about a key, before its revoke, and after it.
const PAUSE: i64 = 50;
const BEFORE: i64 = 500;
const AFTER: i64 = S + 1_500;
/// Milliseconds that the last `VALID` must stay under.
#[expect(clippy::cast_precision_loss, reason = "small")]
const BOUND: f64 = S as f64;
/// Milliseconds that a line of the histogram stands for.
const STEP: u32 = 500;
/// The longest bar.
const WIDTH: usize = 40;

/// What was measured.
#[derive(Deserialize)]
struct Measured {
    /// Of each revoke, for each isolate: when the last question that was answered `VALID` was sent, in milliseconds after the
    /// revoke was answered.
    lags: Vec<[f64; 2]>,
    answers: usize,
    degraded: usize,
    /// Answers that were neither `VALID` nor `REVOKED`.
    others: BTreeMap<String, usize>,
}

/// Measures, and answers the tables.
pub fn measure() -> Result<String> {
    npm::ensure()?;
    let notes = paths::created(paths::notes()?.join("bench"))?;
    let (keys, verifier, admin) = (notes.join("revocation.keys"), mint()?, mint()?);
    let others: [(&Secret, _, _); 2] =
        [(&verifier, "verifier", "read_only"), (&admin, "organization_admin", "read_write")];
    let state = state(&notes.join("revocation"), &keys, REVOKES, &others)?;
    let printed = notes.join("revocation.json");
    Task::new(npm::node()?, paths::log("bench-revocation")?)
        .args(["--no-warnings"])
        .args([paths::root().join(SCRIPT)])
        .env("STATE", &state.folder)
        .env("VERIFIER", verifier.expose())
        .env("ADMIN", admin.expose())
        .env("KEYS", &keys)
        .env("PAUSE", PAUSE.to_string())
        .env("BEFORE", BEFORE.to_string())
        .env("AFTER", AFTER.to_string())
        .env("OUT", &printed)
        .limit(Duration::from_secs(600))
        .step(&format!("Revoking {REVOKES} keys"), Some(Duration::from_secs(115)))?;
    let text = fs::read_to_string(&printed).map_err(Failure::while_trying("read what was measured"))?;
    let measured: Measured =
        serde_json::from_str(&text).map_err(Failure::while_trying("understand what was measured"))?;
    Ok(report(&measured))
}

fn report(measured: &Measured) -> String {
    let later = Lags::of(measured.lags.iter().map(|[one, other]| one.max(*other)));
    let each = Lags::of(measured.lags.iter().flatten().copied());
    let mut text = format!(
        "{}; {} revokes over the management API, half of them by each isolate. Figures: when the last request that was answered \
         `VALID` was sent, in ms after the revoke was answered.\n\n\
         | last VALID | n | median | 90 % | 99 % | most | bound |\n\
         |---|--:|--:|--:|--:|--:|---|\n",
        machine(),
        measured.lags.len()
    );
    for (what, lags) in [("of either isolate", &later), ("of each by itself", &each)] {
        let most = lags.quantile(1.0);
        let kept = if most < BOUND { "kept" } else { "**missed**" };
        let _ = writeln!(
            text,
            "| {what} | {} | {:.0} | {:.0} | {:.0} | {most:.0} | < {S} {kept} |",
            lags.0.len(),
            lags.quantile(0.5),
            lags.quantile(0.9),
            lags.quantile(0.99),
        );
    }
    let _ = write!(text, "\n| s after the revoke | revokes, by the last VALID of either isolate | |\n|---|--:|---|\n");
    let lines = later.histogram();
    let highest = lines.iter().map(|(_, count)| *count).max().unwrap_or_default().max(1);
    for (from, count) in &lines {
        let seconds = |millis: u32| f64::from(millis) / 1000.0;
        let bar = "█".repeat((count * WIDTH).div_ceil(highest));
        let _ = match from {
            None => writeln!(text, "| before | {count} | {bar} |"),
            Some(from) => {
                writeln!(text, "| {:.1}–{:.1} | {count} | {bar} |", seconds(*from), seconds(from + STEP))
            }
        };
    }
    let _ = write!(text, "\nOf {} answers {} were degraded, and ", measured.answers, measured.degraded);
    let others: Vec<String> = measured.others.iter().map(|(code, count)| format!("{count} `{code}`")).collect();
    let _ = match others.as_slice() {
        [] => write!(text, "all were `VALID` or `REVOKED`."),
        others => write!(text, "these were neither `VALID` nor `REVOKED`: {}.", others.join(", ")),
    };
    text
}

/// Milliseconds, the least first.
struct Lags(Vec<f64>);

impl Lags {
    fn of(lags: impl Iterator<Item = f64>) -> Self {
        let mut lags: Vec<f64> = lags.collect();
        lags.sort_by(f64::total_cmp);
        Self(lags)
    }

    /// What `share` of them are at most: one of them, and none in between.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "small")]
    fn quantile(&self, share: f64) -> f64 {
        let rank = (self.0.len() as f64 * share).ceil() as usize;
        self.0.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }

    /// How many are before the revoke's answer (`None`), and in each step after it: up to the bound, or the last if that is later.
    fn histogram(&self) -> Vec<(Option<u32>, usize)> {
        let count = |from: f64, to: f64| self.0.iter().filter(|lag| (from..to).contains(lag)).count();
        let shown = |from: &u32| f64::from(*from) < BOUND || f64::from(*from) <= self.quantile(1.0);
        let steps = (0..).map(|step| step * STEP).take_while(shown);
        let lines = steps.map(|from| (Some(from), count(from.into(), (from + STEP).into())));
        std::iter::once((None, count(f64::NEG_INFINITY, 0.0))).chain(lines).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(lags: Vec<[f64; 2]>) -> Measured {
        Measured { lags, answers: 12, degraded: 0, others: BTreeMap::new() }
    }

    #[test]
    fn the_later_isolate_counts_and_the_most_is_held_against_the_bound() {
        let text = report(&measured(vec![[-3.0, -20.0], [10.0, 900.0], [499.9, 0.0], [2500.0, 4999.0]]));
        assert!(text.contains("| of either isolate | 4 | 500 | 4999 | 4999 | 4999 | < 5000 kept |"), "{text}");
        assert!(text.contains("| of each by itself | 8 | 10 | 4999 | 4999 | 4999 | < 5000 kept |"), "{text}");
        assert!(text.contains(&format!("| before | 1 | {} |", "█".repeat(WIDTH))), "{text}");
        assert!(text.contains("| 0.0–0.5 | 1 | █") && text.contains("| 1.0–1.5 | 0 |  |"), "{text}");
        assert!(text.contains("| 4.5–5.0 | 1 | █") && !text.contains("| 5.0–5.5 |"), "{text}");
        assert!(text.ends_with("Of 12 answers 0 were degraded, and all were `VALID` or `REVOKED`."), "{text}");
    }

    #[test]
    fn what_comes_too_late_and_what_is_no_answer_is_told() {
        let others = BTreeMap::from([("unavailable".to_owned(), 3)]);
        let text = report(&Measured { others, ..measured(vec![[5_000.0, 0.0], [1.0, 5_600.0]]) });
        assert!(text.contains("| of either isolate | 2 | 5000 | 5600 | 5600 | 5600 | < 5000 **missed** |"), "{text}");
        assert!(text.contains("| 5.5–6.0 | 1 | █"), "{text}");
        assert!(text.ends_with("these were neither `VALID` nor `REVOKED`: 3 `unavailable`."), "{text}");
    }
}
