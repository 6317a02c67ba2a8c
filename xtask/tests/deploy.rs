//! `cargo xtask deploy` against a wrangler that fails at each step in turn: whatever breaks off says which step it was
//! and what to do, and running it again finishes the work without making anything twice.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// Keeps an account's state in files, notes every call, and fails at the step that the file `fail` names.
const FAKE_WRANGLER: &str = r#"#!/bin/sh
case "$*" in
    "whoami --json") step=login ;;
    "d1 list --json") step=database ;;
    "d1 create "*) step=database-create ;;
    "kv namespace list") step=namespace ;;
    "kv namespace create "*) step=namespace-create ;;
    "secret list "*) step=secrets ;;
    "d1 migrations apply DB --remote "*) step=migrations ;;
    "deploy "*) step=deploy ;;
    *) echo "unexpected: $*" >&2; exit 9 ;;
esac
echo "$step $*" >> "$FAKE/calls"
if [ "$(cat "$FAKE/fail")" = "$step" ]; then echo "fake: $step broke" >&2; exit 1; fi
case "$step" in
    login) echo '{"loggedIn":true}' ;;
    database) if [ -e "$FAKE/database" ]; then echo '[{"uuid":"the-database","name":"claviger"}]'; else echo '[]'; fi ;;
    database-create) touch "$FAKE/database" ;;
    namespace) if [ -e "$FAKE/namespace" ]; then echo '[{"id":"the-namespace","title":"claviger-keys"}]'; else echo '[]'; fi ;;
    namespace-create) touch "$FAKE/namespace" ;;
    secrets)
        if [ ! -e "$FAKE/deployed" ]; then echo 'Worker "claviger" not found. [code: 10007]' >&2; exit 1; fi
        cat "$FAKE/secrets" ;;
    deploy)
        previous=
        for argument in "$@"; do
            if [ "$previous" = --config ]; then cp "$argument" "$FAKE/config"; fi
            if [ "$previous" = --secrets-file ]; then
                cp -p "$argument" "$FAKE/secrets-file"
                echo '[{"name":"SETUP_TOKEN","type":"secret_text"},{"name":"AUDIT_SIGNING_KEY","type":"secret_text"},{"name":"WEBHOOK_SECRET","type":"secret_text"}]' > "$FAKE/secrets"
            fi
            previous=$argument
        done
        touch "$FAKE/deployed"
        echo "{\"type\":\"deploy\",\"targets\":[\"$FAKE_URL\",\"schedule: * * * * *\"]}" >> "$WRANGLER_OUTPUT_FILE_PATH" ;;
esac
"#;

const STEPS: [&str; 9] = [
    "login",
    "database",
    "database-create",
    "namespace",
    "namespace-create",
    "secrets",
    "migrations",
    "deploy",
    "healthz",
];

struct Account {
    folder: PathBuf,
    url: String,
}

impl Account {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("claviger-deploy-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        for part in ["xtask", "dist", "worker/build", "fake"] {
            fs::create_dir_all(folder.join(part)).unwrap();
        }
        let tracked = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wrangler.toml");
        fs::copy(tracked, folder.join("wrangler.toml")).unwrap();
        fs::write(folder.join("dist/index.html"), "").unwrap();
        fs::write(folder.join("worker/build/entry.js"), "").unwrap();
        let fake = folder.join("fake/wrangler");
        fs::write(&fake, FAKE_WRANGLER).unwrap();
        fs::set_permissions(&fake, fs::Permissions::from_mode(0o755)).unwrap();
        let account = Self { url: healthz(folder.join("fake/fail")), folder };
        account.break_at("");
        account
    }

    fn break_at(&self, step: &str) {
        fs::write(self.folder.join("fake/fail"), step).unwrap();
    }

    fn deploy(&self) -> (bool, String) {
        self.run(&["deploy", "--built", "--yes"])
    }

    fn run(&self, arguments: &[&str]) -> (bool, String) {
        let output: Output = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(arguments)
            .env("CARGO_MANIFEST_DIR", self.folder.join("xtask"))
            .env("CLAVIGER_WRANGLER", self.folder.join("fake/wrangler"))
            .env("CLAVIGER_HEALTH_SECONDS", "1")
            .env("FAKE", self.folder.join("fake"))
            .env("FAKE_URL", &self.url)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join("fake").join(name)).unwrap_or_default()
    }

    fn times(&self, step: &str) -> usize {
        self.file("calls").lines().filter(|call| call.split(' ').next() == Some(step)).count()
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Answers 200 to everything, or 503 while the file names the step `healthz`.
fn healthz(fail: PathBuf) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let _ = connection.read(&mut [0; 4096]);
            let broken = fs::read_to_string(&fail).is_ok_and(|step| step == "healthz");
            let status = if broken { "503 Service Unavailable" } else { "200 OK" };
            let _ = write!(connection, "HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
        }
    });
    url
}

#[test]
fn a_failure_at_any_step_names_it_and_a_rerun_finishes_without_making_anything_twice() {
    for step in STEPS {
        let account = Account::new(step);
        account.break_at(step);
        let (succeeded, said) = account.deploy();
        assert!(!succeeded, "{step}: {said}");
        assert!(said.contains(&format!("`{step}`")), "{step} is not named: {said}");
        assert!(said.to_lowercase().contains("run it again"), "{step}: says not what to do: {said}");
        assert!(!account.folder.join("target/deploy/secrets.json").exists(), "{step}: secrets were left behind");
        let deployed_before = step == "healthz";
        assert_eq!(account.folder.join("fake/deployed").exists(), deployed_before, "{step}");
        assert_eq!(said.contains("/setup#token="), deployed_before, "{step}: a token that is set must not be lost");

        account.break_at("");
        let (succeeded, said) = account.deploy();
        assert!(succeeded, "{step}, again: {said}");
        let tries = |of: &str| if of == step { 2 } else { 1 };
        for once in ["database-create", "namespace-create"] {
            assert_eq!(account.times(once), tries(once), "{step}: {once}");
        }
        assert!(said.contains(&account.url), "{step}: {said}");
    }
}

#[test]
fn the_first_deployment_sets_the_token_and_prints_its_link_and_an_upgrade_does_neither() {
    let account = Account::new("upgrade");
    let (succeeded, said) = account.deploy();
    assert!(succeeded, "{said}");
    let secrets = account.file("secrets-file");
    let set: std::collections::BTreeMap<String, String> = serde_json::from_str(&secrets).unwrap();
    assert_eq!(
        set.keys().map(String::as_str).collect::<Vec<_>>(),
        ["AUDIT_SIGNING_KEY", "SETUP_TOKEN", "WEBHOOK_SECRET"]
    );
    assert!(set.values().all(|value| value.len() == 43));
    let token = set["SETUP_TOKEN"].as_str();
    assert_eq!(said.trim_end().lines().last().unwrap().trim(), format!("{}/setup#token={token}", account.url));
    let mode = fs::metadata(account.folder.join("fake/secrets-file")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "the secrets lay open");
    for value in set.values() {
        assert!(!account.file("calls").contains(value.as_str()), "a secret was on a command line");
    }
    let config = account.file("config");
    assert!(config.contains("database_id = \"the-database\"") && config.contains("id = \"the-namespace\""));
    // Migrations before the code that needs them.
    let calls = account.file("calls");
    assert!(calls.find("migrations ").unwrap() < calls.find("\ndeploy ").unwrap(), "{calls}");

    let (succeeded, said) = account.deploy();
    assert!(succeeded, "{said}");
    assert!(!said.contains("token="), "an upgrade made a new token: {said}");
    assert!(!account.file("calls").lines().last().unwrap().contains("--secrets-file"));
}

#[test]
fn an_upgrade_makes_the_secret_that_a_newer_version_needs_and_touches_no_other() {
    let account = Account::new("newer");
    assert!(account.deploy().0);
    fs::write(account.folder.join("fake/secrets"), r#"[{"name":"SETUP_TOKEN"}]"#).unwrap();
    let (succeeded, said) = account.deploy();
    assert!(succeeded && !said.contains("token="), "{said}");
    let set: std::collections::BTreeMap<String, String> = serde_json::from_str(&account.file("secrets-file")).unwrap();
    assert_eq!(set.keys().map(String::as_str).collect::<Vec<_>>(), ["AUDIT_SIGNING_KEY", "WEBHOOK_SECRET"]);
}

#[test]
fn a_new_setup_token_is_made_when_it_is_asked_for() {
    let account = Account::new("renew");
    assert!(account.deploy().0);
    let first = account.file("secrets-file");
    let (succeeded, said) = account.run(&["deploy", "--built", "--yes", "--new-setup-token"]);
    let second = account.file("secrets-file");
    assert!(succeeded && said.contains("/setup#token=") && first != second, "{said}");
}

#[test]
fn nothing_is_deployed_without_consent_to_new_secrets() {
    let account = Account::new("consent");
    let (succeeded, said) = account.run(&["deploy", "--built"]);
    assert!(!succeeded && said.contains("SETUP_TOKEN") && said.contains("--yes"), "{said}");
    assert_eq!(account.times("migrations") + account.times("deploy"), 0);
}

#[test]
fn local_is_refused_before_anything_is_asked() {
    let account = Account::new("local");
    let config = account.folder.join("wrangler.toml");
    fs::write(&config, fs::read_to_string(&config).unwrap() + "\n[vars]\nLOCAL = \"1\"\n").unwrap();
    let (succeeded, said) = account.deploy();
    assert!(!succeeded && said.contains("LOCAL"), "{said}");
    assert_eq!(account.file("calls"), "");
}

#[test]
fn a_deployed_secret_called_local_is_refused() {
    let account = Account::new("remote-local");
    assert!(account.deploy().0);
    fs::write(account.folder.join("fake/secrets"), r#"[{"name":"SETUP_TOKEN"},{"name":"LOCAL"}]"#).unwrap();
    let (succeeded, said) = account.deploy();
    assert!(!succeeded && said.contains("LOCAL"), "{said}");
    assert_eq!(account.times("deploy"), 1);
}
