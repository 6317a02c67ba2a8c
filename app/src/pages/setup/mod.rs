//! Coming in by a link: first run, recovery, an invitation, a sign-in link. The link's token, the form, and the key, shown once.

mod again;
mod form;
mod model;

use claviger_core::wire::{organization::Invite, setup::SetupMode, user::SignInLink};
use leptos::prelude::*;

use self::{again::SignInAgain, form::SetupForm};
use crate::{
    api::{self, ApiError},
    browser::link_token::LinkToken,
    chunks::chunk,
    components::{
        error::ErrorState,
        first_key::{FirstKey, FirstKeyPage},
        fixed::{Fix, Fixed, dynamic},
        plain::PlainPage,
    },
    remote::Remote,
    routes::Page,
};

/// What a link is good for.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// There is no organization yet.
    FirstRun,
    /// An owner gets a new sign-in key.
    Recovery,
    /// Somebody comes into an organization.
    Invite(Invite),
    /// Somebody who is there already comes in again.
    SignIn(SignInLink),
    /// Nothing, or nothing more.
    Closed,
}

chunk! {
    /// What a link leads to.
    Page setup: pub fn setup_page(page: Page) => view! { <SetupPage page=page /> }.fixed()
}

/// Asks the server what the link is good for, and shows that.
#[component]
fn SetupPage(page: Page) -> impl IntoView {
    let link = expect_context::<LinkToken>();
    let done = RwSignal::new(None::<FirstKey>);
    // Nothing is asked again because of a new setup link: the answer would be the same, and draw the form anew under
    // whoever is filling it in.
    let for_one = matches!(page, Page::Invite | Page::SignInLink);
    let invited = Memo::new(move |_| link.get(page).filter(|_| for_one));
    let purpose = Remote::new(move || {
        let invited = invited.get();
        Box::pin(async move {
            match invited {
                Some(token) if page == Page::SignInLink => sign_in(&token).await,
                Some(token) => invitation(&token).await,
                // Not asked: there is nothing to ask about.
                None if for_one => Ok(Purpose::Closed),
                None => setup().await,
            }
        })
    });
    let again = Callback::new(move |()| purpose.refetch());
    dynamic(move || {
        if let Some(key) = done.get() {
            return view! { <FirstKeyPage page=page key=key /> }.fixed();
        }
        match purpose.get() {
            None => said(page, view! { <p class="card-wait" role="status">"Loading"</p> }.fixed()),
            Some(Err(error)) => said(
                page,
                view! { <ErrorState title="The link could not be opened" error=error on_retry=again /> }.fixed(),
            ),
            Some(Ok(purpose)) => match (link.get(page), purpose) {
                (_, Purpose::Closed) if page == Page::Setup => closed(),
                (Some(_), Purpose::Closed) if page == Page::SignInLink => again::spent(),
                (Some(_), Purpose::Closed) => spent(),
                (None, Purpose::SignIn(_)) => again::no_link(),
                (None, Purpose::Closed) if page == Page::SignInLink => again::no_link(),
                (None, Purpose::Closed | Purpose::Invite(_)) => no_invitation(),
                (Some(token), Purpose::SignIn(person)) => {
                    view! { <SignInAgain person=person token=token done=done /> }.fixed()
                }
                (Some(token), purpose) => {
                    view! { <SetupForm page=page purpose=purpose token=token done=done /> }.fixed()
                }
                (None, Purpose::FirstRun) => no_token(
                    "Nobody has set this Claviger up yet. Open the setup link printed by ",
                    "cargo xtask start",
                    false,
                ),
                (None, Purpose::Recovery) => {
                    no_token("To get a new sign-in key, open the link printed by ", "cargo xtask recover", true)
                }
            },
        }
    })
    .fixed()
}

async fn setup() -> Result<Purpose, ApiError> {
    let state = api::setup::state().await?;
    Ok(match state.mode {
        Some(SetupMode::FirstRun) => Purpose::FirstRun,
        Some(SetupMode::Recovery) => Purpose::Recovery,
        None => Purpose::Closed,
    })
}

async fn invitation(token: &str) -> Result<Purpose, ApiError> {
    match api::invites::lookup(token).await {
        Err(error) if error.code == "invite_closed" => Ok(Purpose::Closed),
        answer => answer.map(Purpose::Invite),
    }
}

async fn sign_in(token: &str) -> Result<Purpose, ApiError> {
    match api::invites::lookup_sign_in(token).await {
        Err(error) if error.code == "link_closed" => Ok(Purpose::Closed),
        answer => answer.map(Purpose::SignIn),
    }
}

const fn heading(page: Page) -> &'static str {
    match page {
        Page::Invite => "Your invitation",
        Page::SignInLink => "Your sign-in link",
        _ => "Set up Claviger",
    }
}

fn said(page: Page, content: Fixed) -> Fixed {
    view! { <PlainPage page=page heading=heading(page)>{content}</PlainPage> }.fixed()
}

fn to_sign_in() -> Fixed {
    view! {
        <p>
            <a class="button" href=Page::SignIn.path()>
                "Go to Sign in"
            </a>
        </p>
    }
    .fixed()
}

fn no_token(sentence: &'static str, command: &'static str, others_sign_in: bool) -> Fixed {
    let content = view! {
        <p>{sentence} <code>{command}</code> "."</p>
        <p class="quiet">
            "After " <code>"cargo xtask deploy"</code> ", the link is the last line it prints. The link works once."
        </p>
        {others_sign_in.then(to_sign_in)}
    };
    said(Page::Setup, content.fixed())
}

fn closed() -> Fixed {
    view! {
        <PlainPage page=Page::Setup heading="Already set up">
            <p>"This Claviger has been set up, and its setup link is spent. Sign in with your key."</p>
            <p class="quiet">
                "Lost your key? On the machine that runs Claviger, " <code>"cargo xtask recover"</code>
                " prints a link that gives an owner a new one."
            </p>
            <p>
                <a class="button primary" href=Page::SignIn.path()>"Go to Sign in"</a>
            </p>
        </PlainPage>
    }
    .fixed()
}

fn no_invitation() -> Fixed {
    view! {
        <PlainPage page=Page::Invite heading="Open your invitation link">
            <p>"The link that you were sent has more to it than this address. Open it again, or copy all of it."</p>
            <p class="quiet">"If you came in with it already, sign in with the key that you were shown."</p>
            {to_sign_in()}
        </PlainPage>
    }
    .fixed()
}

/// Used, over or unknown; which of them is not told to a stranger.
fn spent() -> Fixed {
    view! {
        <PlainPage page=Page::Invite heading="This invitation is no longer good">
            <p>
                "An invitation works once, and for 72 hours. Ask whoever sent it to you for a new one: an administrator of your organization, or whoever runs this Claviger."
            </p>
            <p class="quiet">"If it was you who used it, sign in with the key that you were shown then."</p>
            {to_sign_in()}
        </PlainPage>
    }
    .fixed()
}
