//! Bad luck on demand, for the tests: a movable clock, a database and a KV that stall or fail, and mistakes in the loop around
//! the freshness machine. Compiled in under the feature `lab` only; without it each of these is nothing, and a test looks into
//! the release build to see that it is.

#[cfg(feature = "lab")]
pub use with::*;
#[cfg(not(feature = "lab"))]
pub use without::*;

/// A mistake that somebody could make in `verify::memory`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "lab", derive(serde::Deserialize))]
#[cfg_attr(feature = "lab", serde(rename_all = "snake_case"))]
pub enum Mutant {
    /// What a sync says is not applied.
    SyncNeverApplied,
    /// A look-up goes to any replica, however old.
    BookmarkDropped,
    /// KV is asked before the database.
    KvAskedFirst,
}

#[cfg(not(feature = "lab"))]
mod without {
    use axum::response::Response;
    use claviger_core::freshness::Found;

    use super::Mutant;
    use crate::{error::Failure, incoming::Incoming};

    /// Milliseconds to add to the clock.
    pub const fn clock() -> i64 {
        0
    }

    /// What stands between us and D1.
    #[expect(clippy::unused_async, reason = "its other self waits")]
    pub async fn database() -> Result<(), Failure> {
        Ok(())
    }

    /// What stands between us and KV.
    #[expect(clippy::unused_async, reason = "its other self waits")]
    pub async fn kv() -> Result<(), Failure> {
        Ok(())
    }

    /// Whether this mistake is made.
    pub const fn makes(_: Mutant) -> bool {
        false
    }

    /// What a replica would have answered that need not be as new as the bookmark.
    pub fn replica(found: Found, _: bool) -> Found {
        found
    }

    /// The lab's own address.
    pub const fn answer(_: &Incoming) -> Option<Response> {
        None
    }
}

#[cfg(feature = "lab")]
mod with {
    use std::{cell::RefCell, time::Duration};

    use axum::response::Response;
    use claviger_core::freshness::Found;
    use http::StatusCode;
    use serde::Deserialize;
    use worker::Delay;

    use super::Mutant;
    use crate::{answer::json, error::Failure, incoming::Incoming};

    #[derive(Clone, Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Settings {
        /// Milliseconds to add to the clock.
        clock: i64,
        database: Fault,
        kv: Fault,
        mutant: Option<Mutant>,
    }

    #[derive(Clone, Copy, Default, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Fault {
        #[default]
        None,
        /// It fails at once.
        Gone,
        /// It answers after so many milliseconds.
        Slow(u64),
    }

    thread_local! {
        static SETTINGS: RefCell<Settings> = RefCell::default();
        static REPLICA: RefCell<Found> = RefCell::default();
    }

    pub fn clock() -> i64 {
        SETTINGS.with_borrow(|settings| settings.clock)
    }

    pub async fn database() -> Result<(), Failure> {
        suffer(SETTINGS.with_borrow(|settings| settings.database)).await
    }

    pub async fn kv() -> Result<(), Failure> {
        suffer(SETTINGS.with_borrow(|settings| settings.kv)).await
    }

    async fn suffer(fault: Fault) -> Result<(), Failure> {
        match fault {
            Fault::None => {}
            Fault::Gone => return Err(Failure::unavailable("the lab says so")),
            Fault::Slow(millis) => Delay::from(Duration::from_millis(millis)).await,
        }
        Ok(())
    }

    pub fn makes(mutant: Mutant) -> bool {
        SETTINGS.with_borrow(|settings| settings.mutant == Some(mutant))
    }

    /// The replica stays at what it was when a secret was first looked up.
    pub fn replica(found: Found, bound: bool) -> Found {
        REPLICA.with_borrow_mut(|replica| {
            for (hash, record) in &found {
                replica.entry(*hash).or_insert_with(|| std::sync::Arc::clone(record));
            }
            if bound {
                return found;
            }
            let old = |hash| replica.get(hash).map(|record| (*hash, std::sync::Arc::clone(record)));
            found.keys().filter_map(old).collect()
        })
    }

    /// `PUT /v1/lab`: what is to go wrong in this isolate from now on.
    pub fn answer(incoming: &Incoming) -> Option<Response> {
        if incoming.url.path() != "/v1/lab" {
            return None;
        }
        Some(match serde_json::from_slice::<Settings>(&incoming.body) {
            Ok(settings) => {
                SETTINGS.set(settings);
                json(StatusCode::OK, r#"{"claviger-lab":"as you wish"}"#.to_owned())
            }
            Err(error) => json(StatusCode::BAD_REQUEST, error.to_string()),
        })
    }
}
