//! Calling the pinned wrangler with its pinned Node, in a way that asks nothing and tells nobody.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{failure::Result, npm, paths, process::Task, state::State};

/// The tracked configuration.
pub const CONFIG: &str = "wrangler.toml";
/// The D1 binding's name in it.
pub const DATABASE: &str = "DB";

/// wrangler, ready for arguments. `CLAVIGER_WRANGLER` names a program to be called in its place; the tests of
/// `xtask deploy` put one there that fails when told to.
pub fn task(log: PathBuf) -> Result<Task> {
    let path = paths::path_with(&[npm::binaries()]);
    let task = match std::env::var_os("CLAVIGER_WRANGLER") {
        Some(program) => Task::new(program, log),
        None => Task::new(npm::node()?, log).args([paths::root().join("node_modules/wrangler/bin/wrangler.js")]),
    };
    Ok(task
        .env("PATH", path)
        // Not interactive: it takes its defaults instead of asking.
        .env("CI", "1")
        .env("WRANGLER_SEND_METRICS", "false")
        .env("WRANGLER_SEND_ERROR_REPORTS", "false")
        .env("WRANGLER_HIDE_BANNER", "true")
        // Its own debug log, in the home folder, would hold what ours must not.
        .env("WRANGLER_WRITE_LOGS", "false")
        // On by default: its trace store keeps every URL with its query, and its explorer serves the database.
        .env("X_LOCAL_OBSERVABILITY", "false")
        .env("X_LOCAL_EXPLORER", "false"))
}

/// Brings the local database of `state` up to date. Only while no `wrangler dev` uses it: a second process on the same
/// database can crash the first (https://github.com/cloudflare/workers-sdk/issues/14916).
pub fn migrate_locally(state: &State) -> Result<()> {
    let folder = paths::root().join("worker/migrations");
    let any = fs::read_dir(&folder)
        .is_ok_and(|mut entries| entries.any(|entry| entry.is_ok_and(|entry| has_ending(&entry.path(), "sql"))));
    if !any {
        return Ok(());
    }
    task(paths::log("migrate")?)?
        .args(["d1", "migrations", "apply", DATABASE, "--local", "--config", CONFIG, "--persist-to"])
        .args([&state.folder])
        .step("Bringing the database up to date", None)
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|found| found == ending)
}

/// `wrangler d1 execute` on the database of `state`, which must not be served meanwhile.
pub fn execute(state: &State, log: &str) -> Result<Task> {
    Ok(task(paths::log(&format!("database-{log}"))?)?
        .args(["d1", "execute", DATABASE, "--local", "--yes", "--config", CONFIG, "--persist-to"])
        .args([&state.folder]))
}
