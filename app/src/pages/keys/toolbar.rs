//! Search, filters and order, above the list.

use claviger_core::status::KeyStatus;
use leptos::prelude::*;

use super::{
    query::{Column, Sort},
    search::Search,
    state::KeysState,
};
use crate::{
    components::{
        fixed::{flag, press, text},
        select::{Options, Select},
        table::Direction,
    },
    format,
};

/// Everything that decides which keys are shown.
#[component]
pub fn Toolbar() -> impl IntoView {
    let state = expect_context::<KeysState>();
    view! {
        <div class="toolbar">
            <Search />
            <StatusFilter state=state />
            <Order state=state />
            <ShowInactive state=state />
        </div>
    }
}

#[component]
fn StatusFilter(state: KeysState) -> impl IntoView {
    let any = std::iter::once((None, "Any"));
    let each = KeyStatus::ALL.iter().map(|status| (Some(*status), format::status(*status)));
    let options = Options::new(
        &any.chain(each).collect::<Vec<_>>(),
        move || state.query.with(|query| query.status),
        move |status| state.change(|query| query.status = status),
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

#[component]
fn ShowInactive(state: KeysState) -> impl IntoView {
    let shown = Signal::derive(move || state.query.with(|query| query.inactive));
    let count = move || match state.inactive.get().flatten() {
        Some(count) => format!("Show inactive ({count})"),
        None => "Show inactive".to_owned(),
    };
    view! {
        <button
            type="button"
            class="pill"
            aria-pressed=flag(move || shown.get())
            on:click=press(move || state.change(|query| query.inactive = !query.inactive))
        >
            {text(count)}
        </button>
    }
}
