//! `cargo xtask start --demo`: a company that could be real, in a state that was empty.
//!
//! The records are the same every time, but for their moments, which are relative to now. The secrets are made anew every
//! time: a demo that is reachable by somebody else must not have well-known keys.

mod history;
mod keys;
mod leaks;
mod more;
mod passkeys;
mod people;
mod sql;
mod tenants;
mod usage;
mod webhooks;

use std::fs;

use claviger_core::secret::{OrganizationPrefix, Secret, SecretHash};

use crate::{
    clock,
    failure::{Failure, Result},
    paths, progress,
    state::State,
    vars, wrangler,
};

/// Fills `state`, whose database is migrated and not being served, and answers its owner's sign-in key.
pub fn fill(state: &State) -> Result<Secret> {
    if organizations(state)? > 0 {
        return Err(Failure::Failed(format!(
            "{} is not empty, and `--demo` fills only an empty state. Take another one: `--state DIR`.",
            paths::shown(&state.folder)
        )));
    }
    let token = vars::get(&state.vars, vars::SETUP_TOKEN)?.unwrap_or_default();
    let now = clock::unix_millis();
    let (sql, owner) = sql::of(&keys::all(), now, SecretHash::of(&token), &mut mint)?;
    // Hashes and hints only: nothing in this file lets anyone in. In the state's own folder, for two may be filled at once.
    let file = state.folder.join("demo.sql");
    fs::write(&file, sql).map_err(Failure::while_trying("write the demo's data"))?;
    wrangler::execute(state, "demo")?
        .args(["--file"])
        .args([&file])
        .step("Filling the database with the demo", None)?;
    let _ = fs::remove_file(&file);
    Ok(owner)
}

/// Prints how to sign in.
pub fn announce(owner: &Secret) {
    progress::say(&format!(
        "\nThis is the demo of {}. A sign-in key of its owner {}, shown only now:\n\n    {}",
        people::COMPANY,
        people::OWNER,
        owner.expose()
    ));
}

fn mint(prefix: Option<&OrganizationPrefix>) -> Result<Secret> {
    Secret::mint(prefix, getrandom::fill).map_err(Failure::while_trying("get random bytes"))
}

fn organizations(state: &State) -> Result<u64> {
    count(state, "SELECT count(*) AS n FROM organizations")
}

/// The number `n` that `query` answers.
pub fn count(state: &State, query: &str) -> Result<u64> {
    let printed = wrangler::execute(state, "count")?.args(["--json", "--command", query]).output()?;
    let answer: serde_json::Value = serde_json::from_str(&printed).unwrap_or_default();
    let n = answer.pointer("/0/results/0/n").and_then(serde_json::Value::as_u64);
    n.ok_or_else(|| Failure::Failed(format!("The database answered `{query}` with:\n{printed}")))
}
