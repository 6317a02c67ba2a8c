//! What can be done to a webhook, and what is asked before.

use claviger_core::webhook::WebhookChange;
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{
    super::{
        form::{Draft, EditDialog, Editing, when},
        secret::SecretDialog,
    },
    state::{Ask, OneWebhook},
};
use crate::{
    api,
    browser::page,
    components::{
        button::{Button, ButtonKind},
        confirm::{Confirm, Doing},
        fixed::{Fix, Fixed, optional, spawn},
    },
    viewed::use_page,
};

const TEST: &str = "test-webhook";
const EDIT: &str = "edit-webhook";
const ROTATE: &str = "rotate-webhook";
const SWITCH: &str = "switch-webhook";
const DELETE: &str = "delete-webhook";

/// The buttons beside the heading. Of another person's own: to end it, and nothing else.
#[component]
pub fn Actions() -> impl IntoView {
    let state = expect_context::<OneWebhook>();
    let mine = Memo::new(move |_| state.is_mine());
    let on = Memo::new(move |_| state.is_on());
    let writes = Memo::new(move |_| state.session.may_write());
    let ask = move |ask: Ask| Callback::new(move |()| state.open.set(Some(ask.clone())));
    let edit = Callback::new(move |()| {
        state.open.set(state.webhook.get_untracked().map(|webhook| Ask::Edit(Box::new(webhook))));
    });
    optional(move || {
        writes.get().then(|| {
            let own = mine.get().then(|| {
                view! {
                    {on.get().then(|| view! { <Button id=TEST busy=state.doing.busy on_press=Callback::new(move |()| test(state))>"Send test"</Button> })}
                    <Button id=EDIT on_press=edit>"Edit…"</Button>
                    <Button id=ROTATE on_press=ask(Ask::Rotate)>"Replace secret…"</Button>
                }
                .fixed()
            });
            let switch = match (on.get(), mine.get()) {
                (true, _) => view! { <Button id=SWITCH on_press=ask(Ask::Off)>"Switch off…"</Button> }.fixed(),
                (false, true) => view! { <Button id=SWITCH on_press=Callback::new(move |()| switch_on(state))>"Switch on"</Button> }.fixed(),
                (false, false) => Fixed::nothing(),
            };
            view! {
                <div class="key-actions">
                    {own}
                    {switch}
                    <Button id=DELETE on_press=ask(Ask::Delete)>"Delete…"</Button>
                </div>
            }
            .fixed()
        })
    })
}

fn test(state: OneWebhook) {
    if !state.doing.begins() {
        return;
    }
    spawn(async move {
        let outcome = api::webhooks::test(state.id).await;
        if !state.doing.ended() {
            return;
        }
        match outcome {
            Ok(_) => {
                state.toasts.say("Sent a test message");
                state.has_sent();
            }
            Err(error) => state.failed(error, None),
        }
    });
}

fn switch_on(state: OneWebhook) {
    if state.doing.begins() {
        switch(state, true, None);
    }
}

fn switch(state: OneWebhook, active: bool, doing: Option<Doing>) {
    let change = WebhookChange { active: Some(active), ..WebhookChange::default() };
    spawn(async move {
        let outcome = api::webhooks::change(state.id, &change, state.version()).await;
        if !doing.unwrap_or(state.doing).ended() {
            return;
        }
        match outcome {
            Ok(webhook) => {
                state.toasts.say(if active { "Switched on" } else { "Switched off" });
                state.learn(webhook);
                state.has_sent();
                // All buttons are drawn anew, the pressed one among them; a dialog gives the focus back itself.
                if doing.is_none() {
                    page::focus_soon(SWITCH.to_owned());
                }
            }
            Err(error) => state.failed(error, doing),
        }
    });
}

/// The dialog that is open, if any.
#[component]
pub fn Asked() -> impl IntoView {
    let state = expect_context::<OneWebhook>();
    let close = Callback::new(move |()| state.open.set(None));
    when(state.open, move |ask| match ask {
        Ask::Edit(webhook) => {
            let on_done = Callback::new(move |webhook| {
                state.toasts.say("Saved");
                state.learn(webhook);
            });
            let editing = Editing {
                draft: Draft::of(&webhook),
                session: state.session,
                of: (webhook.id, webhook.version),
                personal: webhook.user_id.is_some(),
                on_done,
            };
            view! { <EditDialog editing=editing on_dismiss=close return_to=EDIT.to_owned() /> }.fixed()
        }
        Ask::Rotate => view! { <RotateDialog on_cancel=close /> }.fixed(),
        Ask::Secret(secret) => view! { <SecretDialog secret=secret on_closed=close return_to=ROTATE /> }.fixed(),
        Ask::Off => view! { <OffDialog on_cancel=close /> }.fixed(),
        Ask::Delete => view! { <DeleteDialog on_cancel=close /> }.fixed(),
    })
}

#[component]
fn RotateDialog(on_cancel: Callback<()>) -> impl IntoView {
    let state = expect_context::<OneWebhook>();
    let doing = Doing::new();
    let attempt = api::keys::attempt();
    let rotate = Callback::new(move |()| {
        if !doing.begins() {
            return;
        }
        let attempt = attempt.clone();
        spawn(async move {
            let outcome = api::webhooks::rotate(state.id, &attempt).await;
            if !doing.ended() {
                return;
            }
            match outcome {
                Ok((webhook, secret)) => {
                    state.learn(webhook);
                    state.open.set(Some(Ask::Secret(secret)));
                }
                Err(error) => state.failed(error, Some(doing)),
            }
        });
    });
    view! {
        <Confirm title="Replace the signing secret?" yes="Replace secret" kind=ButtonKind::Primary doing=doing on_yes=rotate
            on_cancel=on_cancel return_to=ROTATE>
            <p class="dialog-lead">
                "The new one is shown once. For 24 hours messages are signed with both, so the receiver can change over without missing any."
            </p>
        </Confirm>
    }
}

#[component]
fn OffDialog(on_cancel: Callback<()>) -> impl IntoView {
    let state = expect_context::<OneWebhook>();
    let doing = Doing::new();
    let off = Callback::new(move |()| {
        if doing.begins() {
            switch(state, false, Some(doing));
        }
    });
    view! {
        <Confirm title="Switch the webhook off?" yes="Switch off" kind=ButtonKind::Danger doing=doing on_yes=off
            on_cancel=on_cancel return_to=SWITCH>
            <p class="dialog-lead">
                "It is told nothing any more, and will not hear later of what happens meanwhile. What is waiting counts as failed, and can be replayed."
            </p>
        </Confirm>
    }
}

#[component]
fn DeleteDialog(on_cancel: Callback<()>) -> impl IntoView {
    let state = expect_context::<OneWebhook>();
    let doing = Doing::new();
    let navigate = StoredValue::new_local(use_navigate());
    let list = use_page().get_untracked().list().map(|list| list.address()).unwrap_or_default();
    let delete = Callback::new(move |()| {
        if !doing.begins() {
            return;
        }
        let list = list.clone();
        spawn(async move {
            let outcome = api::webhooks::delete(state.id).await;
            if !doing.ended() {
                return;
            }
            match outcome {
                Ok(()) => {
                    state.toasts.say("Deleted the webhook");
                    state.open.set(None);
                    navigate.with_value(|navigate| navigate(&list, NavigateOptions::default()));
                }
                Err(error) => state.failed(error, Some(doing)),
            }
        });
    });
    view! {
        <Confirm title="Delete the webhook?" yes="Yes, delete" kind=ButtonKind::Danger doing=doing on_yes=delete
            on_cancel=on_cancel return_to=DELETE>
            <p class="dialog-lead">"It is told nothing any more, and what it was sent is forgotten. This cannot be undone."</p>
        </Confirm>
    }
}
