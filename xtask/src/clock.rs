//! The only place in the workspace's native tools that reads a clock.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A moment for measuring how long something takes.
#[expect(clippy::disallowed_methods, reason = "native only: the ban is for wasm32")]
pub fn now() -> Instant {
    Instant::now()
}

/// Milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "native only: the ban is for wasm32")]
pub fn unix_millis() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}
