//! A page without the frame: sign-in, setup, not found.

use leptos::prelude::*;

use super::{fixed::Slot, icon::Logo};
use crate::{browser::page, routes::Page};

/// A card in the middle of the page, under the mark.
#[component]
pub fn PlainPage(page: Page, heading: &'static str, children: Slot) -> impl IntoView {
    page::title(page);
    view! {
        <main class="plain">
            <p class="plain-brand"><Logo /> "Claviger"</p>
            <div class="card">
                <h1>{heading}</h1>
                {children.draw()}
            </div>
        </main>
    }
}
