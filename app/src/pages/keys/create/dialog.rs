//! "New key": the form, sent once.

use claviger_core::{
    input::FieldError,
    key::{NewKey, Role},
    wire::key::Key,
};
use leptos::{ev, prelude::*};

use super::{
    attempt::{Attempt, Outcome},
    draft::Draft,
    fields::{AccessField, ExpiryField, MoreFields, NameField, PurposeField, StatusField},
    lifetimes::Lifetimes,
    lost::Lost,
    model::{Expiry, Filled, NewKeyForm, Purpose},
};
use crate::{
    api::ApiError,
    browser::{intl, page},
    components::{
        button::{Button, ButtonKind, SubmitButton},
        dialog::Dialog,
        error::ErrorNote,
        fixed::{Fix, dynamic, on, optional, spawn, watch},
        toast::use_toasts,
    },
    pages::keys::state::{KeysState, Open},
    session::{SessionContext, use_session},
};

/// Asks for everything a key needs; a member's key is personal, and has no role to choose.
#[component]
pub fn CreateDialog(purpose: Purpose) -> impl IntoView {
    let state = expect_context::<KeysState>();
    let session = use_session();
    let draft = Draft { user: session.user_id(), organization: state.viewed.id_untracked() };
    let lifetimes = untrack(|| state.viewed.record()).map(|record| Lifetimes::of(&record)).unwrap_or_default();
    let fresh = NewKeyForm { expiry: lifetimes.proposed(), ..NewKeyForm::new(purpose) };
    let kept = draft.read(&fresh);
    let restored = RwSignal::new(kept.is_some());
    let mut form = kept.unwrap_or_else(|| fresh.clone());
    if !lifetimes.allow(form.expiry) {
        form.expiry = lifetimes.proposed();
    }
    let fresh = StoredValue::new(fresh);
    // Somebody who asked for a verifier key gets one, whatever they had begun before.
    if purpose != Purpose::Integration {
        form.purpose = purpose;
    }
    let form = RwSignal::new(form);
    let problems = RwSignal::new(Vec::<FieldError>::new());
    let failure = RwSignal::new(None::<ApiError>);
    let busy = RwSignal::new(false);
    watch(move || form.with(|form| draft.keep(form)));

    let lost = RwSignal::new(None::<Box<Key>>);
    let attempt = StoredValue::new(Attempt::new());
    let create = Creation { state, session, draft, form, problems, failure, busy, attempt, lost };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        create.send();
    };
    let toasts = use_toasts();
    // While the answer is on its way the dialog stays: it may carry the secret. Esc may be a slip, so what was typed stays for
    // the next time; Cancel means it.
    let leave = move |for_good: bool| {
        if busy.get_untracked() {
            return;
        }
        state.close();
        if for_good {
            draft.forget();
        } else if draft.read(&fresh.get_value()).is_some() {
            toasts.say("What you typed is kept for the next time");
        }
        if failure.get_untracked().is_some_and(|error| error.is_uncertain()) {
            state.refresh();
        }
    };
    let dismiss = Callback::new(move |()| leave(false));
    let cancel = Callback::new(move |()| leave(true));
    let afresh = Callback::new(move |()| {
        form.set(fresh.get_value());
        problems.set(Vec::new());
        restored.set(false);
        page::focus_soon("new-key-name".to_owned());
    });
    let elsewhere = untrack(|| state.viewed.elsewhere().map(|_| state.viewed.name()));
    let title = elsewhere.map_or_else(|| "New key".to_owned(), |name| format!("New key for {name}"));
    let fields = move || {
        view! {
            <form class="form" on:submit=on(submit) novalidate>
                {optional(move || restored.get().then(|| view! {
                    <p class="notice">
                        "What you typed before is still here. "
                        <Button kind=ButtonKind::Text on_press=afresh>"Start afresh"</Button>
                    </p>
                }.fixed()))}
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
                    <Button on_press=cancel disabled=busy>
                        "Cancel"
                    </Button>
                    <SubmitButton busy=busy>"Create key"</SubmitButton>
                </div>
            </form>
        }
        .fixed()
    };
    view! {
        <Dialog title=title on_dismiss=dismiss class="dialog wide" return_to="new-key">
            {dynamic(move || match lost.get() {
                Some(key) => view! { <Lost key=*key /> }.fixed(),
                None => fields(),
            })}
        </Dialog>
    }
}

/// What making a key works with. Signals only, so that it can be tried again after signing in.
#[derive(Clone, Copy)]
struct Creation {
    state: KeysState,
    session: SessionContext,
    draft: Draft,
    form: RwSignal<NewKeyForm>,
    problems: RwSignal<Vec<FieldError>>,
    failure: RwSignal<Option<ApiError>>,
    busy: RwSignal<bool>,
    attempt: StoredValue<Attempt>,
    lost: RwSignal<Option<Box<Key>>>,
}

impl Creation {
    /// A second press while the first is under way does nothing.
    fn send(self) {
        if self.busy.get_untracked() {
            return;
        }
        self.problems.set(Vec::new());
        self.failure.set(None);
        let form = self.form.get_untracked();
        // What may have been made is asked for again as it was, to the millisecond of its expiry: else it counts as another.
        let new = match self.attempt.with_value(|attempt| attempt.again(&form)) {
            Some(new) => Ok(new),
            None => NewKey::try_from(Filled {
                form: &form,
                now: intl::now(),
                custom: intl::from_local(&form.custom),
                own: self.own_role(),
            }),
        };
        match new {
            Ok(new) => self.ask(form, new),
            Err(errors) => self.refuse(errors),
        }
    }

    /// That of the keys of whoever is signed in.
    fn own_role(self) -> Role {
        let session = untrack(|| self.session.current());
        session.map_or(Role::Integration, |session| session.user.role.key_role(session.organization.system))
    }

    fn ask(self, form: NewKeyForm, new: NewKey) {
        self.busy.set(true);
        let attempt = self.attempt.get_value();
        spawn(async move {
            let organization = self.state.viewed.elsewhere_untracked();
            let (attempt, outcome) = attempt.make(organization, form, new).await;
            self.busy.set(false);
            self.attempt.set_value(attempt);
            match outcome {
                Outcome::Minted(minted) => {
                    self.draft.forget();
                    self.state.show(Open::Reveal(minted));
                }
                Outcome::Lost(key) => {
                    self.draft.forget();
                    self.lost.set(Some(key));
                }
                Outcome::Failed(error) if self.session.interrupted(&error, self.again()) => {}
                Outcome::Failed(error) if !error.errors.is_empty() => self.refuse(error.errors),
                Outcome::Failed(mut error) => {
                    if error.status == 404 {
                        error.message = "This organization was deleted meanwhile: no key can be made in it.".to_owned();
                    }
                    self.failure.set(Some(error));
                    page::scroll_to(".dialog .note.bad");
                }
            }
        });
    }

    fn again(self) -> Callback<()> {
        Callback::new(move |()| self.send())
    }

    /// Shows what is wrong beside each field, with the focus on the first.
    fn refuse(self, errors: Vec<FieldError>) {
        const SHOWN: [&str; 12] = [
            "name",
            "expires_at",
            "description",
            "scopes",
            "allowed_ips",
            "rate_limit",
            "window",
            "credits",
            "refill_amount",
            "refill_interval",
            "client_ip_header",
            "metadata",
        ];
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
