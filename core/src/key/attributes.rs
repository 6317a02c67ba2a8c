//! How each attribute of a key is read from JSON, the same for a new key and for a change.

use serde_json::Value;

use super::{METADATA_LIMIT, Metadata};
use crate::{
    input::Problem,
    key::limits::{Credits, RateLimit},
    network::{AddressRange, MOST_RANGES},
    scope::{MOST_SCOPES, Scope},
    secret::find_secret,
    text::TextProblem,
    time::Timestamp,
};

type Field<T> = Result<T, Problem>;

pub fn flag(value: &Value) -> Field<bool> {
    value.as_bool().ok_or_else(|| "Must be true or false.".into())
}

pub fn word<T: Copy + std::fmt::Display>(value: &Value, all: &[T], parse: fn(&str) -> Option<T>) -> Field<T> {
    value.as_str().and_then(parse).ok_or_else(|| {
        let words: Vec<String> = all.iter().map(ToString::to_string).collect();
        format!("Must be one of {}.", words.join(", ")).into()
    })
}

pub fn scopes(value: &Value) -> Field<Vec<Scope>> {
    const FORM: &str = "Each scope must look like invoices.read or invoices.*";
    texts(value, "Must be a list of texts such as invoices.read.", MOST_SCOPES, "scopes", |_, text| {
        Scope::parse(text).ok_or_else(|| FORM.into())
    })
}

pub fn allowed_ips(value: &Value) -> Field<Vec<AddressRange>> {
    texts(value, "Must be a list of ranges such as 203.0.113.0/24.", MOST_RANGES, "ranges", |place, text| {
        AddressRange::parse(text).ok_or_else(|| format!("Entry {place} {}", AddressRange::flaw(text)).into())
    })
}

fn texts<T>(
    value: &Value,
    form: &'static str,
    most: usize,
    what: &str,
    parse: impl Fn(usize, &str) -> Field<T>,
) -> Field<Vec<T>> {
    let items = value.as_array().ok_or(form)?;
    if items.len() > most {
        return Err(format!("Must be at most {most} {what}.").into());
    }
    if find_secret(&value.to_string()).is_some() {
        return Err(TextProblem::ContainsSecret.into());
    }
    items.iter().zip(1..).map(|(item, place)| parse(place, item.as_str().ok_or(form)?)).collect()
}

/// A moment; whether it lies in the future is for the caller to ask, since an old one may be sent back unchanged.
pub fn moment(value: &Value) -> Field<Timestamp> {
    value
        .as_str()
        .and_then(Timestamp::parse)
        .ok_or_else(|| "Must be a time such as 2027-02-18T09:30:00Z, before the year 10000.".into())
}

pub fn future(moment: Timestamp, now: Timestamp) -> Field<Timestamp> {
    if moment <= now { Err("Must be in the future.".into()) } else { Ok(moment) }
}

pub fn metadata(value: &Value) -> Field<Metadata> {
    let object = value.as_object().ok_or("Must be a JSON object.")?;
    let text = value.to_string();
    if find_secret(&text).is_some() {
        return Err(TextProblem::ContainsSecret.into());
    }
    if text.len() > METADATA_LIMIT {
        return Err(format!("Must be at most {METADATA_LIMIT} bytes of JSON.").into());
    }
    Ok(object.clone())
}

pub fn rate_limit(value: &Value) -> Field<RateLimit> {
    RateLimit::read(value)
}

pub fn credits(value: &Value) -> Field<Credits> {
    Credits::read(value)
}
