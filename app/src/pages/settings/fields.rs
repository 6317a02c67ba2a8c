//! The fields of an organization, for the settings and for a new one.

use claviger_core::{
    input::FieldError,
    leak::LeakPolicy,
    organization::Plan,
    secret::{MARKER, OrganizationPrefix},
};
use leptos::prelude::*;

use super::SettingsFields;
use crate::{
    api::message_for,
    browser::page,
    components::{
        field::Field,
        fixed::text,
        select::{Choices, Options},
    },
};

type Fields = RwSignal<SettingsFields>;
/// What is wrong with them.
pub type Problems = RwSignal<Vec<FieldError>>;

/// In the order of the form.
const NAMES: [&str; 5] = ["name", "key_prefix", "default_key_lifetime_days", "maximum_key_lifetime_days", "key_limit"];

/// Focuses the first field that has a problem.
pub fn focus_first(errors: &[FieldError]) {
    if let Some(name) = NAMES.into_iter().find(|name| errors.iter().any(|error| error.field == *name)) {
        page::focus_soon(format!("organization-{name}"));
    }
}

#[component]
fn TextField(
    fields: Fields,
    problems: Problems,
    /// What the API calls it.
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    part: fn(&mut SettingsFields) -> &mut String,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    let value = move || fields.try_with(|fields| part(&mut fields.clone()).clone()).unwrap_or_default();
    view! {
        <Field
            id=format!("organization-{name}")
            label=label
            hint=hint
            autofocus=autofocus
            value=text(value)
            on_input=Callback::new(move |typed| fields.update(|fields| *part(fields) = typed))
            problem=text(move || problems.with(|errors| message_for(errors, name)))
        />
    }
}

/// Its name.
#[component]
pub fn NameField(fields: Fields, problems: Problems, #[prop(optional)] autofocus: bool) -> impl IntoView {
    view! {
        <TextField fields=fields problems=problems name="name" label="Name" hint="Its people and whoever is invited see it." part=|fields| &mut fields.name autofocus=autofocus />
    }
}

/// What its secrets begin with, and how one will look.
#[component]
pub fn PrefixField(fields: Fields, problems: Problems, #[prop(optional)] of_new: bool) -> impl IntoView {
    let hint = if of_new {
        "2 to 12 lower-case letters and digits, so that people see whose key it is."
    } else {
        "2 to 12 lower-case letters and digits, so that people see whose key it is. Keys made before keep theirs."
    };
    let example = move || {
        let typed = fields.with(|fields| fields.key_prefix.trim().to_owned());
        let prefix = OrganizationPrefix::parse(&typed).map(|prefix| format!("{}_", prefix.as_str()));
        format!("{}{MARKER}4fGh…9aZ1", prefix.unwrap_or_default())
    };
    view! {
        <div class="field">
            <TextField
                fields=fields
                problems=problems
                name="key_prefix"
                label="Key prefix (optional)"
                hint=hint
                part=|fields| &mut fields.key_prefix
            />
            <p class="field-note">"A new key will look like " <code>{text(example)}</code></p>
        </div>
    }
}

/// How long keys live: what the console proposes, and the longest.
#[component]
pub fn LifetimeFields(fields: Fields, problems: Problems) -> impl IntoView {
    view! {
        <div class="pair">
            <TextField
                fields=fields
                problems=problems
                name="default_key_lifetime_days"
                label="Default key lifetime, in days"
                hint="What New key proposes. Empty: 90 days."
                part=|fields| &mut fields.default_key_lifetime_days
            />
            <TextField
                fields=fields
                problems=problems
                name="maximum_key_lifetime_days"
                label="Maximum key lifetime, in days"
                hint="Longer is refused. Empty: no maximum."
                part=|fields| &mut fields.maximum_key_lifetime_days
            />
        </div>
        <p class="field-note">"Keys made before stay as they are, however long they live."</p>
    }
}

/// Whether verification may answer from memory.
#[component]
pub fn StrictField(fields: Fields) -> impl IntoView {
    let options = Options::new(
        &[(false, "Standard"), (true, "Strict")],
        move || fields.with(|fields| fields.strict),
        move |strict| fields.update(|fields| fields.strict = strict),
    );
    let sentences = &[
        "Verification may answer from a memory that is at most a few seconds old.",
        "Verification reads the primary database every time: slower, and never behind.",
    ];
    view! { <Choices name="strict" legend="Mode" options=options sentences=sentences /> }
}

/// What becomes of a key that GitHub reports.
#[component]
pub fn LeakField(fields: Fields) -> impl IntoView {
    let options = Options::new(
        &[(LeakPolicy::Flag, "Flag it"), (LeakPolicy::Revoke, "Revoke it")],
        move || fields.with(|fields| fields.leak_policy),
        move |policy| fields.update(|fields| fields.leak_policy = policy),
    );
    let sentences = &[
        "The key works on. Keys and the key's page say so, and webhooks are told: you decide.",
        "Whatever uses the key stops working at once. Keys and webhooks say why.",
    ];
    view! { <Choices name="leak_policy" legend="When GitHub finds a key in public" options=options sentences=sentences /> }
}

/// Paid or trial.
#[component]
pub fn PlanField(fields: Fields) -> impl IntoView {
    let options = Options::new(
        &[(Plan::Paid, "Paid"), (Plan::Trial, "Trial")],
        move || fields.with(|fields| fields.plan),
        move |plan| fields.update(|fields| fields.plan = plan),
    );
    let sentences = &[
        "Its keys work, and new ones can be made.",
        "No API access: its keys are kept and do not work, and no service keys can be made. Its people still sign in.",
    ];
    view! { <Choices name="plan" legend="Plan" options=options sentences=sentences /> }
}

/// How many live service keys it may have.
#[component]
pub fn LimitField(fields: Fields, problems: Problems) -> impl IntoView {
    view! {
        <TextField
            fields=fields
            problems=problems
            name="key_limit"
            label="Key limit"
            hint="Live service keys. Personal keys do not count."
            part=|fields| &mut fields.key_limit
        />
    }
}
