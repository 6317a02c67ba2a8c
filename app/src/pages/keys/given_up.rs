//! That webhooks were switched off because their addresses have failed for days: there until somebody who may has mended them.

use claviger_core::wire::webhook::Webhook;
use leptos::prelude::*;

use super::state::KeysState;
use crate::{
    api::{self, webhooks::Whose},
    components::{
        fixed::{Fix, Fixed, optional},
        notice::Notice,
    },
    remote::Remote,
    routes::Page,
    session::use_session,
};

/// The banner: about the organization's and one's own, for those who can switch them on.
#[component]
pub fn GivenUp(state: KeysState) -> impl IntoView {
    let session = use_session();
    let organization = state.viewed.id_untracked();
    let answer = Remote::new(move || {
        Box::pin(async move { api::webhooks::given_up(Whose::Organization(organization)).await.unwrap_or_default() })
    });
    // A memo: what has the focus must not be drawn anew because the same came again.
    let mine = Memo::new(move |_| {
        let me = session.user_id();
        let mut webhooks = if session.may_write() { answer.get().unwrap_or_default() } else { Vec::new() };
        webhooks.retain(|webhook| webhook.user_id.is_none_or(|id| id == me));
        webhooks
    });
    let list = untrack(|| state.viewed.webhooks_page());
    view! { <div role="status">{optional(move || mine.with(|mine| banner(mine, list)))}</div> }
}

fn banner(webhooks: &[Webhook], list: Page) -> Option<Fixed> {
    let (sentence, page, label) = match webhooks {
        [] => return None,
        [webhook] => {
            let host = webhook.url.split('/').nth(2).unwrap_or_default();
            let sentence = format!("The webhook to {host} was switched off: it has failed for five days.");
            (sentence, list.webhook(webhook.id), "See why, and switch it on")
        }
        more => {
            let sentence = format!("{} webhooks were switched off: they have failed for five days.", more.len());
            (sentence, list, "See which, and switch them on")
        }
    };
    let page = page.address();
    Some(
        view! {
            <Notice class="note warn leak-banner">
                <span>{sentence.clone()}</span>
                <a href=page.clone()>{label}</a>
            </Notice>
        }
        .fixed(),
    )
}
