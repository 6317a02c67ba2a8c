//! A quiet line above a list that offers or explains something.

use leptos::prelude::*;

use super::fixed::Slot;

/// One sentence, with what can be done about it at its end.
#[component]
pub fn Notice(#[prop(default = "notice")] class: &'static str, children: Slot) -> impl IntoView {
    view! { <div class=class>{children.draw()}</div> }
}
