//! What a list is for, when it has nothing to show.

use leptos::prelude::*;

use super::{fixed::Slot, icon::Icon};

/// A sentence and the one thing to do.
#[component]
pub fn Empty(title: &'static str, #[prop(into)] sentence: String, children: Slot) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty-icon">{Icon::Key.view()}</span>
            <h2>{title}</h2>
            <p>{sentence}</p>
            <div class="empty-action">{children.draw()}</div>
        </div>
    }
}
