//! One call of wrangler, with what to do when it fails.

use std::{ffi::OsString, path::Path, time::Duration};

use crate::{
    failure::{Failure, Result},
    paths,
    process::{self, Task},
    progress, wrangler,
};

const LIMIT: Duration = Duration::from_secs(600);

/// A named step.
pub struct Step {
    name: &'static str,
    label: &'static str,
    advice: &'static str,
    environment: Vec<(&'static str, OsString)>,
}

/// How a call ended.
pub struct Outcome {
    /// wrangler's exit code.
    pub code: i32,
    /// What it printed on standard output.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
}

impl Step {
    /// A step called `name`, shown as `label`; `advice` is what to do when it fails.
    pub fn new(name: &'static str, label: &'static str, advice: &'static str) -> Self {
        Self { name, label, advice, environment: Vec::new() }
    }

    /// Sets an environment variable for the call.
    pub fn env(mut self, name: &'static str, value: &Path) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    /// Calls wrangler and answers its standard output; any exit code but 0 is this step's failure.
    pub fn run<'a>(self, arguments: impl IntoIterator<Item = &'a str>) -> Result<String> {
        let outcome = self.call(arguments)?;
        if outcome.code == 0 { Ok(outcome.stdout) } else { Err(self.failure(&outcome)) }
    }

    /// Calls wrangler and answers how it ended.
    pub fn call<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Result<Outcome> {
        let log = paths::log(&format!("deploy-{}", self.name))?;
        let stdout = log.with_extension("out");
        let mut task: Task = wrangler::task(log.clone())?.args(arguments).stdout(stdout.clone()).limit(LIMIT);
        for (name, value) in &self.environment {
            task = task.env(name, value);
        }
        let mut shown = progress::Step::begin(self.label, None);
        let code = task.run(|| shown.tick());
        match code {
            Ok(0) => shown.done(),
            _ => shown.failed(),
        }
        let (stdout, stderr) = (process::read_lossy(&stdout), process::read_lossy(&log));
        Ok(Outcome { code: code?, stdout, stderr })
    }

    /// This step's failure, with the end of what wrangler said.
    pub fn failure(&self, outcome: &Outcome) -> Failure {
        let said = format!("{}\n{}", outcome.stdout, outcome.stderr);
        let lines: Vec<&str> = said.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
        let from = lines.len().saturating_sub(20);
        let said = lines.get(from..).unwrap_or_default().join("\n    ");
        Failure::Failed(format!(
            "The step `{}` failed. {}\nwrangler ended with exit code {}:\n\n    {said}",
            self.name, self.advice, outcome.code
        ))
    }

    /// This step's failure when wrangler's answer makes no sense.
    pub fn unreadable(&self, what: &str) -> Failure {
        Failure::Failed(format!("The step `{}` failed. {}\nwrangler answered {what}.", self.name, self.advice))
    }
}
