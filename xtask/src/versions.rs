//! Versions that are written down elsewhere in the repository and read from there, so that they exist once.

use std::fs;

use crate::{
    failure::{Failure, Result},
    paths,
};

/// The version of `package` in the workspace's Cargo.lock.
pub fn locked(package: &str) -> Result<String> {
    let path = paths::root().join("Cargo.lock");
    let lock = fs::read_to_string(&path).map_err(Failure::while_trying("read Cargo.lock"))?;
    in_lock(&lock, package).ok_or_else(|| Failure::Failed(format!("Cargo.lock names no package `{package}`.")))
}

fn in_lock(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| line.trim() != name);
    let version = lines.nth(1)?.trim().strip_prefix("version = \"")?;
    version.strip_suffix('"').map(str::to_owned)
}

/// The leading number of `v22.23.3` or `22.23.3`.
pub fn major(version: &str) -> Option<u32> {
    version.trim().trim_start_matches('v').split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locked_version_is_that_of_the_exact_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"x\"\n";
        assert_eq!(in_lock(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(in_lock(lock, "wasm"), None);
    }

    #[test]
    fn this_workspace_locks_wasm_bindgen() {
        assert!(locked("wasm-bindgen").unwrap().starts_with("0.2."));
    }

    #[test]
    fn the_major_version_of_node_is_found() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("nonsense"), None);
    }
}
