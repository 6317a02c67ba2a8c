//! The bar: whose Claviger this is, where one can go, who one is.

use leptos::{ev, html, prelude::*};

use super::{account::Account, switcher::Switcher};
use crate::{
    components::{
        fixed::{Fix, on, optional, text},
        icon::{Icon, Logo},
    },
    routes::Page,
    session::use_session,
    viewed::{use_page, use_viewed},
};

/// At the side, or on top of a narrow screen.
#[component]
pub fn Bar() -> impl IntoView {
    let viewed = use_viewed();
    let session = use_session();
    let manages = Memo::new(move |_| session.manages());
    let system = Memo::new(move |_| session.is_system_admin());
    let name = text(move || viewed.name());
    let navigation = NodeRef::<html::Nav>::new();
    let close = Callback::new(move |()| {
        if let Some(navigation) = navigation.get_untracked() {
            // Refuses when it is not open, as on a wide screen.
            let _ = navigation.hide_popover();
        }
    });
    view! {
        <header class="bar">
            <div class="brand">
                <Logo />
                <div class="brand-names">
                    <p class="brand-name">"Claviger"</p>
                    <p class="brand-organization" title=name>
                        {name}
                    </p>
                </div>
                {optional(move || system.get().then(|| view! { <Switcher /> }.fixed()))}
            </div>
            <button type="button" class="icon-button bar-menu" popovertarget="navigation" aria-label="Menu">
                {Icon::Menu.view()}
            </button>
            // On a wide screen it is simply shown (layout.css); on a narrow one it is what the Menu button opens.
            <nav class="navigation" id="navigation" popover="auto" aria-label="Main" node_ref=navigation>
                <Link label="Keys" icon=Icon::Key to=Signal::derive(move || viewed.keys_page()) on_follow=close />
                <Link label="Webhooks" icon=Icon::Webhooks to=Signal::derive(move || viewed.webhooks_page()) on_follow=close />
                {optional(move || manages.get().then(|| view! {
                    <Link label="People" icon=Icon::People to=Signal::derive(move || viewed.people_page()) on_follow=close />
                    <Link label="Audit log" icon=Icon::Log to=Signal::derive(move || viewed.audit_page()) on_follow=close />
                    <Link label="Settings" icon=Icon::Settings to=Signal::derive(move || viewed.settings_page()) on_follow=close />
                }.fixed()))}
                {optional(move || system.get().then(|| view! {
                    <Link label="Organizations" icon=Icon::Organizations to=Signal::stored(Page::Organizations) on_follow=close />
                }.fixed()))}
            </nav>
            <Account />
        </header>
    }
}

/// A link that says whether it is where one is.
#[component]
fn Link(label: &'static str, icon: Icon, to: Signal<Page>, on_follow: Callback<()>) -> impl IntoView {
    let shown = use_page();
    let current = text(move || {
        let (shown, to) = (shown.get(), to.get());
        if shown == to {
            "page"
        } else if shown.list() == Some(to) {
            "true"
        } else {
            "false"
        }
        .to_owned()
    });
    view! {
        <a
            class="navigation-link"
            href=text(move || to.get().address())
            aria-current=current
            on:click=on(move |_: ev::MouseEvent| on_follow.run(()))
        >
            {icon.view()}
            {label}
        </a>
    }
}
