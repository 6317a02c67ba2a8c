//! Asks before somebody has to stay out, or goes.

use claviger_core::user::UserChange;
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{actions::MENU, state::OnePerson, words};
use crate::{
    api,
    components::{
        button::ButtonKind,
        confirm::{Confirm, Doing},
        fixed::{spawn, text},
    },
};

/// What stops, as far as it is known.
fn stops(state: OnePerson) -> Signal<String> {
    text(move || match state.live_keys() {
        Some(keys) if keys.is_empty() => String::new(),
        Some(keys) => format!("Every integration that uses their {} stops working. ", words::keys(keys.len())),
        None => "Every integration that uses their keys stops working. ".to_owned(),
    })
}

/// They cannot sign in, and their keys do not work, until they are reactivated.
#[component]
pub fn DeactivateDialog() -> impl IntoView {
    let state = expect_context::<OnePerson>();
    let doing = Doing::new();
    let name = state.name();
    let deactivate = Callback::new(move |()| {
        if !doing.begins() {
            return;
        }
        spawn(async move {
            let change = UserChange { active: Some(false), ..UserChange::default() };
            let outcome = api::people::change(state.id, &change, None).await;
            if !doing.ended() {
                return;
            }
            match outcome {
                Ok(user) => {
                    state.toasts.say(format!("Deactivated {}", user.name));
                    state.learn(user);
                }
                Err(error) => state.failed(error, Some(doing)),
            }
        });
    });
    view! {
        <Confirm
            title=format!("Deactivate {name}?")
            yes="Yes, deactivate"
            kind=ButtonKind::Danger
            doing=doing
            on_yes=deactivate
            on_cancel=Callback::new(move |()| state.close())
            return_to=MENU
        >
            <p class="dialog-lead">
                {stops(state)} "They are signed out everywhere, and cannot sign in. Links that they have made, or that were made for them, are void."
            </p>
            <p class="quiet">"Their keys are kept, and work again when you reactivate them."</p>
        </Confirm>
    }
}

/// They go, with their keys.
#[component]
pub fn RemoveDialog(list: String) -> impl IntoView {
    let state = expect_context::<OnePerson>();
    let doing = Doing::new();
    let name = state.name();
    let navigate = use_navigate();
    let leave =
        Callback::new(move |()| navigate(&list, NavigateOptions { replace: true, ..NavigateOptions::default() }));
    let remove = Callback::new(move |()| {
        if !doing.begins() {
            return;
        }
        spawn(async move {
            let outcome = api::people::remove(state.id).await;
            if !doing.ended() {
                return;
            }
            match outcome {
                Ok(()) => {
                    state.toasts.say(format!("Removed {}", state.name()));
                    state.close();
                    state.viewed.refresh();
                    leave.run(());
                }
                Err(error) => state.failed(error, Some(doing)),
            }
        });
    });
    view! {
        <Confirm
            title=format!("Remove {name}?")
            yes="Yes, remove"
            kind=ButtonKind::Danger
            doing=doing
            on_yes=remove
            on_cancel=Callback::new(move |()| state.close())
            return_to=MENU
        >
            <p class="dialog-lead">
                {stops(state)} "They are signed out everywhere. Their keys, and all records of them, are deleted; the audit log stays. This cannot be undone."
            </p>
            <p class="quiet">"To keep the keys, deactivate them instead."</p>
        </Confirm>
    }
}
