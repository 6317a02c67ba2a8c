//! The search field. What is typed goes into the address after a moment; a secret never does.

use std::time::Duration;

use leptos::{ev, html, prelude::*};

use super::{
    found::{Found, Pasted, look_up, recognize},
    query::is_safe,
    shortcuts::SEARCH_ID,
    state::KeysState,
};
use crate::components::{
    fixed::{on, text, watch},
    icon::Icon,
};

const PARTIAL: &str = "This looks like part of a key, so it is not searched for. Paste the whole key to find it.";
const PAUSE: Duration = Duration::from_millis(250);

/// "Search name or paste a key".
#[component]
pub fn Search() -> impl IntoView {
    let state = expect_context::<KeysState>();
    let field = NodeRef::<html::Input>::new();
    let pending = StoredValue::new(None::<TimeoutHandle>);
    let partial = RwSignal::new(false);

    // Back and "Clear search" change the address: the field follows, unless one is typing in it.
    watch(move || {
        let search = state.query.with(|query| query.search.clone());
        if let Some(input) = field.get()
            && pending.get_value().is_none()
            && input.value() != search
            && !partial.get_untracked()
        {
            input.set_value(&search);
        }
    });

    let stop_waiting = move || {
        if let Some(Some(handle)) = pending.try_update_value(Option::take) {
            handle.clear();
        }
    };
    let empty = move || {
        stop_waiting();
        partial.set(false);
        if let Some(input) = field.get_untracked() {
            input.set_value("");
        }
        state.change(|query| query.search.clear());
    };
    // Answers whether the text was a secret, and so is not to be searched for.
    let taken = move |text: &str| match recognize(text) {
        Pasted::Text => false,
        Pasted::Secret(hash) => {
            empty();
            look_up(state, hash);
            true
        }
        Pasted::Mistyped => {
            empty();
            state.found.set(Found::Mistyped);
            true
        }
    };
    let search_for = move |text: String| {
        partial.set(!is_safe(&text));
        stop_waiting();
        if !is_safe(&text) {
            return;
        }
        let go = move || {
            pending.try_update_value(Option::take);
            state.found.set(Found::Nothing);
            state.change(|query| query.search = text.trim().to_owned());
        };
        pending.set_value(set_timeout_with_handle(go, PAUSE).ok());
    };
    let on_paste = move |event: ev::ClipboardEvent| {
        let text = event.clipboard_data().and_then(|data| data.get_data("text").ok()).unwrap_or_default();
        if taken(&text) {
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
                aria-label="Search name or paste a key"
                aria-describedby="search-note"
                aria-keyshortcuts="/"
                placeholder="Search name or paste a key"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                on:paste=on(on_paste)
                on:input=on(on_input)
                on:keydown=on(on_key)
            />
            <kbd aria-hidden="true">"/"</kbd>
            <p class="search-note" id="search-note" role="status">
                {text(move || if partial.get() { PARTIAL.to_owned() } else { String::new() })}
            </p>
        </search>
    }
}
