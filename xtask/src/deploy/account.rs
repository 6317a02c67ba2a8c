//! Who is logged in, and what their account holds already.

use serde_json::Value;

use super::{config, step::Step};
use crate::failure::{Failure, Result};

/// Fails unless wrangler can act for someone.
pub fn check_login() -> Result<()> {
    const ADVICE: &str = "Log in with `npx wrangler login`, or set CLOUDFLARE_API_TOKEN; then run it again.";
    Step::new("login", "Asking wrangler who you are", ADVICE).run(["whoami", "--json"]).map(drop)
}

/// The id of the D1 database, which is created if there is none.
pub fn database(tracked: &str) -> Result<String> {
    const ADVICE: &str = "Nothing was deployed. The token needs the permission D1: Edit. Run it again.";
    let name = config::database_name(tracked)?;
    let find = || -> Result<Option<String>> {
        let step = Step::new("database", "Looking for the D1 database", ADVICE);
        let printed = step.call(["d1", "list", "--json"])?;
        if printed.code != 0 {
            return Err(step.failure(&printed));
        }
        let all = list(&printed.stdout).ok_or_else(|| step.unreadable("with no list of databases"))?;
        Ok(id_of(&all, "name", &name, "uuid"))
    };
    if let Some(id) = find()? {
        return Ok(id);
    }
    Step::new("database-create", "Creating the D1 database", ADVICE).run([
        "d1",
        "create",
        &name,
        "--update-config=false",
    ])?;
    find()?.ok_or_else(|| missing("database", &name))
}

/// The id of the KV namespace, which is created if there is none.
pub fn namespace(tracked: &str) -> Result<String> {
    const ADVICE: &str = "Nothing was deployed. The token needs the permission Workers KV Storage: Edit. Run it again.";
    let title = config::namespace_title(tracked)?;
    let find = || -> Result<Option<String>> {
        let step = Step::new("namespace", "Looking for the KV namespace", ADVICE);
        let printed = step.call(["kv", "namespace", "list"])?;
        if printed.code != 0 {
            return Err(step.failure(&printed));
        }
        let all = list(&printed.stdout).ok_or_else(|| step.unreadable("with no list of namespaces"))?;
        Ok(id_of(&all, "title", &title, "id"))
    };
    if let Some(id) = find()? {
        return Ok(id);
    }
    Step::new("namespace-create", "Creating the KV namespace", ADVICE).run([
        "kv",
        "namespace",
        "create",
        &title,
        "--update-config=false",
    ])?;
    find()?.ok_or_else(|| missing("KV namespace", &title))
}

fn missing(what: &str, name: &str) -> Failure {
    Failure::Failed(format!(
        "The {what} `{name}` was created but is not listed yet. Nothing was deployed. Wait a minute, then run it again."
    ))
}

/// The JSON list in what wrangler printed, whatever it said before.
fn list(printed: &str) -> Option<Vec<Value>> {
    let from = printed.match_indices('[').map(|(at, _)| at);
    from.filter_map(|at| printed.get(at..)).find_map(|rest| serde_json::from_str(rest.trim()).ok())
}

fn id_of(all: &[Value], key: &str, wanted: &str, id: &str) -> Option<String> {
    let found = all.iter().find(|entry| entry.get(key).is_some_and(|name| name == wanted))?;
    found.get(id)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_by_the_exact_name_behind_any_notice() {
        let printed =
            "[notice] hello\n[{\"name\":\"claviger-old\",\"uuid\":\"1\"},{\"name\":\"claviger\",\"uuid\":\"2\"}]\n";
        let all = list(printed).unwrap();
        assert_eq!(id_of(&all, "name", "claviger", "uuid").as_deref(), Some("2"));
        assert_eq!(id_of(&all, "name", "clav", "uuid"), None);
        assert!(list("not authenticated").is_none());
        assert!(list("[]").unwrap().is_empty());
    }
}
