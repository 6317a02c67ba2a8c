//! The pinned tools that build Claviger, installed once per version into the user's cache folder.
//!
//! Never into the repository, so that a second clone finds them, and never onto the user's own PATH.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    failure::{Failure, Result},
    lock, npm, paths,
    process::{self, Task},
    progress, versions,
};

const TARGET: &str = "wasm32-unknown-unknown";
/// 0.8.7 is the version of the `worker` crate that the Worker uses; both come from one repository.
const WORKER_BUILD: &str = "0.8.7";
/// 0.22 wants a newer Rust than rust-toolchain.toml pins.
const TRUNK: &str = "0.21.14";
/// Takes the console apart. The one whose marks `wasm_split_helpers` 0.2.3 makes, which leptos brings.
const WASM_SPLIT: &str = "0.2.4";
const VERSION: (&str, bool) = ("--version", true);
/// Kept while tools are being compiled, so that an interrupted install goes on where it was.
const BUILD: &str = ".build";
const INSTALL_LIMIT: Duration = Duration::from_secs(3600);

struct Tool {
    name: &'static str,
    binary: &'static str,
    version: String,
    /// Cargo features to compile it with.
    features: &'static str,
    /// What it is asked to see whether it runs, and whether it then says its version.
    asked: (&'static str, bool),
    /// Whether its own Cargo.lock is used. Not for wasm-bindgen-cli: its lock has named crates that registry mirrors
    /// did not have yet, and any set of dependencies that compiles is as good.
    locked: bool,
    /// Seconds to compile on two cores, as measured.
    seconds: u64,
}

/// Where everything that builds and serves is.
pub struct Toolbox {
    folders: Vec<PathBuf>,
    /// The `wasm-bindgen` of the version in Cargo.lock.
    pub wasm_bindgen: PathBuf,
    /// Says which versions these are; part of every build's fingerprint.
    pub versions: String,
}

impl Toolbox {
    /// PATH with the pinned tools first.
    pub fn path(&self) -> OsString {
        paths::path_with(&self.folders)
    }

    /// The pinned program `name`.
    pub fn program(&self, name: &str) -> Result<PathBuf> {
        let first = std::env::join_paths(&self.folders).unwrap_or_default();
        paths::find_program(name, &first)
            .ok_or_else(|| Failure::Failed(format!("`{name}` is missing from {}.", paths::shown(&npm::binaries()))))
    }
}

/// Installs whatever is missing.
pub fn ensure() -> Result<Toolbox> {
    ensure_target()?;
    npm::ensure()?;
    let tools = [
        Tool {
            name: "wasm-bindgen-cli",
            binary: "wasm-bindgen",
            version: versions::locked("wasm-bindgen")?,
            features: "",
            asked: VERSION,
            locked: false,
            seconds: 110,
        },
        Tool {
            name: "worker-build",
            binary: "worker-build",
            version: WORKER_BUILD.to_owned(),
            features: "",
            asked: VERSION,
            locked: true,
            seconds: 120,
        },
        Tool {
            name: "trunk",
            binary: "trunk",
            version: TRUNK.to_owned(),
            features: "",
            asked: VERSION,
            locked: true,
            seconds: 240,
        },
        Tool {
            name: "wasm_split_cli_support",
            binary: "wasm-split-cli",
            version: WASM_SPLIT.to_owned(),
            features: "build-binary",
            // It knows no --version; its folder is named by it.
            asked: ("--help", false),
            locked: true,
            seconds: 60,
        },
    ];
    let cache = paths::tools()?;
    let mut folders = vec![npm::binaries()];
    for tool in &tools {
        folders.push(ensure_tool(tool, &cache)?);
    }
    tidy(&cache)?;
    let wasm_bindgen =
        folders.get(1).cloned().unwrap_or_default().join(format!("wasm-bindgen{}", std::env::consts::EXE_SUFFIX));
    let versions = tools.iter().map(|tool| format!("{} {}\n", tool.name, tool.version)).collect();
    Ok(Toolbox { folders, wasm_bindgen, versions })
}

/// Adds a part of the Rust toolchain that only the tests need, if `cargo COMMAND` does not run.
pub fn ensure_component(component: &str, command: &str) -> Result<()> {
    if process::quick("cargo", &[command, "--version"]).is_some() {
        return Ok(());
    }
    let task = Task::new("rustup", paths::log("rustup")?).args(["component", "add", component]);
    task.step(&format!("Adding the Rust component {component}"), None)
        .map_err(|failure| cannot_install(component, failure, &format!("rustup component add {component}")))
}

/// Adds the WebAssembly target, if the toolchain lacks it.
pub fn ensure_target() -> Result<()> {
    let by_hand = format!("rustup target add {TARGET}");
    let Some(sysroot) = process::quick("rustc", &["--print", "sysroot"]) else {
        return Err(Failure::Failed(
            "`rustc` does not run here. Install Rust from https://rustup.rs, then try again.".to_owned(),
        ));
    };
    if Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).join("lib").is_dir() {
        return Ok(());
    }
    if paths::on_path("rustup").is_none() {
        return Err(Failure::Failed(format!(
            "This Rust cannot compile to {TARGET}, and there is no rustup to add it.\n\
             Either install rustup (https://rustup.rs) and run `{by_hand}`, or install your system's package for that target."
        )));
    }
    let task = Task::new("rustup", paths::log("rustup")?).args(["target", "add", TARGET]);
    task.step(&format!("Adding the Rust target {TARGET}"), Some(Duration::from_secs(15)))
        .map_err(|failure| cannot_install(&format!("the Rust target {TARGET}"), failure, &by_hand))
}

/// The folder of the tool's programs.
fn ensure_tool(tool: &Tool, cache: &Path) -> Result<PathBuf> {
    let home = cache.join(format!("{}-{}", tool.name, tool.version));
    let folder = home.join("bin");
    if runs(tool, &folder) {
        return Ok(folder);
    }
    let _lock = lock::wait(&cache.join(".lock"), &format!("installing tools into {}", cache.display()))?;
    if runs(tool, &folder) {
        return Ok(folder);
    }
    // Installed beside and renamed: what was interrupted must not look installed.
    let beside = cache.join(format!(".new-{}-{}", tool.name, tool.version));
    for leftover in [&beside, &home] {
        if leftover.exists() {
            fs::remove_dir_all(leftover).map_err(Failure::while_trying(format!("remove {}", leftover.display())))?;
        }
    }
    if !prebuilt(tool, &beside)? {
        compile(tool, &beside, cache)?;
    }
    fs::rename(&beside, &home).map_err(Failure::while_trying(format!("put {} in its place", tool.name)))?;
    if runs(tool, &folder) {
        return Ok(folder);
    }
    Err(Failure::Failed(format!(
        "{} {} was installed into {} and does not run.",
        tool.name,
        tool.version,
        home.display()
    )))
}

/// Removes what compiling left, once every tool is there: they share half of their crates.
fn tidy(cache: &Path) -> Result<()> {
    let shared = cache.join(BUILD);
    if shared.exists()
        && let Some(_lock) = lock::try_take(&cache.join(".lock"))?
    {
        let _ = fs::remove_dir_all(shared);
    }
    Ok(())
}

fn runs(tool: &Tool, folder: &Path) -> bool {
    let program = folder.join(format!("{}{}", tool.binary, std::env::consts::EXE_SUFFIX));
    let (question, says_version) = tool.asked;
    let fits = |said: String| !says_version || said.contains(&tool.version);
    program.is_file() && process::quick(&program, &[question]).is_some_and(fits)
}

/// Tries `cargo binstall`, if the user has it: seconds instead of minutes.
fn prebuilt(tool: &Tool, root: &Path) -> Result<bool> {
    if paths::on_path("cargo-binstall").is_none() {
        return Ok(false);
    }
    let log = paths::log(&format!("binstall-{}", tool.name))?;
    let task = Task::new("cargo", log)
        .args(["binstall", "--no-confirm", "--disable-strategies", "compile", "--version", &tool.version, "--root"])
        .args([root.as_os_str(), tool.name.as_ref()])
        .limit(Duration::from_secs(180));
    match task.step(&format!("Fetching {} {}", tool.name, tool.version), None) {
        Ok(()) => Ok(root.join("bin").is_dir()),
        Err(Failure::Interrupted) => Err(Failure::Interrupted),
        Err(_) => {
            progress::say(&format!("  No prebuilt {} could be had, so it is compiled.", tool.name));
            Ok(false)
        }
    }
}

fn compile(tool: &Tool, root: &Path, cache: &Path) -> Result<()> {
    let label = format!("Compiling {} {} (once for this user)", tool.name, tool.version);
    let shared = cache.join(BUILD);
    let task = |locked: bool| -> Result<Task> {
        let mut task = Task::new("cargo", paths::log(&format!("install-{}", tool.name))?)
            .args(["install", tool.name, "--version", &tool.version, "--features", tool.features, "--root"])
            .args([root])
            // Compiled in a third of the time; these tools spend theirs waiting for others.
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_TARGET_DIR", &shared)
            .limit(INSTALL_LIMIT);
        if locked {
            task = task.args(["--locked"]);
        }
        Ok(task)
    };
    let estimate = Some(progress::estimate(tool.seconds));
    let outcome = match task(tool.locked)?.step(&label, estimate) {
        Err(Failure::Failed(_)) if tool.locked => {
            progress::say("  Once more, without its own lock file.");
            task(false)?.step(&label, estimate)
        }
        other => other,
    };
    let features = if tool.features.is_empty() { String::new() } else { format!(" --features {}", tool.features) };
    let by_hand = format!(
        "cargo install {} --version {}{features} --root {}",
        tool.name,
        tool.version,
        cache.join(format!("{}-{}", tool.name, tool.version)).display()
    );
    outcome.map_err(|failure| cannot_install(&format!("{} {}", tool.name, tool.version), failure, &by_hand))?;
    Ok(())
}

/// Which tool, why, and what to type.
pub fn cannot_install(what: &str, failure: Failure, by_hand: &str) -> Failure {
    match failure {
        Failure::Failed(why) => Failure::Failed(format!(
            "{what} could not be installed.\n\n{}\n\nOnce the reason is gone, run this command again, or by hand:\n\n    {by_hand}",
            why.trim_start()
        )),
        other => other,
    }
}
