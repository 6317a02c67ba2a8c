//! `cargo xtask simulate`: drives the freshness machine through bad luck for as long as one likes. `cargo test` does it for a
//! few seconds, always from the same seed.

use std::time::Duration;

use claviger_core::freshness::simulation::{Seen, simulate};

use crate::{
    args::{Arguments, Known},
    clock,
    failure::{Failure, Result},
    progress::{self, Step},
    signals,
};

const HELP: &str = "\
cargo xtask simulate [--minutes N] [--seed S]

Simulates isolates that verify keys while everything goes wrong, and looks for an answer that may not be given: a revoked key
that is VALID too long, a degraded answer that is not marked… What it finds is printed with a seed.

  --minutes N  how long; 1 unless given
  --seed S     where to begin; a random one unless given. That of a finding leads to it at once";

/// Steps between two looks at the clock.
const CHUNK: u64 = 50_000;

/// Runs the command.
pub fn main(given: &[String]) -> Result<()> {
    let arguments = Arguments::parse(given, &[Known::Value("--minutes"), Known::Value("--seed")], HELP)?;
    let number = |name: &str| {
        let text = arguments.value(name);
        let wrong = |_| Failure::Usage(format!("`{name}` takes a whole number.\n\n{HELP}"));
        text.map(str::parse::<u64>).transpose().map_err(wrong)
    };
    let limit = Duration::from_secs(60 * number("--minutes")?.unwrap_or(1));
    let first = number("--seed")?.map_or_else(random, Ok)?;
    // Before anything can go wrong, so that an end by force does not hide it.
    progress::say(&format!("From seed {first}."));
    let started = clock::now();
    let mut step = Step::begin("Simulating", Some(limit));
    let mut total = Seen::default();
    while total.steps == 0 || started.elapsed() < limit {
        signals::check()?;
        match simulate(first.wrapping_add(total.episodes), CHUNK) {
            Ok(seen) => total.add(seen),
            Err(broken) => {
                return Err(Failure::Failed(format!(
                    "{broken}\n\nThe same again: cargo xtask simulate --seed {}",
                    broken.seed
                )));
            }
        }
        step.tick();
    }
    step.done();
    progress::say(&format!("No invariant was broken. {total}"));
    Ok(())
}

fn random() -> Result<u64> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).map_err(Failure::while_trying("get random bytes"))?;
    Ok(u32::from_be_bytes(bytes).into())
}
