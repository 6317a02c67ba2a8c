//! The form of all three: who comes in.

use claviger_core::{input::FieldError, user::UserRole};
use leptos::{ev, prelude::*};

use super::{
    Purpose,
    model::{Filled, SetupFields},
};
use crate::{
    api::{self, ApiError, message_for, setup::Setup},
    browser::{intl, link_token::LinkToken, page::focus},
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

/// Asks who comes in, and for the first owner what the organization is called.
#[component]
pub fn SetupForm(page: Page, purpose: Purpose, token: String, done: RwSignal<Option<FirstKey>>) -> impl IntoView {
    let link = expect_context::<LinkToken>();
    let fields = RwSignal::new(SetupFields::proposed(&purpose));
    let problems = RwSignal::new(Vec::<FieldError>::new());
    let failure = RwSignal::new(None::<ApiError>);
    let busy = RwSignal::new(false);
    let (asks_organization, asks_name) = (purpose.asks_organization(), purpose.asks_name());
    let words = words(&purpose);

    let refuse = move |errors: Vec<FieldError>| {
        if let Some(first) = errors.first() {
            focus(&format!("setup-{}", first.field));
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
        let filled =
            fields.with_untracked(|fields| Setup::try_from(Filled { fields, purpose: &purpose, token: &token }));
        let setup = match filled {
            Ok(setup) => setup,
            Err(errors) => return refuse(errors),
        };
        busy.set(true);
        spawn(async move {
            let outcome =
                if page == Page::Invite { api::invites::accept(&setup).await } else { api::setup::run(&setup).await };
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
    view! {
        <PlainPage page=page heading=words.heading>
            {words.invited.map(|(name, role)| view! { <p>"You are invited to " <strong>{name}</strong> " as " {role} "."</p> })}
            <p class="quiet">{words.lead}</p>
            <form class="form" on:submit=on(submit) novalidate>
                {asks_organization
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
                        }
                    })}
                {asks_name
                    .then(|| {
                        view! {
                            <Field
                                id="setup-name"
                                label="Your name"
                                autocomplete="name"
                                autofocus=!asks_organization
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
                    autofocus=!asks_name
                    value=Signal::derive(move || fields.with(|fields| fields.email.clone()))
                    on_input=Callback::new(move |text| fields.update(|fields| fields.email = text))
                    problem=problem("email")
                />
                <ErrorNote error=failure kept="What you typed is still here." />
                <SubmitButton busy=busy>{words.button}</SubmitButton>
            </form>
        </PlainPage>
    }
}

struct Words {
    heading: &'static str,
    /// Where to, and as what.
    invited: Option<(String, &'static str)>,
    lead: String,
    button: &'static str,
}

fn words(purpose: &Purpose) -> Words {
    match purpose {
        Purpose::Invite(invite) => {
            let role = match invite.role {
                UserRole::Member => "a member",
                UserRole::Administrator => "an administrator",
                UserRole::Owner => "its owner",
            };
            Words {
                heading: super::heading(Page::Invite),
                invited: Some((invite.organization.clone(), role)),
                lead: format!(
                    "This makes you a key that signs you in, and shows it once. The invitation is good until {}.",
                    intl::with_zone(invite.ends_at)
                ),
                button: "Accept",
            }
        }
        Purpose::Recovery => Words {
            heading: "Get a new sign-in key",
            invited: None,
            lead: "For an owner who lost their key: this makes a new one and shows it once. Your other keys stay as they are.".to_owned(),
            button: "Make a new key",
        },
        Purpose::FirstRun | Purpose::SignIn(_) | Purpose::Closed => Words {
            heading: super::heading(Page::Setup),
            invited: None,
            lead: "This makes your organization and you its owner, and shows you your key, once.".to_owned(),
            button: "Set up",
        },
    }
}
