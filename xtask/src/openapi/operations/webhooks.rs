//! Webhooks: the operations, and what is sent.

use claviger_core::{
    organization::Organization,
    webhook::{Event, NewWebhook, TEST, WebhookChange},
    wire::{
        key::{Actor, Key},
        user::User,
        webhook::{Delivery, Replayed, Webhook, WebhookSecret},
    },
};
use serde_json::{Map, Value, json};

use super::{
    super::{
        operation::{Operation, Parameter, operation},
        schemas::Components,
    },
    ID, TIME, WHOLE, object,
};

const WEBHOOKS: &str = "Webhooks";

const PER_PAGE: &str = r#"{"type":"integer","minimum":1,"maximum":1000,"default":100}"#;
const PAGES: &[Parameter] = &[
    (
        "off_reason",
        r#"{"enum":["switched_off","failing","person_deactivated"]}"#,
        "Only those that are off for this reason",
    ),
    ("page", WHOLE, "From 0"),
    ("per_page", PER_PAGE, "Rows in the answer"),
];
const DELIVERIES: &[Parameter] = &[
    ("state", r#"{"enum":["pending","delivered","failed"]}"#, "Only these"),
    ("per_page", PER_PAGE, "Rows in the answer"),
    ("after", ID, "The `next_after` of the answer before; without it the list begins with the newest"),
];

/// In the order of the document.
pub fn all() -> Vec<Operation> {
    [made(), one(), sent()].into_iter().flatten().collect()
}

fn made() -> Vec<Operation> {
    const ALL: [(&str, &str, &str, &str); 3] = [
        (
            "/api/v2/webhooks",
            "listWebhooks",
            "createWebhook",
            "The organization's and its people's. A member at the console gets, and makes, their own.",
        ),
        (
            "/api/v2/organizations/{organization_id}/webhooks",
            "listWebhooksOfOrganization",
            "createWebhookOfOrganization",
            "For system administrators, and for one's own.",
        ),
        (
            "/api/v2/users/{id}/webhooks",
            "listWebhooksOfUser",
            "createWebhookOfUser",
            "A person's own: they are told of the person's keys and of the person. Only the person makes them.",
        ),
    ];
    let new = |components: &mut Components| components.request::<NewWebhook>(&["url", "events"], &["url", "events"]);
    let pairs = ALL.into_iter().flat_map(|(path, list, create, says)| {
        [
            operation("get", path, list, WEBHOOKS).says("List webhooks", says).query(PAGES).lists::<Webhook>(),
            operation("post", path, create, WEBHOOKS)
                .says(
                    "Make a webhook",
                    "`secret` is in this one answer. https, port 443 and a host of the public Internet only. 409 `webhook_limit`.",
                )
                .takes(new)
                .answers::<WebhookSecret>(201)
                .idempotent(),
        ]
    });
    pairs.collect()
}

fn one() -> Vec<Operation> {
    const ONE: &str = "/api/v2/webhooks/{id}";
    let change = |components: &mut Components| {
        components.request::<WebhookChange>(&[], &["url", "events", "description", "active", "version"])
    };
    let says = "What is absent stays as it is. Of another person's own only `active: false`. 409 `conflict`.";
    vec![
        operation("get", ONE, "getWebhook", WEBHOOKS)
            .says("Show a webhook", "Its `ETag` is its version.")
            .answers::<Webhook>(200),
        operation("put", ONE, "putWebhook", WEBHOOKS)
            .says("Change a webhook", says)
            .takes(change)
            .answers::<Webhook>(200)
            .if_match(),
        operation("patch", ONE, "changeWebhook", WEBHOOKS)
            .says("Change a webhook", says)
            .takes(change)
            .answers::<Webhook>(200)
            .if_match(),
        operation("delete", ONE, "deleteWebhook", WEBHOOKS)
            .says("Delete a webhook", "With its deliveries; nothing is sent any more.")
            .if_match(),
        operation("post", "/api/v2/webhooks/{id}/rotate_secret", "rotateWebhookSecret", WEBHOOKS)
            .says(
                "Replace a webhook's secret",
                "`secret` is in this one answer. For 24 hours each message has two signatures, the old secret's as well.",
            )
            .takes(|_| object(json!({}), &[]))
            .answers::<WebhookSecret>(200)
            .idempotent()
            .if_match(),
    ]
}

fn sent() -> Vec<Operation> {
    let nothing = |_: &mut Components| object(json!({}), &[]);
    vec![
        operation("post", "/api/v2/webhooks/{id}/test", "testWebhook", WEBHOOKS)
            .says("Send a test message", "A `webhook.test`, whatever it subscribes to. 409 `webhook_off`.")
            .takes(nothing)
            .answers::<Delivery>(201)
            .fails(&[409]),
        operation("get", "/api/v2/webhooks/{id}/deliveries", "listDeliveries", WEBHOOKS)
            .says("What a webhook was sent", "For 30 days, with the attempts. The newest first, always with a cursor.")
            .query(DELIVERIES)
            .lists::<Delivery>(),
        operation("post", "/api/v2/webhooks/{id}/replay", "replayFailedDeliveries", WEBHOOKS)
            .says("Try all failed deliveries again", "From the beginning of the schedule. 409 `webhook_off`.")
            .takes(nothing)
            .answers::<Replayed>(200)
            .fails(&[409]),
        operation("post", "/api/v2/deliveries/{id}/replay", "replayDelivery", WEBHOOKS)
            .says("Try a delivery again", "From the beginning of the schedule, whatever its state. 409 `webhook_off`.")
            .takes(nothing)
            .answers::<Delivery>(200)
            .fails(&[409]),
    ]
}

/// What is sent, one entry an event.
pub fn messages(components: &mut Components) -> Map<String, Value> {
    let events = Event::ALL.iter().filter(|event| **event != Event::Everything).map(|event| event.word());
    events.chain([TEST]).map(|event| (event.to_owned(), message(event, components))).collect()
}

fn message(event: &str, components: &mut Components) -> Value {
    let object = match event.split('.').next() {
        Some("api_key") => components.answer::<Key>(),
        Some("user") => components.answer::<User>(),
        Some("organization") => components.answer::<Organization>(),
        _ => components.answer::<Webhook>(),
    };
    let time: Value = serde_json::from_str(TIME).unwrap_or_default();
    let schema = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": { "const": event },
            "timestamp": time,
            "data": {
                "type": "object",
                "additionalProperties": false,
                "required": ["organization_id", "actor", "object", "changed"],
                "properties": {
                    "organization_id": { "type": "integer" },
                    "actor": components.answer::<Actor>(),
                    "object": object,
                    "changed": { "type": "array", "items": { "type": "string" }, "description": "The attributes that became others" },
                },
            },
        },
    });
    let header = |name: &str, says: &str| json!({ "name": name, "in": "header", "required": true, "schema": { "type": "string" }, "description": says });
    json!({ "post": {
        "summary": event,
        "description": "Standard Webhooks 1.0. At least once, in no promised order: `webhook-id` tells what came before.",
        "parameters": [
            header("webhook-id", "The same in every attempt"),
            header("webhook-timestamp", "Of the attempt, in seconds"),
            header("webhook-signature", "One or two of `v1,` and base64 of HMAC-SHA256 over id, timestamp and body"),
        ],
        "requestBody": { "required": true, "content": { "application/json": { "schema": schema } } },
        "responses": { "2XX": { "description": "Taken. Anything else is tried again." } },
    } })
}
