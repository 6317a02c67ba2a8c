//! Says that another organization than one's own is looked at, with the way back.

use leptos::prelude::*;

use super::{
    fixed::{Fix, optional, watch},
    notice::Notice,
};
use crate::{
    browser::page,
    routes::Page,
    session::use_session,
    viewed::{use_page, use_viewed},
};

/// "You are looking at Acme Ltd, not at your own organization."
#[component]
pub fn Elsewhere() -> impl IntoView {
    let session = use_session();
    let viewed = use_viewed();
    let shown = use_page();
    let name = Memo::new(move |_| viewed.elsewhere().map(|_| viewed.name()).unwrap_or_default());
    watch(move || {
        name.with(|name| {
            let shown = shown.get_untracked();
            // A key's page is about the key.
            if !name.is_empty() && shown.list().is_none() {
                page::title_about(name, shown);
            }
        });
    });
    optional(move || {
        let name = Some(name.get()).filter(|name| !name.is_empty())?;
        let own = session.current().map(|session| session.organization.name).unwrap_or_default();
        Some(
            view! {
                <Notice class="notice elsewhere">
                    <span>"You are looking at " <strong>{name}</strong> ", not at your own organization."</span>
                    <a href=Page::Keys.path()>"Back to " {own}</a>
                </Notice>
            }
            .fixed(),
        )
    })
}
