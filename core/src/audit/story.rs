//! What became of a key, a sentence each.

use serde_json::Value;

use crate::{
    time::Timestamp,
    user::DEFAULT_KEY_NAME,
    wire::{
        audit::{AuditRecord, Change},
        key::{Actor, ActorKind},
    },
};

/// Tells a moment: by the browser's `Intl`, or as the API does.
pub type Tell = fn(Timestamp) -> String;

/// Who, to begin a sentence with, as seen by the person with id `me`.
#[must_use]
pub fn who(actor: &Actor, me: Option<i64>) -> String {
    match actor.kind {
        ActorKind::User if actor.id.is_some() && actor.id == me => "You".to_owned(),
        // What the system calls its keys tells nobody who it was.
        ActorKind::Key => match actor.name.strip_prefix(DEFAULT_KEY_NAME).and_then(|rest| rest.strip_prefix(" of ")) {
            Some(person) => format!("{person} (by API key)"),
            None => format!("Key {}", actor.name),
        },
        ActorKind::System => "Claviger".to_owned(),
        ActorKind::User => actor.name.clone(),
    }
}

/// What came after a record, and when one reads it.
#[derive(Clone, Copy)]
pub struct Since {
    /// The next rotation: it ends at once what the one before had left.
    pub rotated: Option<Timestamp>,
    /// The key was revoked.
    pub revoked: Option<Timestamp>,
    /// The reader's clock.
    pub now: Timestamp,
}

/// What was done to the key that one is reading about, to go on with.
#[must_use]
pub fn what(record: &AuditRecord, since: Since, tell: Tell) -> String {
    let detail = |name: &str| record.details.get(name).and_then(Value::as_str);
    let said = match record.action.as_str() {
        "api_key.created" if detail("source") == Some("imported") => "imported the key".to_owned(),
        "api_key.created" => "made the key".to_owned(),
        "api_key.minted" => "gave it its secret".to_owned(),
        "api_key.rotated" => rotated(record, detail("old_secret_ends_at").and_then(Timestamp::parse), since, tell),
        "api_key.revoked" => match detail("reason") {
            Some(reason) => format!("revoked it: “{reason}”"),
            None => "revoked it".to_owned(),
        },
        "api_key.leaked" if detail("source") == Some("github") => {
            "was told by GitHub that its secret leaked".to_owned()
        }
        "api_key.leaked" => "was told by a holder of its secret that it leaked".to_owned(),
        "api_key.leak_resolved" => "marked its leak as dealt with".to_owned(),
        "api_key.deleted" => "deleted it".to_owned(),
        "api_key.updated" => updated(&record.changes, tell),
        // There will be more.
        other => format!("did {other}"),
    };
    with_others(record, said)
}

/// Of what was done to many at once.
pub(super) fn with_others(record: &AuditRecord, said: String) -> String {
    match record.details.get("bulk").and_then(Value::as_u64) {
        Some(keys) if keys > 1 => format!("{said}, together with {} more", keys - 1),
        _ => said,
    }
}

fn rotated(record: &AuditRecord, ends_at: Option<Timestamp>, since: Since, tell: Tell) -> String {
    let Some(end) = ends_at.filter(|end| *end > record.at) else {
        return "rotated it; the old secret ended at once".to_owned();
    };
    let before_its_end = |moment: Option<Timestamp>| moment.is_some_and(|moment| moment < end);
    let old = if before_its_end(since.rotated) {
        "worked until the next rotation ended it".to_owned()
    } else if before_its_end(since.revoked) {
        "worked until the key was revoked".to_owned()
    } else if end <= since.now {
        format!("worked until {}", tell(end))
    } else {
        format!("works until {}", tell(end))
    };
    format!("rotated it; the old secret {old}")
}

fn updated(changes: &[Change], tell: Tell) -> String {
    let said = parts(changes, tell);
    if said.is_empty() { "saved it".to_owned() } else { joined(&said) }
}

/// What was changed, a phrase each.
pub(super) fn parts(changes: &[Change], tell: Tell) -> Vec<String> {
    let (mut said, mut changed) = (Vec::new(), Vec::new());
    for change in changes {
        match (change.field.as_str(), &change.after) {
            ("name", Value::String(name)) => said.push(format!("renamed it to “{name}”")),
            ("active", Value::Bool(active)) => said.push(if *active { "enabled it" } else { "disabled it" }.to_owned()),
            ("api_access", Value::Bool(on)) => {
                said.push(if *on { "switched API access on" } else { "switched API access off" }.to_owned());
            }
            ("expires_at", Value::Null) => said.push("took its expiry away".to_owned()),
            (_, after) => changed.push(object(&change.field, after, tell)),
        }
    }
    if !changed.is_empty() {
        said.push(format!("changed {}", joined(&changed)));
    }
    said
}

/// "the access to read and write"
fn object(field: &str, after: &Value, tell: Tell) -> String {
    let text = after.as_str().unwrap_or_default();
    let to = |what: &str, value: String| format!("{what} to {value}");
    match field {
        "access" => to("the access", text.replace('_', " ").replace("read write", "read and write")),
        "role" => to("the role", text.replace('_', " ")),
        "expires_at" => match Timestamp::parse(text) {
            Some(moment) => to("the expiry", tell(moment)),
            None => "the expiry".to_owned(),
        },
        "scopes" => list("the scopes", after),
        "allowed_ips" => list("the allowed addresses", after),
        "rate_limit" => "the rate limit".to_owned(),
        "client_ip_header" if text.is_empty() => "the client address header to none".to_owned(),
        "client_ip_header" => to("the client address header", text.to_owned()),
        other => format!("the {}", other.replace('_', " ")),
    }
}

/// A few are told, many are not.
fn list(what: &str, after: &Value) -> String {
    let items: Vec<String> =
        after.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    match items.len() {
        1..=3 => format!("{what} to {}", joined(&items)),
        _ => what.to_owned(),
    }
}

pub(super) fn joined(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(action: &str, details: Value, changes: &[(&str, Value)]) -> AuditRecord {
        let changes: Vec<Value> =
            changes.iter().map(|(field, after)| json!({"field": field, "before": null, "after": after})).collect();
        serde_json::from_value(json!({
            "id": 1, "organization_id": 1, "at": "2026-11-21T09:00:00Z", "actor": {"type": "user", "id": 7, "name": "Ada Larsen"},
            "action": action, "target": {"type": "api_key", "id": 7, "name": "Billing"}, "changes": changes,
            "details": details, "ip": null, "request_id": "1f0c6a52b7d3e894",
        }))
        .unwrap()
    }

    fn day(moment: Timestamp) -> String {
        moment.to_string()[..10].to_owned()
    }

    fn told(action: &str, details: Value, changes: &[(&str, Value)]) -> String {
        let record = record(action, details, changes);
        let since = Since { rotated: None, revoked: None, now: record.at };
        what(&record, since, day)
    }

    #[test]
    fn what_an_old_secret_did_is_told_in_the_past_when_it_has_ended() {
        let at = |text: &str| Timestamp::parse(&format!("2026-11-{text}T09:00:00Z"));
        let rotation = record("api_key.rotated", json!({"old_secret_ends_at": "2026-11-24T09:00:00Z"}), &[]);
        for (rotated, revoked, now, end) in [
            (None, None, "23", "works until 2026-11-24"),
            (None, None, "24", "worked until 2026-11-24"),
            (at("22"), None, "23", "worked until the next rotation ended it"),
            (at("25"), None, "26", "worked until 2026-11-24"),
            (None, at("22"), "23", "worked until the key was revoked"),
            (at("22"), at("23"), "23", "worked until the next rotation ended it"),
        ] {
            let since = Since { rotated, revoked, now: at(now).unwrap() };
            assert_eq!(what(&rotation, since, day), format!("rotated it; the old secret {end}"), "{now}");
        }
    }

    #[test]
    fn each_action_is_a_sentence() {
        for (action, details, sentence) in [
            ("api_key.created", json!({"source": "minted"}), "made the key"),
            ("api_key.created", json!({"source": "imported"}), "imported the key"),
            ("api_key.minted", json!({}), "gave it its secret"),
            (
                "api_key.rotated",
                json!({"old_secret_ends_at": "2026-11-22T09:00:00Z"}),
                "rotated it; the old secret works until 2026-11-22",
            ),
            (
                "api_key.rotated",
                json!({"old_secret_ends_at": "2026-11-21T09:00:00Z"}),
                "rotated it; the old secret ended at once",
            ),
            ("api_key.revoked", json!({"reason": "Gone"}), "revoked it: “Gone”"),
            ("api_key.revoked", json!({"reason": null, "bulk": 12}), "revoked it, together with 11 more"),
            ("api_key.leaked", json!({"source": "github"}), "was told by GitHub that its secret leaked"),
            ("api_key.leaked", json!({"source": "possession"}), "was told by a holder of its secret that it leaked"),
            ("api_key.leak_resolved", json!({}), "marked its leak as dealt with"),
            ("api_key.sung", json!({}), "did api_key.sung"),
        ] {
            assert_eq!(told(action, details, &[]), sentence);
        }
    }

    #[test]
    fn what_was_edited_is_told_by_its_names_and_where_it_is_short_by_its_values() {
        for (changes, sentence) in [
            (vec![("access", json!("read_write"))], "changed the access to read and write"),
            (vec![("active", json!(false))], "disabled it"),
            (vec![("name", json!("New"))], "renamed it to “New”"),
            (vec![("expires_at", Value::Null)], "took its expiry away"),
            (vec![("expires_at", json!("2027-02-18T09:30:00Z"))], "changed the expiry to 2027-02-18"),
            (vec![("role", json!("organization_admin"))], "changed the role to organization admin"),
            (vec![("scopes", json!(["a", "b"]))], "changed the scopes to a and b"),
            (vec![("allowed_ips", json!([]))], "changed the allowed addresses"),
            (vec![("client_ip_header", json!("x-a"))], "changed the client address header to x-a"),
            (vec![("client_ip_header", Value::Null)], "changed the client address header to none"),
            (
                vec![
                    ("active", json!(true)),
                    ("description", json!("x")),
                    ("metadata", json!({})),
                    ("rate_limit", Value::Null),
                ],
                "enabled it and changed the description, the metadata and the rate limit",
            ),
            (vec![], "saved it"),
        ] {
            assert_eq!(told("api_key.updated", json!({}), &changes), sentence);
        }
    }

    #[test]
    fn you_are_told_apart_from_others() {
        let Actor { kind, id, name } = record("x", json!({}), &[]).actor;
        let actor = Actor { kind, id, name };
        assert_eq!((who(&actor, Some(7)).as_str(), who(&actor, Some(8)).as_str()), ("You", "Ada Larsen"));
        assert_eq!(who(&Actor { kind: ActorKind::Key, ..actor }, Some(7)), "Key Ada Larsen");
    }
}
