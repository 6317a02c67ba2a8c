//! The fields.

use claviger_core::{input::FieldError, key::RefillInterval};
use leptos::prelude::*;

use super::Extras;
use crate::{
    api::message_for,
    components::{
        field::{Field, TextArea},
        fixed::text,
        select::{Options, Select},
    },
};

/// A text among them.
type Of = fn(&mut Extras) -> &mut String;

/// The form that they are in.
#[derive(Clone, Copy)]
pub struct Form {
    /// What the ids of its fields begin with.
    pub id: &'static str,
    /// The id of the choice of refills.
    pub refill_id: &'static str,
    /// As filled in.
    pub value: Signal<Extras>,
    /// Takes what was typed.
    pub typed: Callback<(Of, String)>,
    /// Takes the choice of refills.
    pub refill: Callback<Option<RefillInterval>>,
    /// What is wrong with them.
    pub problems: RwSignal<Vec<FieldError>>,
}

impl Form {
    fn text(self, part: Of) -> Signal<String> {
        text(move || self.value.try_with(|extras| part(&mut extras.clone()).clone()).unwrap_or_default())
    }

    fn on_input(self, part: Of) -> Callback<String> {
        Callback::new(move |typed| self.typed.run((part, typed)))
    }
}

fn problem(problems: RwSignal<Vec<FieldError>>, name: &'static str) -> Signal<String> {
    text(move || problems.with(|errors| message_for(errors, name)))
}

#[component]
fn Line(
    form: Form,
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    part: Of,
    #[prop(default = "text")] inputmode: &'static str,
) -> impl IntoView {
    view! {
        <Field
            id=format!("{}-{name}", form.id)
            label=label
            hint=hint
            inputmode=inputmode
            value=form.text(part)
            on_input=form.on_input(part)
            problem=problem(form.problems, name)
        />
    }
}

#[component]
fn Lines(form: Form, name: &'static str, label: &'static str, hint: &'static str, part: Of) -> impl IntoView {
    view! {
        <TextArea
            id=format!("{}-{name}", form.id)
            label=label
            hint=hint
            value=form.text(part)
            on_input=form.on_input(part)
            problem=problem(form.problems, name)
        />
    }
}

/// Where it works.
#[component]
pub fn AllowedIpsField(form: Form) -> impl IntoView {
    view! {
        <Lines form=form name="allowed_ips" label="Allowed addresses" hint="One on a line, such as 203.0.113.0/24 or 2001:db8::/32. Empty: anywhere." part=|extras| &mut extras.allowed_ips />
    }
}

/// How often it may be used.
#[component]
pub fn RateFields(form: Form) -> impl IntoView {
    view! {
        <div class="pair">
            <Line form=form name="rate_limit" label="Rate limit: calls" hint="Empty: no limit" part=|extras| &mut extras.limit inputmode="numeric" />
            <Line form=form name="window" label="In how many seconds" hint="60 is a minute, 3600 an hour" part=|extras| &mut extras.window inputmode="numeric" />
        </div>
    }
}

/// How many times it may be used.
#[component]
pub fn CreditsFields(form: Form) -> impl IntoView {
    let options = Options::new(
        &[
            (None, "Never"),
            (Some(RefillInterval::Daily), "Every day"),
            (Some(RefillInterval::Monthly), "On the first of each month"),
        ],
        move || form.value.with(|extras| extras.refill_interval),
        move |interval| form.refill.run(interval),
    );
    view! {
        <div class="pair">
            <Line form=form name="credits" label="Credits: calls left" hint="Empty: no limit" part=|extras| &mut extras.remaining inputmode="numeric" />
            <Line form=form name="refill_amount" label="Refill to" hint="Calls it gets each time" part=|extras| &mut extras.refill_amount inputmode="numeric" />
        </div>
        <Select id=form.refill_id label="Refill" options=options problem=problem(form.problems, "refill_interval") />
    }
}

/// Where the verifier's client is.
#[component]
pub fn ClientIpHeaderField(form: Form) -> impl IntoView {
    view! {
        <Line form=form name="client_ip_header" label="Client address header" hint="A header that your proxy overwrites in every request, such as x-client-address. It says where the client is when ip does not. Empty: none." part=|extras| &mut extras.client_ip_header />
    }
}

/// The owner's own data.
#[component]
pub fn MetadataField(form: Form) -> impl IntoView {
    view! {
        <div class="key-json">
            <Lines form=form name="metadata" label="Metadata" hint="A JSON object of your own, up to 4 KB. Whoever verifies the key reads it." part=|extras| &mut extras.metadata />
        </div>
    }
}
