//! The key's secrets: the one that works, and those that it replaced. Whether an old one is still used is what somebody who
//! has rotated a key needs to know.

use claviger_core::{
    time::Timestamp,
    wire::key::{Key, SHOWN_SECRETS, SecretInfo},
};
use leptos::prelude::*;

use super::{
    state::OneKey,
    words::{self, SecretState},
};
use crate::components::{
    fixed::{Fix, Fixed, optional},
    moment::{Deadline, Moment, UsedMoment},
    table::{Cell, ColumnHead},
};

/// One on a line, the newest first.
#[component]
pub fn Secrets() -> impl IntoView {
    let state = expect_context::<OneKey>();
    // Another one only when a secret has ended, not whenever the clock has moved on.
    let rows = Memo::new(move |_| {
        let now = state.now.get();
        state.key.with(|key| key.as_ref().map(|key| rows(key, now)))
    });
    view! {
        <section class="key-section" aria-labelledby="key-secrets">
            <h2 id="key-secrets">"Secrets"</h2>
            {optional(move || {
                let rows = rows.get()?;
                Some(if rows.is_empty() {
                    view! { <p class="quiet">"It has no secret yet. Nobody can use it."</p> }.fixed()
                } else {
                    table(rows)
                })
            })}
        </section>
    }
}

/// A secret, its state, and whether it is used although it was replaced.
type Row = (SecretInfo, SecretState, bool);

fn rows(key: &Key, now: Timestamp) -> Vec<Row> {
    let (secrets, ended) = (&key.secrets, words::ended(key, now));
    // Each was replaced when the next was made.
    let replaced = std::iter::once(None).chain(secrets.iter().map(|newer| Some(newer.created_at)));
    let row = |(secret, replaced): (&SecretInfo, Option<Timestamp>)| {
        (secret.clone(), words::secret(secret, ended, now), words::is_still_used(secret, replaced))
    };
    secrets.iter().zip(replaced).map(row).collect()
}

fn table(rows: Vec<Row>) -> Fixed {
    // There may be more, and none that works: a rotation ends what the one before had left.
    let cut = rows.len() >= SHOWN_SECRETS;
    let rows: Vec<_> = rows.into_iter().map(row).collect();
    view! {
        <table class="table key-secrets" role="table" aria-labelledby="key-secrets">
            <thead role="rowgroup">
                <tr role="row">
                    <ColumnHead label="Secret" />
                    <ColumnHead label="Created" />
                    <ColumnHead label="Ends" />
                    <ColumnHead label="Last used" />
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
        {cut.then(|| view! {
            <p class="field-note">{format!("At most the newest {SHOWN_SECRETS} are listed; any before them have ended.")}</p>
        })}
    }
    .fixed()
}

fn row((secret, state, still): Row) -> impl IntoView {
    let SecretInfo { hint, created_at, last_used_at, .. } = secret;
    let ends = match state {
        SecretState::Current => view! { <span>"With the key"</span> }.fixed(),
        SecretState::Grace(at) => view! { <Deadline at=at before="Works until " /> }.fixed(),
        SecretState::Ended(at) | SecretState::EndedWithKey(at) => view! { <Deadline at=at before="Ended " /> }.fixed(),
    };
    let note = match (state, still) {
        (SecretState::Current | SecretState::EndedWithKey(_), _) => None,
        (_, true) => Some(view! { <span class="warn-text">"Used since it was replaced"</span> }.fixed()),
        (_, false) => Some(view! { <span class="quiet">"Not used since it was replaced"</span> }.fixed()),
    };
    let what = match state {
        SecretState::Current => "Current",
        SecretState::EndedWithKey(_) => "Ended with the key",
        _ => "Replaced",
    };
    view! {
        <tr role="row">
            <Cell label="Secret">
                <code>{hint.to_string()}</code>
                <span class="quiet">{what}</span>
            </Cell>
            <Cell label="Created">
                <Moment at=created_at />
            </Cell>
            <Cell label="Ends">{ends}</Cell>
            <Cell label="Last used">
                <UsedMoment at=last_used_at />
                {note}
            </Cell>
        </tr>
    }
}
