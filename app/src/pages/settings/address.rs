//! Where the API is, and where it is described.

use leptos::prelude::*;

use crate::{
    browser::{page, theme::Theme},
    components::{copy_button::CopyButton, fixed::Fix},
    routes::Page,
};

/// The base URL with its copy button, and the links.
#[component]
pub fn AddressSection() -> impl IntoView {
    let base = format!("{}/api/v2", page::origin());
    let whole = base.clone();
    view! {
        <section class="settings-section">
            <h2>"API"</h2>
            <div class="base-url">
                <p>"Base URL " <code>{base}</code></p>
                <CopyButton label="Copy URL" whole=Callback::new(move |()| whole.clone()) />
            </div>
            <p>
                // Not a page of this application.
                <a href=Theme::reference() rel="external">
                    "API reference"
                </a>
            </p>
            <p>
                <a href=Page::Guide.path()>"Integration guide"</a>
            </p>
        </section>
    }
    .fixed()
}
