//! Signing in with a personal key, a passkey, or by Cloudflare Access.

use claviger_core::wire::{session::Session, setup::SetupMode};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

use crate::{
    api,
    browser::page,
    components::{
        access_form::access_form,
        fixed::{Fix, optional, spawn, watch},
        key_form::KeyForm,
        passkey_form::passkey_form,
        plain::PlainPage,
    },
    routes::{self, Page},
    session::{SessionState, use_session},
};

/// Takes a key; whoever is signed in already goes where they wanted.
#[component]
pub fn SignInPage() -> impl IntoView {
    let session = use_session();
    let replace = || NavigateOptions { replace: true, ..NavigateOptions::default() };

    let navigate = use_navigate();
    watch(move || {
        if matches!(session.state(), SessionState::SignedIn(_)) {
            navigate(&routes::take_return(), replace());
            // The button that was pressed is gone.
            request_animation_frame(page::focus_heading);
        }
    });

    // Before the first run there is nobody who could sign in.
    let navigate = use_navigate();
    let by_access = RwSignal::new(false);
    spawn(async move {
        if let Ok(state) = api::setup::state().await {
            by_access.set(state.cloudflare_access);
            if state.mode == Some(SetupMode::FirstRun) {
                navigate(Page::Setup.path(), replace());
            }
        }
    });

    let signed_in = Callback::new(move |new: Session| session.signed_in(new));
    view! {
        <PlainPage page=Page::SignIn heading="Sign in">
            {optional(move || {
                let why = session.why_out();
                (!why.is_empty()).then(|| view! { <p class="note warn">{why}</p> }.fixed())
            })}
            <KeyForm on_signed_in=signed_in />
            {passkey_form(signed_in)}
            {optional(move || by_access.get().then(|| access_form(signed_in)))}
            <details class="help">
                <summary>"Lost your key?"</summary>
                <p>
                    "An administrator of your organization can send you a sign-in link. If you run Claviger yourself, "
                    <code>"cargo xtask recover"</code> " prints a link that gives an owner a new key."
                </p>
            </details>
        </PlainPage>
    }
    .fixed()
}
