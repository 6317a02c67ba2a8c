//! What the form holds, in words.

use super::fields::{KeyFields, Part, Until};
use crate::{
    browser::intl,
    format,
    pages::{key::words, keys::create::Expiry},
};

/// A part of the form in words.
pub fn told(part: Part, fields: &KeyFields) -> String {
    let or = |text: &str, empty: &str| if text.trim().is_empty() { empty.to_owned() } else { text.to_owned() };
    match part {
        Part::Name => or(&fields.name, "Empty"),
        Part::Description => or(&fields.description, "Empty"),
        Part::Role => words::role(fields.role).to_owned(),
        Part::Status => words::activation(fields.active).to_owned(),
        Part::Access => format::access(fields.access).to_owned(),
        Part::Scopes => or(&fields.scopes, "None"),
        Part::Expiry => expiry(fields),
        Part::AllowedIps => or(&fields.extras.allowed_ips, "Anywhere"),
        Part::RateLimit if fields.extras.limit.trim().is_empty() => "None".to_owned(),
        Part::RateLimit => format!("{} calls in {} seconds", fields.extras.limit.trim(), fields.extras.window.trim()),
        Part::Credits => credits(fields),
        Part::ClientIpHeader => or(&fields.extras.client_ip_header, "None"),
        Part::Metadata => or(&fields.extras.metadata, "None"),
    }
}

fn expiry(fields: &KeyFields) -> String {
    match fields.until {
        Until::Stored(None) | Until::Chosen(Expiry::Never) => "Never".to_owned(),
        Until::Stored(Some(moment)) => intl::with_zone(moment),
        Until::Chosen(expiry) => {
            expiry.resolve(intl::now(), intl::from_local(&fields.custom)).map(intl::with_zone).unwrap_or_default()
        }
    }
}

fn credits(fields: &KeyFields) -> String {
    let left = fields.extras.remaining.trim();
    match fields.extras.refill_interval {
        _ if left.is_empty() => "No limit".to_owned(),
        None => format!("{left} calls left"),
        Some(interval) => {
            format!(
                "{left} calls left, set to {} {}",
                fields.extras.refill_amount.trim(),
                words::interval_words(interval)
            )
        }
    }
}
