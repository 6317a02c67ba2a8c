//! What became of the key, from the audit log: the newest first, and more when it is asked for.

use claviger_core::wire::audit::AuditRecord;
use leptos::prelude::*;

use super::{state::OneKey, story};
use crate::{
    api::{self, ApiError},
    browser::{intl, page},
    components::{
        button::Button,
        error::{ErrorNote, ErrorState},
        fixed::{Fix, dynamic, optional, spawn, text, watch},
        moment::Moment,
        skeleton::Bone,
    },
    outage,
};

/// What is known of it so far. Signals only, so that it can be asked for again after signing in.
#[derive(Clone, Copy)]
struct Past {
    state: OneKey,
    organization: i64,
    records: RwSignal<Option<Vec<AuditRecord>>>,
    /// What to ask for earlier ones with.
    next: RwSignal<Option<String>>,
    failure: RwSignal<Option<ApiError>>,
    busy: RwSignal<bool>,
    asked: StoredValue<u32>,
}

impl Past {
    /// Reads the newest, in place of whatever was there; or those before, below it.
    fn read(self, earlier: bool) {
        let number = self.asked.get_value() + 1;
        self.asked.set_value(number);
        let after = self.next.get_untracked().filter(|_| earlier);
        self.busy.set(true);
        self.failure.set(None);
        spawn(async move {
            let answer = api::audit::of_key(self.organization, self.state.id, after.as_deref()).await;
            // The page is gone, or was asked for something else meanwhile.
            if self.asked.try_get_value() != Some(number) {
                return;
            }
            self.busy.set(false);
            let again = Callback::new(move |()| self.read(earlier));
            match answer {
                Ok((more, next)) => self.learn(more, next, earlier),
                Err(error) if self.state.session.interrupted(&error, again) => {}
                Err(error) => self.failure.set(Some(error)),
            }
        });
    }

    fn learn(self, more: Vec<AuditRecord>, next: Option<String>, earlier: bool) {
        let first = more.first().map(|record| record.id).filter(|_| earlier);
        self.next.set(next);
        self.records.update(|records| match records {
            Some(records) if earlier => records.extend(more),
            records => *records = Some(more),
        });
        // The button that was pressed may be gone: one reads on at the first that came.
        if let Some(id) = first {
            page::focus_soon(format!("history-{id}"));
        }
    }
}

/// The history in each of its states.
#[component]
pub fn History() -> impl IntoView {
    let state = expect_context::<OneKey>();
    let past = Past {
        state,
        organization: untrack(|| state.viewed.id()),
        records: RwSignal::new(None),
        next: RwSignal::new(None),
        failure: RwSignal::new(None),
        busy: RwSignal::new(false),
        asked: StoredValue::new(0),
    };
    watch(move || {
        state.changes.track();
        outage::track_end();
        past.read(false);
    });
    let Past { records, next, failure, busy, .. } = past;
    let known = Memo::new(move |_| records.with(Option::is_some));
    let more = Memo::new(move |_| next.with(Option::is_some));
    let newest = Callback::new(move |()| past.read(false));
    let earlier = Callback::new(move |()| past.read(true));
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
                <li id=format!("history-{id}") tabindex="-1">
                    <span><strong>{who}</strong> " " {what}</span>
                    <span class="quiet"><Moment at=at /></span>
                </li>
            }
        })
        .collect();
    view! { <ol class="history">{rows}</ol> }.fixed()
}
