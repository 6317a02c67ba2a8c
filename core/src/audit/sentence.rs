//! An entry of the log as a whole sentence: who did what to what. The console's page and the exports say the same.
//!
//! Actions that are not known here yet are told by their own words.

use serde_json::Value;

use super::story::{Tell, joined, parts, who, with_others};
use crate::{
    time::Timestamp,
    wire::{
        audit::{AuditRecord, TargetKind},
        key::ActorKind,
    },
};

/// The sentence, as seen by the person with id `me`.
#[must_use]
pub fn sentence(record: &AuditRecord, me: Option<i64>, tell: Tell) -> String {
    format!("{} {}.", who(&record.actor, me), what(record, me, tell))
}

/// The sentence without its subject.
#[must_use]
pub fn what(record: &AuditRecord, me: Option<i64>, tell: Tell) -> String {
    let it = object(record, me);
    let said = match record.action.split_once('.') {
        Some(("api_key", verb)) => of_key(record, verb, &it, tell),
        Some(("user", verb)) => of_person(record, verb, &it, tell),
        Some(("organization", "created")) => Some(format!("made {it}")),
        Some(("session", verb)) => of_session(record, verb),
        Some(("passkey", verb)) => of_passkey(record, verb),
        Some(("invite", verb)) => of_invitation(record, verb),
        Some(("sign_in_link", verb)) => of_link(verb, &it),
        Some(("webhook", verb)) => of_webhook(record, verb, &it, tell),
        _ => None,
    };
    with_others(record, said.unwrap_or_else(|| any(record, &it, tell)))
}

fn detail<'a>(record: &'a AuditRecord, name: &str) -> Option<&'a str> {
    record.details.get(name).and_then(Value::as_str)
}

/// What it was done to.
fn object(record: &AuditRecord, me: Option<i64>) -> String {
    let target = &record.target;
    match target.kind {
        TargetKind::ApiKey => format!("the key “{}”", target.name),
        TargetKind::Webhook => format!("the webhook to {}", target.name),
        TargetKind::User if target.id.is_some() && is_self(record) => {
            if target.id == me { "yourself" } else { "themself" }.to_owned()
        }
        TargetKind::User if target.id.is_some() && target.id == me => "you".to_owned(),
        TargetKind::User => target.name.clone(),
        kind => format!("the {} “{}”", kind.word().replace('_', " "), target.name),
    }
}

fn by_access(record: &AuditRecord) -> bool {
    record.details.contains_key("cloudflare_access")
}

fn is_self(record: &AuditRecord) -> bool {
    record.actor.kind == ActorKind::User && record.actor.id == record.target.id
}

fn of_key(record: &AuditRecord, verb: &str, it: &str, tell: Tell) -> Option<String> {
    Some(match verb {
        "created" if detail(record, "source") == Some("imported") => format!("imported {it}"),
        "created" => format!("made {it}"),
        "minted" => format!("gave {it} its secret"),
        "rotated" => match detail(record, "old_secret_ends_at").and_then(Timestamp::parse) {
            Some(end) if end > record.at => format!("rotated {it}; the old secret was given until {}", tell(end)),
            _ => format!("rotated {it}; the old secret ended at once"),
        },
        "revoked" => match detail(record, "reason") {
            Some(reason) => format!("revoked {it}: “{reason}”"),
            None => format!("revoked {it}"),
        },
        "leaked" if detail(record, "source") == Some("github") => {
            format!("was told by GitHub that the secret of {it} leaked")
        }
        "leaked" => format!("was told by a holder of its secret that {it} leaked"),
        "leak_resolved" => format!("marked the leak of {it} as dealt with"),
        _ => return None,
    })
}

fn of_person(record: &AuditRecord, verb: &str, it: &str, tell: Tell) -> Option<String> {
    let invited = record.details.get("invited") == Some(&Value::Bool(true));
    Some(match verb {
        "created" if invited && record.actor.kind == ActorKind::User => "came in by an invitation".to_owned(),
        "created" if invited => format!("let {it} in by an invitation"),
        "created" if by_access(record) => format!("let {it} in by Cloudflare Access"),
        "created" => format!("added {it}"),
        "deleted" => format!("removed {it}"),
        "updated" if detail(record, "how") == Some("cleared") => format!("cleared the API keys of {it}"),
        "updated" => {
            let parts = parts(&record.changes, tell);
            match parts.as_slice() {
                [one] if one == "enabled it" => format!("reactivated {it}"),
                [one] if one == "disabled it" => format!("deactivated {it}"),
                [one] if one.starts_with("switched") => format!("{one} for {it}"),
                _ => return None,
            }
        }
        _ => return None,
    })
}

fn of_session(record: &AuditRecord, verb: &str) -> Option<String> {
    Some(match (verb, detail(record, "key"), detail(record, "passkey")) {
        ("created", Some(hint), _) => format!("signed in with the key {hint}"),
        ("created", _, Some(passkey)) => format!("signed in with the passkey “{passkey}”"),
        ("created", ..) if by_access(record) => "signed in by Cloudflare Access".to_owned(),
        ("created", ..) => "signed in".to_owned(),
        ("verified", _, Some(passkey)) => format!("confirmed with the passkey “{passkey}” who they are"),
        ("verified", ..) => "confirmed who they are".to_owned(),
        ("ended", ..) if record.details.contains_key("all_others") => "signed out everywhere else".to_owned(),
        ("ended", ..) if record.details.contains_key("session") => "signed out another session of theirs".to_owned(),
        ("ended", ..) => "signed out".to_owned(),
        _ => return None,
    })
}

fn of_passkey(record: &AuditRecord, verb: &str) -> Option<String> {
    let passkey =
        || detail(record, "passkey").map_or_else(|| "a passkey".to_owned(), |name| format!("the passkey “{name}”"));
    let renamed = record.changes.iter().find(|change| change.field == "name");
    Some(match verb {
        "created" => format!("registered {}", passkey()),
        "deleted" => format!("removed {}", passkey()),
        "refused" => {
            format!("was refused with {}: its counter had not gone up, so there may be a copy of it", passkey())
        }
        "updated" => {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let change = renamed?;
            format!("renamed the passkey “{}” to “{}”", text(&change.before), text(&change.after))
        }
        _ => return None,
    })
}

fn of_invitation(record: &AuditRecord, verb: &str) -> Option<String> {
    // Without a name the record has the role in its place.
    let named = |name: &&str| !name.is_empty() && Some(*name) != detail(record, "role");
    let name = Some(record.target.name.as_str()).filter(named);
    let whom = name.or_else(|| detail(record, "email"));
    let role = detail(record, "role").map(|role| format!(" as {role}")).unwrap_or_default();
    Some(match (verb, whom) {
        ("created", Some(whom)) => format!("invited {whom}{role}"),
        ("created", None) => format!("made an invitation{role}"),
        ("deleted", Some(whom)) => format!("withdrew the invitation of {whom}"),
        ("deleted", None) => "withdrew an invitation".to_owned(),
        _ => return None,
    })
}

fn of_link(verb: &str, it: &str) -> Option<String> {
    Some(match verb {
        "created" => format!("made a sign-in link for {it}"),
        "deleted" => format!("withdrew the sign-in link for {it}"),
        "used" => "came in by a sign-in link".to_owned(),
        _ => return None,
    })
}

fn of_webhook(record: &AuditRecord, verb: &str, it: &str, tell: Tell) -> Option<String> {
    Some(match verb {
        "secret_rotated" => match detail(record, "old_secret_ends_at").and_then(Timestamp::parse) {
            Some(ends) => format!("gave {it} a new signing secret; the old one signs too until {}", tell(ends)),
            None => format!("gave {it} a new signing secret"),
        },
        "switched_off" if detail(record, "reason") == Some("failing") => {
            format!("switched off {it}, which had failed for days")
        }
        "switched_off" => format!("switched off {it}"),
        "replayed" if record.details.contains_key("failed") => format!("sent what had failed to {it} again"),
        "replayed" => format!("sent a message to {it} again"),
        _ => return None,
    })
}

/// What changes, goes, or has no words of its own.
fn any(record: &AuditRecord, it: &str, tell: Tell) -> String {
    let Some((noun, verb)) = record.action.split_once('.') else {
        return format!("did “{}” to {it}", record.action);
    };
    // Of what is no target of its own the noun says what it is.
    let it = if record.target.kind.word() == noun {
        it.to_owned()
    } else {
        format!("the {} of {it}", noun.replace('_', " "))
    };
    match (verb, parts(&record.changes, tell).as_slice()) {
        ("created", _) => format!("made {it}"),
        ("deleted", _) => format!("deleted {it}"),
        ("updated", []) => format!("saved {it}"),
        ("updated", [one]) => match one.split_once(" it") {
            // "renamed it to “New”", "enabled it"
            Some((before, after)) if !before.contains(' ') && (after.is_empty() || after.starts_with(' ')) => {
                format!("{before} {it}{after}")
            }
            _ => format!("changed {it}: {}", one.strip_prefix("changed ").unwrap_or(one)),
        },
        ("updated", several) => format!("changed {it}: {}", joined(several)),
        (verb, _) => past(verb, &it),
    }
}

/// `tested`, `secret_rotated`, `switched_off`: what reads as a verb is one.
fn past(verb: &str, it: &str) -> String {
    let words = verb.replace('_', " ");
    match verb.rsplit_once('_') {
        Some((what, last)) if last.ends_with("ed") => format!("{last} the {} of {it}", what.replace('_', " ")),
        Some((first, _)) if first.ends_with("ed") => format!("{words} {it}"),
        None if verb.ends_with("ed") => format!("{verb} {it}"),
        _ => format!("did “{words}” to {it}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::key::Actor;

    fn told_of(action: &str, target: Value, details: Value, changes: Value) -> String {
        let record: AuditRecord = serde_json::from_value(json!({
            "id": 1, "organization_id": 1, "at": "2026-11-21T09:00:00Z", "actor": {"type": "user", "id": 7, "name": "Ada Larsen"},
            "action": action, "target": target, "changes": changes, "details": details, "ip": null, "request_id": "1f0c6a52b7d3e894",
        }))
        .unwrap();
        sentence(&record, Some(9), |moment| moment.to_string()[..10].to_owned())
    }

    fn key(action: &str, details: Value, changes: Value) -> String {
        told_of(action, json!({"type": "api_key", "id": 7, "name": "Billing"}), details, changes)
    }

    fn person(action: &str, id: Value, details: Value, changes: Value) -> String {
        told_of(action, json!({"type": "user", "id": id, "name": "Grace"}), details, changes)
    }

    #[test]
    fn what_is_done_to_a_key_names_it() {
        let change = |field: &str, after: Value| json!([{"field": field, "before": null, "after": after}]);
        for (said, sentence) in [
            (key("api_key.created", json!({}), json!([])), "Ada Larsen made the key “Billing”."),
            (
                key("api_key.created", json!({"source": "imported"}), json!([])),
                "Ada Larsen imported the key “Billing”.",
            ),
            (
                key("api_key.rotated", json!({"old_secret_ends_at": "2026-11-22T09:00:00Z"}), json!([])),
                "Ada Larsen rotated the key “Billing”; the old secret was given until 2026-11-22.",
            ),
            (
                key("api_key.revoked", json!({"reason": "Gone", "bulk": 3}), json!([])),
                "Ada Larsen revoked the key “Billing”: “Gone”, together with 2 more.",
            ),
            (
                key("api_key.leaked", json!({"source": "github"}), json!([])),
                "Ada Larsen was told by GitHub that the secret of the key “Billing” leaked.",
            ),
            (
                key("api_key.leaked", json!({"source": "possession"}), json!([])),
                "Ada Larsen was told by a holder of its secret that the key “Billing” leaked.",
            ),
            (
                key("api_key.leak_resolved", json!({}), json!([])),
                "Ada Larsen marked the leak of the key “Billing” as dealt with.",
            ),
            (key("api_key.deleted", json!({}), json!([])), "Ada Larsen deleted the key “Billing”."),
            (key("api_key.updated", json!({}), json!([])), "Ada Larsen saved the key “Billing”."),
            (
                key("api_key.updated", json!({}), change("name", json!("New"))),
                "Ada Larsen renamed the key “Billing” to “New”.",
            ),
            (
                key("api_key.updated", json!({}), change("active", json!(false))),
                "Ada Larsen disabled the key “Billing”.",
            ),
            (
                key("api_key.updated", json!({}), change("access", json!("read_write"))),
                "Ada Larsen changed the key “Billing”: the access to read and write.",
            ),
        ] {
            assert_eq!(said, sentence);
        }
    }

    #[test]
    fn people_are_named_and_told_apart_from_oneself() {
        let change = |field: &str, after: Value| json!([{"field": field, "before": null, "after": after}]);
        for (said, sentence) in [
            (
                person("user.updated", json!(8), json!({}), change("role", json!("member"))),
                "Ada Larsen changed Grace: the role to member.",
            ),
            (
                person("user.updated", json!(8), json!({}), change("active", json!(false))),
                "Ada Larsen deactivated Grace.",
            ),
            (
                person("user.updated", json!(9), json!({"how": "cleared"}), json!([])),
                "Ada Larsen cleared the API keys of you.",
            ),
            (
                person("user.updated", json!(7), json!({}), change("api_access", json!(true))),
                "Ada Larsen switched API access on for themself.",
            ),
            (person("user.deleted", json!(8), json!({}), json!([])), "Ada Larsen removed Grace."),
            (
                person("user.created", json!(7), json!({"invited": true}), json!([])),
                "Ada Larsen came in by an invitation.",
            ),
            (
                person("invite.created", json!(null), json!({"role": "member"}), json!([])),
                "Ada Larsen invited Grace as member.",
            ),
            (
                told_of(
                    "invite.created",
                    json!({"type": "user", "id": null, "name": "member"}),
                    json!({"role": "member"}),
                    json!([]),
                ),
                "Ada Larsen made an invitation as member.",
            ),
            (
                person("sign_in_link.created", json!(8), json!({}), json!([])),
                "Ada Larsen made a sign-in link for Grace.",
            ),
            (
                person("session.created", json!(7), json!({"key": "clv_4fGh…9aZ1"}), json!([])),
                "Ada Larsen signed in with the key clv_4fGh…9aZ1.",
            ),
            (
                person("session.created", json!(7), json!({"cloudflare_access": true}), json!([])),
                "Ada Larsen signed in by Cloudflare Access.",
            ),
            (
                person("session.ended", json!(7), json!({"all_others": true}), json!([])),
                "Ada Larsen signed out everywhere else.",
            ),
            (
                person("passkey.created", json!(7), json!({"passkey": "Laptop"}), json!([])),
                "Ada Larsen registered the passkey “Laptop”.",
            ),
            (
                person("passkey.updated", json!(7), json!({}), json!([{"field": "name", "before": "A", "after": "B"}])),
                "Ada Larsen renamed the passkey “A” to “B”.",
            ),
        ] {
            assert_eq!(said, sentence);
        }
    }

    #[test]
    fn what_somebody_does_by_key_names_them_and_not_what_the_system_calls_its_keys() {
        let by = |name: &str| who(&Actor { kind: ActorKind::Key, id: Some(7), name: name.to_owned() }, Some(7));
        assert_eq!(by("Auto-Generated API Key (Created By System) of Ada Larsen"), "Ada Larsen (by API key)");
        assert_eq!(by("Laptop of Ada Larsen"), "Key Laptop of Ada Larsen");
        assert_eq!(by("Auto-Generated API Key (Created By System)"), "Key Auto-Generated API Key (Created By System)");
    }

    #[test]
    fn webhooks_are_named_by_their_host() {
        let webhook = |action: &str, details: Value, changes: Value| {
            told_of(action, json!({"type": "webhook", "id": 3, "name": "hooks.example.com"}), details, changes)
        };
        let off = json!([{"field": "active", "before": true, "after": false}]);
        for (said, sentence) in [
            (webhook("webhook.created", json!({}), json!([])), "Ada Larsen made the webhook to hooks.example.com."),
            (webhook("webhook.updated", json!({}), off), "Ada Larsen disabled the webhook to hooks.example.com."),
            (
                webhook("webhook.secret_rotated", json!({"old_secret_ends_at": "2026-11-22T09:00:00Z"}), json!([])),
                "Ada Larsen gave the webhook to hooks.example.com a new signing secret; the old one signs too until 2026-11-22.",
            ),
            (
                webhook("webhook.switched_off", json!({"reason": "failing"}), json!([])),
                "Ada Larsen switched off the webhook to hooks.example.com, which had failed for days.",
            ),
            (
                webhook("webhook.replayed", json!({"failed": true}), json!([])),
                "Ada Larsen sent what had failed to the webhook to hooks.example.com again.",
            ),
            (webhook("webhook.deleted", json!({}), json!([])), "Ada Larsen deleted the webhook to hooks.example.com."),
        ] {
            assert_eq!(said, sentence);
        }
    }

    #[test]
    fn what_is_not_known_yet_is_told_by_its_own_words() {
        for (action, sentence) in [
            ("gadget.created", "Ada Larsen made the gadget of Grace."),
            ("gadget.updated", "Ada Larsen saved the gadget of Grace."),
            ("gadget.secret_rotated", "Ada Larsen rotated the secret of the gadget of Grace."),
            ("gadget.switched_off", "Ada Larsen switched off the gadget of Grace."),
            ("user.frobnicated", "Ada Larsen frobnicated Grace."),
            ("odd", "Ada Larsen did “odd” to Grace."),
            ("session.odd", "Ada Larsen did “odd” to the session of Grace."),
        ] {
            assert_eq!(person(action, json!(8), json!({}), json!([])), sentence);
        }
    }
}
