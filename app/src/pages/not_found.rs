//! Any other address.

use leptos::prelude::*;

use crate::{
    browser::page,
    chunks::chunk,
    components::{fixed::Fix, plain::PlainPage},
    routes::Page,
};

chunk! {
    /// Any other address.
    Page not_found: pub fn not_found_page() => view! { <NotFoundPage /> }.fixed()
}

/// Says so, and leads home.
#[component]
fn NotFoundPage() -> impl IntoView {
    request_animation_frame(page::focus_heading);
    view! {
        <PlainPage page=Page::NotFound heading="Not found">
            <p>"There is no page at this address."</p>
            <p>
                <a class="button primary" href=Page::Keys.path()>"Go to Keys"</a>
            </p>
        </PlainPage>
    }
    .fixed()
}
