//! Format, lints and native tests.

use std::time::Duration;

use super::report::Report;
use crate::{
    failure::{Failure, Result},
    paths,
    process::{self, Task},
    progress::{self, Step},
    tools,
};

const LIMIT: Duration = Duration::from_secs(2400);

fn cargo(name: &str) -> Result<Task> {
    Ok(Task::new("cargo", paths::log(&format!("test-{name}"))?).limit(LIMIT))
}

/// `cargo fmt --check`
pub fn fmt(report: &mut Report) -> Result<()> {
    tools::ensure_component("rustfmt", "fmt")?;
    let task = cargo("fmt")?.args(["fmt", "--all", "--check"]);
    report.step("fmt", "Checking the format", None, &task)
}

/// Lints of everything, tests included, as compiled for this machine.
pub fn clippy(report: &mut Report) -> Result<()> {
    tools::ensure_component("clippy", "clippy")?;
    let task = cargo("clippy")?.args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    report.step("clippy", "Linting, native", Some(progress::estimate(100)), &task)
}

/// Lints of what runs as WebAssembly, as compiled for that: other code is active there.
pub fn clippy_wasm(report: &mut Report) -> Result<()> {
    tools::ensure_component("clippy", "clippy")?;
    tools::ensure_target()?;
    let task = cargo("clippy-wasm")?
        .args(["clippy", "--package", "claviger-app", "--package", "claviger-worker"])
        .args(["--target", "wasm32-unknown-unknown", "--", "-D", "warnings"]);
    report.step("clippy-wasm", "Linting, wasm32", Some(progress::estimate(70)), &task)
}

/// `cargo test`, its tests counted one by one.
pub fn native(report: &mut Report) -> Result<()> {
    let task = cargo("native")?.args(["test", "--workspace", "--no-fail-fast"]);
    let mut step = Step::begin("Native tests", Some(progress::estimate(150)));
    step.watch(task.log().to_owned());
    let code = task.run(|| step.tick());
    step.done();
    let code = code?;
    let outcome = Outcome::of(&process::read_lossy(task.log()));
    report.passed_many(outcome.passed);
    for name in &outcome.ignored {
        report.skipped(name, "marked #[ignore]");
    }
    for name in &outcome.failed {
        report.failed(name, "see target/xtask-logs/test-native.log");
    }
    if code != 0 && outcome.failed.is_empty() {
        let tail = process::tail(task.log(), 30);
        return Err(Failure::Failed(format!("`{}` ended with exit code {code}:\n\n{tail}", task.shown())));
    }
    Ok(())
}

/// What `cargo test` printed, counted.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    passed: u64,
    failed: Vec<String>,
    ignored: Vec<String>,
}

impl Outcome {
    fn of(printed: &str) -> Self {
        let mut outcome = Self::default();
        let mut counted_failures = 0;
        for line in printed.lines() {
            if let Some(counts) = line.strip_prefix("test result: ") {
                let count = |what: &str| -> u64 {
                    let found = counts.split(['.', ';']).find_map(|part| part.trim().strip_suffix(what));
                    found.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
                };
                outcome.passed += count(" passed");
                counted_failures += count(" failed");
            } else if let Some((name, result)) = line.strip_prefix("test ").and_then(|rest| rest.rsplit_once(" ... ")) {
                match result.trim() {
                    "FAILED" => outcome.failed.push(name.to_owned()),
                    result if result.starts_with("ignored") => outcome.ignored.push(name.to_owned()),
                    _ => {}
                }
            }
        }
        // A test that prints right after its name tears the line apart; its failure still counts.
        while u64::try_from(outcome.failed.len()).is_ok_and(|named| named < counted_failures) {
            outcome.failed.push("a native test".to_owned());
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_are_summed_and_failures_named() {
        let printed = "running 3 tests\ntest a::b ... ok\ntest a::c ... FAILED\ntest d ... ignored, slow\n\
            test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
            running 0 tests\ntest result: ok. 20 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n";
        let expected = Outcome { passed: 21, failed: vec!["a::c".to_owned()], ignored: vec!["d".to_owned()] };
        assert_eq!(Outcome::of(printed), expected);
    }

    #[test]
    fn a_failure_without_a_readable_name_still_counts() {
        let printed = "test a ... noise\nFAILED\ntest result: FAILED. 0 passed; 2 failed; 0 ignored";
        assert_eq!(Outcome::of(printed).failed.len(), 2);
    }
}
