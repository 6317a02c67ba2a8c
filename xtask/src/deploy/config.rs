//! The configuration that is deployed: wrangler.toml with the ids of this account's database and namespace.
//!
//! A file of its own, because the tracked one is everybody's. Written line by line and not through a TOML parser: the
//! few lines that change are ours, and a parser would be half of xtask's compile time.

use std::fs;

use crate::{
    failure::{Failure, Result},
    paths,
};

/// The variable with the hosts to which no webhook may be sent.
const OWN_HOSTS: &str = "OWN_HOSTS";
/// Where it is written, relative to the root.
pub const FILE: &str = "target/deploy/wrangler.toml";
/// From there to the root.
const UP: &str = "../../";
/// The placeholder of the tracked file.
pub const NO_DATABASE: &str = "00000000-0000-0000-0000-000000000000";
/// The placeholder of the tracked file.
pub const NO_NAMESPACE: &str = "00000000000000000000000000000000";

/// The generated configuration.
pub struct Config(String);

impl Config {
    /// Writes it.
    pub fn write(tracked: &str, database: &str, namespace: &str) -> Result<Self> {
        let path = paths::root().join(FILE);
        paths::created(path.parent().map(Into::into).unwrap_or_default())?;
        fs::write(&path, generated(tracked, database, namespace)?)
            .map_err(Failure::while_trying(format!("write {FILE}")))?;
        Ok(Self(path.to_string_lossy().into_owned()))
    }

    /// For `--config`.
    pub fn path(&self) -> &str {
        &self.0
    }
}

fn generated(tracked: &str, database: &str, namespace: &str) -> Result<String> {
    let mut text = tracked.to_owned();
    for key in ["main", "directory", "migrations_dir"] {
        let value = the_value(&text, key)?;
        text = replaced(&text, key, &value, &format!("{UP}{value}"))?;
    }
    text = replaced(&text, "database_id", NO_DATABASE, database)?;
    text = replaced(&text, "id", NO_NAMESPACE, namespace)?;
    let named = the_value(&text, OWN_HOSTS)?;
    text = replaced(&text, OWN_HOSTS, &named, &own_hosts(tracked, &named)?)?;
    Ok(format!("# Made by `cargo xtask deploy` from wrangler.toml; changes here are lost.\n\n{text}"))
}

/// Fails when the tracked file would deploy what is for developers' machines only.
pub fn refuse_local(tracked: &str) -> Result<()> {
    let mentions = tracked.lines().map(|line| line.split('#').next().unwrap_or_default());
    let found =
        mentions.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_')).any(|word| word == "LOCAL");
    if found {
        return Err(refusal("wrangler.toml sets the variable LOCAL"));
    }
    Ok(())
}

/// Why LOCAL is never deployed.
pub fn refusal(what: &str) -> Failure {
    Failure::Failed(format!(
        "{what}, which is for developers' machines: with it cookies go over plain HTTP, and a deployed Worker answers 503 to \
         everybody. Nothing was deployed. Remove it, then run this again."
    ))
}

/// The name of the D1 database.
pub fn database_name(tracked: &str) -> Result<String> {
    the_value(tracked, "database_name")
}

/// The title of the KV namespace: the Worker's name and the binding's, as KV titles are one list per account.
pub fn namespace_title(tracked: &str) -> Result<String> {
    Ok(format!("{}-keys", the_value(tracked, "name")?))
}

/// Every host under which the Worker is reached: those that are named, those of the routes, and workers.dev's, whose account is not
/// known here.
fn own_hosts(tracked: &str, named: &str) -> Result<String> {
    let mut hosts: Vec<String> = named.split(',').map(|host| host.trim().to_owned()).collect();
    hosts.extend(routes(tracked).iter().map(|route| {
        let rest = route.split_once("://").map_or(route.as_str(), |(_, rest)| rest);
        rest.split(['/', ':']).next().unwrap_or_default().to_owned()
    }));
    hosts.push(format!("{}.*.workers.dev", the_value(tracked, "name")?));
    hosts.retain(|host| !host.is_empty());
    Ok(hosts.join(", "))
}

/// The patterns of `route`, `routes` and `[[routes]]`, in any of wrangler's spellings.
fn routes(tracked: &str) -> Vec<String> {
    let (mut found, mut within) = (Vec::new(), false);
    for line in tracked.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let key = line.split('=').next().unwrap_or_default().trim();
        if within || matches!(key, "route" | "routes" | "pattern") {
            // What is quoted, but not the zone that a pattern is in.
            let pieces: Vec<&str> = line.split('"').collect();
            let quoted = pieces.chunks(2).filter_map(|pair| match pair {
                [before, value] if !before.contains("zone_") => Some((*value).to_owned()),
                _ => None,
            });
            found.extend(quoted);
        }
        within = (within || key == "routes") && !line.contains(']');
    }
    found
}

/// The first `key = "value"` that is a line of its own.
fn the_value(text: &str, key: &str) -> Result<String> {
    let of_line = |line: &str| -> Option<String> {
        let (name, value) = line.split_once('=')?;
        let value = value.trim().strip_prefix('"')?.split('"').next()?;
        (name.trim() == key).then(|| value.to_owned())
    };
    text.lines().find_map(of_line).ok_or_else(|| Failure::Failed(format!("wrangler.toml has no line `{key} = \"…\"`.")))
}

fn replaced(text: &str, key: &str, old: &str, new: &str) -> Result<String> {
    let (line, with) = (format!("\n{key} = \"{old}\"\n"), format!("\n{key} = \"{new}\"\n"));
    match text.matches(&line).count() {
        1 => Ok(text.replace(&line, &with)),
        count => Err(Failure::Failed(format!(
            "wrangler.toml has the line `{key} = \"{old}\"` {count} times; `cargo xtask deploy` needs it exactly once."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tracked() -> String {
        fs::read_to_string(paths::root().join("wrangler.toml")).unwrap()
    }

    #[test]
    fn the_tracked_file_becomes_one_with_ids_and_paths_that_lead_back() {
        let text = generated(&tracked(), "the-database", "the-namespace").unwrap();
        for line in [
            "main = \"../../worker/build/entry.js\"",
            "directory = \"../../dist\"",
            "migrations_dir = \"../../worker/migrations\"",
            "database_id = \"the-database\"",
            "id = \"the-namespace\"",
        ] {
            assert_eq!(text.lines().filter(|found| *found == line).count(), 1, "{line}");
        }
        assert!(!text.contains(NO_DATABASE) && !text.contains(NO_NAMESPACE));
    }

    #[test]
    fn every_own_host_is_told_to_the_worker() {
        let of = |routes: &str, named: &str| {
            let text = format!("name = \"claviger\"\n{routes}\n[vars]\n");
            own_hosts(&text, named).unwrap()
        };
        assert_eq!(of("", ""), "claviger.*.workers.dev");
        for routes in [
            "routes = [{ pattern = \"keys.example.com\", custom_domain = true }, { pattern = \"*.example.org/*\", zone_name = \"example.org\" }]",
            "routes = [\n  { pattern = \"keys.example.com\", custom_domain = true },\n  \"https://*.example.org/*\",\n]",
            "[[routes]]\npattern = \"keys.example.com\"\ncustom_domain = true\n[[routes]]\npattern = \"*.example.org/*\"\nzone_name = \"example.org\"",
        ] {
            let hosts = of(routes, "old.example.com");
            assert_eq!(hosts, "old.example.com, keys.example.com, *.example.org, claviger.*.workers.dev", "{routes}");
        }
        assert_eq!(of("route = \"keys.example.com/*\" # mine", ""), "keys.example.com, claviger.*.workers.dev");
        let text = generated(&tracked(), "a", "b").unwrap();
        assert!(text.contains("\nOWN_HOSTS = \"claviger.*.workers.dev\"\n"));
    }

    #[test]
    fn names_come_from_the_tracked_file() {
        assert_eq!(database_name(&tracked()).unwrap(), "claviger");
        assert_eq!(namespace_title(&tracked()).unwrap(), "claviger-keys");
    }

    #[test]
    fn a_file_that_does_not_fit_is_named_and_not_deployed() {
        let Err(Failure::Failed(text)) = generated("main = \"x\"\n", "a", "b") else { panic!() };
        assert!(text.contains("wrangler.toml"), "{text}");
    }

    #[test]
    fn local_is_refused_wherever_it_stands() {
        assert!(refuse_local(&tracked()).is_ok());
        for text in ["[vars]\nLOCAL = \"1\"\n", "vars = { LOCAL = 1 }", "[env.x.vars]\n\"LOCAL\" = true"] {
            assert!(refuse_local(text).is_err(), "{text}");
        }
        assert!(refuse_local("# LOCAL is never here\nLOCALE = 1").is_ok());
    }
}
