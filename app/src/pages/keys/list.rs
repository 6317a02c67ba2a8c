//! The list in each of its states: loading, failed, empty, nothing found, and rows.

use claviger_core::secret::Hint;
use leptos::prelude::*;

use super::{
    create::Purpose,
    found::{Finding, Found},
    hidden::MadeNote,
    pager::Pager,
    query::{Filters, ListQuery},
    state::{KeysState, Open},
    table::{KeyTable, SkeletonTable},
};
use crate::{
    api::ApiError,
    chunks::chunk,
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
    let listed = move || {
        state.list.with(|list| match list {
            None => Shown::Loading,
            Some(Err(error)) => Shown::Failed(error.clone()),
            Some(Ok((rows, _))) if !rows.is_empty() => Shown::Rows,
            Some(Ok(_)) if state.query.with(|query| query.is_narrowed()) => Shown::NoMatch,
            Some(Ok(_)) => Shown::Nothing,
        })
    };
    let shown = Memo::new(move |_| {
        state.found.with(|found| match found {
            Found::Key(_) => Shown::Rows,
            Found::NoKey | Found::NoImported | Found::Mistyped | Found::Partial | Found::Looking => Shown::NoMatch,
            Found::Nothing | Found::Failed(_) => listed(),
        })
    });
    view! {
        <Finding />
        <div role="status">{optional(move || state.made.with(Option::is_some).then(made_note))}</div>
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
            Shown::Nothing => no_keys(state),
            Shown::NoMatch => no_match(state),
            Shown::Rows => view! { <KeyTable /> }.fixed(),
        })}
        <Pager />
    }
}

chunk! {
    /// Where the key is that was just made: in the chunk that made it.
    Part minting: fn made_note() => view! { <MadeNote /> }.fixed()
}

chunk! {
    /// In place of the list when there are no keys.
    Part empty: fn no_keys(state: KeysState) => view! { <NoKeys state=state /> }.fixed()
}
chunk! {
    /// In place of the list when none of them fits.
    Part empty: fn no_match(state: KeysState) => view! { <NoMatch state=state /> }.fixed()
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
        state.change(|query| {
            query.search.clear();
            query.status = None;
            query.filters = Filters::default();
            query.hygiene = None;
        });
    });
    let show_inactive = Callback::new(move |()| state.change(|query| query.inactive = true));
    optional(move || {
        // What was pasted is said above the list already.
        (!pasted()).then(|| {
            let query = state.query.get();
            let hidden = state.inactive.get().flatten().filter(|_| query.hides_inactive()).unwrap_or(0);
            view! {
                <Empty title="Nothing found" sentence=sentence(&query, hidden)>
                    {(hidden > 0)
                        .then(|| {
                            view! {
                                <Button kind=ButtonKind::Primary on_press=show_inactive>
                                    {if hidden == 1 { "Show it" } else { "Show them" }}
                                </Button>
                            }
                        })}
                    <Button on_press=clear>
                        {match (query.search.is_empty(), query.status.is_some() || query.hygiene.is_some() || query.filters.count() > 0) {
                            (false, false) => "Clear search",
                            (true, _) => "Clear filter",
                            (false, true) => "Clear search and filter",
                        }}
                    </Button>
                </Empty>
            }
            .fixed()
        })
    })
}

/// What was looked for in vain, and how many inactive keys would fit.
fn sentence(query: &ListQuery, hidden: u32) -> String {
    let which = match (query.status, hidden) {
        _ if query.hygiene.is_some() => "No key that needs this look",
        (Some(_), _) if query.filters.count() > 0 => "No key with this status that the filters leave",
        (Some(_), _) => "No key with this status",
        (None, 0) if query.filters.count() > 0 => "No key that the filters leave",
        (None, _) if query.filters.count() > 0 => "No active or pending key that the filters leave",
        (None, 0) => "No key",
        (None, _) => "No active or pending key",
    };
    let what = match query.search.as_str() {
        "" => " is here.".to_owned(),
        search if Hint::parse(search).is_some() => format!(" has the hint {search}."),
        search => format!(" has “{search}” in its name."),
    };
    match hidden {
        0 => format!("{which}{what}"),
        1 => format!("{which}{what} 1 inactive key does."),
        more => format!("{which}{what} {more} inactive keys do."),
    }
}

#[cfg(test)]
mod tests {
    use claviger_core::status::KeyStatus;

    use super::*;

    #[test]
    fn the_empty_list_says_what_was_left_out() {
        let named = ListQuery { search: "x".into(), ..ListQuery::default() };
        assert_eq!(sentence(&named, 0), "No key has “x” in its name.");
        assert_eq!(sentence(&named, 2), "No active or pending key has “x” in its name. 2 inactive keys do.");
        let hint = ListQuery { search: "clv_4fGh…9aZ1".into(), ..ListQuery::default() };
        assert_eq!(sentence(&hint, 1), "No active or pending key has the hint clv_4fGh…9aZ1. 1 inactive key does.");
        let status = ListQuery { status: Some(KeyStatus::Expired), ..ListQuery::default() };
        assert_eq!(sentence(&status, 0), "No key with this status is here.");
    }
}
