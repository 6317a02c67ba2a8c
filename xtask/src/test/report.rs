//! What passed, failed and was skipped.

use std::time::Duration;

use crate::{
    failure::{Failure, Result},
    process::Task,
    progress,
};

/// The counts so far, and the names of what did not pass.
#[derive(Debug, Default)]
pub struct Report {
    passed: u64,
    failed: Vec<String>,
    skipped: Vec<String>,
}

impl Report {
    /// One more passed.
    pub fn passed(&mut self, _name: &str) {
        self.passed += 1;
    }

    /// `count` more passed.
    pub fn passed_many(&mut self, count: u64) {
        self.passed += count;
    }

    /// One more failed; says at once why, and names it again at the end.
    pub fn failed(&mut self, name: &str, why: &str) {
        progress::say(&format!("\nFAILED {name}: {why}\n"));
        self.failed.push(name.to_owned());
    }

    /// One more could not be run.
    pub fn skipped(&mut self, name: &str, why: &str) {
        self.skipped.push(format!("{name}: {why}"));
    }

    /// Runs `task`, which is one test.
    pub fn step(&mut self, name: &str, label: &str, estimate: Option<Duration>, task: &Task) -> Result<()> {
        match task.step(label, estimate) {
            Ok(()) => {
                self.passed(name);
                Ok(())
            }
            Err(Failure::Interrupted) => Err(Failure::Interrupted),
            Err(failure) => {
                self.failed(name, failure.to_string().trim());
                Ok(())
            }
        }
    }

    /// Prints the outcome; its last line is what CI reads.
    pub fn close(self, no_skip: bool) -> Result<()> {
        for name in &self.skipped {
            progress::say(&format!("SKIPPED {name}"));
        }
        for name in &self.failed {
            progress::say(&format!("FAILED {name}"));
        }
        if no_skip && !self.skipped.is_empty() {
            progress::say("With --no-skip a skipped test is a failure.");
        }
        progress::say(&self.line());
        let bad = !self.failed.is_empty() || self.passed == 0 || (no_skip && !self.skipped.is_empty());
        if bad { Err(Failure::Told) } else { Ok(()) }
    }

    fn line(&self) -> String {
        let skipped = match self.skipped.len() {
            0 => String::new(),
            count => format!(", {count} skipped"),
        };
        format!("{} passed, {} failed{skipped}", self.passed, self.failed.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_names_skips_only_when_there_are_any() {
        let mut report = Report::default();
        report.passed_many(41);
        report.passed("one");
        assert_eq!(report.line(), "42 passed, 0 failed");
        report.failed("two", "because");
        report.skipped("three", "no Firefox");
        assert_eq!(report.line(), "42 passed, 1 failed, 1 skipped");
    }

    #[test]
    fn failures_always_count_and_skips_when_asked() {
        let passed = || Report { passed: 1, ..Report::default() };
        let with_skip = || Report { skipped: vec!["x".to_owned()], ..passed() };
        assert!(passed().close(true).is_ok());
        assert!(with_skip().close(false).is_ok());
        assert!(with_skip().close(true).is_err());
        assert!(Report { failed: vec!["x".to_owned()], ..passed() }.close(false).is_err());
        assert!(Report::default().close(false).is_err(), "no test at all is no success");
    }
}
