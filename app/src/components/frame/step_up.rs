//! Asking for the passkey again, over whatever asked for something that matters; that then goes on by itself.

use leptos::prelude::*;

use crate::{
    api::{passkeys, step_up},
    components::{
        button::{Button, ButtonKind},
        confirm::Doing,
        dialog::Dialog,
        error::ErrorNote,
        fixed::spawn,
    },
};

/// The question.
#[component]
pub fn StepUp() -> impl IntoView {
    let doing = Doing::new();
    let cancel = Callback::new(move |()| {
        if !doing.busy.get_untracked() {
            step_up::end(false);
        }
    });
    let show = Callback::new(move |()| {
        if !doing.begins() {
            return;
        }
        spawn(async move {
            let outcome = passkeys::step_up().await;
            if !doing.ended() {
                return;
            }
            match outcome {
                // Without a session the request itself says so, and the page asks for a new one.
                Err(error) if !error.is_signed_out() => doing.failure.set(Some(error)),
                _ => step_up::end(true),
            }
        });
    });
    view! {
        <Dialog title="Use your passkey to go on" on_dismiss=cancel>
            <p class="dialog-lead">
                "This changes who can do what, so Claviger makes sure that it is you. It then goes on by itself, and asks again after 15 minutes at the earliest."
            </p>
            <ErrorNote error=doing.failure kept="Nothing was done yet, and what you typed is kept." />
            <div class="dialog-actions">
                <Button on_press=cancel>"Cancel"</Button>
                <Button kind=ButtonKind::Primary on_press=show busy=doing.busy autofocus=true>
                    "Use passkey"
                </Button>
            </div>
        </Dialog>
    }
}
