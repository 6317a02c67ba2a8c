//! What the server does not do before a passkey was shown again: whoever asked for it waits here, and is answered as if nothing
//! had been between.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    task::{Poll, Waker},
};

use leptos::prelude::*;

thread_local! {
    /// Several requests may be refused at once.
    static WAITING: RefCell<Vec<Waker>> = const { RefCell::new(Vec::new()) };
    /// How often the question was answered, and whether the last time a passkey was shown.
    static ANSWERED: Cell<(u32, bool)> = const { Cell::new((0, false)) };
    /// The page that asks.
    static PAGE: Cell<Option<RwSignal<bool>>> = const { Cell::new(None) };
}

/// The place of the page that is drawn, which asks while it is true.
pub fn here() -> RwSignal<bool> {
    let asks = RwSignal::new(false);
    PAGE.set(Some(asks));
    // Nobody can answer any more; another page may be here already.
    on_cleanup(move || {
        if PAGE.get() == Some(asks) {
            PAGE.set(None);
            end(false);
        }
    });
    asks
}

/// Lets all who wait go on, to ask again or to give up.
pub fn end(shown: bool) {
    if let Some(asks) = PAGE.get() {
        asks.try_set(false);
    }
    ANSWERED.set((ANSWERED.get().0 + 1, shown));
    for waiting in WAITING.take() {
        waiting.wake();
    }
}

/// Waits until a passkey was shown. False when it was not, or no page can ask for it.
pub async fn was_shown() -> bool {
    let Some(asks) = PAGE.get() else { return false };
    let (before, _) = ANSWERED.get();
    asks.try_set(true);
    poll_fn(|context| match ANSWERED.get() {
        (times, shown) if times != before => Poll::Ready(shown),
        _ => {
            WAITING.with_borrow_mut(|waiting| waiting.push(context.waker().clone()));
            Poll::Pending
        }
    })
    .await
}
