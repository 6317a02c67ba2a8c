//! What is asked for when a webhook is made or changed.

use serde::Serialize;
use serde_json::Value;

use super::{AddressProblem, Event, LONGEST_URL};
use crate::{
    input::{Fields, Problem, Problems, text, version},
    secret::find_secret,
    text::{Note, TextProblem},
    time::Timestamp,
    webhook::OffReason,
    wire::webhook::Webhook,
};

/// Most events that a webhook names: each of them once.
pub const MOST_EVENTS: usize = 20;

/// Attributes that may be sent back unchanged, and that are ignored (get → change → put).
const READ_ONLY: &[&str] = &[
    "id",
    "organization_id",
    "user_id",
    "user_name",
    "off_reason",
    "failing_since",
    "last_delivered_at",
    "old_secret_ends_at",
    "secret",
    "created_by",
    "created_at",
    "updated_at",
];

/// Judges an address, and gives it as it is stored: the parser is the platform's.
pub type Judge<'a> = &'a dyn Fn(&str) -> Result<String, AddressProblem>;

/// What `POST /webhooks` asks for.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewWebhook {
    /// Where it is sent: https, port 443, a host of the public Internet.
    pub url: String,
    /// What is told.
    pub events: Vec<Event>,
    /// What it is for.
    pub description: Option<Note>,
}

/// What `PUT` and `PATCH /webhooks/:id` ask for. What is absent stays as it is.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WebhookChange {
    /// Where it is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<Event>>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Note>,
    /// Whether anything is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// The version that the caller has seen: another one by now is a conflict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
}

fn url(value: &Value, judge: Judge<'_>) -> Result<String, Problem> {
    let text = value.as_str().ok_or("Must be text.")?.trim();
    if text.len() > LONGEST_URL {
        return Err(AddressProblem::TooLong.to_string().into());
    }
    if find_secret(text).is_some() {
        return Err(TextProblem::ContainsSecret.into());
    }
    let url = judge(text).map_err(|problem| Problem::from(problem.to_string()))?;
    // Escapes are read as well by whoever reads the address, so a secret must not hide behind them.
    if find_secret(&url).is_some() { Err(TextProblem::ContainsSecret.into()) } else { Ok(url) }
}

fn events(value: &Value, personal: bool) -> Result<Vec<Event>, Problem> {
    const WHICH: &str = "Must be a list of events such as [\"api_key.revoked\"], or [\"*\"] for all of them.";
    let words = value.as_array().filter(|words| (1..=MOST_EVENTS).contains(&words.len())).ok_or(WHICH)?;
    let mut events = Vec::new();
    for word in words {
        let event = word.as_str().and_then(Event::parse).ok_or(WHICH)?;
        if personal && !event.is_personal() {
            return Err("A person's own webhook hears of their keys and themself, not of organizations.".into());
        }
        if !events.contains(&event) {
            events.push(event);
        }
    }
    Ok(events)
}

impl NewWebhook {
    /// Reads one; `personal` for a person's own.
    ///
    /// # Errors
    /// Every field that does not fit, by name.
    pub fn read(body: &Value, personal: bool, judge: Judge<'_>) -> Result<Self, Problems> {
        let mut fields = Fields::of(body, "webhook")?;
        let url = fields.required("url", |value| url(value, judge));
        let events = fields.required("events", |value| events(value, personal));
        let description = fields.optional("description", |value| text(value, Note::parse));
        let (url, events) = fields.finish_with(url.zip(events))?;
        Ok(Self { url, events, description })
    }
}

impl WebhookChange {
    /// Reads a change; `personal` for a person's own.
    ///
    /// # Errors
    /// Every field that does not fit, by name.
    pub fn read(body: &Value, personal: bool, judge: Judge<'_>) -> Result<Self, Problems> {
        let mut fields = Fields::of(body, "webhook")?;
        let change = Self {
            url: fields.changed("url", |value| url(value, judge)),
            events: fields.changed("events", |value| events(value, personal)),
            description: fields.changed("description", |value| text(value, Note::parse)),
            active: fields.changed("active", |value| value.as_bool().ok_or_else(|| "Must be true or false.".into())),
            version: fields.changed("version", version),
        };
        fields.ignore(READ_ONLY);
        fields.finish()?;
        Ok(change)
    }

    /// Whether it asks for nothing but to switch off what `before` is: anybody who manages its person may.
    #[must_use]
    pub fn only_ends(&self, before: &Webhook, now: Timestamp) -> bool {
        let off = Self { active: Some(false), version: self.version, ..Self::default() };
        self.active == Some(false) && before.changed(self, now) == before.changed(&off, now)
    }
}

impl Webhook {
    /// The webhook after a change; the same when nothing changes. Switched on again it has a clean slate.
    #[must_use]
    pub fn changed(&self, change: &WebhookChange, now: Timestamp) -> Self {
        let mut after = self.clone();
        if let Some(url) = &change.url {
            after.url.clone_from(url);
        }
        if let Some(events) = &change.events {
            after.events.clone_from(events);
        }
        if let Some(description) = &change.description {
            description.as_str().clone_into(&mut after.description);
        }
        let active = change.active.unwrap_or(self.active);
        if active != self.active {
            after.active = active;
            after.off_reason = (!active).then_some(OffReason::SwitchedOff);
            after.failing_since = if active { None } else { self.failing_since };
        }
        if after != *self {
            after.updated_at = now;
            after.version += 1;
        }
        after
    }

    /// Old and new value of each attribute that differs; not those that change with every step.
    #[must_use]
    pub fn changes(&self, before: &Self) -> Value {
        const ALWAYS: [&str; 3] = ["updated_at", "version", "failing_since"];
        let (old, new) = (serde_json::json!(before), serde_json::json!(self));
        let differing = new
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(name, value)| old.get(name.as_str()) != Some(value) && !ALWAYS.contains(&name.as_str()));
        let changes: serde_json::Map<_, _> =
            differing.map(|(name, value)| (name.clone(), serde_json::json!([old.get(name.as_str()), value]))).collect();
        changes.into()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

    fn fine(text: &str) -> Result<String, AddressProblem> {
        if text.starts_with("https://") { Ok(text.to_owned()) } else { Err(AddressProblem::NotHttps) }
    }

    fn webhook() -> Webhook {
        serde_json::from_value(json!({
            "id": 3, "organization_id": 2, "user_id": null, "user_name": null, "url": "https://a.example.com/", "description": "",
            "events": ["*"], "active": true, "off_reason": null, "failing_since": "2026-11-21T00:00:00.000Z",
            "last_delivered_at": null, "old_secret_ends_at": null,
            "created_by": {"type": "system", "id": null, "name": "System"}, "created_at": "2026-11-21T00:00:00.000Z",
            "updated_at": "2026-11-21T00:00:00.000Z", "version": 1,
        }))
        .unwrap()
    }

    #[test]
    fn every_field_that_does_not_fit_is_named() {
        let named = |problems: Problems| problems.errors.into_iter().map(|error| error.field).collect::<Vec<_>>();
        let read = |body: Value| named(NewWebhook::read(&body, false, &fine).unwrap_err());
        assert_eq!(read(json!({})), ["url", "events"]);
        assert_eq!(
            read(json!({"url": "http://a", "events": [], "description": 7, "secret": "x"})),
            ["url", "events", "description", "secret"]
        );
        for events in [
            json!("*"),
            json!(["api_key.*"]),
            json!(["api_key"]),
            json!(["webhook.test"]),
            json!([7]),
            json!(vec!["*"; 21]),
        ] {
            assert_eq!(read(json!({"url": "https://a", "events": events})), ["events"]);
        }
        let body = json!({"url": null, "events": null, "active": 1, "version": "1", "more": 1});
        let problems = WebhookChange::read(&body, false, &fine).unwrap_err();
        assert_eq!(named(problems), ["url", "events", "active", "version", "more"]);
    }

    #[test]
    fn a_persons_own_webhook_hears_nothing_of_organizations() {
        let body = json!({"webhook": {"url": "https://a", "events": ["api_key.revoked", "organization.updated"]}});
        assert!(NewWebhook::read(&body, false, &fine).is_ok());
        assert_eq!(NewWebhook::read(&body, true, &fine).unwrap_err().errors[0].field, "events");
        let all = json!({"url": "https://a", "events": ["*", "*"]});
        assert_eq!(NewWebhook::read(&all, true, &fine).unwrap().events, [Event::Everything], "each once");
    }

    #[test]
    fn a_secret_in_an_address_is_refused_as_such() {
        let secret = crate::secret::Secret::mint(None, |bytes| {
            bytes.fill(7);
            Ok::<(), ()>(())
        })
        .unwrap();
        let body = json!({"url": format!("https://a.example.com/?key={}", secret.expose()), "events": ["*"]});
        assert!(NewWebhook::read(&body, false, &fine).unwrap_err().contains_secret);
    }

    #[test]
    fn what_was_read_can_be_sent_back_and_changes_nothing() {
        let change = WebhookChange::read(&json!({ "webhook": webhook() }), false, &fine).unwrap();
        assert_eq!(webhook().changed(&change, NOW), webhook());
    }

    #[test]
    fn off_and_on_again_is_a_clean_slate() {
        let off = webhook().changed(&WebhookChange { active: Some(false), ..Default::default() }, NOW);
        assert_eq!((off.active, off.off_reason, off.version), (false, Some(OffReason::SwitchedOff), 2));
        assert!(off.failing_since.is_some());
        let on = off.changed(&WebhookChange { active: Some(true), ..Default::default() }, NOW);
        assert_eq!((on.active, on.off_reason, on.failing_since), (true, None, None));
        assert_eq!(on.changes(&off), json!({"active": [false, true], "off_reason": ["switched_off", null]}));
    }

    #[test]
    fn who_manages_a_person_switches_their_webhook_off_and_no_more() {
        let ends = |change: WebhookChange| change.only_ends(&webhook(), NOW);
        let off = WebhookChange { active: Some(false), ..Default::default() };
        assert!(ends(off.clone()));
        assert!(
            ends(WebhookChange { url: Some("https://a.example.com/".into()), ..off.clone() }),
            "sent back as it was"
        );
        assert!(!ends(WebhookChange { url: Some("https://b.example.com/".into()), ..off }));
        assert!(!ends(WebhookChange { active: Some(true), ..Default::default() }));
        assert!(!ends(WebhookChange::default()));
    }
}
