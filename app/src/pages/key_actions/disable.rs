//! Asks before somebody switches off the key that they are signed in with.

use leptos::prelude::*;

use super::{Asked, Outcome};
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

/// "You will be signed out."
#[component]
pub fn DisableDialog(asked: Asked) -> impl IntoView {
    let Asked { key, on_outcome, return_to, .. } = asked;
    let session = use_session();
    let toasts = use_toasts();
    let (id, version, name) = (key.id, key.version, key.name.clone());
    let failure = RwSignal::new(None::<ApiError>);
    let busy = RwSignal::new(false);
    let close = Callback::new(move |()| {
        if !busy.get_untracked() {
            on_outcome.run(Outcome::Dismissed);
        }
    });
    let disable = Callback::new(move |()| {
        let name = name.clone();
        busy.set(true);
        failure.set(None);
        spawn(async move {
            let outcome = api::keys::switch(id, false, version).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match outcome {
                Ok(_) => session.leave(),
                Err(error) if error.code == "conflict" || error.status == 404 => {
                    toasts.fail(format!(
                        "{name} was not disabled: somebody else has changed it meanwhile. Look at it again."
                    ));
                    on_outcome.run(Outcome::Stale);
                }
                Err(error) if session.interrupted(&error, Callback::new(|()| ())) => {}
                Err(error) => failure.set(Some(error)),
            }
        });
    });
    view! {
        <Dialog title=format!("Disable “{}”?", key.name) on_dismiss=close return_to=return_to>
            <p class="note warn">"This is the key you are signed in with: you will be signed out."</p>
            <p class="dialog-lead">"Every integration that uses this key is refused until it is enabled again."</p>
            <KeyFacts key=key />
            <ErrorNote error=failure />
            <div class="dialog-actions">
                <Button on_press=close autofocus=true>
                    "Cancel"
                </Button>
                <Button kind=ButtonKind::Danger on_press=disable busy=busy>
                    "Yes, disable"
                </Button>
            </div>
        </Dialog>
    }
}
