//! Finding the browsers and other programs that tests drive, or installing them where that is possible.

use std::{path::PathBuf, process::Command, time::Duration};

use crate::{
    failure::{Failure, Result},
    npm, paths,
    process::{self, Task},
};

const CHROMIUMS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const CHROMIUM_APPS: [&str; 2] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
const CHROMIUM_SHELLS: [&str; 2] = ["chromium-headless-shell", "chrome-headless-shell"];
const FIREFOXES: [&str; 2] = ["firefox-esr", "firefox"];
const FIREFOX_APPS: [&str; 1] = ["/Applications/Firefox.app/Contents/MacOS/firefox"];

/// Chromium: `$CHROMIUM`, the system's, Playwright's own, or Debian's package, installed when we may.
pub fn chromium() -> Result<Option<PathBuf>> {
    if let Some(found) = installed("CHROMIUM", &CHROMIUMS, &CHROMIUM_APPS).or_else(playwrights_own) {
        return Ok(Some(found));
    }
    install("chromium")?;
    Ok(installed("CHROMIUM", &CHROMIUMS, &[]))
}

/// Chromium without its windows, which takes a third of the time: `$CHROMIUM_SHELL`, the system's, or Debian's package,
/// installed when we may. Playwright's own download is one.
pub fn chromium_shell() -> Result<Option<PathBuf>> {
    if let Some(found) = installed("CHROMIUM_SHELL", &CHROMIUM_SHELLS, &[]) {
        return Ok(Some(found));
    }
    install("chromium-headless-shell")?;
    Ok(installed("CHROMIUM_SHELL", &CHROMIUM_SHELLS, &[]))
}

/// Firefox: `$FIREFOX`, the system's, or Debian's package, installed when we may.
pub fn firefox() -> Result<Option<PathBuf>> {
    if let Some(found) = installed("FIREFOX", &FIREFOXES, &FIREFOX_APPS) {
        return Ok(Some(found));
    }
    install("firefox-esr")?;
    Ok(installed("FIREFOX", &FIREFOXES, &[]))
}

/// A program that Claviger is tested with: the system's, or Debian's package of the same name, installed when we may.
pub fn tool(name: &str) -> Result<Option<PathBuf>> {
    let variable = name.to_uppercase();
    // Where Debian puts it, which is on the PATH of root only.
    let place = format!("/usr/sbin/{name}");
    let find = || installed(&variable, &[name], &[place.as_str()]);
    if let Some(found) = find() {
        return Ok(Some(found));
    }
    install(name)?;
    Ok(find())
}

fn installed(variable: &str, names: &[&str], apps: &[&str]) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from);
    let on_path = names.iter().find_map(|name| paths::on_path(name));
    let apps = apps.iter().map(PathBuf::from);
    named.into_iter().chain(on_path).chain(apps).find(|path| path.is_file())
}

fn playwrights_own() -> Option<PathBuf> {
    let script = "console.log(require('playwright-core').chromium.executablePath())";
    let said = process::quick(npm::node().ok()?, &["-e", script])?;
    Some(PathBuf::from(said.trim())).filter(|path| path.is_file())
}

/// Debian's package, when we are root on Debian. That it did not work is seen by the browser still being missing.
pub fn install(package: &str) -> Result<()> {
    let root = Command::new("id").arg("-u").output().is_ok_and(|said| said.stdout.trim_ascii() == b"0");
    if !root || paths::on_path("apt-get").is_none() {
        return Ok(());
    }
    let apt = |name: &str, arguments: &[&str]| -> Result<Task> {
        Ok(Task::new("apt-get", paths::log(name)?)
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .limit(Duration::from_secs(900)))
    };
    let attempt = || -> Result<()> {
        apt("apt-update", &["update"])?.step("Updating the list of Debian packages", None)?;
        apt(&format!("apt-{package}"), &["install", "-y", "--no-install-recommends", package])?
            .step(&format!("Installing Debian's {package}"), Some(Duration::from_secs(60)))
    };
    match attempt() {
        Err(Failure::Interrupted) => Err(Failure::Interrupted),
        _ => Ok(()),
    }
}
