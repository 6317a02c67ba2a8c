//! Coming in again by a sign-in link: whom it is for, and a new key, shown once.

use claviger_core::wire::user::SignInLink;
use leptos::prelude::*;

use super::to_sign_in;
use crate::{
    api,
    browser::{intl, link_token::LinkToken},
    components::{
        button::{Button, ButtonKind},
        confirm::Doing,
        error::ErrorNote,
        first_key::FirstKey,
        fixed::{Fix, Fixed, spawn},
        plain::PlainPage,
    },
    routes::Page,
};

/// Makes the key when it is asked for: whoever merely looks at the link does not spend it.
#[component]
pub fn SignInAgain(person: SignInLink, token: String, done: RwSignal<Option<FirstKey>>) -> impl IntoView {
    let link = expect_context::<LinkToken>();
    let doing = Doing::new();
    let SignInLink { organization, name, removes_passkeys, ends_at } = person;
    let token = StoredValue::new(token);
    let accept = Callback::new(move |()| {
        if !doing.begins() {
            return;
        }
        spawn(async move {
            let outcome = api::invites::accept_sign_in(&token.get_value()).await;
            if !doing.ended() {
                return;
            }
            match outcome {
                Ok(minted) => {
                    done.set(Some(FirstKey::new(minted.secret)));
                    link.forget();
                }
                Err(error) => doing.failure.set(Some(error)),
            }
        });
    });
    view! {
        <PlainPage page=Page::SignInLink heading=super::heading(Page::SignInLink)>
            <p>"It lets " <strong>{name}</strong> " of " <strong>{organization}</strong> " in."</p>
            <p class="quiet">
                {format!(
                    "This makes you a new key that signs you in, and shows it once. The keys that you have stay as they are. The link works once, until {}.",
                    intl::with_zone(ends_at),
                )}
            </p>
            {removes_passkeys.then(|| view! { <p class="quiet">"It removes all your passkeys; add new ones afterwards."</p> })}
            <ErrorNote error=doing.failure />
            <Button kind=ButtonKind::Primary busy=doing.busy on_press=accept autofocus=true>
                "Sign in with a new key"
            </Button>
        </PlainPage>
    }
}

/// The address without its token.
pub fn no_link() -> Fixed {
    view! {
        <PlainPage page=Page::SignInLink heading="Open your sign-in link">
            <p>"The link that you were sent has more to it than this address. Open it again, or copy all of it."</p>
            <p class="quiet">"If you came in with it already, sign in with the key that you were shown."</p>
            {to_sign_in()}
        </PlainPage>
    }
    .fixed()
}

/// Used, replaced, over or unknown; which of them is not told to a stranger.
pub fn spent() -> Fixed {
    view! {
        <PlainPage page=Page::SignInLink heading="This sign-in link is no longer good">
            <p>
                "A sign-in link works once, for 72 hours, and until another is made for you. Ask an administrator of your organization for a new one."
            </p>
            <p class="quiet">"If it was you who used it, sign in with the key that you were shown then."</p>
            {to_sign_in()}
        </PlainPage>
    }
    .fixed()
}
