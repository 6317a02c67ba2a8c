//! Lets the signed in through. Others go to the sign-in page, and come back afterwards.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

use crate::{
    api::ApiError,
    browser::page as browser_page,
    components::{
        error::ErrorState,
        fixed::{Fix, Fixed, dynamic, watch},
        outage::OutagePlace,
        plain::PlainPage,
        skeleton::PageSkeleton,
    },
    routes::{self, Page},
    session::{SessionState, use_session},
};

#[derive(Clone, PartialEq)]
enum Way {
    Wait,
    Open,
    SignIn,
    Blocked(ApiError),
}

/// Draws `page` for the signed in.
#[component]
pub fn Gate(page: fn() -> Fixed) -> impl IntoView {
    let session = use_session();
    // A memo, so that the page is not drawn again when the session merely changes.
    let way = Memo::new(move |_| match session.state() {
        SessionState::Loading => Way::Wait,
        SessionState::SignedIn(_) => Way::Open,
        SessionState::SignedOut => Way::SignIn,
        SessionState::Failed(error) => Way::Blocked(error),
    });
    let navigate = use_navigate();
    watch(move || {
        if way.get() == Way::SignIn {
            // Who signed out on purpose comes back to the home.
            if !session.left_on_purpose() {
                routes::remember_return(&browser_page::address());
            }
            navigate(Page::SignIn.path(), NavigateOptions { replace: true, ..NavigateOptions::default() });
        }
    });
    dynamic(move || match way.get() {
        Way::Open => page(),
        Way::Wait | Way::SignIn => view! { <PageSkeleton /> }.fixed(),
        Way::Blocked(error) => view! { <Blocked error=error /> }.fixed(),
    })
}

#[component]
fn Blocked(error: ApiError) -> impl IntoView {
    let session = use_session();
    if error.is_missing_worker() {
        return view! {
            <PlainPage page=Page::Keys heading="No Worker at localhost:8787: run `cargo xtask start`">
                <p>"This page comes from trunk, and passes what it asks on to the Worker. Nothing answers there."</p>
                <RetryButton />
            </PlainPage>
        }
        .fixed();
    }
    let title = if error.is_network() { "No network" } else { "Claviger does not answer" };
    view! {
        <main class="plain">
            <ErrorState title=title error=error on_retry=Callback::new(move |()| session.load()) />
            <OutagePlace />
        </main>
    }
    .fixed()
}

#[component]
fn RetryButton() -> impl IntoView {
    use crate::components::button::{Button, ButtonKind};
    let session = use_session();
    view! {
        <Button kind=ButtonKind::Primary on_press=Callback::new(move |()| session.load())>
            "Retry"
        </Button>
    }
}
