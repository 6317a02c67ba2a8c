//! What the form holds: every part of a key that can be edited, as it is typed.

use claviger_core::{
    key::{Access, RefillInterval},
    time::Timestamp,
    wire::key::Key,
};

use super::told::told;
use crate::{components::conflict::FormPart, pages::keys::create::Expiry};

/// When a key stops working, as it is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// As it is stored.
    Stored(Option<Timestamp>),
    /// Another moment.
    Chosen(Expiry),
}

/// The form as it is filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyFields {
    /// As typed.
    pub name: String,
    /// As typed.
    pub description: String,
    /// Whether it works.
    pub active: bool,
    /// Whether it may change anything.
    pub access: Access,
    /// As typed, separated by anything that separates.
    pub scopes: String,
    /// When it stops working.
    pub until: Until,
    /// The value of the `datetime-local` field.
    pub custom: String,
    /// Ranges of addresses, one on a line.
    pub allowed_ips: String,
    /// Calls in a window, or empty.
    pub limit: String,
    /// Its length in seconds, or empty.
    pub window: String,
    /// Calls that are left, or empty.
    pub remaining: String,
    /// What they are set to again, or empty.
    pub refill_amount: String,
    /// When.
    pub refill_interval: Option<RefillInterval>,
    /// Of a verifier: a header's name, or empty.
    pub client_ip_header: String,
    /// A JSON object.
    pub metadata: String,
}

impl KeyFields {
    /// What is stored.
    pub fn of(key: &Key) -> Self {
        let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
        Self {
            name: key.name.clone(),
            description: key.description.clone(),
            active: key.active,
            access: key.access,
            scopes: lines(key.scopes.iter().map(|scope| scope.as_str().to_owned())),
            until: Until::Stored(key.expires_at),
            custom: String::new(),
            allowed_ips: lines(key.allowed_ips.iter().map(ToString::to_string)),
            limit: number(key.rate_limit.map(|rate| rate.limit)),
            window: number(key.rate_limit.map(|rate| rate.window_seconds)),
            remaining: number(key.credits.map(|credits| credits.remaining)),
            refill_amount: number(key.credits.and_then(|credits| credits.refill_amount)),
            refill_interval: key.credits.and_then(|credits| credits.refill_interval),
            client_ip_header: key.client_ip_header.clone().unwrap_or_default(),
            metadata: pretty(key),
        }
    }
}

/// A key's metadata as people write it, or nothing.
pub fn pretty(key: &Key) -> String {
    if key.metadata.is_empty() {
        return String::new();
    }
    serde_json::to_string_pretty(&key.metadata).unwrap_or_default()
}

fn lines(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join("\n")
}

/// A part of a key that is edited, and decided about, as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Its name.
    Name,
    /// The note.
    Description,
    /// Activated or not.
    Status,
    /// Read only, or read and write.
    Access,
    /// What may be asked of it.
    Scopes,
    /// When it stops working.
    Expiry,
    /// Where it works.
    AllowedIps,
    /// How often it may be used.
    RateLimit,
    /// How many times.
    Credits,
    /// Where a verifier's client is.
    ClientIpHeader,
    /// The owner's own data.
    Metadata,
}

impl FormPart for Part {
    type Fields = KeyFields;
    type Stored = Key;

    const ALL: &'static [Self] = &[
        Self::Name,
        Self::Description,
        Self::Status,
        Self::Access,
        Self::Scopes,
        Self::Expiry,
        Self::AllowedIps,
        Self::RateLimit,
        Self::Credits,
        Self::ClientIpHeader,
        Self::Metadata,
    ];

    fn fill(stored: &Key) -> KeyFields {
        KeyFields::of(stored)
    }

    fn label(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Description => "Description",
            Self::Status => "Status",
            Self::Access => "Access",
            Self::Scopes => "Scopes",
            Self::Expiry => "Expires",
            Self::AllowedIps => "Allowed addresses",
            Self::RateLimit => "Rate limit",
            Self::Credits => "Credits",
            Self::ClientIpHeader => "Client address header",
            Self::Metadata => "Metadata",
        }
    }

    fn told(self, fields: &KeyFields) -> String {
        told(self, fields)
    }

    fn copy(self, from: &KeyFields, to: &mut KeyFields) {
        let set = |to: &mut String, from: &String| to.clone_from(from);
        match self {
            Self::Name => set(&mut to.name, &from.name),
            Self::Description => set(&mut to.description, &from.description),
            Self::Status => to.active = from.active,
            Self::Access => to.access = from.access,
            Self::Scopes => set(&mut to.scopes, &from.scopes),
            Self::Expiry => {
                to.until = from.until;
                set(&mut to.custom, &from.custom);
            }
            Self::AllowedIps => set(&mut to.allowed_ips, &from.allowed_ips),
            Self::RateLimit => {
                set(&mut to.limit, &from.limit);
                set(&mut to.window, &from.window);
            }
            Self::Credits => {
                set(&mut to.remaining, &from.remaining);
                set(&mut to.refill_amount, &from.refill_amount);
                to.refill_interval = from.refill_interval;
            }
            Self::ClientIpHeader => set(&mut to.client_ip_header, &from.client_ip_header),
            Self::Metadata => set(&mut to.metadata, &from.metadata),
        }
    }
}

#[cfg(test)]
mod tests;
