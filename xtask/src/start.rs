//! `cargo xtask start`: from a fresh clone to a URL to open.

use std::time::Duration;

use serde_json::Value;

use crate::{
    args::{Arguments, Known},
    compile, demo,
    failure::{Failure, Result},
    http, paths, port, progress,
    serve::Server,
    signals,
    state::State,
    tools::{self, Toolbox},
    vars,
};

/// Where the Worker is served unless told otherwise.
pub const PORT: u16 = 8787;

const HELP: &str = "\
cargo xtask start [--port N] [--state DIR] [--demo]

Installs what is missing, builds both halves, brings the local database up to date, serves everything on one origin and
prints the URL to open. Ctrl-C stops it; the data stays.

  --port N      serve on http://localhost:N instead of 8787
  --state DIR   keep data, log and variables in DIR instead of .wrangler/state and .dev.vars
  --demo        fill the state, which must be empty, with a company of 8 people and 60 keys";

/// Runs the command.
pub fn main(given: &[String]) -> Result<()> {
    let arguments =
        Arguments::parse(given, &[Known::Value("--port"), Known::Value("--state"), Known::Flag("--demo")], HELP)?;
    let port = arguments.port("--port", PORT)?;
    // Before minutes of work that would be for nothing.
    port::must_be_free(port)?;
    let state = State::open(arguments.value("--state"))?;
    state.ensure_vars()?;
    let tools = tools::ensure()?;
    compile::ensure(&tools)?;
    let mut owner = None;
    let mut server = Server::start(state, port, |state| {
        if arguments.has("--demo") {
            owner = Some(demo::fill(state)?);
        }
        Ok(())
    })?;
    announce(server.state(), port)?;
    if let Some(owner) = owner {
        demo::announce(&owner);
    }
    until_interrupted(|| server.tend())
}

/// A Worker for the frontend's work: `named` or the checkout's own state, on the usual port.
pub fn worker(named: Option<&str>, tools: &Toolbox) -> Result<Server> {
    let state = State::open(named)?;
    state.ensure_vars()?;
    compile::ensure(tools)?;
    let server = Server::start(state, PORT, |_| Ok(()))?;
    announce(server.state(), PORT)?;
    Ok(server)
}

/// Calls `tend` several times a second until Ctrl-C.
pub fn until_interrupted(mut tend: impl FnMut() -> Result<()>) -> Result<()> {
    loop {
        match signals::check().and_then(|()| tend()) {
            Ok(()) => std::thread::sleep(Duration::from_millis(200)),
            // The regular end of a server.
            Err(Failure::Interrupted) => {
                progress::say("Stopped.");
                return Ok(());
            }
            Err(failure) => return Err(failure),
        }
    }
}

fn announce(state: &State, port: u16) -> Result<()> {
    progress::say(&format!("\nClaviger is running. Its log: {}   To stop it: Ctrl-C", paths::shown(&state.log())));
    let url = match setup_mode(port).as_deref() {
        Some("first_run") => {
            progress::say("Nobody has set it up yet. This link does it, once:");
            setup_link(state, port)?
        }
        Some("recovery") => {
            progress::say("The setup token is a new one: this link gives an owner a new sign-in key, once:");
            setup_link(state, port)?
        }
        _ => format!("http://localhost:{port}/"),
    };
    progress::say(&format!("\n    {url}"));
    Ok(())
}

/// The link that carries the present setup token.
pub fn setup_link(state: &State, port: u16) -> Result<String> {
    let token = vars::get(&state.vars, vars::SETUP_TOKEN)?.unwrap_or_default();
    Ok(format!("http://localhost:{port}/setup#token={token}"))
}

/// What the Worker says the present token is good for: `first_run`, `recovery` or nothing.
pub fn setup_mode(port: u16) -> Option<String> {
    let (_, body) = http::get(port, "/api/v2/setup", Duration::from_secs(10)).ok()?;
    let answer: Value = serde_json::from_str(&body).ok()?;
    answer.pointer("/data/mode")?.as_str().map(str::to_owned)
}
