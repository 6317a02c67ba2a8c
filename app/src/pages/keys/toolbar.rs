//! Search, filters and order, above the list.

use claviger_core::status::KeyStatus;
use leptos::prelude::*;

use super::{
    export::Export,
    filter_row::FilterRow,
    query::{Column, Filters, ListQuery, Sort},
    search::Search,
    state::{KeysState, Open},
};
use crate::{
    chunks::chunk,
    components::{
        fixed::{Fix, flag, optional, press, text},
        select::{Options, Select},
        table::Direction,
    },
    format,
};

/// Everything that decides which keys are shown.
#[component]
pub fn Toolbar() -> impl IntoView {
    let state = expect_context::<KeysState>();
    // Not tracked: a new session of the same person must not take the button from under the focus.
    let may_import = untrack(|| state.session.manages() && state.session.may_write());
    view! {
        <div class="toolbar">
            <Search />
            <div class="toolbar-pills">
                <StatusFilter state=state />
                <Order state=state />
                <ShowInactive state=state />
                <MoreFilters state=state />
                <Export />
                {may_import.then(|| {
                    let import = press(move || state.show(Open::Import));
                    view! { <button type="button" class="pill" on:click=import>"Import…"</button> }
                })}
            </div>
        </div>
    }
}

chunk! {
    /// What else keys can be told apart by.
    Part filters: fn filter_row(state: KeysState) => view! { <FilterRow state=state /> }.fixed()
}

/// Opens them; they stay while one is set, so that nothing is hidden unseen.
#[component]
fn MoreFilters(state: KeysState) -> impl IntoView {
    let open = RwSignal::new(false);
    let set = Memo::new(move |_| state.query.with(|query| query.filters.count()));
    let shown = Memo::new(move |_| open.get() || set.get() > 0);
    let count = move || if set.get() > 0 { format!("({})", set.get()) } else { String::new() };
    let toggle = move || {
        let show = !shown.get_untracked();
        open.set(show);
        if !show {
            state.change(|query| query.filters = Filters::default());
        }
    };
    view! {
        <button type="button" class="pill" aria-expanded=flag(move || shown.get()) on:click=press(toggle)>
            "Filters " <span class="count few">{text(count)}</span>
        </button>
        {optional(move || shown.get().then(|| filter_row(state)))}
    }
}

/// What the status filter and "Show inactive" say together.
#[derive(Clone, Copy, PartialEq)]
enum Shown {
    Usual,
    All,
    Only(KeyStatus),
}

impl Shown {
    fn of(query: &ListQuery) -> Self {
        match query.status {
            Some(status) => Self::Only(status),
            None if query.inactive => Self::All,
            None => Self::Usual,
        }
    }

    fn ask(self, query: &mut ListQuery) {
        query.inactive = self == Self::All;
        query.status = if let Self::Only(status) = self { Some(status) } else { None };
    }
}

#[component]
fn StatusFilter(state: KeysState) -> impl IntoView {
    let some = [(Shown::Usual, "Active or pending"), (Shown::All, "All")];
    let each = KeyStatus::ALL.iter().map(|status| (Shown::Only(*status), format::status(*status)));
    let options = Options::new(
        &some.into_iter().chain(each).collect::<Vec<_>>(),
        move || state.query.with(Shown::of),
        move |shown| state.change(|query| shown.ask(query)),
    );
    view! { <Select id="status-filter" label="Status" inline=true options=options /> }
}

/// On a phone there are no column heads to press.
#[component]
fn Order(state: KeysState) -> impl IntoView {
    let turned = |column| Sort::by(column).pressed(column);
    let sorts = [
        (Sort::default(), "Newest first"),
        (turned(Column::Created), "Oldest first"),
        (Sort::by(Column::Name), "Name, A to Z"),
        (turned(Column::Name), "Name, Z to A"),
        (Sort::by(Column::LastUsed), "Last used first"),
        (turned(Column::LastUsed), "Longest unused first"),
        (Sort::by(Column::Expires), "Expires first"),
        (turned(Column::Expires), "Expires last"),
        (Sort::by(Column::Access), "Least access"),
        (Sort { column: Column::Access, direction: Direction::Descending }, "Most access"),
    ];
    let options = Options::new(
        &sorts,
        move || state.query.with(|query| query.sort),
        move |sort| state.change(|query| query.sort = sort),
    );
    view! {
        <div class="order">
            <Select id="order" label="Order" inline=true options=options />
        </div>
    }
}

/// Shorter than the filter, and says how many there are. With a status or a reason chosen there is nothing for it to show.
#[component]
fn ShowInactive(state: KeysState) -> impl IntoView {
    let shown = Signal::derive(move || state.query.with(|query| query.inactive));
    let useful = Memo::new(move |_| state.query.with(|query| query.status.is_none() && query.hygiene.is_none()));
    let count = move || state.inactive.get().flatten().map(|count| format!("({count})")).unwrap_or_default();
    optional(move || {
        useful.get().then(|| {
            view! {
                <button
                    type="button"
                    class="pill"
                    aria-pressed=flag(move || shown.get())
                    on:click=press(move || state.change(|query| query.inactive = !query.inactive))
                >
                    "Show inactive " <span class="count">{text(count)}</span>
                </button>
            }
            .fixed()
        })
    })
}
