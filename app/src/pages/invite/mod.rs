//! Coming in by an invitation: what it is good for, who one is, and one's sign-in key, shown once.

mod form;

use leptos::prelude::*;

use self::form::InviteForm;
use crate::{
    api::{self, ApiError},
    browser::link_token::LinkToken,
    components::{
        error::ErrorState,
        first_key::{FirstKey, FirstKeyPage},
        fixed::{Fix, dynamic},
        plain::PlainPage,
    },
    remote::Remote,
    routes::Page,
};

/// Asks the server what the link is good for, and shows that.
#[component]
pub fn InvitePage() -> impl IntoView {
    let token = expect_context::<LinkToken>();
    let done = RwSignal::new(None::<FirstKey>);
    let invite = Remote::new(move || {
        let token = token.get(Page::Invite);
        Box::pin(async move {
            match token {
                Some(token) => Some(api::invites::lookup(&token).await.map(|invite| (invite, token))),
                None => None,
            }
        })
    });
    dynamic(move || match (done.get(), invite.get()) {
        (Some(key), _) => view! { <FirstKeyPage page=Page::Invite key=key /> }.fixed(),
        (None, None) => view! { <PlainPage page=Page::Invite heading="Your invitation"><p class="card-wait" role="status">"Loading"</p></PlainPage> }.fixed(),
        (None, Some(None)) => view! { <NoToken /> }.fixed(),
        (None, Some(Some(Ok((invite, token))))) => view! { <InviteForm invite=invite token=token done=done /> }.fixed(),
        (None, Some(Some(Err(error)))) if error.code == "invite_closed" => view! { <Closed /> }.fixed(),
        (None, Some(Some(Err(error)))) => view! { <Failed error=error on_retry=Callback::new(move |()| invite.refetch()) /> }.fixed(),
    })
    .fixed()
}

#[component]
fn NoToken() -> impl IntoView {
    view! {
        <PlainPage page=Page::Invite heading="Open your invitation link">
            <p>"The link that you were sent has more to it than this address. Open it again, or copy all of it."</p>
            <p class="quiet">"If you came in with it already, sign in with the key that you were shown."</p>
            <p>
                <a class="button" href=Page::SignIn.path()>
                    "Go to Sign in"
                </a>
            </p>
        </PlainPage>
    }
}

/// Used, over or unknown; which of them is not told to a stranger.
#[component]
fn Closed() -> impl IntoView {
    view! {
        <PlainPage page=Page::Invite heading="This invitation is no longer good">
            <p>
                "An invitation works once, and for 72 hours. Ask whoever sent it to you for a new one: an administrator of your organization, or whoever runs this Claviger."
            </p>
            <p class="quiet">"If it was you who used it, sign in with the key that you were shown then."</p>
            <p>
                <a class="button" href=Page::SignIn.path()>
                    "Go to Sign in"
                </a>
            </p>
        </PlainPage>
    }
}

#[component]
fn Failed(error: ApiError, on_retry: Callback<()>) -> impl IntoView {
    view! {
        <PlainPage page=Page::Invite heading="Your invitation">
            <ErrorState title="The invitation could not be opened" error=error on_retry=on_retry />
        </PlainPage>
    }
}
