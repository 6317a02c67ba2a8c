//! The parts of a table whose rows become cards on a phone. The roles are written out because `display: block` would
//! otherwise take them away.

use leptos::prelude::*;

use super::{
    fixed::{Slot, press},
    icon::Icon,
};

/// The head of a column.
#[component]
pub fn ColumnHead(label: &'static str) -> impl IntoView {
    view! { <th scope="col" role="columnheader" data-column=label>{label}</th> }
}

/// The direction a column is sorted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smallest, oldest or A first.
    Ascending,
    /// Largest, newest or Z first.
    Descending,
}

impl Direction {
    /// The value of `aria-sort`.
    pub const fn aria(direction: Option<Self>) -> &'static str {
        match direction {
            Some(Self::Ascending) => "ascending",
            Some(Self::Descending) => "descending",
            None => "none",
        }
    }
}

/// The head of a column that sorts.
#[component]
pub fn SortHead(
    label: &'static str,
    /// An `aria-sort`.
    sorted: Signal<String>,
    on_sort: Callback<()>,
) -> impl IntoView {
    view! {
        <th scope="col" role="columnheader" data-column=label aria-sort=sorted>
            <button type="button" class="sort" on:click=press(move || on_sort.run(()))>
                {label} {Icon::ChevronDown.view()}
            </button>
        </th>
    }
}

/// A fact of a row; on a phone its column's name stands before it.
#[component]
pub fn Cell(label: &'static str, children: Slot) -> impl IntoView {
    view! {
        <td role="cell" data-label=label>
            <div class="cell">{children.draw()}</div>
        </td>
    }
}
