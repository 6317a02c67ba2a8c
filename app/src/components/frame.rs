//! Around every page of the signed in: the bar with the organization, the navigation and the account.

mod account;
mod gate;
mod interrupted;

use leptos::{ev, html, prelude::*};

use self::{account::Account, gate::Gate, interrupted::Interrupted};
use super::{
    fixed::{Fix, Fixed, on, text},
    icon::{Icon, Logo},
};
use crate::{browser::page, pages::keys::KeysPage, routes::Page, session::use_session};

/// The frame; its page is drawn once somebody is known to be signed in.
#[component]
pub fn Frame() -> impl IntoView {
    view! { <Gate page=inside /> }.fixed()
}

fn inside() -> Fixed {
    view! {
            <a class="skip" href="#main" on:click=on(skip)>"Skip to content"</a>
            <div class="frame">
                <Bar />
                <main class="main" id="main" tabindex="-1">
                    <KeysPage />
                </main>
            </div>
            <Interrupted />
    }
    .fixed()
}

// Not followed as a link: the address belongs to the list's filters.
fn skip(event: ev::MouseEvent) {
    event.prevent_default();
    page::focus("main");
}

#[component]
fn Bar() -> impl IntoView {
    let session = use_session();
    let organization = text(move || session.current().map(|session| session.organization.name).unwrap_or_default());
    let navigation = NodeRef::<html::Nav>::new();
    let close = move |_: ev::MouseEvent| {
        if let Some(navigation) = navigation.get_untracked() {
            // Refuses when it is not open, as on a wide screen.
            let _ = navigation.hide_popover();
        }
    };
    view! {
        <header class="bar">
            <div class="brand">
                <Logo />
                <div class="brand-names">
                    <p class="brand-name">"Claviger"</p>
                    <p class="brand-organization" title=organization>{organization}</p>
                </div>
            </div>
            <button type="button" class="icon-button bar-menu" popovertarget="navigation" aria-label="Menu">
                {Icon::Menu.view()}
            </button>
            // On a wide screen it is simply shown (layout.css); on a narrow one it is what the Menu button opens.
            <nav class="navigation" id="navigation" popover="auto" aria-label="Main" node_ref=navigation>
                <a class="navigation-link" href=Page::Keys.path() aria-current="page" on:click=on(close)>
                    {Icon::Key.view()} "Keys"
                </a>
            </nav>
            <Account />
        </header>
    }
}
