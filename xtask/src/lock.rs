//! Locks between processes: two xtasks at once must not install or build into the same folder.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::Path,
    time::Duration,
};

use crate::{
    failure::{Failure, Result},
    progress, signals,
};

/// Held until dropped, or until the process ends in whatever way.
pub struct Lock(#[expect(dead_code, reason = "the lock ends with the open file")] File);

fn open(path: &Path) -> Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)
        .map_err(Failure::while_trying(format!("open {}", path.display())))
}

/// Takes the lock `path`, waiting for another process that holds it; `busy` says what that one is doing.
pub fn wait(path: &Path, busy: &str) -> Result<Lock> {
    let file = open(path)?;
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Lock(file)),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => {
                return Err(Failure::Failed(format!("Could not lock {}: {error}", path.display())));
            }
        }
        if !told {
            progress::say(&format!("Waiting: another `cargo xtask` is {busy}."));
            told = true;
        }
        signals::check()?;
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Takes the lock `path`, or `None` when another process holds it.
pub fn try_take(path: &Path) -> Result<Option<Lock>> {
    let file = open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(Failure::Failed(format!("Could not lock {}: {error}", path.display()))),
    }
}
