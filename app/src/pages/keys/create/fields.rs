//! The fields of the form, in the order in which they are decided.

use claviger_core::{input::FieldError, key::Access};
use leptos::prelude::*;

use super::model::{Expiry, NewKeyForm, Purpose};
use crate::{
    browser::intl,
    components::{
        field::{Field, TextArea},
        select::{Choice, Choices, Select},
    },
};

type Form = RwSignal<NewKeyForm>;
type Problems = RwSignal<Vec<FieldError>>;

fn problem(problems: Problems, field: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || {
        problems.with(|errors| errors.iter().find(|error| error.field == field).map(|error| error.message.clone()))
    })
}

/// "What is this key for?"
#[component]
pub fn PurposeField(form: Form) -> impl IntoView {
    let choice = |value, label, sentence| Choice { value, label, sentence };
    let choices = vec![
        choice(Purpose::Integration, "Integration", "A program presents it to your services, which ask Claviger whether it is good."),
        choice(Purpose::Verifier, "Verifies other keys", "Your service asks Claviger about the keys its callers present."),
        choice(Purpose::Manager, "Manages keys", "A program lists, creates and revokes keys of your organization."),
    ];
    view! {
        <Choices
            name="purpose"
            legend="What is this key for?"
            choices=choices
            value=Signal::derive(move || form.with(|form| form.purpose))
            on_change=Callback::new(move |purpose| form.update(|form| form.purpose = purpose))
        />
    }
}

/// The name.
#[component]
pub fn NameField(form: Form, problems: Problems) -> impl IntoView {
    view! {
        <Field
            id="new-key-name"
            label="Name"
            hint="One key per integration"
            autofocus=true
            value=Signal::derive(move || form.with(|form| form.name.clone()))
            on_input=Callback::new(move |text| form.update(|form| form.name = text))
            problem=problem(problems, "name")
        />
    }
}

/// Read only, or read and write.
#[component]
pub fn AccessField(form: Form) -> impl IntoView {
    let choices = vec![
        Choice { value: Access::ReadOnly, label: "Read only", sentence: "Can read, cannot create or change" },
        Choice { value: Access::ReadWrite, label: "Read and write", sentence: "Can read, create and change" },
    ];
    view! {
        <Choices
            name="access"
            legend="Access"
            choices=choices
            value=Signal::derive(move || form.with(|form| form.access))
            on_change=Callback::new(move |access| form.update(|form| form.access = access))
        />
    }
}

/// Activated or not.
#[component]
pub fn StatusField(form: Form) -> impl IntoView {
    let choices = vec![
        Choice { value: true, label: "Activated", sentence: "Works at once" },
        Choice { value: false, label: "Not activated", sentence: "Is refused until it is switched on" },
    ];
    view! {
        <Choices
            name="status"
            legend="Status"
            choices=choices
            value=Signal::derive(move || form.with(|form| form.active))
            on_change=Callback::new(move |active| form.update(|form| form.active = active))
        />
    }
}

/// When it stops working, with the date that this comes to.
#[component]
pub fn ExpiryField(form: Form, problems: Problems) -> impl IntoView {
    let custom = Signal::derive(move || form.with(|form| form.custom.clone()));
    let is_custom = Memo::new(move |_| form.with(|form| form.expiry == Expiry::Custom));
    let wrong = problem(problems, "expires_at");
    let resolved = Signal::derive(move || {
        form.with(|form| match form.expiry {
            Expiry::Never => Some("It works until somebody revokes it.".to_owned()),
            expiry => expiry.resolve(intl::now(), intl::from_local(&form.custom)).map(intl::with_zone),
        })
    });
    view! {
        <Select
            id="new-key-expires_at"
            label="Expires"
            options=Expiry::CHOICES.to_vec()
            value=Signal::derive(move || form.with(|form| form.expiry))
            on_change=Callback::new(move |expiry| form.update(|form| form.expiry = expiry))
            problem=Signal::derive(move || wrong.get().filter(|_| !is_custom.get()))
            note=resolved
        />
        <Show when=move || is_custom.get()>
            <Field
                id="new-key-custom"
                label="Day and time"
                kind="datetime-local"
                value=custom
                on_input=Callback::new(move |text| form.update(|form| form.custom = text))
                problem=wrong
            />
        </Show>
    }
}

/// What most keys do without.
#[component]
pub fn MoreFields(form: Form, problems: Problems) -> impl IntoView {
    let has_problem = move || {
        problems.with(|errors| errors.iter().any(|error| matches!(error.field.as_str(), "description" | "scopes")))
    };
    let filled = form.with_untracked(|form| !form.description.is_empty() || !form.scopes.is_empty());
    view! {
        <details class="more" prop:open=move || has_problem() || filled>
            <summary>"Description and scopes"</summary>
            <TextArea
                id="new-key-description"
                label="Description"
                hint="For people: who uses it, and whom to ask"
                value=Signal::derive(move || form.with(|form| form.description.clone()))
                on_input=Callback::new(move |text| form.update(|form| form.description = text))
                problem=problem(problems, "description")
            />
            <TextArea
                id="new-key-scopes"
                label="Scopes"
                hint="What your services may ask of it, such as invoices.read or invoices.*"
                value=Signal::derive(move || form.with(|form| form.scopes.clone()))
                on_input=Callback::new(move |text| form.update(|form| form.scopes = text))
                problem=problem(problems, "scopes")
            />
        </details>
    }
}
