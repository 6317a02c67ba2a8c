//! One key: its facts, its secrets and its history; edited in place.

mod actions;
mod clock;
mod edit;
mod facts;
mod head;
mod history;
mod leak;
mod secrets;
mod state;
mod usage;
mod words;

use leptos::prelude::*;

pub use self::state::{EDIT, may_edit};
use self::{
    actions::{Came, Dialogs},
    edit::EditKey,
    facts::Facts,
    head::Head,
    history::History,
    leak::LeakBanner,
    secrets::Secrets,
    state::OneKey,
    usage::KeyUsage,
};
use crate::{
    api::ApiError,
    browser::page,
    chunks::chunk,
    components::{
        elsewhere::Elsewhere,
        error::ErrorState,
        fixed::{Fix, Fixed, dynamic, watch},
        moment::Clock,
        skeleton::Bone,
    },
    routes,
    session::use_session,
    viewed::use_page,
};

/// What stands below the head.
#[derive(Clone, PartialEq)]
enum Shown {
    Loading,
    Missing,
    Failed(ApiError),
    Key,
    Form,
}

chunk! {
    /// The page of the key with this id.
    Page key: pub fn key_page(id: i64) => view! { <KeyPage id=id /> }.fixed()
}

/// The page of the key with this id.
#[component]
fn KeyPage(id: i64) -> impl IntoView {
    let state = OneKey::new(id, use_session());
    provide_context(state);
    provide_context(Came::new(state));
    provide_context(Clock(state.now));
    let shown_page = use_page();
    watch(move || {
        let name = state.name();
        if !name.is_empty() {
            page::title_about(&name, shown_page.get_untracked());
        }
    });
    // A memo: the form must not be drawn anew, without what was typed, when the key is merely heard of again.
    let shown = Memo::new(move |_| match state.failure.get() {
        Some(error) if state.key.with(Option::is_none) && error.status != 404 => Shown::Failed(error),
        // What was typed stays, even when there is nothing left to save it to.
        _ if state.editing.get() => Shown::Form,
        Some(error) if error.status == 404 => Shown::Missing,
        _ if state.key.with(Option::is_none) => Shown::Loading,
        _ => Shown::Key,
    });
    let missing = Memo::new(move |_| shown.get() == Shown::Missing);
    // Of `shown` alone: what depends on a memo and on what that depends on is not always drawn anew (reactive_graph 0.2).
    let acting = Memo::new(move |_| shown.get() == Shown::Key);
    view! {
        <Elsewhere />
        <Head missing=missing acting=acting />
        {dynamic(move || match shown.get() {
            Shown::Loading => view! { <Loading /> }.fixed(),
            Shown::Missing => gone(),
            Shown::Failed(error) => {
                let again = Callback::new(move |()| state.refresh());
                view! { <ErrorState title="The key could not be loaded" error=error on_retry=again /> }.fixed()
            }
            Shown::Key => view! { <LeakBanner /> <Facts /> <KeyUsage /> <Secrets /> <History /> }.fixed(),
            Shown::Form => view! { <EditKey /> }.fixed(),
        })}
        <Dialogs />
    }
    .fixed()
}

fn gone() -> Fixed {
    let list = use_page().get_untracked().list().map(routes::list_address).unwrap_or_default();
    view! {
        <p class="page-lead">"It was deleted, or it is not yours to see, or the address has a mistake in it."</p>
        <p>
            <a class="button" href=list>
                "Back to Keys"
            </a>
        </p>
    }
    .fixed()
}

#[component]
fn Loading() -> impl IntoView {
    let lines: Vec<_> =
        (0..8).map(|_| view! { <div><dt><Bone width="mid" /></dt><dd><Bone width="long" /></dd></div> }).collect();
    view! {
        <div aria-busy="true">
            <p class="visually-hidden" role="status">"Loading the key"</p>
            <dl class="key-facts" aria-hidden="true">{lines}</dl>
        </div>
    }
}
