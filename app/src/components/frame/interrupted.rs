//! A session that ended in the middle of work: a key is asked for over the page, and what was typed stays.

use claviger_core::wire::session::Session;
use leptos::prelude::*;

use crate::{
    api,
    components::{
        access_form::access_form,
        button::{Button, ButtonKind},
        dialog::Dialog,
        fixed::{optional, spawn},
        key_form::KeyForm,
        passkey_form::PasskeyForm,
    },
    session::use_session,
};

/// The question.
#[component]
pub fn Interrupted() -> impl IntoView {
    let session = use_session();
    let leave = Callback::new(move |()| session.signed_out());
    let name = untrack(|| session.current()).map(|session| session.user.name).unwrap_or_default();
    let signed_in = Callback::new(move |new: Session| session.resume(new));
    // Whoever came without a key may well have none.
    let by_access = RwSignal::new(false);
    if untrack(|| session.current()).is_some_and(|session| session.key.is_none()) {
        spawn(async move {
            by_access.set(api::setup::state().await.is_ok_and(|state| state.cloudflare_access));
        });
    }
    view! {
        <Dialog title="Sign in again" on_dismiss=leave>
            <p class="dialog-lead">"Your session has ended. What you typed is kept if you sign in as " {name} ", and not for anybody else."</p>
            <KeyForm on_signed_in=signed_in />
            <PasskeyForm on_signed_in=signed_in />
            {optional(move || by_access.get().then(|| access_form(signed_in)))}
            <p class="dialog-foot">
                <Button kind=ButtonKind::Text on_press=leave>
                    "Leave this page"
                </Button>
            </p>
        </Dialog>
    }
}
