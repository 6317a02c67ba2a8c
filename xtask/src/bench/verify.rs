//! Verification against its peers, in one run on one machine: see bench/verify/run.mjs. Ratios, and no times that hold
//! anywhere else.

use std::{fmt::Write, fs, path::Path, time::Duration};

use claviger_core::secret::Secret;
use serde::Deserialize;

use super::report::machine;
use crate::{
    failure::{Failure, Result},
    npm, paths,
    process::Task,
    progress::Step,
    state::State,
    test::tool,
    wrangler,
};

const FOLDER: &str = "bench/verify";
const KEYS: usize = 10_000;

/// One comparison with a peer.
#[derive(Deserialize)]
struct Compared {
    what: String,
    against: String,
    connections: u32,
    /// What the ratio should be at least.
    goal: f64,
    ratio: f64,
    least: f64,
    most: f64,
    /// Requests a second, ours and theirs.
    rate: [f64; 2],
    /// Milliseconds of processor time for a request, likewise.
    cpu: [f64; 2],
    /// Milliseconds, likewise.
    p99: [f64; 2],
    errors: u64,
}

/// Measures, and answers the tables.
pub fn measure(rounds: usize, seconds: usize) -> Result<String> {
    let wrk = tool("wrk")?.ok_or_else(|| Failure::Failed("wrk makes the load: install it.".to_owned()))?;
    peers()?;
    let notes = paths::created(paths::notes()?.join("bench"))?;
    let (keys, verifier) = (notes.join("verify.keys"), mint()?);
    let state = state(&notes.join("verify"), &keys, KEYS, &[(&verifier, "verifier", "read_only")])?;
    let printed = notes.join("verify.json");
    let task = Task::new(npm::node()?, paths::log("bench-verify")?)
        .args(["--no-warnings"])
        .args([paths::root().join(FOLDER).join("run.mjs")])
        .env("STATE", &state.folder)
        .env("VERIFIER", verifier.expose())
        .env("KEYS", &keys)
        .env("FOLDER", notes.join("verify-run"))
        .env("WRK", wrk)
        .env("ROUNDS", rounds.to_string())
        .env("SECONDS", seconds.to_string())
        .env("OUT", &printed)
        .limit(Duration::from_secs(3600));
    let mut step = Step::begin("Verifying, side by side with the peers", None);
    step.watch(task.log().to_owned());
    let code = task.run(|| step.tick());
    step.done();
    if code? != 0 {
        let tail = crate::process::tail(task.log(), 20);
        return Err(Failure::Failed(format!("{FOLDER}/run.mjs failed:\n\n{tail}")));
    }
    let text = fs::read_to_string(&printed).map_err(Failure::while_trying("read what was measured"))?;
    let compared: Vec<Compared> =
        serde_json::from_str(&text).map_err(Failure::while_trying("understand what was measured"))?;
    Ok(report(&compared, rounds, seconds))
}

/// The peers' own packages, pinned by their own lock file.
fn peers() -> Result<()> {
    npm::ensure()?;
    let folder = paths::root().join(FOLDER);
    if folder.join("node_modules/better-auth").is_dir() {
        return Ok(());
    }
    Task::new("npm", paths::log("bench-peers")?)
        .args(["ci", "--no-audit", "--no-fund", "--prefix"])
        .args([folder])
        .limit(Duration::from_secs(600))
        .step("Fetching the peers", Some(Duration::from_secs(60)))
}

/// An organization of `count` keys, which are written into `keys`, and `others` of a role and an access, in a database that
/// nobody serves.
pub fn state(folder: &Path, keys: &Path, count: usize, others: &[(&Secret, &str, &str)]) -> Result<State> {
    let _ = fs::remove_dir_all(folder);
    let state = State::open(folder.to_str())?;
    wrangler::migrate_locally(&state)?;
    let secrets = (0..count).map(|_| mint()).collect::<Result<Vec<_>>>()?;
    let mut sql = String::from(
        "INSERT INTO organizations (id, name, key_limit, created_at, updated_at) \
         VALUES (1, 'System', 25, 0, 0), (2, 'Tenant', 1000000, 0, 0);\n",
    );
    let plain = secrets.iter().map(|secret| (secret, "integration", "read_only"));
    for (number, (secret, role, access)) in others.iter().copied().chain(plain).enumerate() {
        let id = number + 1;
        let _ = writeln!(
            sql,
            "INSERT INTO api_keys (id, organization_id, kind, name, name_folded, role, access, created_by_type, \
             created_by_name, created_at, updated_at) VALUES ({id}, 2, 'service', 'Key {id}', 'key {id}', '{role}', \
             '{access}', 'system', 'System', 0, 0);\n\
             INSERT INTO secrets (hash, key_id, hint, created_at) VALUES ('{}', {id}, '{}', 0);",
            secret.hash().to_hex(),
            secret.hint().as_str(),
        );
    }
    sql.push_str("DELETE FROM key_changes;\n");
    let file = state.folder.join("bench.sql");
    fs::write(&file, sql).map_err(Failure::while_trying("write the data"))?;
    let label = format!("Making {count} keys");
    wrangler::execute(&state, "bench-verify")?.args(["--file"]).args([&file]).step(&label, None)?;
    let texts: Vec<&str> = secrets.iter().map(Secret::expose).collect();
    fs::write(keys, texts.join("\n")).map_err(Failure::while_trying("write the keys"))?;
    Ok(state)
}

/// A secret.
pub fn mint() -> Result<Secret> {
    Secret::mint(None, getrandom::fill).map_err(Failure::while_trying("get random bytes"))
}

fn report(compared: &[Compared], rounds: usize, seconds: usize) -> String {
    let mut text = format!(
        "{}; wrk with one thread, {rounds} rounds of {seconds} s each way, one subject after the other in each. Ratio: the median \
         (least to most) of the rounds' ratios of requests a second. Processor time: of the serving process, for a request, in ms.\n\n\
         | case | against | connections | ratio | goal | requests/s, ours and theirs | processor time | p99 in ms |\n\
         |---|---|---|---|---|---|---|---|\n",
        machine()
    );
    for one in compared {
        let kept = if one.ratio >= one.goal { "" } else { " **missed**" };
        let errors = if one.errors > 0 { format!(" ({} errors)", one.errors) } else { String::new() };
        let _ = writeln!(
            text,
            "| {}{errors} | {} | {} | {:.2} ({:.2}–{:.2}) | ≥ {}{kept} | {:.0} / {:.0} | {:.3} / {:.3} | {:.1} / {:.1} |",
            one.what,
            one.against,
            one.connections,
            one.ratio,
            one.least,
            one.most,
            one.goal,
            one.rate[0],
            one.rate[1],
            one.cpu[0],
            one.cpu[1],
            one.p99[0],
            one.p99[1],
        );
    }
    text
}
