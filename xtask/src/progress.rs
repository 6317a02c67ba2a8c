//! Says what is going on and for how long.
//!
//! On a terminal: one line that is redrawn. Elsewhere (CI), and for what runs beside something else: a line at the start, one
//! every 30 seconds, one at the end.

use std::{
    cell::Cell,
    io::{IsTerminal, Write},
    path::PathBuf,
    time::{Duration, Instant},
};

use crate::{clock, process};

const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const BAR: usize = 16;
const PLAIN_EVERY: Duration = Duration::from_secs(30);

thread_local! {
    static PLAIN: Cell<bool> = const { Cell::new(false) };
}

/// Does `work`, telling of it without redrawing the terminal's last line: that belongs to another thread.
pub fn in_plain_lines<T>(work: impl FnOnce() -> T) -> T {
    let before = PLAIN.replace(true);
    let outcome = work();
    PLAIN.set(before);
    outcome
}

/// Prints a line of its own.
pub fn say(text: &str) {
    clear_line();
    println!("{text}");
}

/// Removes a half-drawn progress line.
pub fn clear_line() {
    if std::io::stdout().is_terminal() {
        print!("\r\x1b[2K");
        let _ = std::io::stdout().flush();
    }
}

fn terminal() -> bool {
    std::io::stdout().is_terminal() && !PLAIN.get()
}

/// Scales seconds measured on two cores to this machine. Part of every build runs on one core whatever the machine has.
pub fn estimate(seconds_on_two_cores: u64) -> Duration {
    let cores = std::thread::available_parallelism().map_or(2, usize::from).min(64);
    let cores = u32::try_from(cores).map_or(2.0, f64::from);
    #[expect(clippy::cast_precision_loss, reason = "minutes")]
    let seconds = seconds_on_two_cores as f64 * (0.3 + 0.7 * 2.0 / cores);
    Duration::from_secs_f64(seconds)
}

/// One step under way.
pub struct Step {
    label: String,
    started: Instant,
    estimate: Option<Duration>,
    log: Option<PathBuf>,
    frame: usize,
    last_plain: Instant,
}

impl Step {
    /// Announces a step. `estimate` is shown when it is at least ten seconds.
    pub fn begin(label: &str, estimate: Option<Duration>) -> Self {
        let estimate = estimate.filter(|time| *time >= Duration::from_secs(10));
        let now = clock::now();
        let step = Self { label: label.to_owned(), started: now, estimate, log: None, frame: 0, last_plain: now };
        if !terminal() {
            let about = estimate.map_or(String::new(), |time| format!(" ({})", about(time)));
            say(&format!("… {label}{about}"));
        }
        step
    }

    /// The last line of this file is shown beside the bar.
    pub fn watch(&mut self, log: PathBuf) {
        self.log = Some(log);
    }

    /// To be called several times a second while the step runs.
    pub fn tick(&mut self) {
        let elapsed = self.started.elapsed();
        if !terminal() {
            if self.last_plain.elapsed() >= PLAIN_EVERY {
                self.last_plain = clock::now();
                say(&format!("  {}: {} so far{}", self.label, human(elapsed), self.doing(80)));
            }
            return;
        }
        self.frame = self.frame.wrapping_add(1);
        let spinner = SPINNER.get(self.frame % SPINNER.len()).copied().unwrap_or("-");
        // Without wrapping for the time of the line: a wrapped one could not be taken back.
        let mut line = format!("\r\x1b[2K\x1b[?7l{spinner} {}  ", self.label);
        if let Some(estimate) = self.estimate {
            line.push_str(&bar(elapsed, estimate));
            line.push_str(&format!("  {} of {}", human(elapsed), about(estimate)));
        } else {
            line.push_str(&human(elapsed));
        }
        line.push_str(&self.doing(60));
        print!("{line}\x1b[?7h");
        let _ = std::io::stdout().flush();
    }

    fn doing(&self, width: usize) -> String {
        let last = self.log.as_deref().and_then(process::last_line).unwrap_or_default();
        if last.is_empty() {
            return String::new();
        }
        let cut: String = last.chars().take(width).collect();
        format!("  {cut}")
    }

    /// Ends the step with a tick and its time.
    pub fn done(self) {
        say(&format!("✓ {} ({})", self.label, human(self.started.elapsed())));
    }

    /// Ends the step with a cross and its time.
    pub fn failed(self) {
        say(&format!("✗ {} ({})", self.label, human(self.started.elapsed())));
    }
}

fn bar(elapsed: Duration, estimate: Duration) -> String {
    // Never full before the end: an estimate that ran out must not look finished.
    let share = (elapsed.as_secs_f64() / estimate.as_secs_f64().max(0.1)).min(0.93);
    let full = (0..BAR).filter(|cell| u32::try_from(*cell).is_ok_and(|cell| f64::from(cell) / 16.0 < share));
    let full = full.count();
    format!("[{}{}]", "█".repeat(full), "·".repeat(BAR - full))
}

/// `1 min 5 s`
pub fn human(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 60, seconds % 60) {
        (0, 0..10) => format!("{:.1} s", time.as_secs_f64()),
        (0, seconds) => format!("{seconds} s"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

fn about(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 50 {
        return format!("about {} s", seconds.div_ceil(10) * 10);
    }
    format!("about {} min", seconds.saturating_add(30) / 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_a_person_would() {
        assert_eq!(human(Duration::from_millis(1_240)), "1.2 s");
        assert_eq!(human(Duration::from_secs(59)), "59 s");
        assert_eq!(human(Duration::from_secs(65)), "1 min 5 s");
        assert_eq!(about(Duration::from_secs(31)), "about 40 s");
        assert_eq!(about(Duration::from_secs(55)), "about 1 min");
        assert_eq!(about(Duration::from_secs(170)), "about 3 min");
    }

    #[test]
    fn a_bar_is_never_full_while_the_step_runs() {
        let ten = Duration::from_secs(10);
        assert_eq!(bar(Duration::ZERO, ten).matches('█').count(), 0);
        assert_eq!(bar(Duration::from_secs(5), ten).matches('█').count(), 8);
        assert!(bar(Duration::from_secs(500), ten).contains('█'));
        assert_eq!(bar(Duration::from_secs(500), ten).chars().count(), BAR + 2);
    }
}
