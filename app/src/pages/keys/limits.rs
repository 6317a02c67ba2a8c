//! How many keys there may be, above the list; and what this session or organization may not do, with what to do then.

use claviger_core::{contact, key::Access, organization::Plan};
use leptos::prelude::*;

use super::state::KeysState;
use crate::{
    components::{
        fixed::{Fix, Fixed, flag, optional},
        notice::Notice,
    },
    session::use_session,
    usage,
    viewed::Usage,
};

/// "18 of 25 keys". Members make none of the keys that are counted.
#[component]
pub fn KeyCount() -> impl IntoView {
    let session = use_session();
    let viewed = expect_context::<KeysState>().viewed;
    optional(move || {
        let usage = viewed.usage().filter(|_| !session.is_member())?;
        Some(
            view! {
                <p
                    class="key-count"
                    data-full=flag(move || usage.is_full())
                    title="Service keys that are not revoked. Personal keys do not count."
                >
                    {format!("{} of {} keys", number(usage.live_keys), number(usage.key_limit))}
                </p>
            }
            .fixed(),
        )
    })
}

/// At most one line, the weightiest.
#[component]
pub fn Limits() -> impl IntoView {
    let session = use_session();
    let viewed = expect_context::<KeysState>().viewed;
    optional(move || {
        let usage = viewed.usage();
        let is_member = session.is_member();
        let settings = viewed.settings_page().address();
        let raise = session.is_system_admin().then_some(settings);
        // Who can do it needs nobody to ask.
        let ask = session.contact().filter(|_| raise.is_none());
        match usage {
            Some(Usage { plan: Plan::Trial, .. }) => Some(trial(is_member, viewed.elsewhere().is_some(), raise, ask)),
            _ if session.current()?.access == Access::ReadOnly => {
                Some(said("You signed in with a read-only key: you can look, and change nothing.".to_owned(), None))
            }
            Some(usage) if usage.is_full() && !is_member => Some(full(usage, raise, ask)),
            _ => None,
        }
    })
}

fn number(count: u32) -> String {
    usage::number(u64::from(count))
}

fn trial(is_member: bool, elsewhere: bool, upgrade: Option<String>, ask: Option<String>) -> Fixed {
    let whose = if elsewhere { "This" } else { "Your" };
    let what = if is_member { "its keys do not work" } else { "its keys do not work, and no new ones can be made" };
    let who = if upgrade.is_some() { "until you upgrade it" } else { "until whoever runs this Claviger upgrades it" };
    said(format!("{whose} organization is on trial: {what} {who}."), way("Change the plan", upgrade, ask))
}

fn full(usage: Usage, raise: Option<String>, ask: Option<String>) -> Fixed {
    let keys = match usage.key_limit {
        0 => "This organization may have no keys.".to_owned(),
        limit if usage.live_keys > limit => {
            let live = usage.live_keys;
            format!(
                "This organization has {} keys and may have {}. To make another, revoke {}",
                number(live),
                number(limit),
                number(live - limit + 1)
            )
        }
        1 => "The one key that this organization may have is in use. Revoke it".to_owned(),
        limit => format!(
            "All {} keys that this organization may have are in use. Revoke one that nobody needs",
            number(limit)
        ),
    };
    let sentence = match (usage.key_limit, raise.is_some()) {
        (0, true) => keys,
        (0, false) => format!("{keys} Ask a system administrator, whoever runs this Claviger, to raise the limit."),
        (_, true) => format!("{keys}, or raise the limit."),
        (_, false) => format!("{keys}, or ask a system administrator, whoever runs this Claviger, to raise the limit."),
    };
    said(sentence, way("Raise the limit", raise, ask))
}

/// What can be done: by oneself, or by whom to ask.
fn way(label: &str, own: Option<String>, ask: Option<String>) -> Option<(String, String)> {
    own.map(|to| (label.to_owned(), to)).or_else(|| {
        let to = ask?;
        Some((format!("Ask {}", contact::shown(&to)?), to))
    })
}

fn said(sentence: String, way: Option<(String, String)>) -> Fixed {
    view! {
        <Notice>
            <span>{sentence}</span>
            // The router leaves alone what is not a page of the console.
            {way.map(|(label, to)| view! { <a rel=if to.starts_with('/') { "" } else { "external" } href=to>{label}</a> })}
        </Notice>
    }
    .fixed()
}
