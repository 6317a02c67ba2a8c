//! Where things are.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use crate::failure::{Failure, Result};

/// The repository's root.
pub fn root() -> PathBuf {
    // At run time cargo names the checkout that it runs for; the compiled-in path may be another one's when several share
    // a target folder.
    let here =
        env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.parent().map(Path::to_owned).unwrap_or(here)
}

/// Where xtask keeps what it notes down about this checkout; created if missing.
pub fn notes() -> Result<PathBuf> {
    created(root().join("target/xtask"))
}

/// The log file of the step `name`.
pub fn log(name: &str) -> Result<PathBuf> {
    let file: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    Ok(created(root().join("target/xtask-logs"))?.join(format!("{file}.log")))
}

/// `path` with the folder made if it is missing.
pub fn created(path: PathBuf) -> Result<PathBuf> {
    fs::create_dir_all(&path).map_err(Failure::while_trying(format!("make the folder {}", path.display())))?;
    Ok(path)
}

/// The folder of the tools that xtask installs: one below it per tool and version, shared by every clone of this user.
pub fn tools() -> Result<PathBuf> {
    let cache = if cfg!(windows) {
        env::var_os("LOCALAPPDATA").map(PathBuf::from)
    } else {
        env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty()).map(PathBuf::from).or_else(|| {
            let below = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
            env::home_dir().map(|home| home.join(below))
        })
    };
    let cache = cache.ok_or_else(|| {
        Failure::Failed("There is no cache folder for tools: set HOME (or XDG_CACHE_HOME).".to_owned())
    })?;
    created(cache.join("claviger").join("tools"))
}

/// `path` as a person would type it: relative to the root when it is inside.
pub fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// `first` in front of the present PATH.
pub fn path_with(first: &[PathBuf]) -> OsString {
    let present = env::var_os("PATH").unwrap_or_default();
    let all = first.iter().cloned().chain(env::split_paths(&present));
    env::join_paths(all).unwrap_or(present)
}

/// The program `name` in a PATH, with the platform's endings.
pub fn find_program(name: &str, path: &std::ffi::OsStr) -> Option<PathBuf> {
    let endings: &[&str] = if cfg!(windows) { &[".exe", ".cmd"] } else { &[""] };
    env::split_paths(path)
        .flat_map(|folder| endings.iter().map(move |ending| folder.join(format!("{name}{ending}"))))
        .find(|file| file.is_file())
}

/// The program `name` on our own PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    find_program(name, &env::var_os("PATH").unwrap_or_default())
}
