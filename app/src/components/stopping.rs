//! Says after a revoke how long it can take until nobody accepts the key any more, counts that down, and says when it is over.
//! Read aloud are the beginning and the end, and not the seconds in between.

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;

use super::{
    fixed::{Fix, text},
    toast::ToastContext,
};

/// The promise of verification: so long an isolate may answer from memory.
const SECONDS: u32 = 5;

/// What has just been revoked, in the words of the three toasts.
pub struct Stopping {
    /// "Revoked Billing export".
    pub done: String,
    /// "Billing export is".
    pub subject: String,
    /// Each verification reads the database: it is over already.
    pub strict: bool,
}

impl Stopping {
    /// Begins to count.
    pub fn say(self, toasts: ToastContext) {
        let Self { done, subject, strict } = self;
        let end = format!("{subject} stopped everywhere");
        if strict {
            return toasts.say(format!("{done}. {end}"));
        }
        // Not of the page, which may be left meanwhile.
        let left = ArcRwSignal::new(SECONDS);
        let counted = left.clone();
        let more = Arc::new(move || {
            let left = counted.clone();
            view! {
                <span class="visually-hidden">{format!("Stopped everywhere in at most {SECONDS} s")}</span>
                <span aria-hidden="true">{text(move || format!("Stopped everywhere in at most {} s", left.get()))}</span>
            }
            .fixed()
        });
        let number = toasts.say_with(format!("{done}."), more);
        tick(toasts, number, left, end);
    }
}

fn tick(toasts: ToastContext, number: u32, left: ArcRwSignal<u32>, end: String) {
    let next = move || {
        let now = left.get_untracked().saturating_sub(1);
        left.set(now);
        // Another toast is read first: it may have something to press.
        if now == 0 && toasts.is_free(number) {
            toasts.say(end);
        } else {
            tick(toasts, number, left, end);
        }
    };
    set_timeout(next, Duration::from_secs(1));
}
