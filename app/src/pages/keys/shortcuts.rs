//! `/` searches, `n` makes a key, `?` helps. They rest while one types or a dialog is open.

use leptos::{ev, prelude::*};

use super::{
    create::Purpose,
    state::{KeysState, Open},
};
use crate::browser::page;

/// The search field's id, for the `/` key.
pub const SEARCH_ID: &str = "search";

/// Listens until the page is left.
pub fn listen(state: KeysState) {
    let handle = window_event_listener(ev::keydown, move |event| {
        let modified = event.ctrl_key() || event.meta_key() || event.alt_key();
        if modified || event.default_prevented() || page::is_typing(&event) || page::has_dialog() {
            return;
        }
        match event.key().as_str() {
            "/" => drop(page::focus(SEARCH_ID)),
            "n" if untrack(|| state.viewed.may_make_keys()) => state.show(Open::Create(Purpose::Integration)),
            "?" => state.show(Open::Help),
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || handle.remove());
}
