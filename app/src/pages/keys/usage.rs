//! How often the keys of the list are used: a line for each, and the organization's last day in the head of the page. All of
//! it is in a chunk; until that is there, its places are kept free.

use std::sync::OnceLock;

use claviger_core::wire::usage::UsageRange;
use leptos::prelude::*;
use serde_json::Value;

use super::state::KeysState;
use crate::{
    api,
    chunks::chunk,
    components::{
        fixed::{Fix, Fixed, optional},
        spark::Spark,
    },
    remote::Remote,
    usage,
};

/// Draws a row's line. The chunk puts it here when it comes: a call of it from each row would be a piece of its own.
static DRAWS: OnceLock<fn(&Value) -> Fixed> = OnceLock::new();

chunk! {
    /// The organization's last day; from then on the rows have their lines.
    Extra usage: pub fn usage_line(state: KeysState) => view! { <UsageLine state=state /> }.fixed()
}

/// The line of a row, of its `usage_36h`.
pub fn row_line(state: KeysState, hours: Value) -> impl IntoView {
    optional(move || if state.lines.get() { DRAWS.get().map(|draw| draw(&hours)) } else { None })
}

fn line(hours: &Value) -> Fixed {
    let hours: Vec<u64> = hours.as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
    let calls = hours.iter().sum();
    if calls == 0 {
        return view! {
            <span class="quiet" aria-hidden="true">"–"</span>
            <span class="visually-hidden">"No calls in 36 hours"</span>
        }
        .fixed();
    }
    view! { <Spark numbers=hours label=format!("{} in 36 hours", usage::of(calls, "call")) /> }.fixed()
}

#[component]
fn UsageLine(state: KeysState) -> impl IntoView {
    // Another draw of it changes nothing. Not to be seen through: what only one function can be is called by its name, and
    // would be in the program itself then.
    let _ = DRAWS.set(std::hint::black_box(line));
    state.lines.set(true);
    let manages = state.session.manages();
    let id = untrack(|| state.viewed.id());
    let day = Remote::new(move || {
        Box::pin(
            async move { if manages { api::usage::of_organization(id, UsageRange::Day).await.ok() } else { None } },
        )
    });
    optional(move || {
        let day = day.get().flatten()?;
        let (all, refused) = usage::sums(&day.totals);
        if all == 0 {
            return Some(view! { <span class="quiet">"No verifications in 24 hours"</span> }.fixed());
        }
        let share = usage::share_refused(all, refused);
        let numbers = day.buckets.iter().map(|bucket| bucket.total).collect();
        let verifications = usage::of(all, "verification");
        Some(
            view! {
                <Spark numbers=numbers label="Verifications, hour by hour".to_owned() />
                <span title=format!("{} refused", usage::number(refused))>
                    {verifications}
                    " in 24 hours, "
                    {share}
                </span>
            }
            .fixed(),
        )
    })
}
