//! The migrations and the demo in a real D1: no test of the statements' text can tell whether the database takes them.

use super::report::Report;
use crate::{
    demo,
    failure::{Failure, Result},
    npm, paths,
    state::State,
    wrangler,
};

/// In the first organization, but for the last three: what there is beside it.
const EXPECTED: [(&str, &str, u64); 7] = [
    ("organizations", "SELECT count(*) AS n FROM organizations WHERE id = 1 AND key_limit = 100", 1),
    ("people", "SELECT count(*) AS n FROM users WHERE organization_id = 1", 8),
    ("keys", "SELECT count(*) AS n FROM api_keys WHERE organization_id = 1", 60),
    (
        "keys with a secret",
        "SELECT count(DISTINCT key_id) AS n FROM secrets s JOIN api_keys k ON k.id = s.key_id WHERE k.organization_id = 1",
        58,
    ),
    ("other organizations", "SELECT count(*) AS n FROM organizations WHERE id > 1", 3),
    (
        "counts of live keys that are wrong",
        "SELECT count(*) AS n FROM organizations o WHERE live_keys <> (SELECT count(*) FROM api_keys k \
         WHERE k.organization_id = o.id AND k.kind = 'service' AND k.revoked_at IS NULL)",
        0,
    ),
    (
        "keys whose history does not begin with them",
        "SELECT count(*) AS n FROM api_keys k WHERE NOT EXISTS (SELECT 1 FROM audit_log WHERE target_type = 'api_key' \
         AND organization_id = k.organization_id AND target_id = k.id AND at = k.created_at AND action = 'api_key.created')",
        0,
    ),
];

/// Migrates and fills a new state, counts, and sees a second filling refused.
pub fn run(report: &mut Report) -> Result<()> {
    npm::ensure()?;
    let folder = paths::notes()?.join("test-state");
    let _ = std::fs::remove_dir_all(&folder);
    let state = State::open(folder.to_str())?;
    state.ensure_vars()?;
    wrangler::migrate_locally(&state)?;
    demo::fill(&state)?;
    for (what, query, expected) in EXPECTED {
        let found = demo::count(&state, query)?;
        if found != expected {
            return Err(Failure::Failed(format!("The demo has {found} {what}, not {expected}.")));
        }
    }
    if demo::fill(&state).is_ok() {
        return Err(Failure::Failed("`--demo` filled a state that was not empty.".to_owned()));
    }
    report.passed("database");
    Ok(())
}
