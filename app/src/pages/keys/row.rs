//! One key in the list.

use claviger_core::wire::key::Key;
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{selection::PickCell, state::KeysState, usage::row_line};
use crate::{
    browser::{clipboard, intl, page},
    components::{
        badge::StatusBadge,
        fixed::{Fix, Fixed, flag, spawn},
        menu::{Menu, MenuItem},
        moment::{ExpiryMoment, Moment, UsedMoment},
        table::Cell,
        toast::use_toasts,
    },
    format::{self, OldSecret},
    pages::{
        key::{EDIT, may_edit},
        key_actions::KeyAction,
    },
    session::use_session,
};

/// The row of the key that was just made.
pub const MARKED: &str = "tr[data-marked=true]";

/// Its facts and its menu. The key that was just made is marked, and brought into view.
#[component]
pub fn KeyRow(key: Key) -> impl IntoView {
    let state = expect_context::<KeysState>();
    let session = use_session();
    let me = session.current().map(|session| session.user.id);
    let id = key.id;
    let is_new = move || state.made.with(|made| made.as_ref().is_some_and(|made| made.id == id));
    if untrack(is_new) {
        page::scroll_to(MARKED);
    }

    let old = format::old_secret(&key, intl::now());
    let pick = session.may_write().then(|| view! { <PickCell key=key.clone() /> });
    let hint = key.hint.as_ref().map_or_else(|| "no secret yet".to_owned(), ToString::to_string);
    let by = format::actor(&key.created_by, me);
    let whole = by.clone();
    let (name, status) = (key.name.clone(), key.status);
    let title = name.clone();
    let address = untrack(|| state.viewed.keys_page()).key(id).address();
    let (created_at, last_used_at, expires_at) = (key.created_at, key.last_used_at, key.expires_at);
    let hours = key.usage_36h.clone();
    let (capability, note) = (format::capability(&key), format::capability_note(&key));
    view! {
        <tr role="row" data-marked=flag(is_new)>
            {pick}
            <Cell label="Name">
                <a class="key-name" href=address title=title>{name}</a>
                <code class="hint">{hint}</code>
                {old.map(|old| view! { <OldSecretNote old=old /> })}
            </Cell>
            <Cell label="Access">
                <span>{capability}</span>
                {note.map(|note| view! { <span class="quiet" title=note.clone()>{note.clone()}</span> })}
            </Cell>
            <Cell label="Created">
                <Moment at=created_at />
                <span class="quiet by" title=whole>" by " {by}</span>
            </Cell>
            <Cell label="Last used">
                <UsedMoment at=last_used_at />
            </Cell>
            <Cell label="Expires">
                <ExpiryMoment at=expires_at status=status />
            </Cell>
            <Cell label="Last 36 h">{row_line(state, hours)}</Cell>
            <Cell label="Status">
                <StatusBadge status=status />
            </Cell>
            <td role="cell" class="actions">
                <Actions key=key />
            </td>
        </tr>
    }
}

/// Whether the secret that was replaced is still needed, while it works.
#[component]
fn OldSecretNote(old: OldSecret) -> impl IntoView {
    let until = intl::clock(old.ends_at);
    let ends = view! {
        <time datetime=old.ends_at.to_string() title=intl::exact(old.ends_at)>
            {until}
        </time>
    };
    match old.used_at {
        Some(used) => {
            view! { <span class="old-secret warn-text">"Old secret used " <Moment at=used /> ", works until " {ends}</span> }
                .fixed()
        }
        None => view! { <span class="old-secret">"Old secret unused since the rotation, works until " {ends}</span> }.fixed(),
    }
}

#[component]
fn Actions(key: Key) -> impl IntoView {
    let label = format!("Actions for {}", format::distinct_name(&key));
    let id = format!("actions-{}", key.id);
    view! { <Menu label=label id=id>{actions(key)}</Menu> }
}

/// What the menu offers, when it is opened.
fn actions(key: Key) -> Fixed {
    let state = expect_context::<KeysState>();
    let toasts = use_toasts();
    let offered = KeyAction::offered(&key, use_session());
    let may_edit = may_edit(&key, use_session());
    let copy = move |what: &'static str, text: String| {
        spawn(async move {
            let copied = clipboard::copy(&text).await;
            if copied {
                toasts.say(format!("Copied the {what}"));
            } else {
                toasts.fail("The browser did not allow copying");
            }
        });
    };
    let hint = key.hint.as_ref().map(ToString::to_string);
    let id = key.id;
    let key = StoredValue::new(key);
    let address = state.viewed.keys_page().key(id).address();
    let edit = format!("{address}?{EDIT}=1");
    let navigate = StoredValue::new(use_navigate());
    let go = move |address: String| {
        Callback::new(move |()| navigate.with_value(|navigate| navigate(&address, NavigateOptions::default())))
    };
    let start = move |action| Callback::new(move |()| state.act(action, key.get_value()));
    view! {
        {hint
            .map(|hint| {
                view! { <MenuItem on_choose=Callback::new(move |()| copy("hint", hint.clone()))>"Copy hint"</MenuItem> }
            })}
        <MenuItem on_choose=Callback::new(move |()| copy("id", id.to_string()))>"Copy id"</MenuItem>
        <MenuItem on_choose=go(address)>"Open"</MenuItem>
        {may_edit.then(|| view! { <MenuItem on_choose=go(edit)>"Edit…"</MenuItem> })}
        {(!offered.is_empty()).then(|| view! { <hr /> })}
        {offered
            .into_iter()
            .map(|action| view! { <MenuItem on_choose=start(action)>{action.label()}</MenuItem> })
            .collect_view()}
    }
    .fixed()
}
