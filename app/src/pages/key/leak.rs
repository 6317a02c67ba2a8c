//! That a secret of the key was reported as leaked: there until somebody has dealt with it.

use claviger_core::{
    leak::{Leak, LeakSource},
    wire::key::Key,
};
use leptos::prelude::*;

use super::state::OneKey;
use crate::{
    api,
    browser::page,
    components::{
        button::Button,
        confirm::Doing,
        error::ErrorNote,
        fixed::{Fix, Fixed, optional, spawn},
        moment::Moment,
        notice::Notice,
    },
};

/// The banner, while the report is open.
#[component]
pub fn LeakBanner() -> impl IntoView {
    let state = expect_context::<OneKey>();
    // A memo: the button must not be drawn anew because the key was heard of again.
    let open = Memo::new(move |_| {
        state.key.with(|key| {
            let key = key.as_ref()?;
            key.leak.clone().filter(Leak::is_open).map(|leak| (leak, key.revoked_at.is_some()))
        })
    });
    let doing = Doing::new();
    view! {
        <div role="status">{optional(move || open.get().map(|(leak, revoked)| banner(state, doing, leak, revoked)))}</div>
        <ErrorNote error=doing.failure />
    }
}

fn banner(state: OneKey, doing: Doing, leak: Leak, revoked: bool) -> Fixed {
    let who = match leak.source {
        LeakSource::Possession => "Somebody who holds a secret of this key reported it as leaked ",
        LeakSource::GitHub => "GitHub found a secret of this key in public ",
    };
    let then = if revoked {
        "The key was revoked, so whoever has it can do nothing with it. Whatever used it needs another key."
    } else {
        "As long as that secret works, whoever has it can use the key. Rotate it without a grace, or revoke it."
    };
    let url = leak.url.map(|url| {
        view! { " " <a href=url.clone() rel="external noopener noreferrer" target="_blank">"Where it was found"</a> "." }
    });
    let resolve = Callback::new(move |()| resolve(state, doing));
    view! {
        <Notice class="note warn leak-banner">
            <span>{who} <Moment at=leak.reported_at /> ". " {then} {url}</span>
            {state.session.may_write().then(|| view! {
                <Button id="leak-resolve" busy=doing.busy on_press=resolve>"Mark as dealt with"</Button>
            })}
        </Notice>
    }
    .fixed()
}

fn resolve(state: OneKey, doing: Doing) {
    if !doing.begins() {
        return;
    }
    spawn(async move {
        let answer: Result<Key, _> = api::keys::resolve_leak(state.id).await;
        if !doing.ended() {
            return;
        }
        match answer {
            Ok(key) => {
                state.learn(key);
                // The button is gone.
                request_animation_frame(page::focus_heading);
            }
            Err(error) if state.session.interrupted(&error, Callback::new(move |()| resolve(state, doing))) => {}
            Err(error) => doing.failure.set(Some(error)),
        }
    });
}
