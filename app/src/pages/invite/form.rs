//! The form of an invitation: who comes in.

use claviger_core::{
    input::FieldError,
    text::{Email, Name, TextProblem},
    user::UserRole,
    wire::organization::Invite,
};
use leptos::{ev, prelude::*};

use crate::{
    api::{self, ApiError, invites::Acceptance, message_for},
    browser::{intl, link_token::LinkToken, page},
    components::{
        button::SubmitButton,
        error::ErrorNote,
        field::Field,
        first_key::FirstKey,
        fixed::{on, spawn, text},
        plain::PlainPage,
    },
    routes::Page,
};

/// Says what one is invited to, and asks for name and address.
#[component]
pub fn InviteForm(invite: Invite, token: String, done: RwSignal<Option<FirstKey>>) -> impl IntoView {
    let link = expect_context::<LinkToken>();
    let name = RwSignal::new(String::new());
    let email = RwSignal::new(String::new());
    let problems = RwSignal::new(Vec::<FieldError>::new());
    let failure = RwSignal::new(None::<ApiError>);
    let busy = RwSignal::new(false);

    let refuse = move |errors: Vec<FieldError>| {
        if let Some(first) = errors.first() {
            page::focus(&format!("invite-{}", first.field));
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
        let acceptance = match read(&token, &name.get_untracked(), &email.get_untracked()) {
            Ok(acceptance) => acceptance,
            Err(errors) => return refuse(errors),
        };
        busy.set(true);
        spawn(async move {
            let outcome = api::invites::accept(&acceptance).await;
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
    let problem = move |field: &'static str| text(move || problems.with(|errors| message_for(errors, field)));
    let role = match invite.role {
        UserRole::Member => "a member",
        UserRole::Administrator => "an administrator",
        UserRole::Owner => "its owner",
    };
    view! {
        <PlainPage page=Page::Invite heading="Your invitation">
            <p>"You are invited to " <strong>{invite.organization}</strong> " as " {role} "."</p>
            <p class="quiet">
                "This makes you a key that signs you in, and shows it once. The invitation is good until "
                {intl::with_zone(invite.ends_at)} "."
            </p>
            <form class="form" on:submit=on(submit) novalidate>
                <Field
                    id="invite-name"
                    label="Your name"
                    autocomplete="name"
                    autofocus=true
                    value=name
                    on_input=Callback::new(move |text| name.set(text))
                    problem=problem("name")
                />
                <Field
                    id="invite-email"
                    label="E-mail"
                    kind="email"
                    autocomplete="email"
                    value=email
                    on_input=Callback::new(move |text| email.set(text))
                    problem=problem("email")
                />
                <ErrorNote error=failure kept="What you typed is still here." />
                <SubmitButton busy=busy>"Accept"</SubmitButton>
            </form>
        </PlainPage>
    }
}

fn read(token: &str, name: &str, email: &str) -> Result<Acceptance, Vec<FieldError>> {
    let wrong =
        |field: &str, problem: TextProblem| FieldError { field: field.to_owned(), message: problem.to_string() };
    match (Name::parse(name), Email::parse(email)) {
        (Ok(name), Ok(email)) => Ok(Acceptance { token: token.to_owned(), name: name.into(), email: email.into() }),
        (name, email) => {
            let name = name.err().map(|problem| wrong("name", problem));
            let email = email.err().map(|problem| wrong("email", problem));
            Err(name.into_iter().chain(email).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_that_does_not_fit_is_named() {
        let fields = |name, email| -> Vec<String> {
            read("t", name, email).err().into_iter().flatten().map(|error| error.field).collect()
        };
        assert_eq!(fields("", "ada"), ["name", "email"]);
        assert_eq!(fields("Ada", "ada"), ["email"]);
        assert!(fields(" Ada ", "ada@example.com").is_empty());
    }
}
