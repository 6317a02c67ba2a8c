//! What happened to the demo's keys: the moments of each, and its audit records.

use claviger_core::key::{DEFAULT_KEY_LIMIT, KeyKind, RateLimit};
use serde_json::{Map, Value, json};

use super::{
    keys::{DemoKey, Fate, Maker},
    more,
    people::{CLEARED, COMPANY, PEOPLE, name_of},
    sql::{KEY_LIMIT, insert, moment},
    tenants::Tenant,
};

const DAY: i64 = claviger_core::time::DAY;
const HOUR: i64 = claviger_core::time::HOUR;
/// Of a rotation, in milliseconds.
pub const GRACE: i64 = DAY;

/// Who did something: type, id and name.
pub type Actor = (&'static str, Option<i64>, &'static str);

/// One audit record.
pub struct Event {
    /// When, in milliseconds.
    pub at: i64,
    /// Whose log it is in.
    pub organization: i64,
    /// Who.
    pub by: Actor,
    /// What.
    pub action: &'static str,
    /// To what: type, id and name.
    pub target: (&'static str, i64, String),
    /// What is stored of it.
    pub details: Value,
}

/// Writes the records in the order in which they came about.
pub fn write(sql: &mut String, mut events: Vec<Event>) {
    events.sort_by_key(|event| event.at);
    for (number, event) in (1_u64..).zip(events) {
        let (kind, id, name) = event.by;
        let (target, target_id, target_name) = event.target;
        // People work from the office; keys and the system have no address of their own here.
        let ip = (kind == "user").then(|| format!("203.0.113.{}", 10 + id.unwrap_or_default()));
        let request = format!("{:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        insert(
            sql,
            "audit_log (organization_id, at, actor_type, actor_id, actor_name, action, target_type, target_id, target_name, \
             details, ip, request_id)",
            &[
                json!(event.organization),
                json!(event.at),
                json!(kind),
                json!(id),
                json!(name),
                json!(event.action),
                json!(target),
                json!(target_id),
                json!(target_name),
                json!(event.details.to_string()),
                json!(ip),
                json!(request),
            ],
        );
    }
}

/// When what happened to a key, in milliseconds.
pub struct Moments {
    /// It was made.
    pub created: i64,
    /// Its person asked for the secret.
    pub minted: Option<i64>,
    /// It stops working.
    pub expires: Option<i64>,
    /// Its secret was replaced.
    pub rotated: Option<i64>,
    /// It was ended, by whom and why.
    pub revoked: Option<(i64, Maker, &'static str)>,
    /// It was switched off, by whom.
    pub disabled: Option<(i64, Maker)>,
    /// It last changed.
    pub updated: i64,
    /// How often it was changed, and one.
    pub version: usize,
}

impl Moments {
    /// Those of the key with this id.
    pub fn of(id: i64, key: &DemoKey, now: i64) -> Self {
        let created = now - key.age;
        let own = key.kind == KeyKind::Personal && key.maker == Maker::System;
        // Owners and administrators, in turn; who disables is not who ends.
        let (ender, disabler) = (Maker::Person(id % 4 + 1), Maker::Person((id + 2) % 4 + 1));
        let expires = match key.fate {
            Fate::Until(days) => Some(now + days * DAY),
            Fate::Expired => Some(created + (key.age / 2).min(90 * DAY)),
            _ => None,
        };
        let revoked = match key.fate {
            Fate::Revoked(reason) => Some((created + key.age * 2 / 3, ender, reason)),
            _ => None,
        };
        let disabled = (key.fate == Fate::Disabled).then(|| (created + key.age * 3 / 4, disabler));
        let minted = (own && key.fate != Fate::Pending).then_some(created + HOUR);
        let rotated = key.rotated.map(|(ago, _)| now - ago);
        let edits = more::edits(key.name).map(|edit| now - edit.ago);
        let changes: Vec<i64> = [minted, rotated, revoked.map(|(at, ..)| at), disabled.map(|(at, _)| at)]
            .into_iter()
            .flatten()
            .chain(edits)
            .collect();
        let updated = changes.iter().max().copied().unwrap_or(created);
        Self { created, minted, expires, rotated, revoked, disabled, updated, version: 1 + changes.len() }
    }
}

/// The records about a key of organization 1, whose secrets have these hints, the oldest first.
pub fn of(id: i64, key: &DemoKey, keys: &[DemoKey], now: i64, hints: &[String]) -> Vec<Event> {
    let at = Moments::of(id, key, now);
    let first = hints.first();
    let mut events = Vec::new();
    let mut tell = |moment: i64, by: Maker, action: &'static str, details: Value| {
        let renamed = more::edits(key.name).find(|edit| edit.field == "name" && moment < now - edit.ago);
        let name = renamed.map_or(json!(key.name), |edit| text(edit.before));
        let name = name.as_str().unwrap_or(key.name).to_owned();
        let target = ("api_key", id, name);
        events.push(Event { at: moment, organization: 1, by: actor(by, keys), action, target, details });
    };
    let hint = if at.minted.is_some() { None } else { first };
    tell(at.created, key.maker, "api_key.created", made(key, at.expires, hint));
    if let (Some(minted), Some(user)) = (at.minted, key.user) {
        tell(minted, Maker::Person(user), "api_key.minted", changes([("hint", Value::Null, json!(first))]));
    }
    for edit in more::edits(key.name) {
        tell(now - edit.ago, edit.by, "api_key.updated", changes([(edit.field, text(edit.before), text(edit.after))]));
    }
    if let Some(rotated) = at.rotated {
        let ends = at.expires.map_or(rotated + GRACE, |expires| expires.min(rotated + GRACE));
        let mut details = changes([("hint", json!(first), json!(hints.last()))]);
        put(&mut details, [("grace_seconds", json!(GRACE / 1000)), ("old_secret_ends_at", moment(ends))]);
        tell(rotated, key.maker, "api_key.rotated", details);
    }
    if let Some((disabled, by)) = at.disabled {
        tell(disabled, by, "api_key.updated", changes([("active", json!(true), json!(false))]));
    }
    if let Some((revoked, by, reason)) = at.revoked {
        let (kind, id, name) = actor(by, keys);
        let by_whom = json!({ "type": kind, "id": id, "name": name });
        let mut details = changes([
            ("revoke_reason", Value::Null, json!(reason)),
            ("revoked_at", Value::Null, moment(revoked)),
            ("revoked_by", Value::Null, by_whom),
        ]);
        put(&mut details, [("reason", json!(reason))]);
        tell(revoked, by, "api_key.revoked", details);
    }
    events
}

/// The records about organization 1 and its people.
pub fn begun(now: i64) -> Vec<Event> {
    let event = |at: i64, by: Maker, action, target, details| Event {
        at,
        organization: 1,
        by: actor(by, &[]),
        action,
        target,
        details,
    };
    let joined = (1_i64..).zip(&PEOPLE).map(|(id, person)| {
        let details = json!({ "role": person.role, "invited": id > 1 });
        event(now - person.days * DAY, Maker::System, "user.created", ("user", id, person.name.to_owned()), details)
    });
    let company = || ("organization", 1, COMPANY.to_owned());
    let oldest = PEOPLE.iter().map(|person| person.days).max().unwrap_or_default();
    let mut events = vec![event(now - oldest * DAY, Maker::System, "organization.created", company(), json!({}))];
    events.extend(joined);
    let raised = changes([("key_limit", json!(DEFAULT_KEY_LIMIT), json!(KEY_LIMIT))]);
    events.push(event(now - 190 * DAY, Maker::Person(1), "organization.updated", company(), raised));
    let (by, cleared, days) = CLEARED;
    let mut ended = changes([("api_access", json!(true), json!(false))]);
    put(&mut ended, [("how", json!("cleared"))]);
    let target = ("user", cleared, name_of(cleared).to_owned());
    events.push(event(now - days * DAY, Maker::Person(by), "user.updated", target, ended));
    events
}

/// The records about another organization: that it was made, in its log and in the system's, and its keys.
pub fn of_tenant(place: i64, tenant: &Tenant, now: i64) -> Vec<Event> {
    let (id, founded) = (place + 2, now - tenant.days * DAY);
    let made = |organization| Event {
        at: founded,
        organization,
        by: actor(Maker::Person(1), &[]),
        action: "organization.created",
        target: ("organization", id, tenant.name.to_owned()),
        details: json!({ "plan": Value::Null, "key_limit": tenant.key_limit }),
    };
    let owner = ("user", Some(tenant.owner_id(place)), tenant.owner.0);
    let keys = tenant.numbered_keys(place).map(|(key, after, (name, role, access))| Event {
        at: founded + after,
        organization: id,
        by: owner,
        action: "api_key.created",
        target: ("api_key", key, (*name).to_owned()),
        details: json!({
            "role": role, "access": access, "scopes": [], "active": true, "expires_at": Value::Null, "source": "minted",
        }),
    });
    [made(id), made(1)].into_iter().chain(keys).collect()
}

/// Who that is.
pub fn actor(maker: Maker, keys: &[DemoKey]) -> Actor {
    match maker {
        Maker::System => ("system", None, "System"),
        Maker::Key(name) => ("key", (1_i64..).zip(keys).find(|(_, key)| key.name == name).map(|(id, _)| id), name),
        Maker::Person(id) => {
            let person = usize::try_from(id - 1).ok().and_then(|index| PEOPLE.get(index));
            ("user", Some(id), person.map_or("", |person| person.name))
        }
    }
}

/// What the record of a new key says, as it was before all edits.
fn made(key: &DemoKey, expires: Option<i64>, hint: Option<&String>) -> Value {
    let more = more::of(key.name);
    let mut details = json!({
        "role": key.role, "access": key.access, "scopes": key.scopes.split_whitespace().collect::<Vec<_>>(),
        "active": true, "expires_at": expires.map(moment), "hint": hint,
        "source": if more.imported.is_some() { "imported" } else { "minted" },
    });
    let mut edits: Vec<more::Edit> = more::edits(key.name).collect();
    edits.reverse();
    for edit in edits.into_iter().filter(|edit| details.get(edit.field).is_some()).collect::<Vec<_>>() {
        put(&mut details, [(edit.field, text(edit.before))]);
    }
    details
}

fn changes<const N: usize>(of: [(&str, Value, Value); N]) -> Value {
    let changes: Map<_, _> = of.into_iter().map(|(field, old, new)| (field.to_owned(), json!([old, new]))).collect();
    json!({ "changes": changes })
}

fn put<const N: usize>(details: &mut Value, more: [(&str, Value); N]) {
    if let Some(details) = details.as_object_mut() {
        details.extend(more.map(|(name, value)| (name.to_owned(), value)));
    }
}

/// JSON that is written in the tables of this demo.
pub fn text(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_default()
}

/// A rate limit as it is stored.
pub fn rate_limit((limit, window_seconds): (u64, u64)) -> String {
    json!(RateLimit { limit, window_seconds }).to_string()
}

#[cfg(test)]
mod tests {
    use claviger_core::{key::KeyChange, network::AddressRange};

    use super::*;
    use crate::demo::keys::all;

    const NOW: i64 = 1_800_000_000_000;

    /// What the key has now, as the API would tell it.
    fn attributes(key: &DemoKey) -> Value {
        let more = more::of(key.name);
        json!({
            "name": key.name, "description": key.description, "access": key.access,
            "scopes": key.scopes.split_whitespace().collect::<Vec<_>>(), "active": key.fate != Fate::Disabled,
            "allowed_ips": more.allowed_ips, "rate_limit": more.rate_limit.map(|limit| text(&rate_limit(limit))),
            "client_ip_header": more.client_ip_header,
        })
    }

    #[test]
    fn edits_follow_each_other_and_end_with_what_the_key_has() {
        let keys = all();
        let mut edited = 0;
        for (id, key) in (1..).zip(&keys) {
            let at = Moments::of(id, key, NOW);
            let edits: Vec<more::Edit> = more::edits(key.name).collect();
            for (place, edit) in edits.iter().enumerate() {
                edited += 1;
                assert!(edit.ago < key.age, "{} was edited before it was made", key.name);
                assert!(at.revoked.is_none_or(|(moment, ..)| NOW - edit.ago < moment), "{} was revoked", key.name);
                for value in [edit.before, edit.after] {
                    let body = json!({ edit.field: text(value) });
                    assert!(KeyChange::read(&body).is_ok(), "{}: {body}", key.name);
                }
                let later = edits.iter().skip(place + 1).find(|later| later.field == edit.field);
                let next = later.map_or_else(|| attributes(key)[edit.field].clone(), |later| text(later.before));
                assert_eq!(text(edit.after), next, "{} {}", key.name, edit.field);
                assert!(later.is_none_or(|later| later.ago < edit.ago));
            }
        }
        assert!(edited > 15);
    }

    #[test]
    fn each_history_begins_with_the_key_and_has_several_actors_and_actions() {
        let keys = all();
        let hints = ["one".to_owned(), "two".to_owned()];
        let all: Vec<Vec<Event>> = (1..).zip(&keys).map(|(id, key)| of(id, key, &keys, NOW, &hints)).collect();
        for (key, events) in keys.iter().zip(&all) {
            assert_eq!(events[0].action, "api_key.created");
            assert!(events.iter().all(|event| event.at >= NOW - key.age && event.at <= NOW), "{}", key.name);
        }
        let has = |action: &str| all.iter().flatten().filter(|event| event.action == action).count();
        assert_eq!(has("api_key.created"), 60);
        assert!(has("api_key.updated") >= 20 && has("api_key.revoked") >= 6 && has("api_key.minted") >= 5);
        assert!(has("api_key.rotated") >= 4);
        let actors: std::collections::BTreeSet<_> = all.iter().flatten().map(|event| event.by).collect();
        assert!(actors.len() > 6 && actors.iter().any(|(kind, id, _)| *kind == "key" && id.is_some()));
    }

    #[test]
    fn what_keys_have_is_what_claviger_accepts() {
        let keys = all();
        for (key, more) in keys.iter().map(|key| (key, more::of(key.name))) {
            assert!(more.allowed_ips.iter().all(|range| AddressRange::parse(range).is_some()), "{}", key.name);
            assert!(
                more.imported.is_none_or(|hint| hint.len() <= 8 && key.role == claviger_core::key::Role::Integration)
            );
            let credits = more.credits.map(super::super::sql::credits).map(|json| text(&json));
            let body = json!({ "metadata": text(more.metadata), "credits": credits, "client_ip_header": more.client_ip_header });
            assert!(more.client_ip_header.is_none() || key.role == claviger_core::key::Role::Verifier);
            assert!(KeyChange::read(&body).is_ok(), "{}: {body}", key.name);
        }
        let some = |fits: fn(&more::More) -> bool| keys.iter().filter(|key| fits(&more::of(key.name))).count();
        assert!(some(|more| !more.allowed_ips.is_empty()) >= 3 && some(|more| more.rate_limit.is_some()) >= 3);
        assert!(some(|more| more.credits.is_some()) >= 3 && some(|more| more.imported.is_some()) == 2);
    }
}
