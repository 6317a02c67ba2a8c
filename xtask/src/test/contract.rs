//! Schemathesis against the running Worker: whatever the OpenAPI document allows, and some of what it does not, must be
//! answered as it says.

use std::{fs, net::TcpListener, path::PathBuf, process::Command, time::Duration};

use claviger_core::secret::Secret;

use super::report::Report;
use crate::{
    demo,
    failure::{Failure, Result},
    lock, openapi, paths,
    process::{self, Task},
    serve::Server,
    state::State,
    wrangler,
};

const VERSION: &str = "4.32.5";
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
/// Beyond every id that schemathesis tries: the credentials must not end in the middle. SQLite numbers new keys behind the
/// largest id there is, so of those that it makes it hits none; of the demo's it does.
const FIRST_ID: i64 = 4_000_000_000;
const LIMIT: Duration = Duration::from_secs(900);

/// Runs it as an administrator, as a verifier, and as nobody.
pub fn run(report: &mut Report) -> Result<()> {
    let Some(schemathesis) = schemathesis()? else {
        report.skipped("contract", "needs Python 3.10 or later with venv, to install schemathesis");
        return Ok(());
    };
    let folder = paths::notes()?.join("contract-state");
    let _ = fs::remove_dir_all(&folder);
    let state = State::open(folder.to_str())?;
    // It keeps what it found for its next run. Not in the checkout, and not from run to run: the seed is to decide alone.
    let workplace = paths::notes()?.join("contract");
    let _ = fs::remove_dir_all(&workplace);
    paths::created(workplace.clone())?;
    state.ensure_vars()?;
    let (administrator, verifier) = (mint()?, mint()?);
    let port = free_port()?;
    let mut server = Server::start(state, port, |state| {
        demo::fill(state)?;
        let keys = [(FIRST_ID, "system_admin", &administrator), (FIRST_ID + 1, "verifier", &verifier)];
        wrangler::execute(state, "contract")?.args(["--command", &statements(&keys)]).output().map(drop)
    })?;
    let everything: &[&str] = &["--phases", "examples,coverage,fuzzing", "--max-examples", "10"];
    let verify: &[&str] = &["--include-path-regex", "^/v1/", "--phases", "coverage,fuzzing", "--max-examples", "30"];
    let nobody: &[&str] = &["--phases", "fuzzing", "--max-examples", "5"];
    for (who, key, more) in [
        ("an administrator", Some(&administrator), everything),
        ("a verifier", Some(&verifier), verify),
        ("nobody", None, nobody),
    ] {
        let mut task = Task::new(&schemathesis, paths::log(&format!("contract-{}", who.replace(' ', "-")))?)
            .args(["run"])
            .args([openapi::file()])
            .args(["--url", &format!("http://localhost:{port}"), "--checks", CHECKS, "--seed", "1", "--workers", "2"])
            .args(["--warnings", "off", "--no-color"])
            .args(more.iter().copied())
            .folder(workplace.clone())
            .limit(LIMIT);
        if let Some(key) = key {
            task = task.args(["--header", &format!("Authorization: Bearer {}", key.expose())]);
            task = task.args(["--header", &format!("X-Verifier-Key: {}", verifier.expose())]);
        }
        report.step(
            &format!("contract as {who}"),
            &format!("Trying the contract as {who}"),
            Some(Duration::from_secs(60)),
            &task,
        )?;
        server.tend()?;
    }
    Ok(())
}

fn statements(keys: &[(i64, &str, &Secret)]) -> String {
    let key = |(id, role, secret): &(i64, &str, &Secret)| {
        let (hash, hint) = (secret.hash().to_hex(), secret.hint());
        format!(
            "INSERT INTO api_keys (id, organization_id, kind, name, name_folded, role, access, created_by_type, \
             created_by_name, created_at, updated_at) VALUES ({id}, 1, 'service', 'Contract', 'contract', '{role}', \
             'read_write', 'system', 'System', 0, 0); \
             INSERT INTO secrets (hash, key_id, hint, created_at) VALUES ('{hash}', {id}, '{}', 0);",
            hint.as_str()
        )
    };
    keys.iter().map(key).collect()
}

fn mint() -> Result<Secret> {
    Secret::mint(None, getrandom::fill).map_err(Failure::while_trying("get random bytes"))
}

fn free_port() -> Result<u16> {
    let trying = "find a free port";
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(Failure::while_trying(trying))?;
    Ok(listener.local_addr().map_err(Failure::while_trying(trying))?.port())
}

/// The pinned schemathesis, installed into the user's cache folder on first use. `None` when there is no Python for it.
fn schemathesis() -> Result<Option<PathBuf>> {
    let cache = paths::tools()?;
    let home = cache.join(format!("schemathesis-{VERSION}"));
    let programs = if cfg!(windows) { "Scripts" } else { "bin" };
    let program = home.join(programs).join(format!("schemathesis{}", std::env::consts::EXE_SUFFIX));
    let runs = || process::quick(&program, &["--version"]).is_some_and(|said| said.contains(VERSION));
    if runs() {
        return Ok(Some(program));
    }
    let _lock = lock::wait(&cache.join(".lock"), &format!("installing tools into {}", cache.display()))?;
    if runs() {
        return Ok(Some(program));
    }
    let _ = fs::remove_dir_all(&home);
    if !make_environment(&home)? {
        return Ok(None);
    }
    let python = home.join(programs).join(format!("python{}", std::env::consts::EXE_SUFFIX));
    Task::new(python, paths::log("install-schemathesis")?)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", &format!("schemathesis=={VERSION}")])
        .limit(LIMIT)
        .step(&format!("Installing schemathesis {VERSION} (once for this user)"), Some(Duration::from_secs(20)))?;
    Ok(runs().then_some(program))
}

/// A virtual environment; on Debian its package is installed first when we may.
fn make_environment(home: &std::path::Path) -> Result<bool> {
    let attempt = || -> bool {
        let python = ["python3", "python"].into_iter().find(|name| process::quick(*name, &["--version"]).is_some());
        let made = python.map(|python| Command::new(python).args(["-m", "venv"]).arg(home).output());
        made.is_some_and(|made| made.is_ok_and(|made| made.status.success()))
    };
    if attempt() {
        return Ok(true);
    }
    let _ = fs::remove_dir_all(home);
    super::browsers::install("python3-venv")?;
    Ok(attempt())
}
