//! What the form holds: every part of a key that can be edited, as it is typed.

use claviger_core::{
    key::{Access, Role},
    time::Timestamp,
    wire::key::Key,
};

use super::told::told;
use crate::{
    components::{conflict::FormPart, extras::Extras},
    pages::keys::create::Expiry,
};

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
    /// What it may do.
    pub role: Role,
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
    /// What most keys do without.
    pub extras: Extras,
}

impl KeyFields {
    /// What is stored.
    pub fn of(key: &Key) -> Self {
        Self {
            name: key.name.clone(),
            description: key.description.clone(),
            role: key.role,
            active: key.active,
            access: key.access,
            scopes: lines(key.scopes.iter().map(|scope| scope.as_str().to_owned())),
            until: Until::Stored(key.expires_at),
            custom: String::new(),
            extras: Extras::of(key, pretty(key)),
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
    /// What it may do.
    Role,
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
        Self::Role,
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
            Self::Role => "Role",
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
            Self::Role => to.role = from.role,
            Self::Status => to.active = from.active,
            Self::Access => to.access = from.access,
            Self::Scopes => set(&mut to.scopes, &from.scopes),
            Self::Expiry => {
                to.until = from.until;
                set(&mut to.custom, &from.custom);
            }
            Self::AllowedIps => set(&mut to.extras.allowed_ips, &from.extras.allowed_ips),
            Self::RateLimit => {
                set(&mut to.extras.limit, &from.extras.limit);
                set(&mut to.extras.window, &from.extras.window);
            }
            Self::Credits => {
                set(&mut to.extras.remaining, &from.extras.remaining);
                set(&mut to.extras.refill_amount, &from.extras.refill_amount);
                to.extras.refill_interval = from.extras.refill_interval;
            }
            Self::ClientIpHeader => set(&mut to.extras.client_ip_header, &from.extras.client_ip_header),
            Self::Metadata => set(&mut to.extras.metadata, &from.extras.metadata),
        }
    }
}

#[cfg(test)]
mod tests;
