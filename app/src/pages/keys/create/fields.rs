//! The fields of the form, in the order in which they are decided.

use claviger_core::{input::FieldError, key::Access};
use leptos::prelude::*;

use super::{
    lifetimes::Lifetimes,
    model::{Expiry, NewKeyForm, Purpose},
};
use crate::{
    api::message_for,
    browser::intl,
    components::{
        extras::{self, AllowedIpsField, ClientIpHeaderField, CreditsFields, Extras, MetadataField, RateFields},
        field::{Field, TextArea},
        fixed::{Fix, optional},
        select::{Choices, Options, Select},
    },
    session::use_session,
    viewed::use_viewed,
};

type Form = RwSignal<NewKeyForm>;
type Problems = RwSignal<Vec<FieldError>>;

fn problem(problems: Problems, field: &'static str) -> Signal<String> {
    Signal::derive(move || problems.with(|errors| message_for(errors, field)))
}

/// "What is this key for?"
#[component]
pub fn PurposeField(form: Form) -> impl IntoView {
    let session = use_session();
    // Not tracked: another organization's page is another page.
    let here = use_viewed().elsewhere_untracked().is_none();
    // Who administers all organizations is at home in the one that may have such keys.
    let system = here && untrack(|| session.is_system_admin());
    let all = [
        (Purpose::Integration, "Integration", true),
        (Purpose::Verifier, "Verifies other keys", true),
        (Purpose::Manager, "Manages keys", true),
        (Purpose::System, "Manages everything", system),
        (Purpose::Own, "Your own", here),
    ];
    let offered: Vec<_> = all.into_iter().filter(|(.., offered)| *offered).collect();
    let options = Options::new(
        &offered.iter().map(|(purpose, label, _)| (*purpose, *label)).collect::<Vec<_>>(),
        move || form.with(|form| form.purpose),
        move |purpose| form.update(|form| form.purpose = purpose),
    );
    let sentence = |purpose| match purpose {
        Purpose::Integration => "A program presents it to your services, which ask Claviger whether it is good.",
        Purpose::Verifier => "Your service asks Claviger about the keys its callers present.",
        Purpose::Manager => {
            "A program lists your organization’s keys, and with read and write access creates and revokes them."
        }
        Purpose::System => {
            "The same for the keys, people and settings of all organizations: the strongest key there is."
        }
        Purpose::Own => "You sign in and call Claviger with it. It is personal, and does not count towards the limit.",
    };
    let sentences: Vec<_> = offered.iter().map(|(purpose, ..)| sentence(*purpose)).collect();
    view! { <Choices name="purpose" legend="What is this key for?" options=options sentences=sentences /> }
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
    let options = Options::new(
        &[(Access::ReadOnly, "Read only"), (Access::ReadWrite, "Read and write")],
        move || form.with(|form| form.access),
        move |access| form.update(|form| form.access = access),
    );
    let sentences = &["Can read, cannot create or change", "Can read, create and change"];
    view! { <Choices name="access" legend="Access" options=options sentences=sentences /> }
}

/// Activated or not.
#[component]
pub fn StatusField(form: Form) -> impl IntoView {
    let options = Options::new(
        &[(true, "Activated"), (false, "Not activated")],
        move || form.with(|form| form.active),
        move |active| form.update(|form| form.active = active),
    );
    let sentences = &["Works at once", "Is refused until it is switched on"];
    view! { <Choices name="status" legend="Status" options=options sentences=sentences /> }
}

/// When it stops working, with the date that this comes to.
#[component]
pub fn ExpiryField(form: Form, problems: Problems, lifetimes: Lifetimes) -> impl IntoView {
    let custom = Signal::derive(move || form.with(|form| form.custom.clone()));
    // A memo: the field must not be drawn anew while one types in another.
    let is_custom = Memo::new(move |_| form.with(|form| form.expiry == Expiry::Custom));
    let wrong = problem(problems, "expires_at");
    let choices = lifetimes.choices();
    let choices: Vec<_> = choices.iter().map(|(expiry, name)| (*expiry, name.as_str())).collect();
    let options = Options::new(
        &choices,
        move || form.with(|form| form.expiry),
        move |expiry| form.update(|form| form.expiry = expiry),
    );
    let resolved = Signal::derive(move || {
        form.with(|form| match form.expiry {
            Expiry::Never => "It works until somebody revokes it.".to_owned(),
            expiry => {
                expiry.resolve(intl::now(), intl::from_local(&form.custom)).map_or_else(intl::zone, intl::with_zone)
            }
        }) + &lifetimes.note()
    });
    view! {
        <Select
            id="new-key-expires_at"
            label="Expires"
            options=options
            problem=Signal::derive(move || if is_custom.get() { String::new() } else { wrong.get() })
            note=resolved
        />
        {optional(move || is_custom.get().then(|| view! {
            <Field
                id="new-key-custom"
                label="Day and time"
                kind="datetime-local"
                value=custom
                on_input=Callback::new(move |text| form.update(|form| form.custom = text))
                problem=wrong
            />
        }.fixed()))}
    }
}

/// What most keys do without.
#[component]
pub fn MoreFields(form: Form, problems: Problems) -> impl IntoView {
    let has_problem = move || {
        problems.with(|errors| errors.iter().any(|error| !matches!(error.field.as_str(), "name" | "expires_at")))
    };
    let filled = form.with_untracked(|form| {
        !form.description.is_empty() || !form.scopes.is_empty() || form.extras != Extras::default()
    });
    let extras = extras::Form {
        id: "new-key",
        refill_id: "new-key-refill_interval",
        value: Signal::derive(move || form.with(|form| form.extras.clone())),
        typed: Callback::new(move |(part, typed): (fn(&mut Extras) -> &mut String, String)| {
            form.update(|form| *part(&mut form.extras) = typed);
        }),
        refill: Callback::new(move |interval| form.update(|form| form.extras.refill_interval = interval)),
        problems,
    };
    // A memo: the fields must not be drawn anew while one types.
    let verifies = Memo::new(move |_| form.with(|form| form.purpose == Purpose::Verifier));
    view! {
        <details class="more" prop:open=Signal::derive(move || has_problem() || filled)>
            <summary>"Description, scopes and limits"</summary>
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
            <AllowedIpsField form=extras />
            <RateFields form=extras />
            <CreditsFields form=extras />
            {optional(move || verifies.get().then(|| view! { <ClientIpHeaderField form=extras /> }.fixed()))}
            <MetadataField form=extras />
        </details>
    }
}
