//! What is asked about passkeys.

use claviger_core::{text::Name, wire::passkey::Passkey};
use leptos::{ev, prelude::*};

use super::passkeys::{ADD, Passkeys, focus_add};
use crate::{
    api::{self, ApiError},
    browser::page,
    components::{
        button::{Button, ButtonKind, SubmitButton},
        confirm::{Confirm, Doing},
        dialog::Dialog,
        error::ErrorNote,
        field::Field,
        fixed::{on, spawn},
    },
};

const NAME: &str = "passkey-name";

/// A name, then the browser's own question.
#[component]
pub fn AddDialog(passkeys: Passkeys) -> impl IntoView {
    let naming = Naming {
        passkeys,
        doing: Doing::new(),
        name: RwSignal::new(String::new()),
        problem: RwSignal::new(String::new()),
    };
    let act = move |name: String| {
        spawn(async move {
            let outcome = api::passkeys::add(&name).await;
            naming.settle(outcome, "Passkey added");
        });
    };
    view! { <NameDialog naming=naming title="Add a passkey" yes="Add passkey" return_to=ADD.to_owned() on_name=Callback::new(act) /> }
}

/// Another name.
#[component]
pub fn RenameDialog(passkeys: Passkeys, passkey: Passkey) -> impl IntoView {
    let id = passkey.id;
    let naming = Naming {
        passkeys,
        doing: Doing::new(),
        name: RwSignal::new(passkey.name),
        problem: RwSignal::new(String::new()),
    };
    let act = move |name: String| {
        spawn(async move {
            let outcome = api::passkeys::rename(id, &name).await;
            naming.settle(outcome, "Renamed");
        });
    };
    view! { <NameDialog naming=naming title="Rename the passkey" yes="Rename" return_to=format!("rename-passkey-{id}") on_name=Callback::new(act) /> }
}

/// What both share.
#[derive(Clone, Copy)]
struct Naming {
    passkeys: Passkeys,
    doing: Doing,
    name: RwSignal<String>,
    problem: RwSignal<String>,
}

impl Naming {
    fn refuse(self, wrong: String) {
        self.problem.set(wrong);
        page::focus(NAME);
    }

    fn settle(self, outcome: Result<Passkey, ApiError>, done: &str) {
        if !self.doing.ended() {
            return;
        }
        match outcome {
            Ok(passkey) => {
                self.passkeys.state.toasts.say(done);
                self.passkeys.learn(&passkey);
            }
            // The name stays; pressing the button again goes on.
            Err(error) if self.passkeys.state.session.interrupted(&error, Callback::new(|()| ())) => {}
            Err(error) if !error.field("name").is_empty() => self.refuse(error.field("name")),
            Err(error) => self.doing.failure.set(Some(error)),
        }
    }
}

#[component]
fn NameDialog(
    naming: Naming,
    title: &'static str,
    yes: &'static str,
    return_to: String,
    on_name: Callback<String>,
) -> impl IntoView {
    let Naming { passkeys, doing, name, problem } = naming;
    let close = Callback::new(move |()| {
        if !doing.busy.get_untracked() {
            passkeys.open.set(None);
        }
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        problem.set(String::new());
        match Name::parse(&name.get_untracked()) {
            Err(wrong) => naming.refuse(wrong.to_string()),
            Ok(name) if doing.begins() => on_name.run(name.as_str().to_owned()),
            Ok(_) => {}
        }
    };
    view! {
        <Dialog title=title on_dismiss=close return_to=return_to>
            <form class="form" on:submit=on(submit) novalidate>
                <Field
                    id=NAME
                    label="Name"
                    hint="So that you know it again, such as the device it is on."
                    value=name
                    on_input=Callback::new(move |text| name.set(text))
                    problem=problem
                    autofocus=true
                />
                <ErrorNote error=doing.failure kept="The name is still here." />
                <div class="dialog-actions">
                    <Button on_press=close>"Cancel"</Button>
                    <SubmitButton busy=doing.busy>{yes}</SubmitButton>
                </div>
            </form>
        </Dialog>
    }
}

/// Says what goes with it.
#[component]
pub fn RemoveDialog(passkeys: Passkeys, passkey: Passkey) -> impl IntoView {
    let doing = Doing::new();
    let id = passkey.id;
    let session = passkeys.state.session;
    let own = passkey.current;
    let cancel = Callback::new(move |()| passkeys.open.set(None));
    let remove = Callback::new(move |()| {
        if !doing.begins() {
            return;
        }
        spawn(async move {
            let outcome = api::passkeys::remove(id).await;
            if !doing.ended() {
                return;
            }
            match outcome {
                Ok(()) if own => session.leave(),
                Err(error) if error.status == 404 => {
                    passkeys.forget(id);
                    focus_add();
                }
                Ok(()) => {
                    passkeys.state.toasts.say("Passkey removed");
                    passkeys.forget(id);
                    focus_add();
                }
                Err(error) if session.interrupted(&error, Callback::new(|()| ())) => {}
                Err(error) => doing.failure.set(Some(error)),
            }
        });
    });
    view! {
        <Confirm
            title=format!("Remove “{}”?", passkey.name)
            yes="Yes, remove"
            kind=ButtonKind::Danger
            doing=doing
            on_yes=remove
            on_cancel=cancel
            return_to=format!("remove-passkey-{id}")
        >
            {own.then(|| view! { <p class="note warn">"This is the passkey you are signed in with: you will be signed out."</p> })}
            <p class="dialog-lead">
                "You can no longer sign in with it, and browsers that it signed in are signed out. Delete it from your device as well: Claviger cannot."
            </p>
        </Confirm>
    }
}
