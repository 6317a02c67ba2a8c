//! The keys of one person, a line each, leading to their pages.

use claviger_core::wire::key::Key;
use leptos::prelude::*;

use super::{
    badge::StatusBadge,
    error::ErrorState,
    fixed::{Fix, Fixed, dynamic},
    moment::{ExpiryMoment, UsedMoment},
    skeleton::Bone,
    table::{Cell, ColumnHead},
};
use crate::{api::ApiError, format, remote::Remote, routes::Page};

/// The list in each of its states; `list` is the page of keys that they belong to.
#[component]
pub fn PersonalKeys(keys: Remote<Result<Vec<Key>, ApiError>>, list: Page) -> impl IntoView {
    dynamic(move || match keys.get() {
        None => {
            let rows = (0..2).map(|_| skeleton()).collect();
            view! { <div aria-busy="true"><p class="visually-hidden" role="status">"Loading the keys"</p> {table(rows)}</div> }
                .fixed()
        }
        Some(Err(error)) => {
            let again = Callback::new(move |()| keys.refetch());
            view! { <ErrorState title="The keys could not be loaded" error=error on_retry=again /> }.fixed()
        }
        Some(Ok(keys)) if keys.is_empty() => view! { <p class="quiet">"None."</p> }.fixed(),
        Some(Ok(keys)) => table(keys.into_iter().map(|key| row(key, list)).collect()),
    })
}

fn table(rows: Vec<Fixed>) -> Fixed {
    view! {
        <table class="table plain-table" role="table" aria-label="Personal keys">
            <thead role="rowgroup">
                <tr role="row">
                    <ColumnHead label="Name" />
                    <ColumnHead label="Access" />
                    <ColumnHead label="Last used" />
                    <ColumnHead label="Expires" />
                    <ColumnHead label="Status" />
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .fixed()
}

fn skeleton() -> Fixed {
    view! {
        <tr role="row">
            <Cell label="Name"><Bone width="long" /><Bone width="mid" /></Cell>
            <Cell label="Access"><Bone width="mid" /></Cell>
            <Cell label="Last used"><Bone width="short" /></Cell>
            <Cell label="Expires"><Bone width="short" /></Cell>
            <Cell label="Status"><Bone width="short" /></Cell>
        </tr>
    }
    .fixed()
}

fn row(key: Key, list: Page) -> Fixed {
    let capability = format::capability(&key);
    let Key { id, name, hint, last_used_at, expires_at, status, .. } = key;
    let hint = match hint {
        Some(hint) => view! { <code class="hint">{hint.to_string()}</code> }.fixed(),
        None => view! { <span class="quiet">"No secret yet"</span> }.fixed(),
    };
    view! {
        <tr role="row">
            <Cell label="Name">
                <a class="key-name" href=list.key(id).address()>
                    {name}
                </a>
                {hint}
            </Cell>
            <Cell label="Access">
                <span>{capability}</span>
            </Cell>
            <Cell label="Last used">
                <UsedMoment at=last_used_at />
            </Cell>
            <Cell label="Expires">
                <ExpiryMoment at=expires_at status=status />
            </Cell>
            <Cell label="Status">
                <StatusBadge status=status />
            </Cell>
        </tr>
    }
    .fixed()
}
