//! `cargo xtask test`: everything that has to hold, in one command that CI calls too.

mod browsers;
mod bytes;
mod cargo;
mod contract;
mod database;
mod playwright;
mod reference;
mod report;

use std::{
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::{
    args::{Arguments, Known},
    clock, compile,
    failure::{Failure, Result},
    npm, paths,
    process::{self, Task},
    progress,
    tools::{self, Toolbox},
};
pub use browsers::{chromium, tool};
use report::Report;

const HELP: &str = "\
cargo xtask test [--no-skip] [--only SUITE…]

Runs every suite and ends with one line: `N passed, N failed`, with `, N skipped` when an outside program is missing.

  --no-skip      a skipped test is a failure
  --only SUITE…  only these: fmt clippy clippy-wasm native build bytes types database contract deploy browser";

/// A suite: its name, whether it needs the release build, and what it does.
struct Suite {
    name: &'static str,
    needs_build: bool,
    run: fn(&mut Report, Option<&Toolbox>) -> Result<()>,
}

/// From the quickest complaint to the slowest.
const SUITES: &[Suite] = &[
    Suite { name: "fmt", needs_build: false, run: |report, _| cargo::fmt(report) },
    Suite { name: "clippy", needs_build: false, run: |report, _| cargo::clippy(report) },
    Suite { name: "clippy-wasm", needs_build: false, run: |report, _| cargo::clippy_wasm(report) },
    Suite { name: "native", needs_build: false, run: |report, _| cargo::native(report) },
    Suite {
        name: "build",
        needs_build: true,
        run: |report, _| {
            report.passed("build");
            Ok(())
        },
    },
    Suite { name: "bytes", needs_build: true, run: |report, _| bytes::run(report) },
    Suite { name: "types", needs_build: false, run: types },
    Suite { name: "database", needs_build: false, run: |report, _| database::run(report) },
    Suite { name: "contract", needs_build: true, run: |report, _| contract::run(report) },
    Suite { name: "deploy", needs_build: true, run: |report, _| deploy(report) },
    Suite { name: "browser", needs_build: true, run: |report, tools| playwright::run(report, tools) },
];

/// Runs the command.
pub fn main(given: &[String]) -> Result<()> {
    let arguments = Arguments::parse(given, &[Known::Flag("--no-skip"), Known::Values("--only")], HELP)?;
    let only = arguments.values("--only");
    if let Some(unknown) = only.iter().find(|name| !SUITES.iter().any(|suite| suite.name == **name)) {
        return Err(Failure::Usage(format!("There is no suite `{unknown}`.\n\n{HELP}")));
    }
    let started = clock::now();
    let mut report = Report::default();
    let suites: Vec<&Suite> = SUITES.iter().filter(|suite| only.is_empty() || only.contains(&suite.name)).collect();
    let mut building = suites.iter().any(|suite| suite.needs_build).then(build_beside).transpose()?;
    let mut built: Option<std::result::Result<Toolbox, ()>> = None;
    for suite in suites {
        if suite.needs_build
            && let Some(building) = building.take()
        {
            built = Some(finished(building, &mut report)?);
        }
        match &built {
            Some(Err(())) if suite.needs_build && suite.name == "build" => {}
            Some(Err(())) if suite.needs_build => report.failed(suite.name, "needs the release build, which failed"),
            other => {
                let tools = other.as_ref().and_then(|built| built.as_ref().ok());
                absorb(&mut report, suite.name, |report| (suite.run)(report, tools))?;
            }
        }
    }
    progress::say(&format!("\nAll of it took {}.", progress::human(started.elapsed())));
    report.close(arguments.has("--no-skip"))
}

/// A suite that breaks off counts as one failure; only Ctrl-C ends the others too.
fn absorb(report: &mut Report, name: &str, run: impl FnOnce(&mut Report) -> Result<()>) -> Result<()> {
    match run(report) {
        Err(Failure::Interrupted) => Err(Failure::Interrupted),
        Err(failure) => {
            report.failed(name, failure.to_string().trim());
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// Builds for release while the suites run that need none of it: the ends of these builds keep one core busy, and cargo's
/// locks are per profile, so neither waits for the other.
fn build_beside() -> Result<JoinHandle<Result<Toolbox>>> {
    // The lints want the target too, and rustup does not like to be asked twice at once.
    tools::ensure_target()?;
    let build = || {
        let tools = tools::ensure()?;
        compile::ensure(&tools)?;
        compile::ensure_lab(&tools)?;
        Ok(tools)
    };
    Ok(thread::spawn(move || progress::in_plain_lines(build)))
}

fn finished(building: JoinHandle<Result<Toolbox>>, report: &mut Report) -> Result<std::result::Result<Toolbox, ()>> {
    let outcome = building.join().unwrap_or_else(|_| Err(Failure::Failed("The build panicked.".to_owned())));
    match outcome {
        Ok(tools) => Ok(Ok(tools)),
        Err(Failure::Interrupted) => Err(Failure::Interrupted),
        Err(failure) => {
            report.failed("build", failure.to_string().trim());
            Ok(Err(()))
        }
    }
}

/// The browser tests' TypeScript, which Playwright runs without checking it.
fn types(report: &mut Report, _: Option<&Toolbox>) -> Result<()> {
    if !paths::root().join("e2e/tsconfig.json").is_file() {
        return Ok(());
    }
    npm::ensure()?;
    let compiler = paths::root().join("node_modules/typescript/bin/tsc");
    let task = Task::new(npm::node()?, paths::log("test-types")?)
        .args([compiler])
        .args(["--noEmit", "--project", "e2e/tsconfig.json"])
        .limit(Duration::from_secs(300));
    report.step("types", "Type-checking e2e/", None, &task)
}

/// The whole of `xtask deploy --dry-run`, wrangler's bundling included.
fn deploy(report: &mut Report) -> Result<()> {
    let myself = process::myself()?;
    let task =
        Task::new(myself, paths::log("test-deploy")?).args(["deploy", "--dry-run"]).limit(Duration::from_secs(600));
    report.step("deploy", "Rehearsing `cargo xtask deploy`", None, &task)
}
