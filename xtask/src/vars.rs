//! `.dev.vars`: what the local Worker is configured with, secrets included.
//!
//! Made on first use, for its owner's eyes only. Each start adds what is missing and touches nothing else, so that a
//! newer version finds its new secret without asking anyone to delete a file.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::failure::{Failure, Result};

/// A variable of the local Worker.
pub struct Variable {
    /// Its name in the Worker.
    pub name: &'static str,
    /// What it is when it is missing.
    pub make: fn() -> Result<String>,
    /// Whether `xtask deploy` sets it too, as a secret. What is not deployed exists on developers' machines only.
    pub deployed: bool,
}

/// Every variable; add here what a later version needs.
pub const VARIABLES: &[Variable] = &[
    Variable { name: SETUP_TOKEN, make: token, deployed: true },
    // The seed of an Ed25519 key. With another one, heads of the audit log that were signed before are told as foreign.
    Variable { name: "AUDIT_SIGNING_KEY", make: token, deployed: true },
    // Another one makes every webhook's signature another one: receivers would refuse them.
    Variable { name: "WEBHOOK_SECRET", make: token, deployed: true },
    // Cookies without Secure, trunk's origin and webhooks to localhost are accepted only with this, and only on loopback.
    Variable { name: "LOCAL", make: || Ok("1".to_owned()), deployed: false },
];

/// The secret that opens `/setup`.
pub const SETUP_TOKEN: &str = "SETUP_TOKEN";

/// 256 random bits, as 43 URL-safe characters.
pub fn token() -> Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(Failure::while_trying("get random bytes"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Adds the missing variables to the file `path`, which is made if it does not exist.
pub fn ensure(path: &Path) -> Result<()> {
    let mut text = read(path)?;
    let before = text.clone();
    for variable in VARIABLES {
        if value(&text, variable.name).is_none() {
            text = with(&text, variable.name, &(variable.make)()?);
        }
    }
    if text == before { restrict(path) } else { write(path, &text) }
}

/// The value of `name` in the file `path`.
pub fn get(path: &Path, name: &str) -> Result<Option<String>> {
    Ok(value(&read(path)?, name))
}

/// Sets `name` in the file `path`, leaving the other lines as they are.
pub fn set(path: &Path, name: &str, new: &str) -> Result<()> {
    write(path, &with(&read(path)?, name, new))
}

fn read(path: &Path) -> Result<String> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        other => other.map_err(Failure::while_trying(format!("read {}", path.display()))),
    }
}

fn value(text: &str, name: &str) -> Option<String> {
    let line = text.lines().rev().find(|line| is_of(line, name))?;
    let (_, value) = line.split_once('=')?;
    let value = value.trim();
    let unquoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let value = unquoted.unwrap_or(value);
    (!value.is_empty()).then(|| value.to_owned())
}

fn is_of(line: &str, name: &str) -> bool {
    let line = line.trim_start();
    let line = line.strip_prefix("export ").unwrap_or(line);
    line.split_once('=').is_some_and(|(before, _)| before.trim() == name)
}

fn with(text: &str, name: &str, new: &str) -> String {
    let mut lines: Vec<&str> = text.lines().filter(|line| !is_of(line, name)).collect();
    let line = format!("{name}={new}");
    lines.push(&line);
    lines.join("\n") + "\n"
}

/// Written beside and renamed, so that a reader never sees half of it.
fn write(path: &Path, text: &str) -> Result<()> {
    let beside = path.with_extension("new");
    let attempt = || -> std::io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    attempt().map_err(Failure::while_trying(format!("write {}", path.display())))?;
    restrict(path)
}

#[cfg(unix)]
fn restrict(path: &Path) -> Result<()> {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(path, mode).map_err(Failure::while_trying(format!("restrict {}", path.display())))
}

#[cfg(not(unix))]
fn restrict(_: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_43_url_safe_characters_and_never_the_same() {
        let (one, two) = (token().unwrap(), token().unwrap());
        assert_eq!(one.len(), 43);
        assert!(one.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        assert_ne!(one, two);
    }

    #[test]
    fn values_are_found_however_they_are_written() {
        let text = "# SETUP_TOKEN=no\nSETUP_TOKEN = \"a=b\"\nexport LOCAL=1\nEMPTY=\n";
        assert_eq!(value(text, "SETUP_TOKEN").as_deref(), Some("a=b"));
        assert_eq!(value(text, "LOCAL").as_deref(), Some("1"));
        assert_eq!(value(text, "EMPTY"), None);
        assert_eq!(value(text, "TOKEN"), None);
    }

    #[test]
    fn setting_one_leaves_the_others_and_the_comments() {
        let text = with("# mine\nA=1\nSETUP_TOKEN=old\nB=2", SETUP_TOKEN, "new");
        assert_eq!(text, "# mine\nA=1\nB=2\nSETUP_TOKEN=new\n");
    }

    #[test]
    fn a_second_start_keeps_the_token_and_adds_what_is_missing() {
        let folder = std::env::temp_dir().join(format!("claviger-vars-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("dev.vars");
        ensure(&path).unwrap();
        let first = get(&path, SETUP_TOKEN).unwrap().unwrap();
        fs::write(&path, format!("MINE=x\nSETUP_TOKEN={first}\n")).unwrap();
        ensure(&path).unwrap();
        assert_eq!(get(&path, SETUP_TOKEN).unwrap(), Some(first));
        assert_eq!(get(&path, "LOCAL").unwrap().as_deref(), Some("1"));
        assert_eq!(get(&path, "MINE").unwrap().as_deref(), Some("x"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
