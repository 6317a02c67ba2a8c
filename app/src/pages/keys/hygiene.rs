//! Which keys deserve a look: counts that filter the list, and a word about secrets that leaked and webhooks that were given up. In
//! a chunk; when all is well there is one quiet line.

use claviger_core::hygiene::{Hygiene, HygieneReport};
use leptos::prelude::*;

use super::{given_up::GivenUp, state::KeysState};
use crate::{
    api,
    chunks::chunk,
    components::{
        button::{Button, ButtonKind},
        fixed::{Fix, Fixed, flag, optional, press},
        notice::Notice,
    },
    remote::Remote,
};

chunk! {
    /// The counts, and the banner about leaked keys. With the lines of usage, so that it is no request of its own.
    Extra usage: pub fn hygiene_card(state: KeysState) => view! { <Card state=state /> }.fixed()
}

/// What is shown of a kind, and what it means.
const fn words(kind: Hygiene) -> (&'static str, &'static str) {
    match kind {
        Hygiene::Leaked => ("Leaked", "Reported as leaked, and nobody has dealt with it yet"),
        Hygiene::ExpiringSoon => ("Expiring soon", "Stop working within 14 days"),
        Hygiene::NeverExpires => ("Never expire", "Active service keys without an end"),
        Hygiene::Unused => ("Unused 90 days", "Were used once, and not in the last 90 days"),
        Hygiene::NeverUsed => ("Never used", "Made more than a week ago and never used"),
        Hygiene::AllPowerful => {
            ("All-powerful", "Active service keys that may manage and change everything, from anywhere")
        }
    }
}

#[component]
fn Card(state: KeysState) -> impl IntoView {
    let organization = state.viewed.elsewhere_untracked();
    let report = Remote::new(move || {
        state.counted.track();
        Box::pin(async move { api::keys::hygiene(organization).await.ok() })
    });
    // A memo: what has the focus must not be drawn anew because the same came again.
    let known = Memo::new(move |_| report.get().flatten());
    let leaked = Memo::new(move |_| known.get().map_or(0, |report| report.leaked));
    view! {
        <GivenUp state=state />
        <div role="status">{optional(move || (leaked.get() > 0).then(|| banner(state, leaked.get())))}</div>
        {optional(move || known.get().map(|report| counts(state, report)))}
    }
}

/// There until somebody has dealt with each of them.
fn banner(state: KeysState, leaked: u32) -> Fixed {
    let shown = move || state.query.with(|query| query.hygiene == Some(Hygiene::Leaked));
    let show = Callback::new(move |()| state.change(|query| query.look_at(Some(Hygiene::Leaked))));
    let sentence = match leaked {
        1 => "A key has leaked. See what became of it, and replace or revoke it.".to_owned(),
        more => format!("{more} keys have leaked. See what became of them, and replace or revoke them."),
    };
    view! {
        <Notice class="note warn leak-banner">
            <span>{sentence}</span>
            {optional(move || (!shown()).then(|| view! {
                <Button kind=ButtonKind::Text on_press=show>
                    {if leaked == 1 { "Show it" } else { "Show them" }}
                </Button>
            }.fixed()))}
        </Notice>
    }
    .fixed()
}

fn counts(state: KeysState, report: HygieneReport) -> Fixed {
    let chosen = move || state.query.with(|query| query.hygiene);
    let pills: Vec<_> = Hygiene::ALL
        .iter()
        .map(|kind| (*kind, report.count(*kind)))
        .filter(|(kind, count)| *count > 0 && *kind != Hygiene::Leaked)
        .map(|(kind, count)| {
            let (label, meaning) = words(kind);
            let more = if count >= report.counted_to { "+" } else { "" };
            let pressed = move || chosen() == Some(kind);
            let press = press(move || {
                let next = (!untrack(pressed)).then_some(kind);
                state.change(|query| query.look_at(next));
            });
            view! {
                <li>
                    <button type="button" class="pill" title=meaning aria-pressed=flag(pressed) on:click=press>
                        {label} " " <strong>{count} {more}</strong>
                    </button>
                </li>
            }
        })
        .collect();
    if pills.is_empty() {
        return view! { <p class="hygiene quiet">"Hygiene: no key needs a look"</p> }.fixed();
    }
    view! {
        <section class="hygiene" aria-labelledby="hygiene">
            <h2 id="hygiene">"Hygiene"</h2>
            <ul>{pills}</ul>
        </section>
    }
    .fixed()
}
