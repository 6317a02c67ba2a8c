//! A key that was made, and whose secret nobody has: the answer that carried it never arrived.

use claviger_core::wire::key::Key;
use leptos::prelude::*;

use crate::{
    components::{button::Button, key_facts::KeyFacts},
    pages::{
        key_actions::KeyAction,
        keys::state::{KeysState, Open},
    },
};

/// Says so, and offers to end it. No other is made until that is asked for.
#[component]
pub fn Lost(key: Key) -> impl IntoView {
    let state = expect_context::<KeysState>();
    let kept = StoredValue::new(key.clone());
    let keep = Callback::new(move |()| state.made(kept.get_value()));
    let delete = Callback::new(move |()| {
        state.refresh();
        state.show(Open::Action(KeyAction::Delete, Box::new(kept.get_value())));
    });
    view! {
        <p class="note warn" role="alert">
            "The key was made, but the answer with its secret got lost on the way. The secret cannot be shown again, so nobody can use this key."
        </p>
        <KeyFacts key=key />
        <p>"Delete it and make a new one, or keep it and rotate it later: rotating gives it a new secret."</p>
        <div class="dialog-actions">
            <Button on_press=delete>"Delete it…"</Button>
            <Button on_press=keep autofocus=true>
                "Keep it"
            </Button>
        </div>
    }
}
