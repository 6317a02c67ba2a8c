//! The demo's webhooks: one that works, one that was given up, and a person's own. Their hosts are nobody's, and nothing is ever
//! sent to them: `.example` is no name of the public Internet.

use std::fmt::Write;

use serde_json::{Value, json};

use super::{
    history::Event,
    people::name_of,
    sql::{insert, moment},
};

const DAY: i64 = claviger_core::time::DAY;
const HOUR: i64 = claviger_core::time::HOUR;

/// A webhook. Its id is its place in [`WEBHOOKS`], counted from 1.
struct Webhook {
    host: &'static str,
    path: &'static str,
    description: &'static str,
    events: &'static str,
    /// Whose own, by id.
    person: Option<i64>,
    /// Who made it, by id, and how many days ago.
    by: (i64, i64),
    /// How many days ago it was given up.
    given_up: Option<i64>,
}

const WEBHOOKS: [Webhook; 3] = [
    Webhook {
        host: "events.halvorsen.example",
        path: "/claviger",
        description: "Security’s event bus",
        events: r#"["*"]"#,
        person: None,
        by: (1, 120),
        given_up: None,
    },
    Webhook {
        host: "chat.halvorsen.example",
        path: "/hooks/keys",
        description: "The chat room of operations",
        events: r#"["api_key.created","api_key.revoked","api_key.expiring"]"#,
        person: None,
        by: (2, 200),
        given_up: Some(9),
    },
    Webhook {
        host: "notes.halvorsen.example",
        path: "/mine",
        description: "",
        events: r#"["api_key.expiring","api_key.expired","user.updated"]"#,
        person: Some(3),
        by: (3, 30),
        given_up: None,
    },
];

/// The keys of which the first one was told lately, by id, with how many hours ago: their last event.
const TOLD: [(i64, &str, i64); 4] =
    [(12, "api_key.created", 71), (9, "api_key.updated", 50), (21, "api_key.rotated", 26), (15, "api_key.updated", 3)];

/// Their records, which have to be written before there are webhooks: those hear of every record that comes.
pub fn history(now: i64) -> Vec<Event> {
    let event = |id: i64, webhook: &Webhook, at, by, action, details: Value| Event {
        at,
        organization: 1,
        by,
        action,
        target: ("webhook", id, webhook.host.to_owned()),
        details,
    };
    let mut events = Vec::new();
    for (id, webhook) in (1_i64..).zip(&WEBHOOKS) {
        let (maker, days) = webhook.by;
        let by = ("user", Some(maker), name_of(maker));
        let details = json!({ "user_id": webhook.person });
        events.push(event(id, webhook, now - days * DAY, by, "webhook.created", details));
        if let Some(days) = webhook.given_up {
            let at = now - days * DAY;
            let details = json!({ "reason": "failing", "failing_since": moment(at - 5 * DAY) });
            events.push(event(id, webhook, at, ("system", None, "System"), "webhook.switched_off", details));
        }
    }
    events
}

/// The webhooks, and what they were told.
pub fn add(sql: &mut String, now: i64) {
    for (id, webhook) in (1_i64..).zip(&WEBHOOKS) {
        let (maker, days) = webhook.by;
        let made = now - days * DAY;
        let ended = webhook.given_up.map(|days| now - days * DAY);
        insert(
            sql,
            "webhooks (id, organization_id, user_id, url, description, events, active, off_reason, failing_since, \
             last_delivered_at, salt, secret_version, created_by_type, created_by_id, created_by_name, created_at, updated_at)",
            &[
                json!(id),
                json!(1),
                json!(webhook.person),
                json!(format!("https://{}{}", webhook.host, webhook.path)),
                json!(webhook.description),
                json!(webhook.events),
                json!(i64::from(ended.is_none())),
                json!(ended.map(|_| "failing")),
                json!(ended.map(|ended| ended - 5 * DAY)),
                json!(ended.map_or_else(|| (id == 1).then_some(now - 3 * HOUR), |ended| Some(ended - 6 * DAY))),
                json!(format!("{id:032x}")),
                json!(1),
                json!("user"),
                json!(maker),
                json!(name_of(maker)),
                json!(made),
                json!(ended.unwrap_or(made)),
            ],
        );
    }
    for (key, kind, hours) in TOLD {
        let at = now - hours * HOUR;
        // What was told and to whom, as the triggers decide it; then, that it was taken.
        let _ = writeln!(
            sql,
            "INSERT INTO webhook_events (organization_id, at, type, actor_type, actor_id, actor_name, target_type, target_id, \
             target_name, object) SELECT 1, {at}, '{kind}', 'user', 1, '{}', 'api_key', k.id, k.name, o.object FROM api_keys k \
             JOIN api_key_objects o ON o.id = k.id WHERE k.id = {key};",
            name_of(1).replace('\'', "''"),
        );
    }
    sql.push_str(
        "UPDATE webhook_deliveries SET state = 'delivered', attempts = 1, next_at = NULL;\n\
         INSERT INTO webhook_attempts (delivery_id, at, ms, status, answer) \
         SELECT d.id, e.at + 240, 90 + 37 * d.id, 202, 'accepted' FROM webhook_deliveries d JOIN webhook_events e ON e.id = d.event_id;\n",
    );
}
