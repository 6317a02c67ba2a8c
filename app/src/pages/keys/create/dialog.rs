//! "New key": the form, sent once.

use claviger_core::{input::FieldError, key::NewKey};
use leptos::{ev, prelude::*};

use super::{
    draft,
    fields::{AccessField, ExpiryField, MoreFields, NameField, PurposeField, StatusField},
    lifetimes::Lifetimes,
    model::{Expiry, Filled, NewKeyForm, Purpose},
};
use crate::{
    api::{self, ApiError},
    browser::{intl, page},
    components::{
        button::{Button, SubmitButton},
        dialog::Dialog,
        error::ErrorNote,
        fixed::{on, spawn, watch},
    },
    pages::keys::state::{KeysState, Open},
    session::{SessionContext, use_session},
};

/// Asks for everything a key needs; a member's key is personal, and has no role to choose.
#[component]
pub fn CreateDialog(purpose: Purpose) -> impl IntoView {
    let state = expect_context::<KeysState>();
    let session = use_session();
    let user = session.user_id();
    let lifetimes = untrack(|| state.viewed.record()).map(|record| Lifetimes::of(&record)).unwrap_or_default();
    let fresh = NewKeyForm { expiry: lifetimes.proposed(), ..NewKeyForm::new(purpose) };
    let kept = draft::read(user, &fresh);
    let restored = kept.is_some();
    let mut form = kept.unwrap_or(fresh);
    if !lifetimes.allow(form.expiry) {
        form.expiry = lifetimes.proposed();
    }
    // Somebody who asked for a verifier key gets one, whatever they had begun before.
    if purpose != Purpose::Integration {
        form.purpose = purpose;
    }
    let form = RwSignal::new(form);
    let problems = RwSignal::new(Vec::<FieldError>::new());
    let failure = RwSignal::new(None::<ApiError>);
    let busy = RwSignal::new(false);
    watch(move || form.with(|form| draft::keep(user, form)));

    let create = Creation { state, session, form, problems, failure, busy };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        create.send();
    };
    // While the answer is on its way the dialog stays: it may carry the secret.
    let dismiss = Callback::new(move |()| {
        if !busy.get_untracked() {
            draft::forget();
            state.close();
        }
    });
    let elsewhere = untrack(|| state.viewed.elsewhere().map(|_| state.viewed.name()));
    let title = elsewhere.map_or_else(|| "New key".to_owned(), |name| format!("New key for {name}"));
    view! {
        <Dialog title=title on_dismiss=dismiss class="dialog wide" return_to="new-key">
            <form class="form" on:submit=on(submit) novalidate>
                {restored.then(|| view! { <p class="notice">"What you typed before is still here."</p> })}
                {(!session.is_member()).then(|| view! { <PurposeField form=form /> })}
                <NameField form=form problems=problems />
                <div class="pair">
                    <AccessField form=form />
                    <StatusField form=form />
                </div>
                <ExpiryField form=form problems=problems lifetimes=lifetimes />
                <MoreFields form=form problems=problems />
                <ErrorNote error=failure kept="What you typed is still here." />
                <div class="dialog-actions">
                    <Button on_press=dismiss disabled=busy>
                        "Cancel"
                    </Button>
                    <SubmitButton busy=busy>"Create key"</SubmitButton>
                </div>
            </form>
        </Dialog>
    }
}

/// One attempt to make a key. Signals only, so that it can be tried again after signing in.
#[derive(Clone, Copy)]
struct Creation {
    state: KeysState,
    session: SessionContext,
    form: RwSignal<NewKeyForm>,
    problems: RwSignal<Vec<FieldError>>,
    failure: RwSignal<Option<ApiError>>,
    busy: RwSignal<bool>,
}

impl Creation {
    /// A second press while the first is under way does nothing.
    fn send(self) {
        if self.busy.get_untracked() {
            return;
        }
        self.problems.set(Vec::new());
        self.failure.set(None);
        let new = self.form.with_untracked(|form| {
            NewKey::try_from(Filled { form, now: intl::now(), custom: intl::from_local(&form.custom) })
        });
        match new {
            Ok(new) => self.ask(new),
            Err(errors) => self.refuse(errors),
        }
    }

    fn ask(self, new: NewKey) {
        self.busy.set(true);
        spawn(async move {
            let outcome = api::keys::create(self.state.viewed.elsewhere_untracked(), &new).await;
            self.busy.set(false);
            match outcome {
                Ok(minted) => {
                    draft::forget();
                    self.state.show(Open::Reveal(Box::new(minted)));
                }
                Err(error) if self.session.interrupted(&error, self.again()) => {}
                Err(error) if !error.errors.is_empty() => self.refuse(error.errors),
                Err(mut error) => {
                    if error.is_network() {
                        error.message.push_str(" The key may have been made: look at the list before you try again.");
                    }
                    self.failure.set(Some(error));
                }
            }
        });
    }

    fn again(self) -> Callback<()> {
        Callback::new(move |()| self.send())
    }

    /// Shows what is wrong beside each field, with the focus on the first.
    fn refuse(self, errors: Vec<FieldError>) {
        const SHOWN: [&str; 4] = ["name", "expires_at", "description", "scopes"];
        // What has no field of its own is said above the buttons.
        if let Some(other) = errors.iter().find(|error| !SHOWN.contains(&error.field.as_str())) {
            let message = format!("{} {}", other.field, other.message).trim().to_owned();
            self.failure.set(Some(ApiError { message, ..ApiError::unreadable(400, None) }));
        }
        let first = SHOWN.into_iter().find(|field| errors.iter().any(|error| error.field == *field));
        self.problems.set(errors);
        let custom = self.form.with_untracked(|form| form.expiry == Expiry::Custom);
        if let Some(first) = first {
            let field = if first == "expires_at" && custom { "custom" } else { first };
            page::focus_soon(format!("new-key-{field}"));
        }
    }
}
