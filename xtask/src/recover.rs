//! `cargo xtask recover`: a link that gives an owner a new sign-in key when the old one is lost.

use std::time::Duration;

use crate::{
    args::{Arguments, Known},
    clock,
    failure::{Failure, Result},
    progress::{self, Step},
    signals, start,
    state::State,
    vars,
};

const HELP: &str = "\
cargo xtask recover [--port N] [--state DIR]

For a local installation whose owner has lost the sign-in key: makes a new setup token and prints the link that gives an
existing owner a new key, once. (On Cloudflare: docs/DEPLOY.md.)

  --port N      the port of the link; unless given, the one it is served on
  --state DIR   the state that was named to `cargo xtask start`";

const LIMIT: Duration = Duration::from_secs(60);

/// Runs the command.
pub fn main(given: &[String]) -> Result<()> {
    let arguments = Arguments::parse(given, &[Known::Value("--port"), Known::Value("--state")], HELP)?;
    let named = arguments.value("--state");
    let state = State::open(named)?;
    let served = state.is_served();
    let last = state.served_on().filter(|_| served).unwrap_or(start::PORT);
    let port = arguments.port("--port", last)?;
    vars::set(&state.vars, vars::SETUP_TOKEN, &vars::token()?)?;
    state.ensure_vars()?;
    if served {
        wait_until_open(port)?;
        progress::say("This link gives an owner a new sign-in key, once:");
    } else {
        let named = named.map_or(String::new(), |name| format!(" --state {name}"));
        let port = if port == start::PORT { String::new() } else { format!(" --port {port}") };
        progress::say(&format!(
            "Run `cargo xtask start{named}{port}`. Then this link gives an owner a new sign-in key, once:"
        ));
    }
    progress::say(&format!("\n    {}", start::setup_link(&state, port)?));
    Ok(())
}

/// A running `cargo xtask start` notices the new token and restarts its Worker.
fn wait_until_open(port: u16) -> Result<()> {
    let mut step = Step::begin("Waiting for the running Worker to take the new token", None);
    let started = clock::now();
    loop {
        if started.elapsed() > Duration::from_secs(2) && start::setup_mode(port).is_some() {
            step.done();
            return Ok(());
        }
        if started.elapsed() > LIMIT {
            step.failed();
            return Err(Failure::Failed(
                "The new token is written, but the running Worker has not taken it. Stop `cargo xtask start` and start it again: it prints the link.".to_owned(),
            ));
        }
        signals::check()?;
        step.tick();
        std::thread::sleep(Duration::from_millis(100));
    }
}
