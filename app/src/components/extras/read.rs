//! What the fields come to, or why they do not fit.

use claviger_core::{
    key::{ClientIpHeader, Credits, METADATA_LIMIT, Metadata, RateLimit},
    network::{AddressRange, MOST_RANGES},
    secret::find_secret,
    text::TextProblem,
};
use serde_json::{Value, json};

use super::Extras;

/// A value, or the field that does not fit and why.
pub type At<T> = Result<T, (&'static str, String)>;

/// Ranges of addresses, one on a line.
///
/// # Errors
/// What does not fit, for people.
pub fn allowed_ips(text: &str) -> Result<Vec<AddressRange>, String> {
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

/// Calls in a window, or neither.
///
/// # Errors
/// What does not fit, for people.
pub fn rate_limit(extras: &Extras) -> At<Option<RateLimit>> {
    let (limit, window) = (&extras.limit, &extras.window);
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

/// Calls that are left, and their refill.
///
/// # Errors
/// What does not fit, for people.
pub fn credits(fields: &Extras) -> At<Option<Credits>> {
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

/// A header's name, or nothing.
///
/// # Errors
/// What does not fit, for people.
pub fn client_ip_header(text: &str) -> Result<Option<ClientIpHeader>, String> {
    if find_secret(text).is_some() {
        return Err(TextProblem::ContainsSecret.to_string());
    }
    if text.trim().is_empty() { Ok(None) } else { ClientIpHeader::parse(text).map(Some).map_err(str::to_owned) }
}

/// A JSON object, or nothing.
///
/// # Errors
/// What does not fit, for people.
pub fn metadata(text: &str) -> Result<Metadata, String> {
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
