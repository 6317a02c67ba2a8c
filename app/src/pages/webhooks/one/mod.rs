//! One webhook: where it goes, what it is told, how that went; and what can be done about it.

mod actions;
mod deliveries;
mod state;

use claviger_core::{webhook::OffReason, wire::webhook::Webhook};
use leptos::prelude::*;

use self::{
    actions::{Actions, Asked},
    deliveries::Deliveries,
    state::OneWebhook,
};
use super::words;
use crate::{
    api::ApiError,
    browser::page,
    components::{
        elsewhere::Elsewhere,
        error::ErrorState,
        fixed::{Fix, Fixed, dynamic, optional, text, watch},
        moment::{Deadline, Moment},
        skeleton::{Bone, Bones},
    },
    format,
    session::use_session,
    viewed::use_page,
};

/// What stands below the head.
#[derive(Clone, PartialEq)]
enum Shown {
    Loading,
    Missing,
    Failed(ApiError),
    Webhook,
}

/// The page of the webhook with this id.
#[component]
pub fn WebhookPage(id: i64) -> impl IntoView {
    let state = OneWebhook::new(id, use_session());
    provide_context(state);
    let place = use_page();
    watch(move || {
        if let Some(webhook) = state.webhook.get() {
            page::title_about(&words::host(&webhook.url), place.get_untracked());
        }
    });
    // A memo: what somebody reads must not be drawn anew because it was asked for again.
    let shown = Memo::new(move |_| match state.answer.get() {
        None => Shown::Loading,
        Some(Err(error)) if error.status == 404 => Shown::Missing,
        Some(Err(error)) if state.webhook.with(Option::is_none) => Shown::Failed(error),
        Some(_) => Shown::Webhook,
    });
    let own = Memo::new(move |_| state.is_mine());
    view! {
        <Elsewhere />
        <Head shown=shown />
        {dynamic(move || match shown.get() {
            Shown::Loading => view! { <Bones /> }.fixed(),
            Shown::Missing => view! {
                <p class="page-lead">"It was deleted, or it is not yours to see, or the address has a mistake in it."</p>
            }.fixed(),
            Shown::Failed(error) => {
                let again = Callback::new(move |()| state.answer.refetch());
                view! { <ErrorState title="The webhook could not be loaded" error=error on_retry=again /> }.fixed()
            }
            Shown::Webhook => view! {
                {dynamic(move || state.webhook.get().map_or_else(Fixed::nothing, |webhook| facts(webhook, state)))}
                {dynamic(move || if own.get() {
                    view! { <Deliveries /> }.fixed()
                } else {
                    view! { <p class="page-lead">"What it was sent and what was answered is its person’s business."</p> }.fixed()
                })}
            }.fixed(),
        })}
        <Asked />
    }
    .fixed()
}

/// The way back, the host, the status, and what can be done.
#[component]
fn Head(shown: Memo<Shown>) -> impl IntoView {
    let state = expect_context::<OneWebhook>();
    let list = use_page().get_untracked().list().map(|list| list.address()).unwrap_or_default();
    let host = Memo::new(move |_| {
        state.webhook.with(|webhook| webhook.as_ref().map(|webhook| words::host(&webhook.url))).unwrap_or_default()
    });
    let known = move || shown.get() == Shown::Webhook;
    view! {
        <nav class="crumbs" aria-label="Breadcrumb">
            <a href=list>"Webhooks"</a>
            <span aria-hidden="true">"/"</span>
            <span class="crumb" aria-current="page">{text(move || if known() { host.get() } else { String::new() })}</span>
        </nav>
        <div class="page-head key-head">
            <div class="key-title">
                <h1>{dynamic(move || match (shown.get(), host.get()) {
                    (Shown::Missing, _) => "There is no such webhook".fixed(),
                    (_, host) if host.is_empty() => view! { <span class="visually-hidden">"Webhook"</span> <Bone width="long" /> }.fixed(),
                    (_, host) => host.fixed(),
                })}</h1>
                <p class="key-marks">
                    {optional(move || {
                        let webhook = state.webhook.get().filter(|_| known())?;
                        let whose = words::whose(&webhook, state.session.user_id());
                        Some(view! { {words::status(&webhook)} <span class="quiet">{whose}</span> }.fixed())
                    })}
                </p>
            </div>
            {optional(move || known().then(|| view! { <Actions /> }.fixed()))}
        </div>
    }
}

fn facts(webhook: Webhook, state: OneWebhook) -> Fixed {
    let me = state.session.user_id();
    let fact = |label: &'static str, value: Fixed| view! { <div><dt>{label}</dt><dd>{value}</dd></div> };
    let moment = |at, none: &'static str| match at {
        Some(at) => view! { <Moment at=at /> }.fixed(),
        None => view! { <span class="quiet">{none}</span> }.fixed(),
    };
    let by = format::actor(&webhook.created_by, Some(me));
    let (created_at, description) = (webhook.created_at, webhook.description.clone());
    let given_up = webhook.off_reason == Some(OffReason::Failing);
    view! {
        {given_up.then(|| view! {
            <p class="notice">
                "It was switched off after five days without one success. Mend the receiver, switch it on, then replay what failed."
            </p>
        })}
        <dl class="key-facts">
            {fact("URL", view! { <code>{webhook.url.clone()}</code> }.fixed())}
            {fact("Entity", words::entities(&webhook.events).fixed())}
            {fact("Operation type", words::operations(&webhook.events).fixed())}
            {(!description.is_empty()).then(|| fact("Description", description.fixed()))}
            {webhook.off_reason.map(|reason| fact("Off because", words::off(reason).fixed()))}
            {fact("Last delivered", moment(webhook.last_delivered_at, "Nothing yet"))}
            {webhook.failing_since.map(|at| fact("Failing since", view! { <Moment at=at /> }.fixed()))}
            {webhook.old_secret_ends_at.map(|at| fact("Old secret", view! { <Deadline at=at before="Signs as well until " /> }.fixed()))}
            {fact("Created", view! { <Moment at=created_at /> " by " {by} }.fixed())}
        </dl>
    }
    .fixed()
}
