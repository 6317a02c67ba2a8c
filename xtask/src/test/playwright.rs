//! The Playwright suites of `e2e/`. They start their own Workers, each with its own state and port.

use std::{collections::BTreeSet, fs, path::PathBuf, time::Duration};

use serde_json::Value;

use super::{browsers, reference, report::Report};
use crate::{
    failure::{Failure, Result},
    npm, paths,
    process::{self, Task},
    progress::{self, Step},
    tools::Toolbox,
};

const CONFIG: &str = "e2e/playwright.config.ts";

/// Where this program lies, for another one to start. `cargo test` may have put the same program there anew, which Linux then
/// tells of the old one's path; `/proc/self/exe` would mean the other program itself. Empty: let it ask cargo.
fn ourselves() -> PathBuf {
    let path = std::env::current_exe().unwrap_or_default();
    let shown = path.to_string_lossy();
    let path = PathBuf::from(shown.strip_suffix(" (deleted)").unwrap_or(&shown));
    if path.is_file() { path } else { PathBuf::new() }
}

/// Runs them all and counts them one by one.
pub fn run(report: &mut Report, tools: Option<&Toolbox>) -> Result<()> {
    let tools = tools.ok_or_else(|| Failure::Failed("The tools are missing.".to_owned()))?;
    if !paths::root().join(CONFIG).is_file() {
        return Err(Failure::Failed(format!("There is no {CONFIG}.")));
    }
    let Some(chromium) = browsers::chromium()? else {
        report.skipped(
            "browser",
            "no Chromium was found or could be installed; install one, or name it in the variable CHROMIUM",
        );
        return Ok(());
    };
    // Without it they all run in the whole one.
    let shell = browsers::chromium_shell()?.unwrap_or_else(|| chromium.clone());
    let firefox = browsers::firefox()?.unwrap_or_default();
    let (nginx, caddy) = (browsers::tool("nginx")?.unwrap_or_default(), browsers::tool("caddy")?.unwrap_or_default());
    let results = paths::notes()?.join("playwright.json");
    let _ = fs::remove_file(&results);
    let myself = ourselves();
    let task = Task::new(npm::node()?, paths::log("test-browser")?)
        .args([paths::root().join("node_modules/@playwright/test/cli.js")])
        .args(["test", "--config", CONFIG, "--retries=0", "--reporter=line,json"])
        .env("PLAYWRIGHT_JSON_OUTPUT_FILE", &results)
        .env("CHROMIUM", chromium)
        .env("CHROMIUM_SHELL", shell)
        // Empty when there is none: their tests then skip themselves.
        .env("FIREFOX", firefox)
        .env("NGINX", nginx)
        .env("CADDY", caddy)
        .env("XTASK", myself)
        .env("PATH", tools.path())
        .limit(Duration::from_secs(2700));
    let mut step = Step::begin("Browser tests", Some(progress::estimate(300)));
    step.watch(task.log().to_owned());
    let code = task.run(|| step.tick());
    step.done();
    let code = code?;
    let text = fs::read_to_string(&results).unwrap_or_default();
    let outcome = serde_json::from_str(&text).ok().map(|json: Value| Outcome::of(&json)).unwrap_or_default();
    report.passed_many(outcome.passed);
    reference::check(report, &outcome.names)?;
    for (name, why) in &outcome.failed {
        report.failed(name, why);
    }
    for (name, why) in &outcome.skipped {
        report.skipped(name, why);
    }
    if outcome.failed.is_empty() && (code != 0 || outcome.passed == 0) {
        let tail = process::tail(task.log(), 40);
        return Err(Failure::Failed(format!("Playwright ended with exit code {code}:\n\n{tail}")));
    }
    Ok(())
}

/// Playwright's JSON report, counted.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    passed: u64,
    /// Of what passed.
    names: BTreeSet<String>,
    failed: Vec<(String, String)>,
    skipped: Vec<(String, String)>,
}

impl Outcome {
    fn of(json: &Value) -> Self {
        let mut outcome = Self::default();
        for error in list(json, "errors") {
            outcome.failed.push(("browser".to_owned(), message(error)));
        }
        for suite in list(json, "suites") {
            outcome.add(suite, "");
        }
        outcome
    }

    fn add(&mut self, suite: &Value, above: &str) {
        let name = joined(above, text(suite, "title"));
        for suite in list(suite, "suites") {
            self.add(suite, &name);
        }
        for spec in list(suite, "specs") {
            let name = joined(&name, text(spec, "title"));
            for test in list(spec, "tests") {
                match text(test, "status") {
                    "expected" => {
                        self.passed += 1;
                        self.names.insert(name.clone());
                    }
                    "skipped" => self.skipped.push((name.clone(), reason(test))),
                    // "unexpected"; "flaky" cannot be, without retries, and would be no success either.
                    _ => {
                        let results = list(test, "results");
                        let error = results.iter().flat_map(|result| list(result, "errors")).next();
                        self.failed.push((name.clone(), error.map(message).unwrap_or_default()));
                    }
                }
            }
        }
    }
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn joined(above: &str, name: &str) -> String {
    if above.is_empty() { name.to_owned() } else { format!("{above} › {name}") }
}

/// Why a test was skipped: in its own words, if it has any.
fn reason(test: &Value) -> String {
    let said = list(test, "annotations").iter().map(|note| text(note, "description")).find(|said| !said.is_empty());
    said.unwrap_or("did not run").to_owned()
}

/// The first lines of an error, without the colours that Playwright puts in whatever one asks.
fn message(error: &Value) -> String {
    let mut plain = String::new();
    let mut characters = text(error, "message").chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            let _ = characters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(character);
        }
    }
    plain.lines().take(15).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn specs_at_every_depth_are_counted_and_named() {
        let test =
            |status: &str| json!({"status": status, "results": [{"errors": [{"message": "\u{1b}[31mno\u{1b}[0m"}]}]});
        let skipped = json!({"status": "skipped", "annotations": [{"type": "skip", "description": "no Firefox"}]});
        let report = json!({"errors": [], "suites": [{"title": "a.spec.ts",
            "specs": [{"title": "one", "tests": [test("expected"), skipped]}],
            "suites": [{"title": "inner", "specs": [{"title": "two", "tests": [test("unexpected")]}]}]}]});
        let outcome = Outcome::of(&report);
        assert_eq!(outcome.passed, 1);
        assert_eq!(outcome.skipped, [("a.spec.ts › one".to_owned(), "no Firefox".to_owned())]);
        assert_eq!(outcome.failed, [("a.spec.ts › inner › two".to_owned(), "no".to_owned())]);
    }

    #[test]
    fn a_report_of_errors_alone_is_a_failure() {
        let outcome = Outcome::of(&json!({"errors": [{"message": "no such file"}], "suites": []}));
        assert_eq!(outcome.failed.len(), 1);
    }
}
