//! Webhooks in words: entity and operation (reference 003), whose, and how it goes.

use claviger_core::{
    webhook::{Event, OffReason},
    wire::webhook::Webhook,
};
use leptos::prelude::*;

use crate::components::fixed::{Fix, Fixed};

/// What things are called of which a webhook tells, in the order in which they are told.
const ENTITIES: [(&str, &str); 3] = [("api_key", "Keys"), ("user", "People"), ("organization", "Organizations")];

fn parts(event: Event) -> (&'static str, &'static str) {
    event.word().split_once('.').unwrap_or(("", ""))
}

/// What an operation is called.
pub fn operation(event: Event) -> &'static str {
    parts(event).1
}

/// The entities with the events of each that `event` allows.
pub fn by_entity(allowed: impl Fn(Event) -> bool) -> Vec<(&'static str, Vec<Event>)> {
    let of = |entity| Event::ALL.iter().copied().filter(|event| parts(*event).0 == entity && allowed(*event)).collect();
    let all = ENTITIES.into_iter().map(|(entity, label)| (label, of(entity)));
    all.filter(|(_, events): &(_, Vec<Event>)| !events.is_empty()).collect()
}

/// "Keys, people".
pub fn entities(events: &[Event]) -> String {
    if events.contains(&Event::Everything) {
        return "All".to_owned();
    }
    let labels: Vec<_> = by_entity(|event| events.contains(&event)).into_iter().map(|(label, _)| label).collect();
    first_upper(&labels)
}

/// "created, revoked"; of several entities, which of which.
pub fn operations(events: &[Event]) -> String {
    if events.contains(&Event::Everything) {
        return "All".to_owned();
    }
    let groups = by_entity(|event| events.contains(&event));
    let words = |events: &[Event]| events.iter().map(|event| operation(*event)).collect::<Vec<_>>().join(", ");
    match groups.as_slice() {
        [(_, events)] => words(events),
        groups => {
            let told: Vec<_> = groups.iter().map(|(label, events)| format!("{label}: {}", words(events))).collect();
            told.join("; ")
        }
    }
}

fn first_upper(labels: &[&str]) -> String {
    let text = labels.join(", ");
    let (first, rest) = text.split_at_checked(1).unwrap_or((&text, ""));
    format!("{first}{}", rest.to_lowercase())
}

/// Whose it is, to the person of this id.
pub fn whose(webhook: &Webhook, me: i64) -> String {
    match (webhook.user_id, &webhook.user_name) {
        (None, _) => "The organization’s".to_owned(),
        (Some(id), _) if id == me => "Your own".to_owned(),
        (Some(_), Some(name)) => format!("Of {name}"),
        (Some(_), None) => "Of a person".to_owned(),
    }
}

/// Off sends nothing.
pub fn status(webhook: &Webhook) -> Fixed {
    let (class, word) = match (webhook.active, webhook.failing_since) {
        (false, _) => ("badge calm", "Off"),
        (true, Some(_)) => ("badge warn", "Failing"),
        (true, None) => ("badge ok", "On"),
    };
    view! { <span class=class>{word}</span> }.fixed()
}

/// Why nothing is sent.
pub fn off(reason: OffReason) -> &'static str {
    match reason {
        OffReason::SwitchedOff => "Switched off",
        OffReason::Failing => "Failed for five days",
        OffReason::PersonDeactivated => "Its person was deactivated",
    }
}

/// The address without what makes it long.
pub fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entity_and_operation_are_told_apart_as_far_as_they_must() {
        let some = [Event::KeyRevoked, Event::KeyCreated];
        assert_eq!((entities(&some), operations(&some)), ("Keys".into(), "created, revoked".into()));
        let more = [Event::UserDeleted, Event::KeyRevoked];
        assert_eq!(
            (entities(&more), operations(&more)),
            ("Keys, people".into(), "Keys: revoked; People: deleted".into())
        );
        assert_eq!((entities(&[Event::Everything]), operations(&[Event::Everything])), ("All".into(), "All".into()));
        assert_eq!(by_entity(Event::is_personal).len(), 2);
    }

    #[test]
    fn an_address_is_known_by_its_host() {
        assert_eq!(host("https://hooks.example.com/a?b=c"), "hooks.example.com");
        assert_eq!(host("http://localhost:9000/"), "localhost:9000");
    }
}
