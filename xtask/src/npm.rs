//! The npm packages of package.json: wrangler with a Node that suits it, wasm-opt, esbuild, Playwright.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    failure::{Failure, Result},
    fingerprint, lock, paths,
    process::{self, Task},
    tools::cannot_install,
    versions,
};

/// The oldest Node whose npm reads our lock file. What wrangler itself needs, 22, comes as a package.
const OLDEST_NODE: u32 = 18;
const WRANGLER_NODE: u32 = 22;

/// The folder of the packages' programs.
pub fn binaries() -> PathBuf {
    paths::root().join("node_modules/.bin")
}

/// The Node that runs wrangler and Playwright: the pinned one; where npm has none for this platform, the user's.
pub fn node() -> Result<PathBuf> {
    if let Some(pinned) = paths::find_program("node", binaries().as_os_str()) {
        return Ok(pinned);
    }
    let own = paths::on_path("node").filter(|node| major(node).is_some_and(|major| major >= WRANGLER_NODE));
    own.ok_or_else(|| {
        Failure::Failed(format!(
            "npm has no packaged Node for this platform, and the one on PATH is older than {WRANGLER_NODE}, which wrangler \
             needs. Install Node {WRANGLER_NODE} (https://nodejs.org), then try again."
        ))
    })
}

fn major(node: &Path) -> Option<u32> {
    versions::major(&process::quick(node, &["--version"])?)
}

/// Installs the packages unless what package-lock.json says is installed already.
pub fn ensure() -> Result<()> {
    let lock_file = paths::root().join("package-lock.json");
    let note = paths::root().join("node_modules/.claviger-lock");
    let wanted = fingerprint::of_files(&[lock_file], std::env::consts::ARCH)?;
    let installed = || fs::read_to_string(&note).is_ok_and(|noted| noted == wanted);
    if installed() {
        return Ok(());
    }
    let npm = host_npm()?;
    let _lock = lock::wait(&paths::notes()?.join("npm.lock"), "installing the npm packages")?;
    if installed() {
        return Ok(());
    }
    // No package needs its install script, so none gets to run one.
    let task = Task::new(npm, paths::log("npm")?)
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .limit(Duration::from_secs(1800));
    task.step("Installing the npm packages", Some(Duration::from_secs(20)))
        .map_err(|failure| cannot_install("The npm packages", failure, "npm ci --ignore-scripts"))?;
    fs::write(&note, wanted).map_err(Failure::while_trying("note down what is installed"))
}

/// The user's npm, of a fitting Node.
fn host_npm() -> Result<PathBuf> {
    let advice = format!(
        "Claviger's tools need Node {OLDEST_NODE} or newer with npm: https://nodejs.org, or on Debian `apt install nodejs npm`."
    );
    let Some(node) = paths::on_path("node") else {
        return Err(Failure::Failed(format!("There is no `node` on PATH. {advice}")));
    };
    match major(&node) {
        Some(major) if major >= OLDEST_NODE => {}
        Some(major) => {
            return Err(Failure::Failed(format!("The `node` on PATH is version {major}. {advice}")));
        }
        None => {
            return Err(Failure::Failed(format!("`{} --version` does not answer. {advice}", node.display())));
        }
    }
    paths::on_path("npm").ok_or_else(|| Failure::Failed(format!("There is `node` but no `npm` on PATH. {advice}")))
}
