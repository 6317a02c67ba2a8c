//! What can be done to the keys that are ticked.

use claviger_core::wire::bulk::BulkAction;
use leptos::prelude::*;

use super::words;
use crate::{
    browser::page,
    components::{
        button::{Button, ButtonKind},
        fixed::{Fix, optional, text},
    },
    pages::keys::{
        selection::{ALL_ID, MOST},
        state::{KeysState, Open},
    },
    usage,
};

/// How many are ticked, and what can be done to them.
#[component]
pub fn BulkBar() -> impl IntoView {
    let state = expect_context::<KeysState>();
    let selection = state.selection;
    let count = text(move || words::selected(selection.count(), selection.beyond(&state.each_row(|key| key.id))));
    let clear = Callback::new(move |()| {
        selection.clear();
        request_animation_frame(|| {
            // On a phone there is no head to the table.
            if !page::focus(ALL_ID) || page::focused().is_none() {
                page::focus_heading();
            }
        });
    });
    let ask = move |action: BulkAction| Callback::new(move |()| state.show(Open::Bulk(action, selection.all())));
    request_animation_frame(uncover);
    let buttons = words::ORDER.map(|action| {
        view! { <Button on_press=ask(action)>{words::verb(action)} "…"</Button> }
    });
    view! {
        <section class="bulk-bar" aria-label="Selected keys">
            <p role="status">{count}</p>
            <More state=state />
            <div class="bulk-actions">{buttons}</div>
            <Button kind=ButtonKind::Text on_press=clear>
                "Clear"
            </Button>
        </section>
    }
}

/// The bar has come: the row that was ticked is not to be beneath it.
fn uncover() {
    let row = page::focused().and_then(|tick| tick.closest("tr").ok().flatten());
    let bar = document().query_selector(".bulk-bar").ok().flatten();
    if let Some((row, bar)) = row.zip(bar)
        && row.get_bounding_client_rect().bottom() > bar.get_bounding_client_rect().top()
    {
        row.scroll_into_view_with_bool(false);
    }
}

/// "Select all 120 that match", while there are more than what is ticked.
#[component]
fn More(state: KeysState) -> impl IntoView {
    let selection = state.selection;
    let says = Memo::new(move |_| {
        let matching = state.list.with(|list| match list {
            Some(Ok((_, place))) => place.num_records,
            _ => 0,
        });
        let more = usize::try_from(matching.min(MOST)).is_ok_and(|matching| matching > selection.count());
        match matching {
            _ if !more => None,
            matching if matching > MOST => {
                Some(format!("Select the first 1,000 of {}", usage::number(matching.into())))
            }
            matching => Some(format!("Select all {} that match", usage::number(matching.into()))),
        }
    });
    let there = Memo::new(move |_| says.with(Option::is_some));
    optional(move || {
        there.get().then(|| {
            view! {
                <Button kind=ButtonKind::Text busy=selection.gathering on_press=Callback::new(move |()| selection.gather(state))>
                    {text(move || says.get().unwrap_or_default())}
                </Button>
            }
            .fixed()
        })
    })
}
