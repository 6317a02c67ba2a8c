//! Making and changing a webhook: where it goes, what it is told, what it is for.

use claviger_core::{
    input::FieldError,
    text::Note,
    webhook::{Event, NewWebhook, WebhookChange},
    wire::webhook::Webhook,
};
use leptos::{ev, prelude::*};

use super::{ADD, words};
use crate::{
    api::{self, ApiError, message_for, webhooks::Whose},
    browser::page,
    components::{
        button::{Button, SubmitButton},
        confirm::Doing,
        dialog::Dialog,
        error::ErrorNote,
        field::{Field, FieldProblem},
        fixed::{Fix, Fixed, dynamic, on, optional, spawn, text},
        select::{Choices, Options},
    },
    session::SessionContext,
};

/// What was typed and chosen. Signals only, so that it can be sent again after signing in.
#[derive(Clone, Copy)]
pub struct Draft {
    url: RwSignal<String>,
    description: RwSignal<String>,
    everything: RwSignal<bool>,
    chosen: RwSignal<Vec<Event>>,
    problems: RwSignal<Vec<FieldError>>,
    /// What becomes of it.
    pub doing: Doing,
}

impl Draft {
    fn empty() -> Self {
        Self {
            url: RwSignal::new(String::new()),
            description: RwSignal::new(String::new()),
            everything: RwSignal::new(true),
            chosen: RwSignal::new(Vec::new()),
            problems: RwSignal::new(Vec::new()),
            doing: Doing::new(),
        }
    }

    /// As the webhook is.
    pub fn of(webhook: &Webhook) -> Self {
        let draft = Self::empty();
        draft.url.set(webhook.url.clone());
        draft.description.set(webhook.description.clone());
        let everything = webhook.events.contains(&Event::Everything);
        draft.everything.set(everything);
        draft.chosen.set(if everything { Vec::new() } else { webhook.events.clone() });
        draft
    }

    fn read(self, personal: bool) -> Result<NewWebhook, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut wrong = |field: &str, message: &str| {
            errors.push(FieldError { field: field.to_owned(), message: message.to_owned() });
        };
        let url = self.url.get_untracked().trim().to_owned();
        if url.is_empty() {
            wrong("url", "Is required.");
        }
        let chosen = self.chosen.get_untracked().into_iter().filter(|event| !personal || event.is_personal());
        let events: Vec<_> = if self.everything.get_untracked() { vec![Event::Everything] } else { chosen.collect() };
        if events.is_empty() {
            wrong("events", "Choose at least one.");
        }
        let description = Note::parse(&self.description.get_untracked());
        if let Err(problem) = &description {
            wrong("description", &problem.to_string());
        }
        match description {
            Ok(description) if errors.is_empty() => Ok(NewWebhook { url, events, description: Some(description) }),
            _ => Err(errors),
        }
    }

    /// Shows what is wrong beside each field, with the focus on the first.
    fn refuse(self, errors: Vec<FieldError>) {
        for (name, id) in
            [("url", "webhook-url"), ("events", "webhook-events-0"), ("description", "webhook-description")]
        {
            if errors.iter().any(|error| error.field == name) {
                page::focus_soon(id.to_owned());
                break;
            }
        }
        self.problems.set(errors);
    }

    fn failed(self, error: ApiError) {
        let known = |error: &FieldError| matches!(error.field.as_str(), "url" | "events" | "description");
        if error.errors.iter().any(known) {
            self.refuse(error.errors);
        } else {
            self.doing.failure.set(Some(error));
        }
    }
}

/// A new webhook on its way.
#[derive(Clone, Copy)]
pub struct Making {
    draft: Draft,
    session: SessionContext,
    organization: i64,
    /// One's own, instead of the organization's.
    personal: RwSignal<bool>,
    /// All presses are one attempt under one `Idempotency-Key`, until it is known to be over.
    attempt: StoredValue<String>,
}

impl Making {
    /// Of an organization, or of whoever is signed in.
    pub fn new(session: SessionContext, organization: i64) -> Self {
        Self {
            draft: Draft::empty(),
            session,
            organization,
            personal: RwSignal::new(untrack(|| session.is_member())),
            attempt: StoredValue::new(api::keys::attempt()),
        }
    }

    fn send(self, on_made: Callback<(Webhook, String)>) {
        let Self { draft, .. } = self;
        if draft.doing.busy.get_untracked() {
            return;
        }
        draft.problems.set(Vec::new());
        let personal = self.personal.get_untracked();
        let new = match draft.read(personal) {
            Ok(new) => new,
            Err(errors) => return draft.refuse(errors),
        };
        if !draft.doing.begins() {
            return;
        }
        let whose =
            if personal { Whose::Person(self.session.user_id()) } else { Whose::Organization(self.organization) };
        spawn(async move {
            let outcome = api::webhooks::create(whose, &new, &self.attempt.get_value()).await;
            if !draft.doing.ended() {
                return;
            }
            match outcome {
                Ok(made) => on_made.run(made),
                Err(error) if self.session.interrupted(&error, Callback::new(move |()| self.send(on_made))) => {}
                Err(error) => self.failed(error),
            }
        });
    }

    fn failed(self, mut error: ApiError) {
        if error.is_uncertain() {
            error
                .message
                .push_str(" The webhook may have been made. Press the button again: it will not be made twice.");
            return self.draft.doing.failure.set(Some(error));
        }
        // An earlier press has made it, and its answer got lost.
        if error.code == "already_created" {
            error.errors.clear();
            error.message = "The webhook was made, but its secret got lost on the way. Close this, open the webhook in the list, and replace its secret.".to_owned();
        }
        self.attempt.set_value(api::keys::attempt());
        self.draft.failed(error);
    }
}

/// Asks what a new one is to be.
#[component]
pub fn MakeDialog(making: Making, on_made: Callback<(Webhook, String)>, on_dismiss: Callback<()>) -> impl IntoView {
    let Making { draft, session, organization, personal, .. } = making;
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        making.send(on_made);
    };
    // Whose: for who manages their own organization.
    let asks = untrack(|| session.manages()) && organization == session.organization_id();
    let whose = asks.then(|| {
        let options = Options::new(
            &[(false, "The organization"), (true, "Only me")],
            move || personal.get(),
            move |own| personal.set(own),
        );
        let sentences = &["Everybody’s keys, the people, the settings", "Your own personal keys and your own account"];
        view! { <Choices name="webhook-whose" legend="About" options=options sentences=sentences /> }
    });
    view! {
        <FormDialog title="Add webhook" yes="Add webhook" draft=draft personal=personal.into() whose=whose.map(Fix::fixed)
            on_submit=Callback::new(submit) on_dismiss=on_dismiss return_to=ADD.to_owned() />
    }
}

/// A change on its way.
#[derive(Clone, Copy)]
pub struct Editing {
    /// What was typed and chosen.
    pub draft: Draft,
    /// For what a session's end interrupts.
    pub session: SessionContext,
    /// Which one, and the version that was read.
    pub of: (i64, i64),
    /// Whether it is a person's own.
    pub personal: bool,
    /// Is told what it has become.
    pub on_done: Callback<Webhook>,
}

impl Editing {
    fn send(self) {
        let Self { draft, .. } = self;
        if draft.doing.busy.get_untracked() {
            return;
        }
        draft.problems.set(Vec::new());
        let NewWebhook { url, events, description } = match draft.read(self.personal) {
            Ok(new) => new,
            Err(errors) => return draft.refuse(errors),
        };
        if !draft.doing.begins() {
            return;
        }
        let change = WebhookChange { url: Some(url), events: Some(events), description, ..WebhookChange::default() };
        spawn(async move {
            let outcome = api::webhooks::change(self.of.0, &change, self.of.1).await;
            if !draft.doing.ended() {
                return;
            }
            match outcome {
                Ok(webhook) => self.on_done.run(webhook),
                Err(error) if self.session.interrupted(&error, Callback::new(move |()| self.send())) => {}
                Err(error) => draft.failed(error),
            }
        });
    }
}

/// Asks what is to become of it.
#[component]
pub fn EditDialog(editing: Editing, on_dismiss: Callback<()>, return_to: String) -> impl IntoView {
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        editing.send();
    };
    view! {
        <FormDialog title="Edit webhook" yes="Save" draft=editing.draft personal=Signal::stored(editing.personal) whose=None
            on_submit=Callback::new(submit) on_dismiss=on_dismiss return_to=return_to />
    }
}

#[component]
fn FormDialog(
    title: &'static str,
    yes: &'static str,
    draft: Draft,
    personal: Signal<bool>,
    whose: Option<Fixed>,
    on_submit: Callback<ev::SubmitEvent>,
    on_dismiss: Callback<()>,
    return_to: String,
) -> impl IntoView {
    let Draft { url, description, doing, problems, .. } = draft;
    // While the answer is on its way the dialog stays: it may carry a secret.
    let dismiss = Callback::new(move |()| {
        if !doing.busy.get_untracked() {
            on_dismiss.run(());
        }
    });
    let problem = move |field: &'static str| text(move || problems.with(|errors| message_for(errors, field)));
    view! {
        <Dialog title=title on_dismiss=dismiss class="dialog wide" return_to=return_to>
            <form class="form" on:submit=on(move |event| on_submit.run(event)) novalidate>
                <Field
                    id="webhook-url"
                    label="URL"
                    hint="https, and a host of the public Internet. What the answer says is shown to who owns the webhook."
                    kind="url"
                    autofocus=true
                    value=url
                    on_input=Callback::new(move |text| url.set(text))
                    problem=problem("url")
                />
                {whose}
                <Events draft=draft personal=personal />
                <Field
                    id="webhook-description"
                    label="Description (optional)"
                    value=description
                    on_input=Callback::new(move |text| description.set(text))
                    problem=problem("description")
                />
                <ErrorNote error=doing.failure kept="What you typed is still here." />
                <div class="dialog-actions">
                    <Button on_press=dismiss disabled=doing.busy>
                        "Cancel"
                    </Button>
                    <SubmitButton busy=doing.busy>{yes}</SubmitButton>
                </div>
            </form>
        </Dialog>
    }
}

/// Everything, or what is ticked.
#[component]
fn Events(draft: Draft, personal: Signal<bool>) -> impl IntoView {
    let Draft { everything, chosen, problems, .. } = draft;
    let options = Options::new(
        &[(true, "Everything"), (false, "Some of it")],
        move || everything.get(),
        move |all| everything.set(all),
    );
    let sentences = &["Also what later versions tell", "Only what you tick"];
    let problem = text(move || problems.with(|errors| message_for(errors, "events")));
    let allowed = Memo::new(move |_| personal.get());
    view! {
        <Choices name="webhook-events" legend="Tell" options=options sentences=sentences />
        {optional(move || (!everything.get()).then(|| {
            let groups = words::by_entity(|event| !allowed.get() || event.is_personal());
            groups.into_iter().map(|(label, events)| group(label, events, chosen)).collect_view().fixed()
        }))}
        <FieldProblem id="webhook-events-problem".to_owned() problem=problem />
    }
}

fn group(label: &'static str, events: Vec<Event>, chosen: RwSignal<Vec<Event>>) -> Fixed {
    let ticks: Vec<_> = events.into_iter().map(|event| tick(event, chosen)).collect();
    view! {
        <fieldset class="ticks">
            <legend>{label}</legend>
            {ticks}
        </fieldset>
    }
    .fixed()
}

fn tick(event: Event, chosen: RwSignal<Vec<Event>>) -> Fixed {
    let change = move |given: ev::Event| {
        let on = event_target_checked(&given);
        chosen.update(|chosen| {
            chosen.retain(|known| *known != event);
            if on {
                chosen.push(event);
            }
        });
    };
    let ticked = Signal::derive(move || chosen.with(|chosen| chosen.contains(&event)));
    view! {
        <label>
            <input type="checkbox" prop:checked=ticked on:change=on(change) />
            {words::operation(event)}
        </label>
    }
    .fixed()
}

/// Draws nothing while there is no dialog.
pub fn when<T: Clone + Send + Sync + 'static>(
    open: RwSignal<Option<T>>,
    draw: impl Fn(T) -> Fixed + Send + 'static,
) -> impl IntoView {
    dynamic(move || open.get().map_or_else(Fixed::nothing, &draw))
}
