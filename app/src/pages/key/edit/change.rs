//! What the form asks for: only what was changed, or every field that does not fit.

use claviger_core::{
    input::FieldError,
    key::{ClientIpHeader, Credits, KeyChange, METADATA_LIMIT, Metadata, RateLimit},
    network::{AddressRange, MOST_RANGES},
    secret::find_secret,
    text::{Name, Note, TextProblem},
    time::Timestamp,
    wire::key::Key,
};
use serde_json::{Value, json};

use super::fields::{KeyFields, Until};
use crate::pages::keys::create::{Expiry, scopes};

/// The form with what only the browser knows, and the key that it was filled from.
pub struct Filled<'a> {
    /// As filled in.
    pub fields: &'a KeyFields,
    /// As it is stored.
    pub before: &'a Key,
    /// The browser's clock.
    pub now: Timestamp,
    /// `fields.custom` in the browser's time zone.
    pub custom: Option<Timestamp>,
}

impl TryFrom<Filled<'_>> for KeyChange {
    type Error = Vec<FieldError>;

    fn try_from(Filled { fields, before, now, custom }: Filled<'_>) -> Result<Self, Self::Error> {
        let stored = KeyFields::of(before);
        let mut errors = Vec::new();
        let mut change = Self::default();
        if fields.name != stored.name {
            let name = Name::parse(&fields.name).map_err(|problem| problem.to_string());
            change.name = keep(&mut errors, "name", name).filter(|name| name.as_str() != before.name);
        }
        if fields.description != stored.description {
            let note = Note::parse(&fields.description).map_err(|problem| problem.to_string());
            change.description =
                keep(&mut errors, "description", note).filter(|note| note.as_str() != before.description);
        }
        change.active = Some(fields.active).filter(|active| *active != before.active);
        change.access = Some(fields.access).filter(|access| *access != before.access);
        if fields.scopes != stored.scopes {
            let scopes = keep(&mut errors, "scopes", scopes(&fields.scopes));
            change.scopes = scopes.filter(|scopes| *scopes != before.scopes);
        }
        let until = keep(&mut errors, "expires_at", until(fields.until, now, custom));
        change.expires_at = until.filter(|moment| *moment != before.expires_at);
        if fields.allowed_ips != stored.allowed_ips {
            let ranges = keep(&mut errors, "allowed_ips", allowed_ips(&fields.allowed_ips));
            change.allowed_ips = ranges.filter(|ranges| *ranges != before.allowed_ips);
        }
        let rate = keep_at(&mut errors, rate_limit(&fields.limit, &fields.window));
        change.rate_limit = rate.filter(|rate| *rate != before.rate_limit);
        let credits = keep_at(&mut errors, credits(fields));
        change.credits = credits.filter(|credits| *credits != before.credits);
        if fields.client_ip_header != stored.client_ip_header {
            let header = keep(&mut errors, "client_ip_header", client_ip_header(&fields.client_ip_header));
            let name = |header: &Option<ClientIpHeader>| header.as_ref().map(|header| header.as_str().to_owned());
            change.client_ip_header = header.filter(|header| name(header) != before.client_ip_header);
        }
        if fields.metadata != stored.metadata {
            let metadata = keep(&mut errors, "metadata", metadata(&fields.metadata));
            change.metadata = metadata.filter(|metadata| *metadata != before.metadata);
        }
        if errors.is_empty() { Ok(change) } else { Err(errors) }
    }
}

type At<T> = Result<T, (&'static str, String)>;

fn keep<T>(errors: &mut Vec<FieldError>, field: &'static str, result: Result<T, String>) -> Option<T> {
    keep_at(errors, result.map_err(|message| (field, message)))
}

fn keep_at<T>(errors: &mut Vec<FieldError>, result: At<T>) -> Option<T> {
    result.map_err(|(field, message)| errors.push(FieldError { field: field.to_owned(), message })).ok()
}

fn until(until: Until, now: Timestamp, custom: Option<Timestamp>) -> Result<Option<Timestamp>, String> {
    let expiry = match until {
        Until::Stored(moment) => return Ok(moment),
        Until::Chosen(expiry) => expiry,
    };
    match (expiry, expiry.resolve(now, custom)) {
        (Expiry::Custom, None) => Err("Choose a day and a time.".to_owned()),
        (_, Some(moment)) if moment <= now => Err("Must be in the future.".to_owned()),
        (_, moment) => Ok(moment),
    }
}

fn allowed_ips(text: &str) -> Result<Vec<AddressRange>, String> {
    let lines = || text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty());
    if find_secret(text).is_some() {
        return Err(TextProblem::ContainsSecret.to_string());
    }
    let bad: Vec<String> = lines()
        .filter(|(_, line)| AddressRange::parse(line).is_none())
        .map(|(at, line)| format!("line {}, “{line}”", at + 1))
        .collect();
    if !bad.is_empty() {
        let form = "Each line must be an address or a range such as 203.0.113.0/24 or 2001:db8::/32. Not so";
        return Err(format!("{form}: {}.", bad.join("; ")));
    }
    let ranges: Vec<_> = lines().filter_map(|(_, line)| AddressRange::parse(line)).collect();
    if ranges.len() > MOST_RANGES {
        return Err(format!("Must be at most {MOST_RANGES} lines."));
    }
    Ok(ranges)
}

fn number(text: &str) -> Value {
    text.trim().parse::<u64>().map_or(Value::Null, Value::from)
}

fn rate_limit(limit: &str, window: &str) -> At<Option<RateLimit>> {
    match (limit.trim(), window.trim()) {
        ("", "") => return Ok(None),
        (_, "") => return Err(("window", "Say in how many seconds.".to_owned())),
        ("", _) => return Err(("rate_limit", "Say how many calls.".to_owned())),
        _ => {}
    }
    let read = |limit: Value, window: Value| RateLimit::read(&json!({"limit": limit, "window_seconds": window})).ok();
    if read(number(limit), json!(1)).is_none() {
        return Err(("rate_limit", "Must be a whole number from 1.".to_owned()));
    }
    match read(number(limit), number(window)) {
        Some(rate) => Ok(Some(rate)),
        None => Err(("window", "Must be a whole number of seconds, from 1 to 2678400 (31 days).".to_owned())),
    }
}

fn credits(fields: &KeyFields) -> At<Option<Credits>> {
    let refilled = fields.refill_interval.is_some();
    match (fields.remaining.trim(), fields.refill_amount.trim()) {
        ("", "") if !refilled => return Ok(None),
        ("", _) => return Err(("credits", "Say how many calls are left.".to_owned())),
        (_, "") if refilled => return Err(("refill_amount", "Say how many calls it gets.".to_owned())),
        (_, amount) if !amount.is_empty() && !refilled => {
            return Err(("refill_amount", "Choose when below, or leave this empty.".to_owned()));
        }
        _ => {}
    }
    let read = |refill_amount: Value| {
        let interval = fields.refill_interval.filter(|_| !refill_amount.is_null());
        let value = json!({"remaining": number(&fields.remaining), "refill_amount": refill_amount, "refill_interval": interval});
        Credits::read(&value).ok()
    };
    if read(Value::Null).is_none() {
        return Err(("credits", "Must be a whole number from 0.".to_owned()));
    }
    let amount = if refilled { number(&fields.refill_amount) } else { Value::Null };
    match read(amount).filter(|credits| credits.refill_interval == fields.refill_interval) {
        Some(credits) => Ok(Some(credits)),
        None => Err(("refill_amount", "Must be a whole number from 1.".to_owned())),
    }
}

fn client_ip_header(text: &str) -> Result<Option<ClientIpHeader>, String> {
    if find_secret(text).is_some() {
        return Err(TextProblem::ContainsSecret.to_string());
    }
    if text.trim().is_empty() { Ok(None) } else { ClientIpHeader::parse(text).map(Some).map_err(str::to_owned) }
}

fn metadata(text: &str) -> Result<Metadata, String> {
    if text.trim().is_empty() {
        return Ok(Metadata::new());
    }
    let object = match serde_json::from_str(text) {
        Ok(Value::Object(object)) => object,
        Ok(_) => return Err("Must be a JSON object, such as {\"team\": \"billing\"}.".to_owned()),
        // "expected `,` or `}` at line 3 column 5"
        Err(error) => return Err(format!("This is not JSON: {error}.")),
    };
    let text = Value::from(object.clone()).to_string();
    if find_secret(&text).is_some() {
        return Err(TextProblem::ContainsSecret.to_string());
    }
    if text.len() > METADATA_LIMIT {
        return Err(format!("Must be at most {METADATA_LIMIT} bytes of JSON; it is {}.", text.len()));
    }
    Ok(object)
}

#[cfg(test)]
pub mod tests;
