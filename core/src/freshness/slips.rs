//! Deliberate mistakes, each of which the simulation must catch. They exist in this crate's own tests only.

use std::cell::Cell;

/// A mistake that somebody could make in the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slip {
    /// A miss is kept though the cursor has moved since it was sent.
    StoreOverlapped,
    /// An isolate is fresh because its entry is.
    JudgeByEntryAge,
    /// A row without a hash changes nothing.
    ForgetOrganization,
    /// Rows that were pruned did not matter.
    IgnoreGap,
    /// A feed that ends before the cursor has nothing new.
    IgnoreShrunkFeed,
    /// Of too many rows the first are enough.
    IgnoreOverflow,
    /// A secret, or a key, works a little longer than its end.
    ExtendGrace,
    /// A sync that comes late moves the cursor back.
    ApplyLateSync,
    /// What was asked before memory was emptied is applied to what is in it after.
    KeepInFlight,
    /// A clock that steps back is believed.
    IgnoreBackwardClock,
    /// What did not exist goes on not existing after it was minted.
    KeepNegative,
    /// Any replica will do.
    DropBookmark,
    /// A sync is as new as its answer.
    SyncedWhenApplied,
    /// Twice the promise is near enough.
    TwiceTheBound,
    /// `max_age_ms` is not heeded.
    IgnoreMaxAge,
    /// A strict organization is answered from memory.
    StrictFromMemory,
    /// A strict organization is answered from KV.
    KvForStrict,
    /// KV's answer has an age.
    KvUnmarked,
    /// KV's answer is remembered.
    RememberKv,
    /// What KV lacks does not exist.
    AbsentInOutage,
    /// Memory serves as long as an outage lasts.
    MemoryForEver,
    /// An outage is not told.
    UnmarkedOutage,
    /// Nothing is forgotten to make room.
    KeepAll,
    /// Everybody may cause as many look-ups as they like.
    ForgetBudget,
    /// Who needs a look-up waits for another's sync first.
    SleepOnMisses,
}

thread_local! {
    static MADE: Cell<Option<Slip>> = const { Cell::new(None) };
}

/// Whether this test makes that mistake.
pub fn is_made(slip: Slip) -> bool {
    MADE.get() == Some(slip)
}

/// Runs `body` with a mistake in the machine; of this thread only, for tests run side by side.
pub fn with<T>(slip: Slip, body: impl FnOnce() -> T) -> T {
    MADE.set(Some(slip));
    let result = body();
    MADE.set(None);
    result
}
