//! The keyboard's shortcuts.

use leptos::prelude::*;

use super::state::KeysState;
use crate::components::{button::Button, dialog::Dialog};

/// Lists them.
#[component]
pub fn HelpDialog() -> impl IntoView {
    let state = expect_context::<KeysState>();
    let close = Callback::new(move |()| state.close());
    let rows = [("/", "Search"), ("n", "New key"), ("?", "This help"), ("Esc", "Close a dialog or menu")];
    view! {
        <Dialog title="Keyboard shortcuts" on_dismiss=close>
            <dl class="shortcuts">
                {rows.map(|(key, what)| view! { <div><dt><kbd>{key}</kbd></dt><dd>{what}</dd></div> })}
            </dl>
            <div class="dialog-actions">
                <Button on_press=close autofocus=true>
                    "Close"
                </Button>
            </div>
        </Dialog>
    }
}
