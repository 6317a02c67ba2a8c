//! The parts of a table whose rows become cards on a phone. The roles are written out because `display: block` would
//! otherwise take them away.

use leptos::prelude::*;

use super::icon::Icon;

/// The head of a column.
#[component]
pub fn ColumnHead(label: &'static str) -> impl IntoView {
    view! { <th scope="col" role="columnheader">{label}</th> }
}

/// The direction a column is sorted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smallest, oldest or A first.
    Ascending,
    /// Largest, newest or Z first.
    Descending,
}

/// The head of a column that sorts.
#[component]
pub fn SortHead(
    label: &'static str,
    #[prop(into)] sorted: Signal<Option<Direction>>,
    on_sort: Callback<()>,
) -> impl IntoView {
    let aria = move || match sorted.get() {
        Some(Direction::Ascending) => "ascending",
        Some(Direction::Descending) => "descending",
        None => "none",
    };
    view! {
        <th scope="col" role="columnheader" aria-sort=aria>
            <button type="button" class="sort" on:click=move |_| on_sort.run(())>
                {label} {Icon::ChevronDown.view()}
            </button>
        </th>
    }
}

/// A fact of a row; on a phone its column's name stands before it.
#[component]
pub fn Cell(label: &'static str, children: Children) -> impl IntoView {
    view! {
        <td role="cell" data-label=label>
            <div class="cell">{children()}</div>
        </td>
    }
}
