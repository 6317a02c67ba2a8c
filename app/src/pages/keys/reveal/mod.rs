//! The one showing of a new secret.

mod dialog;
mod snippet;

use leptos::{ev, prelude::*};

pub use self::dialog::RevealDialog;

/// While `unsafe_to_leave`, the browser asks before the page goes.
pub fn unload_guard(unsafe_to_leave: Signal<bool>) {
    let handle = window_event_listener(ev::beforeunload, move |event| {
        if unsafe_to_leave.get_untracked() {
            event.prevent_default();
            // Older browsers ask only when this is set.
            event.set_return_value("copy the key first");
        }
    });
    on_cleanup(move || handle.remove());
}
