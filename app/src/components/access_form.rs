//! Signing in by Cloudflare Access: beside the form that takes a key, where it is configured.

use claviger_core::wire::session::{AccessOrganization, Session};
use leptos::prelude::*;

use super::{
    button::Button,
    confirm::Doing,
    error::ErrorNote,
    fixed::{Fix, Fixed, dynamic, spawn},
};
use crate::{api::session as api, chunks::chunk};

chunk! {
    /// The button, and the choice for whom several organizations let in.
    Section access: pub fn access_form(on_signed_in: Callback<Session>) => view! { <AccessForm on_signed_in=on_signed_in /> }.fixed()
}

#[component]
fn AccessForm(on_signed_in: Callback<Session>) -> impl IntoView {
    let entering = Entering { on_signed_in, doing: Doing::new(), choice: RwSignal::new(Vec::new()) };
    let Entering { doing, choice, .. } = entering;
    view! {
        <div class="passkey-form">
            <ErrorNote error=doing.failure />
            {dynamic(move || {
                let organizations = choice.get();
                if organizations.is_empty() {
                    let enter = Callback::new(move |()| entering.enter(None));
                    view! {
                        <Button id="sign-in-access" on_press=enter busy=doing.busy>
                            "Continue with Cloudflare Access"
                        </Button>
                    }
                    .fixed()
                } else {
                    choices(organizations, entering)
                }
            })}
        </div>
    }
}

fn choices(organizations: Vec<AccessOrganization>, entering: Entering) -> Fixed {
    let busy = entering.doing.busy;
    let buttons: Vec<Fixed> = organizations
        .into_iter()
        .enumerate()
        .map(|(place, AccessOrganization { id, name, joins })| {
            let name = if joins { format!("Join {name}") } else { name };
            let enter = Callback::new(move |()| entering.enter(Some(id)));
            // The button that was pressed is gone.
            view! { <Button on_press=enter busy=busy autofocus={place == 0}>{name}</Button> }.fixed()
        })
        .collect();
    view! {
        <p id="access-which">"Several organizations let you in. Which one?"</p>
        <div class="person-buttons" role="group" aria-labelledby="access-which">
            {buttons}
        </div>
    }
    .fixed()
}

/// Signals only.
#[derive(Clone, Copy)]
struct Entering {
    on_signed_in: Callback<Session>,
    doing: Doing,
    choice: RwSignal<Vec<AccessOrganization>>,
}

impl Entering {
    fn enter(self, organization: Option<i64>) {
        if !self.doing.begins() {
            return;
        }
        spawn(async move {
            let mut outcome = api::enter(organization).await.map(Some);
            if let Err(error) = &outcome
                && error.code == "choose_organization"
            {
                outcome = api::where_to_enter().await.map(|organizations| {
                    self.choice.set(organizations);
                    None
                });
            }
            if !self.doing.ended() {
                return;
            }
            match outcome {
                Ok(Some(session)) => self.on_signed_in.run(session),
                Ok(None) => {}
                Err(mut error) => {
                    // What is wrong with the assertion is said beside it.
                    for flaw in &error.errors {
                        error.message = format!("{} It {}", error.message, lower(&flaw.message));
                    }
                    self.doing.failure.set(Some(error));
                }
            }
        });
    }
}

/// The sentence without its capital: it goes on another one.
fn lower(sentence: &str) -> String {
    let mut characters = sentence.chars();
    characters.next().map(|first| first.to_lowercase().collect::<String>() + characters.as_str()).unwrap_or_default()
}
