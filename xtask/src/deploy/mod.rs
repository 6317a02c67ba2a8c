//! `cargo xtask deploy`: everything onto the owner's Cloudflare account; the first time and every time after.
//!
//! Every step finds out what is there before it makes anything, so whatever breaks off can simply be run again.

mod account;
mod config;
mod health;
mod secrets;
mod step;

use std::{
    fs,
    io::{IsTerminal, Write},
    path::Path,
};

use serde_json::Value;

use crate::{
    args::{Arguments, Known},
    compile,
    failure::{Failure, Result},
    paths, progress, tools, vars, wrangler,
};
use config::Config;
use step::Step;

const HELP: &str = "\
cargo xtask deploy [--dry-run] [--yes] [--built] [--new-setup-token]

Puts Claviger on your own Cloudflare account, or upgrades it: finds or creates the D1 database and the KV namespace,
brings the database up to date, sets missing secrets, deploys, and waits until it answers. Safe to repeat.
Log in first: `npx wrangler login`, or set CLOUDFLARE_API_TOKEN (and CLOUDFLARE_ACCOUNT_ID, if you have several accounts).

  --dry-run          print every step and bundle everything, but reach no account
  --yes              make missing secrets without asking
  --built            deploy what dist/ and worker/build/ hold, without building
  --new-setup-token  make a new setup token and print its link: the way back in for an owner who lost the sign-in key";

const DEPLOY_ADVICE: &str = "Run it again; what is done already is left alone. If this was the first time and no setup link gets \
    printed, add `--new-setup-token`.";

/// Runs the command.
pub fn main(given: &[String]) -> Result<()> {
    let known = ["--dry-run", "--yes", "--built", "--new-setup-token"].map(Known::Flag);
    let arguments = Arguments::parse(given, &known, HELP)?;
    let tracked = fs::read_to_string(paths::root().join(wrangler::CONFIG))
        .map_err(Failure::while_trying(format!("read {}", wrangler::CONFIG)))?;
    config::refuse_local(&tracked)?;
    if arguments.has("--built") {
        must_be_built()?;
    } else {
        compile::ensure(&tools::ensure()?)?;
    }
    if arguments.has("--dry-run") {
        return rehearse(&tracked);
    }
    deploy(&tracked, arguments.has("--yes"), arguments.has("--new-setup-token"))
}

fn must_be_built() -> Result<()> {
    for file in ["dist/index.html", "worker/build/entry.js"] {
        if !paths::root().join(file).is_file() {
            return Err(Failure::Failed(format!("There is no {file}: leave out `--built`.")));
        }
    }
    Ok(())
}

fn deploy(tracked: &str, yes: bool, renew: bool) -> Result<()> {
    account::check_login()?;
    let database = account::database(tracked)?;
    let namespace = account::namespace(tracked)?;
    let config = Config::write(tracked, &database, &namespace)?;
    let new = secrets::missing(&config, renew)?;
    if !new.is_empty() {
        ask(&new, yes)?;
    }

    // Before the code that needs it. The old code runs on the new tables meanwhile, so migrations only ever add.
    Step::new(
        "migrations",
        "Bringing the remote database up to date",
        "The old version goes on running. Run it again.",
    )
    .run(["d1", "migrations", "apply", wrangler::DATABASE, "--remote", "--config", config.path()])?;

    let file = secrets::File::write(&new)?;
    let outcome = paths::notes()?.join("deploy.ndjson");
    let _ = fs::remove_file(&outcome);
    let mut arguments = vec!["deploy", "--config", config.path()];
    if let Some(file) = &file {
        arguments.extend(["--secrets-file", file.path()]);
    }
    let printed =
        Step::new("deploy", "Deploying", DEPLOY_ADVICE).env("WRANGLER_OUTPUT_FILE_PATH", &outcome).run(arguments)?;
    drop(file);

    let url = address(&outcome, &printed)?;
    let link = new
        .iter()
        .find(|secret| secret.name == vars::SETUP_TOKEN)
        .map(|token| format!("{url}/setup#token={}", token.value));
    let healthy = health::wait(&url);
    if let (Err(_), Some(link)) = (&healthy, &link) {
        // Nothing else knows the token: the next run finds it set and cannot read it.
        progress::say(&format!("\nOnce it answers, this link sets it up:\n\n    {link}"));
    }
    healthy?;
    progress::say("\nClaviger is deployed.");
    match link {
        Some(link) => progress::say(&format!("This link sets it up, or brings an owner back in, once:\n\n    {link}")),
        None => progress::say(&format!("\n    {url}/")),
    }
    Ok(())
}

/// Every step by name, and wrangler's own rehearsal of the last.
fn rehearse(tracked: &str) -> Result<()> {
    let names: Vec<_> = vars::VARIABLES.iter().filter(|variable| variable.deployed).map(|v| v.name).collect();
    progress::say(&format!(
        "What `cargo xtask deploy` does:\n\
         \x20 1. asks wrangler who you are\n\
         \x20 2. finds or creates the D1 database `{}`\n\
         \x20 3. finds or creates the KV namespace `{}`\n\
         \x20 4. writes {}: wrangler.toml with their ids\n\
         \x20 5. makes and sets the secrets that are missing, after asking: {}\n\
         \x20 6. applies worker/migrations to the remote database\n\
         \x20 7. deploys dist/ and worker/build/\n\
         \x20 8. waits until /healthz answers, and prints the URL",
        config::database_name(tracked)?,
        config::namespace_title(tracked)?,
        config::FILE,
        names.join(", ")
    ));
    let config = Config::write(tracked, config::NO_DATABASE, config::NO_NAMESPACE)?;
    let out = paths::notes()?.join("deploy-dry-run");
    let out = out.to_string_lossy();
    let printed = Step::new("rehearsal", "Rehearsing step 7 with wrangler", "Nothing was deployed.").run([
        "deploy",
        "--dry-run",
        "--outdir",
        &out,
        "--config",
        config.path(),
    ])?;
    progress::say(printed.trim());
    progress::say("\nNothing was deployed: this was a dry run.");
    Ok(())
}

fn ask(new: &[secrets::Secret], yes: bool) -> Result<()> {
    let names: Vec<_> = new.iter().map(|secret| secret.name).collect();
    let names = names.join(", ");
    if yes {
        progress::say(&format!("Making the missing secrets: {names}."));
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::Failed(format!(
            "These secrets are missing on Cloudflare: {names}. Run this again with `--yes`, and they are made at random."
        )));
    }
    print!("These secrets are missing on Cloudflare: {names}. Make them at random and set them? [Y/n] ");
    let _ = std::io::stdout().flush();
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(Failure::while_trying("read your answer"))?;
    match answer.trim().to_lowercase().as_str() {
        "" | "y" | "yes" => Ok(()),
        _ => Err(Failure::Failed("Stopped: nothing was deployed.".to_owned())),
    }
}

/// Where it can be reached now.
fn address(outcome: &Path, printed: &str) -> Result<String> {
    let noted = fs::read_to_string(outcome).unwrap_or_default();
    noted_address(&noted).or_else(|| printed_address(printed)).ok_or_else(|| {
        Failure::Failed(
            "It is deployed, but wrangler named no address: neither `workers_dev` nor a route in wrangler.toml is on."
                .to_owned(),
        )
    })
}

/// From wrangler's own notes, a JSON object per line. An own domain wins over workers.dev.
fn noted_address(noted: &str) -> Option<String> {
    let mut entries = noted.lines().rev().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let deploy = entries.find(|entry| entry.get("type").is_some_and(|kind| kind == "deploy"))?;
    let targets = deploy.get("targets")?.as_array()?.iter().filter_map(Value::as_str);
    let mut urls: Vec<String> = targets.filter_map(url_of).collect();
    urls.sort_by_key(|url| url.ends_with(".workers.dev"));
    urls.into_iter().next()
}

/// From what it prints for people.
fn printed_address(printed: &str) -> Option<String> {
    printed.lines().map(str::trim).filter(|line| line.starts_with("http")).find_map(url_of)
}

/// `https://host` of `https://host`, `host (custom domain)` or `host/*`; nothing of `schedule: * * * * *`.
fn url_of(target: &str) -> Option<String> {
    let target = target.split(" (").next()?.trim().trim_end_matches("/*").trim_end_matches('/');
    let host = target.split_once("://").map_or(target, |(_, host)| host);
    if !host.contains('.') || host.contains([' ', '/', '*']) {
        return None;
    }
    Some(if target.contains("://") { target.to_owned() } else { format!("https://{host}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_an_own_domain_before_workers_dev() {
        let noted = r#"{"type":"wrangler-session"}
{"type":"deploy","targets":["https://claviger.me.workers.dev","keys.example.com (custom domain)","schedule: * * * * *"]}"#;
        assert_eq!(noted_address(noted).as_deref(), Some("https://keys.example.com"));
        let noted = r#"{"type":"deploy","targets":["https://claviger.me.workers.dev","schedule: * * * * *"]}"#;
        assert_eq!(noted_address(noted).as_deref(), Some("https://claviger.me.workers.dev"));
        assert_eq!(noted_address(r#"{"type":"deploy","targets":["schedule: * * * * *"]}"#), None);
        assert_eq!(noted_address(""), None);
    }

    #[test]
    fn without_notes_the_printed_address_counts() {
        let printed = "Uploaded claviger (3 sec)\nDeployed claviger triggers\n  https://claviger.me.workers.dev\n  schedule: * * * * *\n";
        assert_eq!(printed_address(printed).as_deref(), Some("https://claviger.me.workers.dev"));
        assert_eq!(printed_address("nothing"), None);
    }
}
