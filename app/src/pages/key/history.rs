//! What became of the key, from the audit log: the newest first, and more when it is asked for.

use claviger_core::{audit::story, wire::audit::AuditRecord};
use leptos::prelude::*;

use super::state::OneKey;
use crate::{
    api,
    browser::intl,
    components::{
        button::Button,
        error::{ErrorNote, ErrorState},
        fixed::{Fix, dynamic, optional, text},
        moment::Moment,
        skeleton::Bone,
    },
    entries::{self, Entries},
};

/// The history in each of its states.
#[component]
pub fn History() -> impl IntoView {
    let state = expect_context::<OneKey>();
    let organization = untrack(|| state.viewed.id());
    let entries = Entries::new(
        state.session,
        move || state.changes.track(),
        move |after| Box::pin(async move { api::audit::of_key(organization, state.id, after.as_deref()).await }),
    );
    let Entries { records, next, failure, busy, .. } = entries;
    let manages = Memo::new(move |_| state.session.manages());
    let known = Memo::new(move |_| records.with(Option::is_some));
    let more = Memo::new(move |_| next.with(Option::is_some));
    let newest = Callback::new(move |()| entries.read(false));
    let earlier = Callback::new(move |()| entries.read(true));
    view! {
        <section class="key-section" aria-labelledby="key-history">
            <h2 id="key-history">"History"</h2>
            {dynamic(move || match (known.get(), failure.get().filter(|_| !known.get())) {
                (true, _) => view! { <Records records=records.get().unwrap_or_default() /> }.fixed(),
                (false, Some(error)) => {
                    view! { <ErrorState title="The history could not be loaded" error=error on_retry=newest /> }.fixed()
                }
                (false, None) => view! {
                    <div aria-busy="true">
                        <p class="visually-hidden" role="status">"Loading the history"</p>
                        <Bone width="long" />
                        <Bone width="long" />
                    </div>
                }.fixed(),
            })}
            {optional(move || known.get().then(|| view! { <ErrorNote error=failure /> }.fixed()))}
            {optional(move || more.get().then(|| view! {
                <Button on_press=earlier busy=busy>"Show earlier"</Button>
            }.fixed()))}
            {optional(move || manages.get().then(|| view! {
                <p><a href=entries::about(state.viewed.audit_page(), "target=api_key", state.id)>"In the audit log"</a></p>
            }.fixed()))}
        </section>
    }
}

#[component]
fn Records(records: Vec<AuditRecord>) -> impl IntoView {
    let state = expect_context::<OneKey>();
    if records.is_empty() {
        return view! { <p class="quiet">"Nothing is recorded of this key."</p> }.fixed();
    }
    let me = untrack(|| state.session.current()).map(|session| session.user.id);
    // The newest first: what came after a record is known when it is its turn.
    let (mut rotated, mut revoked) = (None, None);
    let rows: Vec<_> = records
        .into_iter()
        .map(|record| {
            let who = story::who(&record.actor, me);
            let (id, at, later) = (record.id, record.at, (rotated, revoked));
            match record.action.as_str() {
                "api_key.rotated" => rotated = Some(at),
                "api_key.revoked" => revoked = Some(at),
                _ => {}
            }
            let what = text(move || {
                let (rotated, revoked) = later;
                let since = story::Since { rotated, revoked, now: state.now.try_get().unwrap_or(at) };
                story::what(&record, since, intl::minute)
            });
            view! {
                <li id=entries::element(id) tabindex="-1">
                    <span><strong>{who}</strong> " " {what}</span>
                    <span class="quiet"><Moment at=at /></span>
                </li>
            }
        })
        .collect();
    view! { <ol class="history">{rows}</ol> }.fixed()
}
