//! Asks before a key's record disappears.

use claviger_core::wire::key::Key;
use leptos::prelude::*;

use super::state::{KeysState, Open, is_live};
use crate::{
    api::{self, ApiError},
    components::{
        button::{Button, ButtonKind},
        dialog::Dialog,
        error::ErrorNote,
        fixed::spawn,
        key_facts::KeyFacts,
        toast::use_toasts,
    },
    session::use_session,
};

/// Says what is lost, and offers revoking a live key instead.
#[component]
pub fn DeleteDialog(key: Key) -> impl IntoView {
    let state = expect_context::<KeysState>();
    let session = use_session();
    let toasts = use_toasts();
    let own = state.is_own_key(key.id);
    let live = is_live(key.status);
    let (id, name) = (key.id, key.name.clone());
    let failure = RwSignal::new(None::<ApiError>);
    let busy = RwSignal::new(false);
    let to_revoke = StoredValue::new(key.clone());

    let close = Callback::new(move |()| {
        if !busy.get_untracked() {
            state.close();
        }
    });
    let instead = Callback::new(move |()| state.show(Open::Revoke(Box::new(to_revoke.get_value()))));
    let delete = Callback::new(move |()| {
        let name = name.clone();
        busy.set(true);
        failure.set(None);
        spawn(async move {
            let outcome = api::keys::delete(id).await;
            busy.set(false);
            match outcome {
                Ok(()) if own => session.leave(),
                Ok(()) => {
                    toasts.say(format!("Deleted {name}"));
                    state.changed(id);
                }
                Err(error) if error.status == 404 => {
                    toasts.say(format!("{name} was deleted already"));
                    state.changed(id);
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
        <Dialog title=format!("Delete “{}”?", key.name) on_dismiss=close>
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
            <ErrorNote error=failure />
            <div class="dialog-actions">
                {live
                    .then(|| {
                        view! {
                            <Button on_press=instead disabled=busy>
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
