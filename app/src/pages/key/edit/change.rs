//! What the form asks for: only what was changed, or every field that does not fit.

use claviger_core::{
    input::FieldError,
    key::{ClientIpHeader, KeyChange, Role},
    text::{Name, Note},
    time::Timestamp,
    wire::key::Key,
};

use super::fields::{KeyFields, Until};
use crate::{
    components::extras::{self, At},
    pages::keys::create::{Expiry, scopes},
};

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
        change.role = Some(fields.role).filter(|role| *role != before.role);
        change.active = Some(fields.active).filter(|active| *active != before.active);
        change.access = Some(fields.access).filter(|access| *access != before.access);
        if fields.scopes != stored.scopes {
            let scopes = keep(&mut errors, "scopes", scopes(&fields.scopes));
            change.scopes = scopes.filter(|scopes| *scopes != before.scopes);
        }
        let until = keep(&mut errors, "expires_at", until(fields.until, now, custom));
        change.expires_at = until.filter(|moment| *moment != before.expires_at);
        if fields.extras.allowed_ips != stored.extras.allowed_ips {
            let ranges = keep(&mut errors, "allowed_ips", extras::allowed_ips(&fields.extras.allowed_ips));
            change.allowed_ips = ranges.filter(|ranges| *ranges != before.allowed_ips);
        }
        let rate = keep_at(&mut errors, extras::rate_limit(&fields.extras));
        change.rate_limit = rate.filter(|rate| *rate != before.rate_limit);
        let credits = keep_at(&mut errors, extras::credits(&fields.extras));
        change.credits = credits.filter(|credits| *credits != before.credits);
        if fields.extras.client_ip_header != stored.extras.client_ip_header {
            let header =
                keep(&mut errors, "client_ip_header", extras::client_ip_header(&fields.extras.client_ip_header));
            let name = |header: &Option<ClientIpHeader>| header.as_ref().map(|header| header.as_str().to_owned());
            change.client_ip_header = header.filter(|header| name(header) != before.client_ip_header);
        }
        // It means something to verifiers only, and has no field when it is another's.
        if fields.role != Role::Verifier && before.client_ip_header.is_some() {
            change.client_ip_header = Some(None);
        }
        if fields.extras.metadata != stored.extras.metadata {
            let metadata = keep(&mut errors, "metadata", extras::metadata(&fields.extras.metadata));
            change.metadata = metadata.filter(|metadata| *metadata != before.metadata);
        }
        if errors.is_empty() { Ok(change) } else { Err(errors) }
    }
}

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

#[cfg(test)]
pub mod tests;
