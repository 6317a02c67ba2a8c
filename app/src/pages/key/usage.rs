//! How often the key was used: a chart, and a table behind it.

use std::time::Duration;

use claviger_core::{
    time::{SECOND, Timestamp},
    wire::{
        key::Key,
        usage::{Usage, UsageRange},
    },
};
use leptos::{ev::Event, prelude::*};
use wasm_bindgen::JsCast;

use super::state::OneKey;
use crate::{
    api::{self, ApiError},
    browser::intl,
    components::{
        chart::{Chart, when},
        error::ErrorState,
        fixed::{Fix, Fixed, dynamic, flag, on, optional, press, watch},
        skeleton::Bone,
    },
    remote::Remote,
    usage,
};

/// When all is written that was counted until the key stopped everywhere, in milliseconds after the revoke: 5 s, 10 s until
/// an isolate writes, and one for the way.
const COUNTED: i64 = 16 * SECOND;

#[derive(Clone, PartialEq)]
enum Shown {
    Loading,
    Failed(ApiError),
    Known(Usage),
}

/// The ranges, and the one that is chosen.
#[component]
pub fn KeyUsage() -> impl IntoView {
    let state = expect_context::<OneKey>();
    let id = state.id;
    let range = RwSignal::new(UsageRange::Day);
    let answer = Remote::new(move || {
        state.changes.track();
        let range = range.get();
        Box::pin(async move { api::usage::of_key(id, range).await })
    });
    watch(move || {
        let error = answer.with(|answer| answer.and_then(|answer| answer.as_ref().err().cloned()));
        if let Some(error) = error {
            state.session.interrupted(&error, Callback::new(move |()| answer.refetch()));
        }
    });
    ask_again_after_a_revoke(state, answer);
    // A memo: a chart that is being read is drawn anew only when there is something new.
    let shown = Memo::new(move |_| match answer.get() {
        None => Shown::Loading,
        Some(Ok(usage)) => Shown::Known(usage),
        Some(Err(error)) => Shown::Failed(error),
    });
    let ever_used = state.key.with_untracked(|key| key.as_ref().is_some_and(|key| key.last_used_at.is_some()));
    view! {
        <section class="key-section" aria-labelledby="key-usage">
            <h2 id="key-usage">"Usage"</h2>
            <Ranges range=range />
            {dynamic(move || match shown.get() {
                Shown::Loading => loading(ever_used),
                Shown::Failed(error) => {
                    let again = Callback::new(move |()| answer.refetch());
                    view! { <ErrorState title="The usage could not be loaded" error=error on_retry=again /> }.fixed()
                }
                Shown::Known(usage) => known(usage),
            })}
        </section>
    }
}

/// What was accepted in the seconds after it is counted only later.
fn ask_again_after_a_revoke(state: OneKey, answer: Remote<Result<Usage, ApiError>>) {
    let revoked_at = Memo::new(move |_| state.key.with(|key| key.as_ref().and_then(|key: &Key| key.revoked_at)));
    watch(move || {
        let left = |at: Timestamp| at.millis() + COUNTED - intl::now().millis();
        if let Some(left) = revoked_at.get().map(left).filter(|left| (1..=COUNTED).contains(left)) {
            let again = move || {
                // The page may be gone by then.
                if revoked_at.try_get_untracked().is_some() {
                    answer.refetch();
                }
            };
            set_timeout(again, Duration::from_millis(left.unsigned_abs()));
        }
    });
}

const fn told(range: UsageRange) -> &'static str {
    match range {
        UsageRange::Day => "24 hours",
        UsageRange::Week => "7 days",
        UsageRange::Month => "30 days",
    }
}

#[component]
fn Ranges(range: RwSignal<UsageRange>) -> impl IntoView {
    let pills: Vec<_> = UsageRange::ALL
        .iter()
        .map(|one| {
            view! {
                <button
                    type="button"
                    class="pill"
                    aria-pressed=flag(move || range.get() == *one)
                    on:click=press(move || range.set(*one))
                >
                    {told(*one)}
                </button>
            }
        })
        .collect();
    view! { <div class="key-actions" role="group" aria-label="Range">{pills}</div> }
}

fn loading(ever_used: bool) -> Fixed {
    let room = if ever_used { "296px" } else { "36px" };
    view! {
        <div aria-busy="true" style:min-height=room style:padding-top="var(--space-3)">
            <p class="visually-hidden" role="status">"Loading the usage"</p>
            <Bone width="long" />
        </div>
    }
    .fixed()
}

fn known(usage: Usage) -> Fixed {
    let (all, refused) = usage::sums(&usage.totals);
    let after = after_revoke(usage.valid_after_revoke);
    let span = told(usage.range);
    if all == 0 {
        return view! {
            {after}
            <p class="quiet" role="status" style:padding-top="var(--space-3)">"No calls in the last " {span} "."</p>
        }
        .fixed();
    }
    let days = (usage.range == UsageRange::Month).then_some(" Days are those of UTC.");
    view! {
        {after}
        <p role="status" style:padding="var(--space-3) 0 var(--space-1)">
            <strong>{usage::of(all, "call")}</strong>
            " in the last "
            {span}
            ", "
            {usage::share_refused(all, refused)}
            "."
            {days}
        </p>
        <Chart usage=usage.clone() />
        <Table usage=usage />
    }
    .fixed()
}

/// What the bound on a revoke let through.
fn after_revoke(n: u64) -> Option<Fixed> {
    (n > 0).then(|| {
        let verifications = usage::of(n, "verification");
        let were = if n == 1 { "was" } else { "were" };
        view! {
            <p class="note warn" style:margin-top="var(--space-3)">
                {format!("{verifications} {were} accepted in the seconds after the revoke.")}
            </p>
        }
        .fixed()
    })
}

/// The same in numbers, drawn when it is opened: a week has 168 rows.
#[component]
fn Table(usage: Usage) -> impl IntoView {
    let open = RwSignal::new(false);
    let toggled = on(move |event: Event| {
        let details = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        open.set(details.is_some_and(|details| details.has_attribute("open")));
    });
    view! {
        <details class="more" on:toggle=toggled style:margin-top="var(--space-3)">
            <summary>"Show as a table"</summary>
            {optional(move || open.get().then(|| table(&usage)))}
        </details>
    }
}

fn table(usage: &Usage) -> Fixed {
    let outcomes: Vec<_> = usage::stacked(&usage.totals).into_iter().map(|(outcome, _)| outcome).collect();
    let head = |label: String| {
        view! { <th scope="col" style:text-align="right" style:padding="var(--space-1) var(--space-3)">{label}</th> }
    };
    let cell = |n: u64| {
        view! { <td style:text-align="right" style:padding="var(--space-1) var(--space-3)">{usage::number(n)}</td> }
    };
    let heads: Vec<_> = std::iter::once("All".to_owned())
        .chain(outcomes.iter().map(|outcome| usage::label(*outcome)))
        .map(head)
        .collect();
    let used = usage.buckets.iter().rev().filter(|bucket| bucket.total > 0);
    let rows: Vec<_> = used
        .map(|bucket| {
            let n = |outcome| bucket.outcomes.get(outcome).copied().unwrap_or_default();
            let cells: Vec<_> = std::iter::once(bucket.total).chain(outcomes.iter().map(n)).map(cell).collect();
            view! {
                <tr>
                    <th scope="row" style:text-align="left" style:font-weight="400" style:white-space="nowrap">
                        {when(usage.range, bucket)}
                    </th>
                    {cells}
                </tr>
            }
        })
        .collect();
    let (width, first) = if usage.range == UsageRange::Month { ("days", "Day") } else { ("hours", "Hour") };
    view! {
        <div role="region" aria-label="Usage as a table" tabindex="0" style:overflow="auto" style:max-height="420px">
            <table style:border-collapse="collapse">
                <caption class="quiet" style:text-align="left">
                    {format!("The newest first; {width} without calls are left out.")}
                </caption>
                <thead>
                    <tr>
                        <th scope="col" style:text-align="left">{first}</th>
                        {heads}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .fixed()
}
