//! What narrows the log, above it.

use claviger_core::wire::{audit::TargetKind, key::ActorKind};
use leptos::{ev, prelude::*};

use super::{query::ACTIONS, state::LogState};
use crate::components::{
    button::Button,
    fixed::{Fix, on, optional, text},
    select::{Options, Select},
};

/// The filters; each is in the address.
#[component]
pub fn Filters() -> impl IntoView {
    let state = expect_context::<LogState>();
    let actions = Options::new(
        &ACTIONS,
        move || {
            state
                .query
                .with(|query| ACTIONS.iter().map(|(action, _)| *action).find(|action| *action == query.action))
                .unwrap_or_default()
        },
        move |action: &'static str| state.change(|query| action.clone_into(&mut query.action)),
    );
    let targets = Options::new(
        &[
            (None, "Everything"),
            (Some(TargetKind::ApiKey), "Keys"),
            (Some(TargetKind::User), "People"),
            (Some(TargetKind::Webhook), "Webhooks"),
            (Some(TargetKind::Organization), "Organizations"),
        ],
        move || state.query.with(|query| query.target),
        move |kind| state.change(|query| (query.target, query.target_id) = (kind, None)),
    );
    let actors = Options::new(
        &[
            (None, "Anybody"),
            (Some(ActorKind::User), "People"),
            (Some(ActorKind::Key), "Keys"),
            (Some(ActorKind::System), "Claviger"),
        ],
        move || state.query.with(|query| query.actor),
        move |kind| state.change(|query| (query.actor, query.actor_id) = (kind, None)),
    );
    let only = Memo::new(move |_| {
        state.query.with(|query| only(query.target.zip(query.target_id), query.actor.zip(query.actor_id)))
    });
    let all = Callback::new(move |()| state.change(|query| (query.target_id, query.actor_id) = (None, None)));
    view! {
        <div class="log-filter"><Select id="log-action" label="What" inline=true options=actions /></div>
        <div class="log-filter"><Select id="log-target" label="About" inline=true options=targets /></div>
        <div class="log-filter log-by"><Select id="log-actor" label="By" inline=true options=actors /></div>
        <Day id="log-from" label="From" last=false />
        <Day id="log-to" label="To" last=true />
        {optional(move || only.get().map(|only| view! {
            <span class="log-only">{only} " " <Button on_press=all>"Show all"</Button></span>
        }.fixed()))}
    }
}

/// Which one thing or actor the log is narrowed to.
fn only(target: Option<(TargetKind, i64)>, actor: Option<(ActorKind, i64)>) -> Option<String> {
    let about = target.map(|(kind, id)| {
        let kind = match kind {
            TargetKind::ApiKey => "key",
            TargetKind::User => "person",
            kind => kind.word(),
        };
        format!("about {kind} {id}")
    });
    let by = actor.map(|(kind, id)| {
        let kind = match kind {
            ActorKind::Key => "key",
            ActorKind::User | ActorKind::System => "person",
        };
        format!("by {kind} {id}")
    });
    match (about, by) {
        (Some(about), Some(by)) => Some(format!("Only {about} {by}")),
        (one, other) => one.or(other).map(|only| format!("Only {only}")),
    }
}

/// A day that bounds the log.
#[component]
fn Day(id: &'static str, label: &'static str, last: bool) -> impl IntoView {
    let state = expect_context::<LogState>();
    let value = text(move || state.query.with(|query| if last { query.to.clone() } else { query.from.clone() }));
    let choose = move |event: ev::Event| {
        let day = event_target_value(&event);
        state.change(|query| if last { query.to = day } else { query.from = day });
    };
    view! {
        <div class="log-day">
            <label for=id>{label}</label>
            <input id=id type="date" prop:value=value on:change=on(choose) />
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_log_is_narrowed_to_is_said() {
        let (key, person) = ((TargetKind::ApiKey, 7), (ActorKind::User, 3));
        assert_eq!(only(None, None), None);
        assert_eq!(only(Some(key), None).as_deref(), Some("Only about key 7"));
        assert_eq!(only(None, Some(person)).as_deref(), Some("Only by person 3"));
        assert_eq!(only(Some(key), Some(person)).as_deref(), Some("Only about key 7 by person 3"));
    }
}
