//! The table of keys, and its skeleton of the same size.

use leptos::prelude::*;

use super::{
    query::{Column, Sort},
    row::KeyRow,
    selection::PickHead,
    state::KeysState,
};
use crate::components::{
    fixed::{Fix, dynamic, text},
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
                let rows: Vec<_> = state.rows().into_iter().map(|key| view! { <KeyRow key=key /> }).collect();
                view! { <tbody role="rowgroup">{rows}</tbody> }.fixed()
            })}
        </table>
    }
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
                <ColumnHead label="Last used" />
                {head("Expires", Column::Expires)}
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
