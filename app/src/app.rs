//! What is around every page: the contexts, the pages by their addresses, the toasts.

use leptos::prelude::*;
use leptos_router::{
    components::Router,
    hooks::use_location,
    location::{BrowserUrl, LocationProvider},
};

use crate::{
    browser::{link_token::LinkToken, page},
    components::{
        fixed::{Fix, dynamic, watch},
        frame::Frame,
        toast::{ToastContext, Toasts},
    },
    pages::{not_found::not_found_page, setup::setup_page, sign_in::SignInPage},
    routes::Page,
    session::SessionContext,
};

/// The whole console.
pub fn app(token: LinkToken) -> impl IntoView {
    provide_context(token);
    let toasts = ToastContext::new();
    provide_context(toasts);
    if page::was_scrubbed() {
        toasts.fail("The address held what looks like an API key. It was removed. If it was one, replace that key.");
    }
    let session = SessionContext::new();
    provide_context(session);
    session.load();

    view! {
        <Router>
            <Pages />
        </Router>
        <Toasts />
    }
}

/// The page that the address names. The router follows the links; its `<Routes>`, whose types grow with every page, would
/// be a sixth of the download.
#[component]
fn Pages() -> impl IntoView {
    let pathname = use_location().pathname;
    let shown = Memo::new(move |_| pathname.with(|path| Page::of(path)));
    provide_context(shown);
    // The frame stays as it is while pages within it change.
    let outer = Memo::new(move |_| if shown.get().is_framed() { Page::Keys } else { shown.get() });
    let browser = use_context::<BrowserUrl>();
    watch(move || {
        pathname.track();
        // A link's address goes into the address bar when its page is there.
        if let Some(browser) = &browser {
            browser.ready_to_complete();
        }
    });
    dynamic(move || match outer.get() {
        Page::SignIn => view! { <SignInPage /> }.fixed(),
        Page::Setup | Page::Invite | Page::SignInLink => setup_page(outer.get_untracked()),
        Page::NotFound => not_found_page(),
        _ => view! { <Frame /> }.fixed(),
    })
}
