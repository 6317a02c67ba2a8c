//! The entries, a sentence each, with what else is known of them on demand.

use claviger_core::{
    audit::story::who,
    audit::{export, sentence},
    wire::{
        audit::{AuditRecord, TargetKind},
        key::ActorKind,
    },
};
use leptos::{ev, prelude::*};
use serde_json::Value;

use super::{query::LogQuery, state::LogState};
use crate::{
    browser::intl,
    components::{
        button::Button,
        empty::Empty,
        error::{ErrorNote, ErrorState},
        fixed::{Fix, Fixed, dynamic, on, optional},
        icon::Icon,
        moment::Moment,
        skeleton::Bone,
    },
    entries::{self, Entries},
    routes::Page,
};

/// The log in each of its states.
#[component]
pub fn List() -> impl IntoView {
    let state = expect_context::<LogState>();
    let Entries { records, next, failure, busy, .. } = state.entries;
    let known = Memo::new(move |_| records.with(Option::is_some));
    let more = Memo::new(move |_| next.with(Option::is_some));
    let newest = Callback::new(move |()| state.entries.read(false));
    let earlier = Callback::new(move |()| state.entries.read(true));
    view! {
        {dynamic(move || match (known.get(), failure.get().filter(|_| !known.get())) {
            (true, _) => shown(state, records.get().unwrap_or_default()),
            (false, Some(error)) => {
                view! { <ErrorState title="The audit log could not be loaded" error=error on_retry=newest /> }.fixed()
            }
            (false, None) => loading(),
        })}
        {optional(move || known.get().then(|| view! { <ErrorNote error=failure /> }.fixed()))}
        {optional(move || more.get().then(|| view! {
            <div class="pager"><Button on_press=earlier busy=busy>"Show earlier"</Button></div>
        }.fixed()))}
    }
}

fn loading() -> Fixed {
    let bones: Vec<_> = (0..8).map(|_| view! { <li><Bone width="long" /></li> }).collect();
    view! {
        <div aria-busy="true">
            <p class="visually-hidden" role="status">"Loading the audit log"</p>
            <ol class="log">{bones}</ol>
        </div>
    }
    .fixed()
}

fn shown(state: LogState, records: Vec<AuditRecord>) -> Fixed {
    if records.is_empty() {
        return nothing(state);
    }
    let me = untrack(|| state.session.current()).map(|session| session.user.id);
    let rows: Vec<_> = records.into_iter().map(|record| row(state, me, record)).collect();
    view! { <ol class="log" aria-label="Entries, newest first">{rows}</ol> }.fixed()
}

fn nothing(state: LogState) -> Fixed {
    if !untrack(|| state.query.with(LogQuery::is_narrowed)) {
        return view! {
            <Empty title="Nothing has happened yet" sentence="Whatever is done to keys, people and settings is listed here, for ever.">
                ""
            </Empty>
        }
        .fixed();
    }
    let all = Callback::new(move |()| state.change(|query| *query = LogQuery::default()));
    view! {
        <Empty title="Nothing found" sentence="No entry fits these filters.">
            <Button on_press=all>"Clear filters"</Button>
        </Empty>
    }
    .fixed()
}

fn row(state: LogState, me: Option<i64>, record: AuditRecord) -> Fixed {
    let who = who(&record.actor, me);
    let what = sentence::what(&record, me, intl::minute);
    let (id, at) = (record.id, record.at);
    // Drawn when it is opened: fifty of them at once would be felt.
    let opened = RwSignal::new(false);
    view! {
        <li id=entries::element(id) tabindex="-1">
            <details on:toggle=on(move |_: ev::Event| opened.set(true))>
                <summary>
                    <span class="log-sentence"><strong>{who}</strong> " " {what}</span>
                    <span class="quiet"><Moment at=at /></span>
                    {Icon::ChevronDown.view()}
                </summary>
                {optional(move || opened.get().then(|| more(state, &record)))}
            </details>
        </li>
    }
    .fixed()
}

/// What changed, and where it came from.
fn more(state: LogState, record: &AuditRecord) -> Fixed {
    let changes: Vec<_> = record
        .changes
        .iter()
        .map(|change| {
            let (before, after) = (export::text(&change.before), export::text(&change.after));
            view! {
                <div>
                    <dt>{named(&change.field)}</dt>
                    <dd><del>{before}</del> " → " <ins>{after}</ins></dd>
                </div>
            }
        })
        .collect();
    let details: Vec<_> = record
        .details
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| view! { <div><dt>{named(name)}</dt><dd>{told(value)}</dd></div> })
        .collect();
    let from = record.ip.clone().unwrap_or_else(|| "unknown".to_owned());
    let alone = LogQuery::default();
    let about = record.target.id.map(|id| {
        let query = LogQuery { target: Some(record.target.kind), target_id: Some(id), ..alone.clone() };
        let label = match record.target.kind {
            TargetKind::ApiKey => "All about this key".to_owned(),
            TargetKind::User => "All about this person".to_owned(),
            kind => format!("All about this {}", kind.word()),
        };
        view! { <a href=state.address(&query)>{label}</a> }
    });
    let own = record.target.id.filter(|id| {
        let elsewhere = record.target.kind == TargetKind::Organization && *id != state.viewed.id_untracked();
        elsewhere && untrack(|| state.session.is_system_admin())
    });
    // Also of one that is gone: there is no other way to it then.
    let own = own.map(|id| view! { <a href=Page::OrganizationAuditLog(id).address()>"Its own audit log"</a> });
    let by = record.actor.id.map(|id| {
        let query = LogQuery { actor: Some(record.actor.kind), actor_id: Some(id), ..alone };
        let label = if record.actor.kind == ActorKind::Key { "All by this key" } else { "All by this person" };
        view! { <a href=state.address(&query)>{label}</a> }
    });
    view! {
        <dl class="log-more">
            {changes}
            {details}
            <div><dt>"When"</dt><dd>{intl::exact(record.at)}</dd></div>
            <div><dt>"From"</dt><dd>{from}</dd></div>
            <div><dt>"Action"</dt><dd><code>{record.action.clone()}</code></dd></div>
            <div><dt>"Record"</dt><dd>{record.id.to_string()} ", request " <code>{record.request_id.clone()}</code></dd></div>
        </dl>
        <p class="log-links">{about} {own} {by}</p>
    }
    .fixed()
}

/// `old_secret_ends_at` → "Old secret ends at"
fn named(field: &str) -> String {
    let words = field.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Of an actor its name.
fn told(value: &Value) -> String {
    value.get("name").map_or_else(|| export::text(value), export::text)
}
