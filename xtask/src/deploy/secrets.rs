//! The Worker's secrets on Cloudflare.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::PathBuf,
};

use serde_json::{Map, Value};

use super::{
    config::{self, Config},
    step::Step,
};
use crate::{
    failure::{Failure, Result},
    paths,
    vars::{SETUP_TOKEN, VARIABLES},
};

/// A secret that is to be set.
pub struct Secret {
    /// Its name in the Worker.
    pub name: &'static str,
    /// Freshly made.
    pub value: String,
}

/// Makes a value for every secret that the deployed Worker lacks, and a setup token in any case if it is to be renewed.
pub fn missing(config: &Config, renew: bool) -> Result<Vec<Secret>> {
    const ADVICE: &str = "Nothing was deployed. Run it again.";
    let step = Step::new("secrets", "Asking which secrets are set", ADVICE);
    let outcome = step.call(["secret", "list", "--format", "json", "--config", config.path()])?;
    let said = format!("{}{}", outcome.stdout, outcome.stderr);
    let present = match outcome.code {
        0 => names(&outcome.stdout).ok_or_else(|| step.unreadable("with no list of secrets"))?,
        // Before the first deployment there is no Worker to ask about.
        _ if said.contains("10007") || said.contains("does not exist") || said.contains("not found") => Vec::new(),
        _ => return Err(step.failure(&outcome)),
    };
    if present.iter().any(|name| name == "LOCAL") {
        return Err(config::refusal("The deployed Worker has a secret LOCAL (`npx wrangler secret delete LOCAL`)"));
    }
    let lacks = |name: &str| {
        let renewed = renew && name == SETUP_TOKEN;
        renewed || !present.iter().any(|present| present == name)
    };
    let wanted = VARIABLES.iter().filter(|variable| variable.deployed);
    wanted
        .filter(|variable| lacks(variable.name))
        .map(|variable| Ok(Secret { name: variable.name, value: (variable.make)()? }))
        .collect()
}

fn names(printed: &str) -> Option<Vec<String>> {
    let list: Vec<Value> = serde_json::from_str(printed.get(printed.find('[')?..)?.trim()).ok()?;
    Some(list.iter().filter_map(|entry| entry.get("name")?.as_str().map(str::to_owned)).collect())
}

/// The values on their way to wrangler, in a file for our own eyes that is gone with this value. wrangler sets them with
/// the very version that it deploys, so there is never a Worker without them; it takes them from a file only.
pub struct File(PathBuf);

impl File {
    /// Writes it, or nothing when there is nothing to set.
    pub fn write(secrets: &[Secret]) -> Result<Option<Self>> {
        let path = paths::created(paths::root().join("target/deploy"))?.join("secrets.json");
        // One that was left behind by a kill.
        let _ = fs::remove_file(&path);
        if secrets.is_empty() {
            return Ok(None);
        }
        let all: Map<String, Value> =
            secrets.iter().map(|secret| (secret.name.to_owned(), Value::from(secret.value.as_str()))).collect();
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = Self(path);
        options
            .open(&file.0)
            .and_then(|mut open| open.write_all(Value::Object(all).to_string().as_bytes()))
            .map_err(Failure::while_trying("write the new secrets for wrangler"))?;
        Ok(Some(file))
    }

    /// For `--secrets-file`.
    pub fn path(&self) -> &str {
        self.0.to_str().unwrap_or("target/deploy/secrets.json")
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_wranglers_list() {
        let printed = "[\n  { \"name\": \"SETUP_TOKEN\", \"type\": \"secret_text\" }\n]\n";
        assert_eq!(names(printed).unwrap(), ["SETUP_TOKEN"]);
        assert!(names("[]").unwrap().is_empty());
        assert!(names("oops").is_none());
    }
}
