//! A secret that was made, and that nobody has: the answer that carried it never arrived.

use leptos::prelude::*;

use super::asking::Asking;
use crate::{
    browser::intl,
    components::{button::Button, key_facts::KeyFacts},
    format,
};

/// Says so, and offers another. None is made until that is asked for.
#[component]
pub fn Lost(asking: Asking, on_close: Callback<()>) -> impl IntoView {
    let key = asking.key.get_untracked();
    let old = match format::old_secret(&key, intl::now()) {
        Some(old) => format!(
            "The old key works until {}. Rotating again gives another secret, and ends the old one at once.",
            intl::with_zone(old.ends_at)
        ),
        None => "Rotating gives another secret.".to_owned(),
    };
    view! {
        <p class="note warn" role="alert">
            "The secret was made, but the answer with it got lost on the way. It cannot be shown again, so nobody has it."
        </p>
        <KeyFacts key=key />
        <p>{old}</p>
        <div class="dialog-actions">
            <Button on_press=on_close>"Close"</Button>
            <Button on_press=Callback::new(move |()| asking.afresh()) autofocus=true>
                "Rotate…"
            </Button>
        </div>
    }
}
