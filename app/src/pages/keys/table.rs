//! The table of keys, and its skeleton of the same size.

use std::time::Duration;

use claviger_core::wire::key::Key;
use leptos::prelude::*;

use super::{
    query::{Column, Sort},
    row::KeyRow,
    selection::PickHead,
    state::KeysState,
};
use crate::components::{
    fixed::{Fix, Fixed, dynamic, optional, text},
    skeleton::Bone,
    table::{Cell, ColumnHead, Direction, SortHead},
};
use crate::session::use_session;

/// The rows on the screen.
#[component]
pub fn KeyTable() -> impl IntoView {
    let state = expect_context::<KeysState>();
    view! {
        <table class="table keys" role="table" aria-label="Keys">
            <Heads />
            {dynamic(move || {
                let rows = state.rows();
                untrack(|| view! { <tbody role="rowgroup">{slices(rows)}</tbody> }.fixed())
            })}
        </table>
    }
}

/// Rows that are drawn in one task: what fits on a screen, so that nobody sees the others come.
const SLICE: usize = 16;

/// The first rows now, the others in tasks of their own, between which the browser can answer whoever is typing.
fn slices(mut rows: Vec<Key>) -> Fixed {
    let rest = rows.split_off(rows.len().min(SLICE));
    let rows: Vec<_> = rows.into_iter().map(|key| view! { <KeyRow key=key /> }).collect();
    if rest.is_empty() {
        return rows.fixed();
    }
    let mut rest = Some(rest);
    let due = RwSignal::new(false);
    let draw = move || {
        // The table may be another by then.
        let _ = due.try_set(true);
    };
    set_timeout(draw, Duration::ZERO);
    let rest = optional(move || {
        let rest = due.get().then(|| rest.take()).flatten()?;
        Some(untrack(|| slices(rest)))
    });
    (rows, rest).fixed()
}

#[component]
fn Heads() -> impl IntoView {
    let state = expect_context::<KeysState>();
    let head = move |label: &'static str, column: Column| {
        let sorted = text(move || {
            let sort: Sort = state.query.with(|query| query.sort);
            Direction::aria((sort.column == column).then_some(sort.direction)).to_owned()
        });
        let on_sort = Callback::new(move |()| state.change(|query| query.sort = query.sort.pressed(column)));
        view! { <SortHead label=label sorted=sorted on_sort=on_sort /> }
    };
    view! {
        <thead role="rowgroup">
            <tr role="row">
                {use_session().may_write().then(|| view! { <PickHead /> })}
                {head("Name", Column::Name)}
                {head("Access", Column::Access)}
                {head("Created", Column::Created)}
                {head("Last used", Column::LastUsed)}
                {head("Expires", Column::Expires)}
                <ColumnHead label="Last 36 h" />
                <ColumnHead label="Status" />
                <th scope="col" role="columnheader">
                    <span class="visually-hidden">"Actions"</span>
                </th>
            </tr>
        </thead>
    }
}

/// What stands where the rows will be.
#[component]
pub fn SkeletonTable() -> impl IntoView {
    let picks = use_session().may_write();
    let rows = (0..8).map(|_| {
        view! {
            <tr role="row">
                {picks.then(|| view! { <td class="pick"></td> })}
                <Cell label="Name"><Bone width="long" /><Bone width="mid" /></Cell>
                <Cell label="Access"><Bone width="mid" /></Cell>
                <Cell label="Created"><Bone width="mid" /><Bone width="short" /></Cell>
                <Cell label="Last used"><Bone width="short" /></Cell>
                <Cell label="Expires"><Bone width="mid" /></Cell>
                <Cell label="Last 36 h"><Bone width="long" /></Cell>
                <Cell label="Status"><Bone width="short" /></Cell>
                <Cell label="Actions"><span></span></Cell>
            </tr>
        }
    });
    view! {
        <div aria-busy="true">
            <p class="visually-hidden" role="status">"Loading keys"</p>
            <table class="table keys" aria-hidden="true">
                <Heads />
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}
