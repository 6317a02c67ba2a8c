//! Asks before a key's record disappears.

use leptos::prelude::*;

use super::{Asked, KeyAction, Outcome, is_live, is_own, passkeys_beside};
use crate::{
    api::{self, ApiError},
    components::{
        button::{Button, ButtonKind},
        dialog::Dialog,
        error::ErrorNote,
        fixed::spawn,
        key_facts::KeyFacts,
        passkeys_too::fate,
        toast::use_toasts,
    },
    session::use_session,
};

/// Says what is lost, and offers revoking a live key instead.
#[component]
pub fn DeleteDialog(asked: Asked) -> impl IntoView {
    let Asked { key, on_outcome, instead, return_to } = asked;
    let session = use_session();
    let toasts = use_toasts();
    let own = is_own(session, &key);
    let live = is_live(key.status);
    let (id, name) = (key.id, key.name.clone());
    let passkeys = RwSignal::new(None);
    let beside = passkeys_beside(session, &key, passkeys);
    let failure = RwSignal::new(None::<ApiError>);
    let busy = RwSignal::new(false);

    let close = Callback::new(move |()| {
        if !busy.get_untracked() {
            on_outcome.run(Outcome::Dismissed);
        }
    });
    let revoke = Callback::new(move |()| instead.run(KeyAction::Revoke));
    let delete = Callback::new(move |()| {
        let name = name.clone();
        busy.set(true);
        failure.set(None);
        spawn(async move {
            let outcome = api::keys::delete(id, fate(passkeys)).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match outcome {
                Ok(()) if own => session.leave(),
                Ok(()) => {
                    toasts.say(format!("Deleted {name}"));
                    on_outcome.run(Outcome::Gone);
                }
                Err(error) if error.status == 404 => {
                    toasts.say(format!("{name} was deleted already"));
                    on_outcome.run(Outcome::Gone);
                }
                Err(error) if session.interrupted(&error, Callback::new(|()| ())) => {}
                Err(error) => failure.set(Some(error)),
            }
        });
    });
    let consequence = if live {
        "Every integration that uses this key stops working, and its record disappears from this list. This cannot be undone."
    } else {
        "Its record disappears from this list. This cannot be undone."
    };
    view! {
        <Dialog title=format!("Delete “{}”?", key.name) on_dismiss=close return_to=return_to>
            {own.then(|| view! { <p class="note warn">"This is the key you are signed in with: you will be signed out."</p> })}
            <p class="dialog-lead">{consequence}</p>
            {live
                .then(|| {
                    view! {
                        <p>
                            "A revoked key stops working just the same and stays listed, so that you can still see whose it was."
                        </p>
                    }
                })}
            <KeyFacts key=key />
            {beside}
            <ErrorNote error=failure />
            <div class="dialog-actions">
                {live
                    .then(|| {
                        view! {
                            <Button on_press=revoke disabled=busy>
                                "Revoke instead"
                            </Button>
                        }
                    })}
                <span class="spacer"></span>
                <Button on_press=close autofocus=true>
                    "Cancel"
                </Button>
                <Button kind=ButtonKind::Danger on_press=delete busy=busy>
                    "Yes, delete"
                </Button>
            </div>
        </Dialog>
    }
}
