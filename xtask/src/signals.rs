//! Ctrl-C and SIGTERM become a flag, so that whatever runs is ended in order before we end ourselves.
//!
//! SIGHUP keeps its default on purpose: `nohup cargo xtask start &` must go on. A closed terminal ends us at once, and
//! the guard (see `guard.rs`) ends what we started, as it does after SIGKILL.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use signal_hook::consts::{SIGINT, SIGTERM};

use crate::failure::{Failure, Result};

static INTERRUPTED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Starts listening. To be called once.
pub fn catch() -> Result<()> {
    let flag = INTERRUPTED.get_or_init(Arc::default);
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(flag)).map_err(Failure::while_trying("listen for Ctrl-C"))?;
    }
    Ok(())
}

/// Fails once Ctrl-C or SIGTERM came.
pub fn check() -> Result<()> {
    let interrupted = INTERRUPTED.get().is_some_and(|flag| flag.load(Ordering::Relaxed));
    if interrupted { Err(Failure::Interrupted) } else { Ok(()) }
}
