//! The form of first run and recovery.

use claviger_core::{input::FieldError, wire::setup::SetupMode};
use leptos::{ev, prelude::*};

use super::model::{Filled, SetupFields};
use crate::{
    api::{self, ApiError, message_for, setup::Setup},
    browser::{link_token::LinkToken, page},
    components::{
        button::SubmitButton,
        error::ErrorNote,
        field::Field,
        first_key::FirstKey,
        fixed::{on, spawn},
        plain::PlainPage,
    },
    routes::Page,
};

/// Asks who the owner is.
#[component]
pub fn SetupForm(mode: SetupMode, token: String, done: RwSignal<Option<FirstKey>>) -> impl IntoView {
    let link = expect_context::<LinkToken>();
    let fields = RwSignal::new(SetupFields::default());
    let problems = RwSignal::new(Vec::<FieldError>::new());
    let failure = RwSignal::new(None::<ApiError>);
    let busy = RwSignal::new(false);
    let first_run = mode == SetupMode::FirstRun;

    let refuse = move |errors: Vec<FieldError>| {
        if let Some(first) = errors.first() {
            page::focus(&format!("setup-{}", first.field));
        }
        problems.set(errors);
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        problems.set(Vec::new());
        failure.set(None);
        let filled = fields.with_untracked(|fields| Setup::try_from(Filled { fields, mode, token: &token }));
        let setup = match filled {
            Ok(setup) => setup,
            Err(errors) => return refuse(errors),
        };
        busy.set(true);
        spawn(async move {
            let outcome = api::setup::run(&setup).await;
            busy.try_set(false);
            match outcome {
                Ok(minted) => {
                    done.set(Some(FirstKey::new(minted.secret)));
                    link.forget();
                }
                Err(error) if !error.errors.is_empty() => refuse(error.errors),
                Err(error) => failure.set(Some(error)),
            }
        });
    };
    let problem = move |field: &'static str| Signal::derive(move || problems.with(|errors| message_for(errors, field)));
    let lead = if first_run {
        "This makes your organization and you its owner, and shows you your key, once."
    } else {
        "For an owner who lost their key: this makes a new one and shows it once. Your other keys stay as they are."
    };
    let heading = if first_run { "Set up Claviger" } else { "Get a new sign-in key" };
    view! {
        <PlainPage page=Page::Setup heading=heading>
            <p class="quiet">{lead}</p>
            <form class="form" on:submit=on(submit) novalidate>
                {first_run
                    .then(|| {
                        view! {
                            <Field
                                id="setup-organization"
                                label="Organization"
                                autocomplete="organization"
                                autofocus=true
                                value=Signal::derive(move || fields.with(|fields| fields.organization.clone()))
                                on_input=Callback::new(move |text| fields.update(|fields| fields.organization = text))
                                problem=problem("organization")
                            />
                            <Field
                                id="setup-name"
                                label="Your name"
                                autocomplete="name"
                                value=Signal::derive(move || fields.with(|fields| fields.name.clone()))
                                on_input=Callback::new(move |text| fields.update(|fields| fields.name = text))
                                problem=problem("name")
                            />
                        }
                    })}
                <Field
                    id="setup-email"
                    label="E-mail"
                    kind="email"
                    autocomplete="email"
                    autofocus=!first_run
                    value=Signal::derive(move || fields.with(|fields| fields.email.clone()))
                    on_input=Callback::new(move |text| fields.update(|fields| fields.email = text))
                    problem=problem("email")
                />
                <ErrorNote error=failure kept="What you typed is still here." />
                <SubmitButton busy=busy>{if first_run { "Set up" } else { "Make a new key" }}</SubmitButton>
            </form>
        </PlainPage>
    }
}
