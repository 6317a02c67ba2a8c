//! Fast and provably revoked: what one isolate may answer from memory, and what it must ask first.
//!
//! A pure state machine. Time, the primary database, a replica and KV are arguments; what to do next comes back as a
//! [`Next`]. The Worker's glue is a loop without a decision in it:
//!
//! ```text
//! let mut request = Request::new(wishes, now);
//! loop {
//!     match isolate.next(now, &mut request) {
//!         Next::Answer(answer) => { run answer.behind in wait_until, feed it to isolate.primary(…); break answer }
//!         Next::Sleep(ms)      => sleep on this request's own timer
//!         Next::Primary(batch) => isolate.primary_for(now, &mut request, &batch, D1's reply or None)
//!         Next::Replica(read)  => isolate.replica_for(now, &mut request, &read, D1's reply or None)
//!         Next::Kv(hashes)     => isolate.kv_for(now, &mut request, KV's reply or None)
//!     }
//! }
//! ```
//!
//! `now` is read anew for each call. An I/O that takes longer than its `within` is a `None`; what D1 says after that may
//! still be given to [`Isolate::primary`]. Nothing here awaits: a request that finds a sync under way sleeps on its own
//! timer and asks again, since workerd cancels whoever awaits what another request drives.
//!
//! **Why it holds.** `synced_at` is when the last applied sync *started*, so whatever was committed before it is known. A
//! record enters memory only if it was read at, or after, the feed's position `cursor`, and every later change to it has a
//! row behind that position, which the next sync applies. So memory is the truth at `synced_at` or later, and an answer from
//! it is good for a request that came less than [`S`] after that. `simulation` holds exactly this, from a seed.

use crate::time::{MINUTE, SECOND, Timestamp};

pub use self::{
    copy::{KeyCopy, OrganizationCopy},
    io::{Batch, Change, Feed, Found, Next, Read, Snapshot},
    isolate::{Isolate, Limits},
    record::Record,
    request::{Answer, Facts, Finding, Held, Request, Wishes},
};

mod budget;
mod cache;
mod copy;
mod decide;
mod io;
mod isolate;
mod outage;
mod record;
mod request;
#[cfg(any(test, feature = "simulation"))]
pub mod simulation;
#[cfg(test)]
mod slips;
#[cfg(test)]
mod tests;

/// The promise: no VALID for a request that came more than this after the revoke committed. Milliseconds.
pub const S: i64 = 5 * SECOND;
/// How long memory serves when D1 does not answer, in milliseconds; marked as degraded beyond [`S`].
pub const MEMORY_SERVES: i64 = 30 * SECOND;
/// How long an entry lives at most, in milliseconds: no bound rests on it, it only limits what an error could do.
pub const LIFE: i64 = 10 * MINUTE;
/// Most rows of the feed that are applied one by one; more empty the isolate. Ask for one more than these.
pub const MOST_CHANGES: usize = 500;

/// How long a request waits on another's sync before it syncs for itself, and how long a sync counts as under way.
const PATIENCE_WITH_OTHERS: i64 = SECOND;
/// How long a request sleeps before it looks again.
const NAP: i64 = 10;
/// How long D1 may take when memory or KV could answer instead.
const HEDGE: i64 = SECOND;
/// How long D1 may take when nothing else may answer: strict, or with a `max_age_ms`.
const PATIENCE: i64 = 5 * SECOND;
/// For so long after a failure of the primary, memory answers without waiting for it again: else each request of an outage
/// would take [`HEDGE`] longer. It must outlast [`PROBE`] and a probe's [`HEDGE`].
const FAILING: i64 = 2_500;
/// In an outage the primary is asked behind an answer this often.
const PROBE: i64 = SECOND;

/// Milliseconds from `then` to `now`.
const fn since(now: Timestamp, then: Timestamp) -> i64 {
    now.millis() - then.millis()
}

/// `slip!(Name)`: whether a test has asked for this mistake, and the literal `false` in every other build.
#[cfg(test)]
macro_rules! slip {
    ($name:ident) => {
        $crate::freshness::slips::is_made($crate::freshness::slips::Slip::$name)
    };
}
#[cfg(not(test))]
macro_rules! slip {
    ($name:ident) => {
        false
    };
}
use slip;
