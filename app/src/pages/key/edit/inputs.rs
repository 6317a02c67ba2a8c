//! The fields of the form, in the order in which they are decided.

use claviger_core::{
    input::FieldError,
    key::{Access, Role},
};
use leptos::prelude::*;

use super::{
    fields::{KeyFields, Until},
    saving::Saving,
};
use crate::{
    api::message_for,
    browser::{intl, page},
    components::{
        field::{Field, TextArea},
        fixed::{Fix, dynamic, optional, text},
        select::{Choices, Options, Select},
    },
    pages::{
        key::words,
        keys::create::{Expiry, Lifetimes},
    },
    viewed::use_viewed,
};

type Fields = RwSignal<KeyFields>;
/// What is wrong with them.
pub type Problems = RwSignal<Vec<FieldError>>;

/// In the order of the form.
const NAMES: [&str; 14] = [
    "name",
    "description",
    "role",
    "access",
    "expires_at",
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

/// Whether a problem of this name is shown beside a field.
pub fn has_field(name: &str) -> bool {
    NAMES.contains(&name)
}

/// Focuses the first field that has a problem; `custom` tells which of the two for the expiry is used.
pub fn focus_first(errors: &[FieldError], custom: bool) {
    if let Some(name) = NAMES.into_iter().find(|name| errors.iter().any(|error| error.field == *name)) {
        page::focus_soon(match name {
            "expires_at" if custom => "key-custom".to_owned(),
            // Of its radio buttons, the first.
            "access" => "access-0".to_owned(),
            name => format!("key-{name}"),
        });
    }
}

fn problem(problems: Problems, name: &'static str) -> Signal<String> {
    text(move || problems.with(|errors| message_for(errors, name)))
}

/// A text of the form.
type Of = fn(&mut KeyFields) -> &mut String;

fn value(fields: Fields, part: Of) -> Signal<String> {
    text(move || fields.try_with(|fields| part(&mut fields.clone()).clone()).unwrap_or_default())
}

fn typed(fields: Fields, part: Of) -> Callback<String> {
    Callback::new(move |typed| fields.update(|fields| *part(fields) = typed))
}

#[component]
fn Line(
    fields: Fields,
    problems: Problems,
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    part: Of,
) -> impl IntoView {
    view! {
        <Field
            id=format!("key-{name}")
            label=label
            hint=hint
            value=value(fields, part)
            on_input=typed(fields, part)
            problem=problem(problems, name)
        />
    }
}

#[component]
fn Lines(
    fields: Fields,
    problems: Problems,
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    part: Of,
) -> impl IntoView {
    view! {
        <TextArea
            id=format!("key-{name}")
            label=label
            hint=hint
            value=value(fields, part)
            on_input=typed(fields, part)
            problem=problem(problems, name)
        />
    }
}

/// Its name and the note.
#[component]
pub fn NameFields(fields: Fields, problems: Problems) -> impl IntoView {
    view! {
        <Line fields=fields problems=problems name="name" label="Name" hint="One key per integration" part=|fields| &mut fields.name />
        <Lines fields=fields problems=problems name="description" label="Description" hint="For people: who uses it, and whom to ask" part=|fields| &mut fields.description />
    }
}

/// What it may do; in the `system` organization also everything.
#[component]
pub fn RoleField(fields: Fields, problems: Problems, system: bool) -> impl IntoView {
    let roles = Role::ALL.iter().copied().filter(|role| system || *role != Role::SystemAdmin);
    let roles: Vec<_> = roles.map(|role| (role, words::role(role))).collect();
    let options = Options::new(
        &roles,
        move || fields.with(|fields| fields.role),
        move |role| fields.update(|fields| fields.role = role),
    );
    view! { <Select id="key-role" label="Role" options=options problem=problem(problems, "role") /> }
}

/// Activated or not.
#[component]
pub fn StatusField(fields: Fields) -> impl IntoView {
    let options = Options::new(
        &[(true, "Activated"), (false, "Not activated")],
        move || fields.with(|fields| fields.active),
        move |active| fields.update(|fields| fields.active = active),
    );
    let sentences = &["Works as soon as it is saved", "Is refused until it is switched on"];
    view! { <Choices name="status" legend="Status" options=options sentences=sentences /> }
}

/// Read only, or read and write.
#[component]
pub fn AccessField(fields: Fields, problems: Problems) -> impl IntoView {
    let options = Options::new(
        &[(Access::ReadOnly, "Read only"), (Access::ReadWrite, "Read and write")],
        move || fields.with(|fields| fields.access),
        move |access| fields.update(|fields| fields.access = access),
    );
    let sentences = &["Can read, cannot create or change", "Can read, create and change"];
    view! {
        <div>
            <Choices name="access" legend="Access" options=options sentences=sentences />
            <crate::components::field::FieldProblem id="key-access-problem".to_owned() problem=problem(problems, "access") />
        </div>
    }
}

/// When it stops working: as it is stored, or another moment.
#[component]
pub fn ExpiryField(saving: Saving) -> impl IntoView {
    let Saving { fields, problems, .. } = saving;
    let lifetimes = untrack(|| use_viewed().record()).map(|record| Lifetimes::of(&record)).unwrap_or_default();
    let wrong = problem(problems, "expires_at");
    // Memos: the fields must not be drawn anew while one types in another.
    let stored = Memo::new(move |_| saving.stored_expiry());
    let is_custom = Memo::new(move |_| fields.with(|fields| fields.until == Until::Chosen(Expiry::Custom)));
    let resolved = text(move || {
        fields.with(|fields| match fields.until {
            Until::Stored(None) | Until::Chosen(Expiry::Never) => "It works until somebody revokes it.".to_owned(),
            Until::Stored(Some(moment)) => intl::with_zone(moment),
            Until::Chosen(expiry) => {
                expiry.resolve(intl::now(), intl::from_local(&fields.custom)).map_or_else(intl::zone, intl::with_zone)
            }
        }) + &lifetimes.note()
    });
    view! {
        {dynamic(move || {
            let stored = stored.get();
            let keep = match stored {
                None => "Never, as it is".to_owned(),
                Some(moment) => format!("{}, as it is", intl::full_date(moment)),
            };
            let presets = lifetimes.choices();
            let mut choices = vec![(Until::Stored(stored), keep.as_str())];
            let others = presets.iter().filter(|(expiry, _)| *expiry != Expiry::Never || stored.is_some());
            choices.extend(others.map(|(expiry, name)| (Until::Chosen(*expiry), name.as_str())));
            let options = Options::new(
                &choices,
                move || fields.with(|fields| fields.until),
                move |until| fields.update(|fields| fields.until = until),
            );
            view! {
                <Select
                    id="key-expires_at"
                    label="Expires"
                    options=options
                    problem=text(move || if is_custom.get() { String::new() } else { wrong.get() })
                    note=resolved
                />
            }.fixed()
        })}
        {optional(move || is_custom.get().then(|| view! {
            <Field
                id="key-custom"
                label="Day and time"
                kind="datetime-local"
                value=value(fields, |fields| &mut fields.custom)
                on_input=typed(fields, |fields| &mut fields.custom)
                problem=wrong
            />
        }.fixed()))}
    }
}

/// What may be asked of it.
#[component]
pub fn ScopesField(fields: Fields, problems: Problems) -> impl IntoView {
    view! {
        <Lines fields=fields problems=problems name="scopes" label="Scopes" hint="What your services may ask of it, such as invoices.read or invoices.*" part=|fields| &mut fields.scopes />
    }
}
