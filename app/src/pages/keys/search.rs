//! The search field. What is typed goes into the address after a moment; a secret never does.

use std::time::Duration;

use leptos::{ev, html, prelude::*};

use super::{
    found::{Found, Pasted, recognize},
    query::{ListQuery, is_safe},
    shortcuts::SEARCH_ID,
    state::KeysState,
};
use crate::components::{
    fixed::{on, watch},
    icon::Icon,
};

const PAUSE: Duration = Duration::from_millis(250);

/// "Search, or paste a key or hint".
#[component]
pub fn Search() -> impl IntoView {
    let state = expect_context::<KeysState>();
    let field = NodeRef::<html::Input>::new();
    let pending = StoredValue::new(None::<TimeoutHandle>);
    // Whether this entry of the history is one that typing has made, and so one that typing may replace.
    let typing = StoredValue::new(false);

    // Back and "Clear search" change the address: the field follows, unless one is typing in it.
    watch(move || {
        let search = state.query.with(|query| query.search.clone());
        let refused = state.found.with(|found| matches!(found, Found::Partial));
        if let Some(input) = field.get()
            && pending.get_value().is_none()
            && input.value().trim() != search
            && !refused
        {
            input.set_value(&search);
            typing.set_value(false);
        }
    });

    let stop_waiting = move || {
        if let Some(Some(handle)) = pending.try_update_value(Option::take) {
            handle.clear();
        }
    };
    let empty = move || {
        stop_waiting();
        if let Some(input) = field.get_untracked() {
            input.set_value("");
        }
        state.found.set(Found::Nothing);
        state.replace(|query| query.search.clear());
    };
    // Answers whether the text was a secret, and so is not to be searched for.
    let look_up = move |hash, foreign| {
        empty();
        state.pasted.set_value(Some((hash, foreign)));
        state.found.set(Found::Looking);
    };
    let taken = move |text: &str| match recognize(text) {
        Pasted::Text | Pasted::Foreign(_) => false,
        Pasted::Secret(hash) => {
            look_up(hash, false);
            true
        }
        Pasted::Mistyped => {
            empty();
            state.found.set(Found::Mistyped);
            true
        }
    };
    let search_for = move |text: String| {
        stop_waiting();
        if let Pasted::Foreign(hash) = recognize(&text) {
            // It may still be growing under somebody's hands, and has no checksum that would tell.
            let go = move || look_up(hash, true);
            return pending.set_value(set_timeout_with_handle(go, PAUSE).ok());
        }
        if !is_safe(&text) {
            state.found.set(Found::Partial);
            state.replace(|query| query.search.clear());
            return;
        }
        let go = move || {
            pending.try_update_value(Option::take);
            state.found.set(Found::Nothing);
            let search = |query: &mut ListQuery| query.search = text.trim().to_owned();
            if typing.get_value() {
                state.replace(search)
            } else {
                state.change(search)
            }
            typing.set_value(true);
        };
        pending.set_value(set_timeout_with_handle(go, PAUSE).ok());
    };
    let on_paste = move |event: ev::ClipboardEvent| {
        let text = event.clipboard_data().and_then(|data| data.get_data("text").ok()).unwrap_or_default();
        if let Pasted::Foreign(hash) = recognize(&text) {
            event.prevent_default();
            look_up(hash, true);
        } else if taken(&text) {
            event.prevent_default();
        }
    };
    // Dropped, filled in or typed: the same, one step later, and still before the address.
    let on_input = move |event: ev::Event| {
        let text = event_target_value(&event);
        if !taken(&text) {
            search_for(text);
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && field.get_untracked().is_some_and(|input| !input.value().is_empty()) {
            event.prevent_default();
            empty();
        }
    };
    on_cleanup(stop_waiting);
    view! {
        <search class="search">
            {Icon::Search.view()}
            <input
                id=SEARCH_ID
                node_ref=field
                type="search"
                name="search"
                aria-label="Search, or paste a key or hint"
                aria-keyshortcuts="/"
                placeholder="Search, or paste a key"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                on:paste=on(on_paste)
                on:input=on(on_input)
                on:keydown=on(on_key)
                on:blur=on(move |_: ev::FocusEvent| typing.set_value(false))
            />
            <kbd aria-hidden="true">"/"</kbd>
        </search>
    }
}
