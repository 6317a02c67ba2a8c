//! "Edit details": name, address and how many keys.

use claviger_core::{
    input::FieldError,
    text::{Email, Name},
    user::{LARGEST_PERSONAL_KEY_LIMIT, UserChange},
    wire::user::User,
};
use leptos::{ev, prelude::*};

use super::state::OnePerson;
use crate::{
    api::{self, message_for},
    browser::page,
    components::{
        button::{Button, SubmitButton},
        confirm::Doing,
        dialog::Dialog,
        error::ErrorNote,
        field::Field,
        fixed::{on, spawn, text},
    },
};

/// For the focus to come back to.
pub const EDIT: &str = "person-edit";

/// The fields, in their order.
const FIELDS: [&str; 3] = ["name", "email", "personal_key_limit"];

/// Asks for what is another now; what is left as it is stays.
#[component]
pub fn EditDialog() -> impl IntoView {
    let state = expect_context::<OnePerson>();
    let known = untrack(|| state.user.get());
    let typed = |value: fn(&User) -> String| RwSignal::new(known.as_ref().map(value).unwrap_or_default());
    let editing = Editing {
        state,
        typed: [
            typed(|user| user.name.clone()),
            typed(|user| user.email.clone()),
            typed(|user| user.personal_key_limit.to_string()),
        ],
        problems: RwSignal::new(Vec::new()),
        doing: Doing::new(),
    };
    let cancel = Callback::new(move |()| {
        if !editing.doing.busy.get_untracked() {
            state.close();
        }
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        editing.send();
    };
    let problem = move |field: &'static str| text(move || editing.problems.with(|errors| message_for(errors, field)));
    let input = |value: RwSignal<String>| Callback::new(move |text| value.set(text));
    let [name, email, limit] = editing.typed;
    view! {
        <Dialog title=format!("Edit {}", state.name()) on_dismiss=cancel class="dialog wide" return_to=EDIT>
            <form class="form" on:submit=on(submit) novalidate>
                <Field id="person-name" label="Name" value=name on_input=input(name) problem=problem("name") />
                <Field
                    id="person-email"
                    label="E-mail"
                    kind="email"
                    hint="Where people come in by Cloudflare Access, whoever has this address comes in as this person."
                    value=email
                    on_input=input(email)
                    problem=problem("email")
                />
                <Field
                    id="person-personal_key_limit"
                    label="Personal keys"
                    inputmode="numeric"
                    hint="How many they may have, with the one that the system makes for everybody. That one is made all the same, and so is the key of a sign-in link."
                    value=limit
                    on_input=input(limit)
                    problem=problem("personal_key_limit")
                />
                <ErrorNote error=editing.doing.failure kept="What you typed is still here." />
                <div class="dialog-actions">
                    <Button on_press=cancel>"Cancel"</Button>
                    <SubmitButton busy=editing.doing.busy>"Save"</SubmitButton>
                </div>
            </form>
        </Dialog>
    }
}

/// Signals only, so that it can be tried again after signing in.
#[derive(Clone, Copy)]
struct Editing {
    state: OnePerson,
    typed: [RwSignal<String>; 3],
    problems: RwSignal<Vec<FieldError>>,
    doing: Doing,
}

impl Editing {
    fn send(self) {
        // Read again with each press: after a conflict it is another one.
        let Some(known) = self.state.user.get_untracked() else {
            return;
        };
        self.problems.set(Vec::new());
        let [name, email, limit] = self.typed.map(|value| value.get_untracked());
        let change = match read(&known, &name, &email, &limit) {
            Ok(change) => change,
            Err(errors) => return self.refuse(errors),
        };
        if change == UserChange::default() {
            return self.state.close();
        }
        if !self.doing.begins() {
            return;
        }
        spawn(async move {
            let outcome = api::people::change(self.state.id, &change, Some(known.version)).await;
            if !self.doing.ended() {
                return;
            }
            match outcome {
                Ok(user) => {
                    self.state.toasts.say("Saved");
                    self.state.learn(user);
                }
                Err(error) if FIELDS.iter().any(|field| !error.field(field).is_empty()) => self.refuse(error.errors),
                Err(error) => self.state.failed(error, Some(self.doing)),
            }
        });
    }

    /// Shows what is wrong beside each field, with the focus on the first.
    fn refuse(self, errors: Vec<FieldError>) {
        if let Some(first) = FIELDS.into_iter().find(|field| errors.iter().any(|error| error.field == *field)) {
            page::focus_soon(format!("person-{first}"));
        }
        self.problems.set(errors);
    }
}

/// What is another than it was, or what does not fit.
fn read(known: &User, name: &str, email: &str, limit: &str) -> Result<UserChange, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut add = |field: &str, message: String| errors.push(FieldError { field: field.to_owned(), message });
    let mut change = UserChange::default();
    if name.trim() != known.name {
        change.name = Name::parse(name).map_err(|wrong| add("name", wrong.to_string())).ok();
    }
    if email.trim() != known.email {
        change.email = Email::parse(email).map_err(|wrong| add("email", wrong.to_string())).ok();
    }
    let fits = limit.trim().parse().ok().filter(|limit| *limit <= LARGEST_PERSONAL_KEY_LIMIT);
    match fits {
        Some(limit) => change.personal_key_limit = (limit != known.personal_key_limit).then_some(limit),
        None => add("personal_key_limit", format!("Must be a whole number from 0 to {LARGEST_PERSONAL_KEY_LIMIT}.")),
    }
    if errors.is_empty() { Ok(change) } else { Err(errors) }
}
