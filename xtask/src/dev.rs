//! `cargo xtask dev`: the console with live reload, in front of the release Worker.

use std::time::Duration;

use crate::{
    args::{Arguments, Known},
    clock,
    failure::{Failure, Result},
    paths, port,
    process::{Running, Task},
    progress, start, tools,
    tools::Toolbox,
};

const PORT: u16 = 8080;
const FOR_EVER: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

const HELP: &str = "\
cargo xtask dev [--port N] [--state DIR]

Rebuilds and reloads the console on http://localhost:8080 whenever something in app/, core/, style/ or public/ changes.
Its API is the release Worker on port 8787, which is started too if none answers there.

  --port N      serve on http://localhost:N instead of 8080
  --state DIR   the state of the Worker, if it is started";

/// Runs the command.
pub fn main(given: &[String]) -> Result<()> {
    let arguments = Arguments::parse(given, &[Known::Value("--port"), Known::Value("--state")], HELP)?;
    let port = arguments.port("--port", PORT)?;
    must_be_free(port)?;
    let tools = tools::ensure()?;
    let mut worker = if port::is_claviger(start::PORT) {
        progress::say(&format!("The Worker on port {} is used.", start::PORT));
        None
    } else {
        Some(start::worker(arguments.value("--state"), &tools)?)
    };
    let mut trunk = trunk(port, &tools)?;
    let started = clock::now();
    let mut announced = false;
    start::until_interrupted(|| {
        if let Some(worker) = &mut worker {
            worker.tend()?;
        }
        if let Some(code) = trunk.ended()? {
            return Err(Failure::Failed(format!("`trunk serve` ended by itself with exit code {code}.")));
        }
        // It listens once the first build is done.
        if !announced && port::is_taken(port) {
            announced = true;
            progress::say(&format!(
                "\nThe console, live ({} to build):\n\n    http://localhost:{port}/",
                progress::human(started.elapsed())
            ));
        }
        Ok(())
    })
}

fn must_be_free(port: u16) -> Result<()> {
    if !port::is_taken(port) {
        return Ok(());
    }
    let other = port.checked_add(1).unwrap_or(PORT);
    Err(Failure::Failed(format!("Port {port} is in use. End what uses it, or take another: `--port {other}`.")))
}

/// Visible, because the compiler's complaints are what one works with.
fn trunk(port: u16, tools: &Toolbox) -> Result<Running> {
    Task::new(tools.program("trunk")?, paths::log("dev")?)
        .args(["serve", "--offline", "--skip-version-check", "--port", &port.to_string()])
        .env("PATH", tools.path())
        .limit(FOR_EVER)
        .spawn_visibly()
}
