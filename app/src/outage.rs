//! Whether the database answers, as far as any request has heard. Of no page: they come and go while it is away.

use leptos::prelude::*;

struct Outage {
    /// A request was told that the database does not answer, and nobody has found out yet that it does.
    suspected: ArcRwSignal<bool>,
    /// Raised by what is answered all the same.
    answers: ArcRwSignal<u32>,
    /// Raised at the end of each.
    ends: ArcRwSignal<u32>,
}

thread_local! {
    static OUTAGE: Outage =
        Outage { suspected: ArcRwSignal::new(false), answers: ArcRwSignal::new(0), ends: ArcRwSignal::new(0) };
}

/// A request was told that the database does not answer.
pub fn suspect() {
    OUTAGE.with(|outage| {
        if !outage.suspected.get_untracked() {
            outage.suspected.set(true);
        }
    });
}

/// A request was answered.
pub fn heard_answer() {
    OUTAGE.with(|outage| {
        if outage.suspected.get_untracked() {
            outage.answers.update(|answers| *answers += 1);
        }
    });
}

/// Whether the database may be away, tracked.
pub fn is_suspected() -> bool {
    OUTAGE.with(|outage| outage.suspected.get())
}

/// How often a request was answered while it may be away, tracked.
pub fn answers() -> u32 {
    OUTAGE.with(|outage| outage.answers.get())
}

/// It answers. After an outage that was told of, everything is asked for again, by who called [`track_end`].
pub fn end(told: bool) {
    OUTAGE.with(|outage| {
        outage.suspected.set(false);
        if told {
            outage.ends.update(|ends| *ends += 1);
        }
    });
}

/// Has the effect that calls this run again when an outage ends.
pub fn track_end() {
    OUTAGE.with(|outage| outage.ends.track());
}
