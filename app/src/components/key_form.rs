//! The form that takes a personal key and signs in: on the sign-in page, and over a page whose session ended.

use claviger_core::{
    secret::{NotASecret, Secret},
    wire::session::Session,
};
use leptos::{ev, html, prelude::*};

use super::{
    button::SubmitButton,
    error::ErrorNote,
    field::FieldProblem,
    fixed::{flag, on, press, spawn, text},
};
use crate::api::{self, ApiError};

/// Asks for a key. Its text stays in the field, which is a password field so that password managers know it, and goes
/// nowhere but to the server.
#[component]
pub fn KeyForm(on_signed_in: Callback<Session>) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let shown = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(String::new());
    let failure = RwSignal::new(None::<ApiError>);

    // Not `autofocus`: it works once per document, and Chromium complains of the second.
    crate::components::fixed::watch(move || {
        if let Some(field) = field.get() {
            let _ = field.focus();
        }
    });
    let refuse = move |text: String| {
        problem.set(text);
        if let Some(field) = field.get_untracked() {
            let _ = field.focus();
        }
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(input) = field.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        problem.set(String::new());
        failure.set(None);
        let secret = match Secret::parse(input.value().trim()) {
            Ok(secret) => secret,
            Err(reason) => return refuse(explain(reason, input.value().trim().is_empty())),
        };
        busy.set(true);
        spawn(async move {
            let outcome = api::session::sign_in(secret.expose()).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match outcome {
                Ok(session) => {
                    input.set_value("");
                    on_signed_in.run(session);
                }
                Err(error) if matches!(error.status, 400 | 401 | 403) => refuse(error.message),
                Err(error) => failure.set(Some(error)),
            }
        });
    };
    view! {
        <form class="form" on:submit=on(submit) novalidate>
            // Password managers file a key under a name.
            <input type="text" name="username" autocomplete="username" value="Claviger" hidden readonly />
            <div class="field">
                <label for="sign-in-key">"API key"</label>
                <p class="field-hint" id="sign-in-key-hint">"A personal key of yours. It begins with clv_ or your organization’s prefix."</p>
                <div class="field-row">
                    <input
                        id="sign-in-key"
                        class="mono"
                        node_ref=field
                        type=text(move || if shown.get() { "text" } else { "password" }.to_owned())
                        name="password"
                        autocomplete="current-password"
                        autocapitalize="off"
                        spellcheck="false"
                        aria-describedby="sign-in-key-hint sign-in-key-problem"
                        aria-invalid=flag(move || problem.with(|problem| !problem.is_empty()))
                    />
                    <button
                        type="button"
                        class="button"
                        on:click=press(move || shown.update(|shown| *shown = !*shown))
                    >
                        {text(move || if shown.get() { "Hide" } else { "Show" }.to_owned())}
                    </button>
                </div>
                <FieldProblem id="sign-in-key-problem".to_owned() problem=problem />
            </div>
            <ErrorNote error=failure kept="Your key is still in the field." />
            <SubmitButton busy=busy>"Sign in"</SubmitButton>
        </form>
    }
}

fn explain(reason: NotASecret, empty: bool) -> String {
    match reason {
        _ if empty => "Paste your key here.",
        NotASecret::Malformed => {
            "This is not a Claviger key. Paste the whole key, such as clv_ followed by 49 letters and digits."
        }
        NotASecret::WrongChecksum => "This key has a typing error in it, or a part is missing. Copy it again.",
    }
    .to_owned()
}
