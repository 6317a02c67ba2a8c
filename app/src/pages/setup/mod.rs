//! First run and recovery: the link's token, the form, and the owner's key, shown once.

mod form;
mod model;

use claviger_core::wire::setup::{SetupMode, SetupState};
use leptos::prelude::*;

use self::form::SetupForm;
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

/// Asks the server what setup is open for, and shows that.
#[component]
pub fn SetupPage() -> impl IntoView {
    let token = expect_context::<LinkToken>();
    let state = Remote::new(|| Box::pin(api::setup::state()));
    let done = RwSignal::new(None::<FirstKey>);

    dynamic(move || match (done.get(), state.get()) {
        (Some(key), _) => view! { <FirstKeyPage page=Page::Setup key=key /> }.fixed(),
        (None, None) => view! { <PlainPage page=Page::Setup heading="Set up Claviger"><p class="card-wait" role="status">"Loading"</p></PlainPage> }.fixed(),
        (None, Some(Err(error))) => view! { <Failed error=error on_retry=Callback::new(move |()| state.refetch()) /> }.fixed(),
        (None, Some(Ok(SetupState { mode: Some(mode), .. }))) => match token.get(Page::Setup) {
            Some(token) => view! { <SetupForm mode=mode token=token done=done /> }.fixed(),
            None => view! { <NoToken mode=mode /> }.fixed(),
        },
        (None, Some(Ok(_))) => view! { <Closed /> }.fixed(),
    })
    .fixed()
}

#[component]
fn NoToken(mode: SetupMode) -> impl IntoView {
    let (sentence, command) = match mode {
        SetupMode::FirstRun => {
            ("Nobody has set this Claviger up yet. Open the setup link printed by ", "cargo xtask start")
        }
        SetupMode::Recovery => ("To get a new sign-in key, open the link printed by ", "cargo xtask recover"),
    };
    view! {
        <PlainPage page=Page::Setup heading="Set up Claviger">
            <p>{sentence} <code>{command}</code> "."</p>
            <p class="quiet">
                "After " <code>"cargo xtask deploy"</code> ", the link is the last line it prints. The link works once."
            </p>
            {(mode == SetupMode::Recovery)
                .then(|| view! { <p><a class="button" href=Page::SignIn.path()>"Go to Sign in"</a></p> })}
        </PlainPage>
    }
}

#[component]
fn Closed() -> impl IntoView {
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
}

#[component]
fn Failed(error: ApiError, on_retry: Callback<()>) -> impl IntoView {
    let heading = if error.is_missing_worker() {
        "No Worker at localhost:8787: run `cargo xtask start`"
    } else {
        "Set up Claviger"
    };
    view! {
        <PlainPage page=Page::Setup heading=heading>
            <ErrorState title="Setup could not be opened" error=error on_retry=on_retry />
        </PlainPage>
    }
}
