//! A button that copies, says so, and says what to do when the browser refuses.

use std::time::Duration;

use leptos::prelude::*;

use super::{
    fixed::{flag, press, spawn, text},
    icon::Icon,
};
use crate::browser::{clipboard, page};

const SAID_FOR: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Idle,
    Copied,
    Refused,
}

/// Copies what `whole` answers at the moment of the press.
#[component]
pub fn CopyButton(
    label: &'static str,
    whole: Callback<(), String>,
    #[prop(optional, into)] on_copied: Option<Callback<()>>,
    #[prop(optional)] primary: bool,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    let outcome = RwSignal::new(Outcome::Idle);
    let done = flag(move || outcome.get() == Outcome::Copied);
    let copy = press(move || {
        spawn(async move {
            let copied = clipboard::copy(&whole.run(())).await;
            // The dialog may be gone by now.
            if outcome.try_set(if copied { Outcome::Copied } else { Outcome::Refused }).is_some() {
                return;
            }
            if copied && let Some(on_copied) = on_copied {
                on_copied.run(());
            }
            set_timeout(
                move || {
                    let _ = outcome.try_set(Outcome::Idle);
                },
                SAID_FOR,
            );
        });
    });
    let node = NodeRef::new();
    if autofocus {
        page::focus_when_drawn(node);
    }
    view! {
        <button
            node_ref=node
            type="button"
            class=if primary { "button copy primary" } else { "button copy" }
            data-done=done
            on:click=copy
        >
            <span class="copy-idle">{Icon::Copy.view()} {label}</span>
            <span class="copy-done" aria-hidden="true">{Icon::Check.view()} "Copied"</span>
        </button>
        <span class="copy-says" role="status">
            {text(move || match outcome.get() {
                Outcome::Idle => "",
                Outcome::Copied => "Copied.",
                Outcome::Refused => "The browser did not allow copying. Choose Show, select the text and copy it by hand.",
            }.to_owned())}
        </span>
    }
}
