//! Asks before an organization goes, with everything in it.

use claviger_core::organization::Organization;
use leptos::{ev, prelude::*};

use super::state::{Open, OrganizationsState};
use crate::{
    api::{self, ApiError},
    components::{
        button::{Button, ButtonKind, SubmitButton},
        dialog::Dialog,
        error::ErrorNote,
        field::Field,
        fixed::{on, spawn},
        toast::use_toasts,
    },
};

/// Says what goes with it, and has the name typed.
#[component]
pub fn DeleteDialog(organization: Organization) -> impl IntoView {
    let state = expect_context::<OrganizationsState>();
    let toasts = use_toasts();
    let Organization { id, name, live_keys, .. } = organization;
    let typed = RwSignal::new(String::new());
    let problem = RwSignal::new(String::new());
    let failure = RwSignal::new(None::<ApiError>);
    let busy = RwSignal::new(false);

    let close = Callback::new(move |()| {
        if !busy.get_untracked() {
            state.open.set(Open::Nothing);
        }
    });
    let title = format!("Delete {name}?");
    let keys = match live_keys {
        0 => "its keys".to_owned(),
        1 => "its keys, one of which is live,".to_owned(),
        live => format!("its keys, {live} of which are live,"),
    };
    let refuse = move |text: String| {
        problem.set(text);
        crate::browser::page::focus("delete-organization-name");
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        problem.set(String::new());
        failure.set(None);
        let name = name.clone();
        if typed.get_untracked().trim() != name {
            return refuse(format!("Must be exactly {name}"));
        }
        busy.set(true);
        spawn(async move {
            let outcome = api::organizations::delete(id, &name).await;
            busy.set(false);
            match outcome {
                Ok(()) => {
                    toasts.say(format!("Deleted {name}"));
                    state.changed();
                }
                Err(error) if error.status == 404 => {
                    toasts.say(format!("{name} was deleted already"));
                    state.changed();
                }
                // The name stays in its field; pressing the button again goes on.
                Err(error) if state.session.interrupted(&error, Callback::new(|()| ())) => {}
                Err(error) if !error.errors.is_empty() => refuse(error.field("name")),
                Err(error) => failure.set(Some(error)),
            }
        });
    };
    view! {
        <Dialog title=title on_dismiss=close>
            <p class="dialog-lead">
                "Its people, " {keys} " and their sessions go with it, and everything that uses these keys stops working. The audit log stays. This cannot be undone."
            </p>
            <form class="form" on:submit=on(submit) novalidate>
                <Field
                    id="delete-organization-name"
                    label="Type its name to confirm"
                    autofocus=true
                    value=typed
                    on_input=Callback::new(move |text| typed.set(text))
                    problem=problem
                />
                <ErrorNote error=failure />
                <div class="dialog-actions">
                    <Button on_press=close>"Cancel"</Button>
                    <SubmitButton kind=ButtonKind::Danger busy=busy>"Yes, delete"</SubmitButton>
                </div>
            </form>
        </Dialog>
    }
}
