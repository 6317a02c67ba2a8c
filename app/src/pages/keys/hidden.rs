//! Where the key that was just made is, when the list does not show it.

use claviger_core::wire::key::Key;
use leptos::prelude::*;

use super::{
    found::Found,
    query::{Filters, ListQuery, Sort},
    state::KeysState,
};
use crate::components::{
    button::{Button, ButtonKind},
    fixed::{Fix, optional},
    notice::Notice,
};

/// Why a key is not on the screen: every reason that there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hidden {
    search: bool,
    status: bool,
    inactive: bool,
}

impl Hidden {
    fn of(key: &Key, query: &ListQuery) -> Self {
        Self {
            search: !query.finds(key),
            status: query.status.is_some_and(|status| status != key.status)
                || query.hygiene.is_some()
                || !query.filters.fit(key),
            inactive: key.status.is_inactive() && !query.inactive && query.status != Some(key.status),
        }
    }

    const fn says(self) -> &'static str {
        match (self.search, self.status, self.inactive) {
            (true, true, _) => " was made. The search and the filters hide it.",
            (true, _, true) => " was made. The search hides it, and so does its status: inactive keys are hidden.",
            (true, ..) => " was made. The search hides it.",
            (_, true, _) => " was made. The filters hide it.",
            (.., true) => " was made. It is not activated, and inactive keys are hidden.",
            _ => " was made. It is on another page of this list.",
        }
    }

    const fn remedy(self) -> &'static str {
        match (self.search, self.status, self.inactive) {
            (true, true, _) | (true, _, true) => "Show it",
            (true, ..) => "Clear search",
            (_, true, _) => "Clear the filters",
            (.., true) => "Show inactive keys",
            _ => "Show the newest first",
        }
    }

    fn undo(self, query: &mut ListQuery) {
        if self.search {
            query.search.clear();
        }
        if self.status {
            query.status = None;
            query.filters = Filters::default();
            query.hygiene = None;
        }
        query.inactive |= self.inactive;
        query.sort = Sort::default();
        query.page = 0;
    }
}

/// Says so, and offers to show it.
#[component]
pub fn MadeNote() -> impl IntoView {
    let state = expect_context::<KeysState>();
    let hidden = Memo::new(move |_| {
        let made = state.made.get()?;
        let listed = matches!(state.found.get(), Found::Nothing) && state.list.get().is_some_and(|list| list.is_ok());
        let absent = !state.rows().iter().any(|row| row.id == made.id);
        (listed && absent).then(|| (Hidden::of(&made, &state.query.get()), made.name))
    });
    optional(move || {
        hidden.get().map(|(hidden, name)| {
            view! {
                <Notice>
                    <span><strong>{name}</strong> {hidden.says()}</span>
                    <Button kind=ButtonKind::Text on_press=Callback::new(move |()| state.change(|query| hidden.undo(query)))>
                        {hidden.remedy()}
                    </Button>
                </Notice>
            }
            .fixed()
        })
    })
}
