//! The list in each of its states: loading, failed, empty, nothing found, and rows.

use leptos::prelude::*;

use super::{
    create::Purpose,
    found::{Found, FoundNote},
    hidden::MadeNote,
    pager::Pager,
    state::{KeysState, Open},
    table::{KeyTable, SkeletonTable},
};
use crate::{
    api::ApiError,
    components::{
        button::{Button, ButtonKind},
        empty::Empty,
        error::ErrorState,
        fixed::{Fix, dynamic, optional},
    },
};

#[derive(Clone, PartialEq)]
enum Shown {
    Loading,
    Failed(ApiError),
    Nothing,
    NoMatch,
    Rows,
}

/// The list and what is said above and below it.
#[component]
pub fn List() -> impl IntoView {
    let state = expect_context::<KeysState>();
    let shown = Memo::new(move |_| match (state.found.get(), state.list.get()) {
        (Found::Key(_), _) => Shown::Rows,
        (Found::NoKey | Found::Mistyped | Found::Looking, _) => Shown::NoMatch,
        (_, None) => Shown::Loading,
        (_, Some(Err(error))) => Shown::Failed(error),
        (_, Some(Ok((rows, _)))) if !rows.is_empty() => Shown::Rows,
        (_, Some(Ok(_))) if state.query.with(|query| query.is_narrowed() || query.page > 0) => Shown::NoMatch,
        (_, Some(Ok(_))) => Shown::Nothing,
    });
    view! {
        <FoundNote />
        <MadeNote />
        {dynamic(move || match shown.get() {
            Shown::Loading => view! { <SkeletonTable /> }.fixed(),
            Shown::Failed(error) => {
                view! {
                    <ErrorState
                        title="The keys could not be loaded"
                        error=error
                        on_retry=Callback::new(move |()| state.refresh())
                    />
                }
                    .fixed()
            }
            Shown::Nothing => view! { <NoKeys state=state /> }.fixed(),
            Shown::NoMatch => view! { <NoMatch state=state /> }.fixed(),
            Shown::Rows => view! { <KeyTable /> }.fixed(),
        })}
        <Pager />
    }
}

#[component]
fn NoKeys(state: KeysState) -> impl IntoView {
    let inactive = move || state.inactive.get().flatten().unwrap_or(0) > 0;
    dynamic(move || {
        if inactive() {
            view! {
                <Empty title="No active keys" sentence="Every key here is disabled, expired or revoked.">
                    <Button on_press=Callback::new(move |()| state.change(|query| query.inactive = true))>
                        "Show them"
                    </Button>
                </Empty>
            }
            .fixed()
        } else {
            view! {
                <Empty
                    title="No keys yet"
                    sentence="A key lets one program call your services, and lets you end that at any time without touching the others."
                >
                    {state.viewed.may_make_keys().then(|| view! {
                        <Button kind=ButtonKind::Primary on_press=Callback::new(move |()| state.show(Open::Create(Purpose::Integration)))>
                            "New key"
                        </Button>
                    })}
                </Empty>
            }
            .fixed()
        }
    })
}

#[component]
fn NoMatch(state: KeysState) -> impl IntoView {
    let pasted = move || !matches!(state.found.get(), Found::Nothing | Found::Failed(_));
    let clear = Callback::new(move |()| {
        state.found.set(Found::Nothing);
        state.change(|query| {
            query.search.clear();
            query.status = None;
            query.page = 0;
        });
        state.list.refetch();
    });
    optional(move || {
        // What was pasted is said above the list already.
        (!pasted()).then(|| {
            let query = state.query.get();
            let sentence = match (query.search.as_str(), query.status) {
                ("", _) => "No key fits these filters.".to_owned(),
                (search, None) => format!("No key has “{search}” in its name."),
                (search, Some(_)) => format!("No key with this status has “{search}” in its name."),
            };
            view! {
                <Empty title="Nothing found" sentence=sentence>
                    <Button on_press=clear>"Clear search"</Button>
                </Empty>
            }
            .fixed()
        })
    })
}
