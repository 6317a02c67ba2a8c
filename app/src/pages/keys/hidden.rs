//! Where the key that was just made is, when the list does not show it.

use claviger_core::wire::key::Key;
use leptos::prelude::*;

use super::{
    found::Found,
    query::{ListQuery, Sort},
    state::KeysState,
};
use crate::components::{
    button::{Button, ButtonKind},
    fixed::{Fix, optional},
    notice::Notice,
};

/// Why a key is not on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hidden {
    Search,
    Status,
    Inactive,
    Elsewhere,
}

impl Hidden {
    fn of(key: &Key, query: &ListQuery) -> Self {
        let inactive = key.status.is_inactive();
        if query.status.is_some_and(|status| status != key.status) {
            Self::Status
        } else if query.status.is_none() && inactive && !query.inactive {
            Self::Inactive
        } else if !query.search.is_empty() {
            Self::Search
        } else {
            Self::Elsewhere
        }
    }

    const fn says(self) -> &'static str {
        match self {
            Self::Search => " was made. The search hides it.",
            Self::Status => " was made. The status filter hides it.",
            Self::Inactive => " was made. It is not activated, and inactive keys are hidden.",
            Self::Elsewhere => " was made. It is on another page of this list.",
        }
    }

    const fn remedy(self) -> &'static str {
        match self {
            Self::Search => "Clear search",
            Self::Status => "Show any status",
            Self::Inactive => "Show inactive keys",
            Self::Elsewhere => "Show the newest first",
        }
    }

    fn undo(self, query: &mut ListQuery) {
        match self {
            Self::Search => *query = ListQuery { search: String::new(), sort: Sort::default(), ..query.clone() },
            Self::Status => query.status = None,
            Self::Inactive => query.inactive = true,
            Self::Elsewhere => *query = ListQuery { sort: Sort::default(), page: 0, ..query.clone() },
        }
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
        (listed && absent).then(|| (Hidden::of(&made, &state.query.get()), made.name.clone()))
    });
    let note = optional(move || {
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
    });
    view! { <div role="status">{note}</div> }
}
