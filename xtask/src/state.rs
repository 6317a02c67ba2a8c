//! The folder that holds a local installation's data: `.wrangler/state`, or what `--state` names.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    failure::{Failure, Result},
    lock::{self, Lock},
    paths, vars,
};

/// A local installation.
pub struct State {
    /// Its data.
    pub folder: PathBuf,
    /// Its variables, secrets included.
    pub vars: PathBuf,
    /// Whether wrangler has to be told where the variables are.
    pub own_vars: bool,
}

impl State {
    /// The one that `--state` names, or the checkout's own. A state of its own has variables of its own, so that two
    /// never share a token.
    pub fn open(named: Option<&str>) -> Result<Self> {
        match named {
            None => Ok(Self {
                folder: paths::created(paths::root().join(".wrangler/state"))?,
                vars: paths::root().join(".dev.vars"),
                own_vars: false,
            }),
            Some(name) => {
                let folder = std::path::absolute(Path::new(name))
                    .map_err(Failure::while_trying(format!("find the folder {name}")))?;
                let folder = paths::created(folder)?;
                Ok(Self { vars: folder.join("dev.vars"), folder, own_vars: true })
            }
        }
    }

    /// Makes the variables that are missing.
    pub fn ensure_vars(&self) -> Result<()> {
        vars::ensure(&self.vars)
    }

    /// The Worker's log, wrangler's lines among it.
    pub fn log(&self) -> PathBuf {
        self.folder.join("worker.log")
    }

    /// Claims the state for serving it on `port`: two `workerd` on one database would corrupt it.
    pub fn claim(&self, port: u16) -> Result<Lock> {
        let Some(lock) = lock::try_take(&self.folder.join("serving.lock"))? else {
            let there = self.served_on().map_or(String::new(), |port| format!(" on http://localhost:{port}/"));
            return Err(Failure::Failed(format!(
                "{} is in use: it is being served{there}. Stop that one first, or take another state with `--state DIR`.",
                paths::shown(&self.folder)
            )));
        };
        fs::write(self.note(), port.to_string()).map_err(Failure::while_trying("note down the port"))?;
        Ok(lock)
    }

    /// The port that it was served on last.
    pub fn served_on(&self) -> Option<u16> {
        fs::read_to_string(self.note()).ok()?.trim().parse().ok()
    }

    /// Whether it is being served now.
    pub fn is_served(&self) -> bool {
        lock::try_take(&self.folder.join("serving.lock")).is_ok_and(|lock| lock.is_none())
    }

    // Not in the lock file itself: Windows lets nobody else read that.
    fn note(&self) -> PathBuf {
        self.folder.join("serving.port")
    }
}
