//! Signing in with a passkey: beside the form that takes a key.

use claviger_core::wire::session::Session;
use leptos::prelude::*;

use super::{
    button::Button,
    confirm::Doing,
    error::ErrorNote,
    fixed::{Fix, spawn},
};
use crate::{api::passkeys, browser::passkey, chunks::chunk};

chunk! {
    /// Nothing where the browser knows no passkeys.
    Section passkeys: pub fn passkey_form(on_signed_in: Callback<Session>) => view! { <PasskeyForm on_signed_in=on_signed_in /> }.fixed()
}

/// The button, where the browser knows passkeys.
#[component]
pub fn PasskeyForm(on_signed_in: Callback<Session>) -> impl IntoView {
    let doing = Doing::new();
    let sign_in = Callback::new(move |()| {
        if !doing.begins() {
            return;
        }
        spawn(async move {
            let outcome = passkeys::sign_in().await;
            if !doing.ended() {
                return;
            }
            match outcome {
                Ok(session) => on_signed_in.run(session),
                Err(error) => doing.failure.set(Some(error)),
            }
        });
    });
    passkey::is_known().then(|| {
        view! {
            <div class="passkey-form">
                <ErrorNote error=doing.failure />
                <Button id="sign-in-passkey" on_press=sign_in busy=doing.busy>
                    "Sign in with a passkey"
                </Button>
            </div>
        }
    })
}
