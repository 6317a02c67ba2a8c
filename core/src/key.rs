//! The words of an API key: kind, role, access, source; and what is asked for when one is made.

use serde::{Deserialize, Serialize};

use crate::{
    input::{Fields, Problems, text},
    scope::{MOST_SCOPES, Scope},
    secret::find_secret,
    text::{Name, Note},
    time::Timestamp,
};

/// Live service keys an organization may have unless a system administrator raises its limit.
pub const DEFAULT_KEY_LIMIT: u32 = 25;
/// Largest serialized `metadata`, in bytes.
pub const METADATA_LIMIT: usize = 4096;

/// Makes an enum whose variants are words on the wire and in the store.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$variant_doc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every value, in the order of the declaration.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word on the wire and in the store.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Reads the word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// What a key may do, weakest first: the order is the strength.
    Role {
        /// May be verified; manages nothing.
        Integration = "integration",
        /// Asks about keys of its organization.
        Verifier = "verifier",
        /// Manages its organization.
        OrganizationAdmin = "organization_admin",
        /// Manages all organizations; only in the system organization.
        SystemAdmin = "system_admin",
    }
}

words! {
    /// Whether a key may change anything.
    Access {
        /// Can read, cannot create or change.
        ReadOnly = "read_only",
        /// Can read, create and change.
        ReadWrite = "read_write",
    }
}

words! {
    /// Whose a key is.
    KeyKind {
        /// Made by an administrator for one integration.
        Service = "service",
        /// Belongs to one user, and can sign in.
        Personal = "personal",
    }
}

words! {
    /// Where a key's secret comes from.
    KeySource {
        /// Made here.
        Minted = "minted",
        /// The hash of a key from another system.
        Imported = "imported",
    }
}

/// A JSON object of the owner's own, up to [`METADATA_LIMIT`] bytes.
pub type Metadata = serde_json::Map<String, serde_json::Value>;

/// What `POST /api_keys` asks for: the console builds it, the Worker reads it with [`NewKey::read`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NewKey {
    /// Its name.
    pub name: Name,
    /// A note.
    pub description: Note,
    /// What it may do.
    pub role: Role,
    /// Whether it may change anything.
    pub access: Access,
    /// What a verifier may ask of it.
    pub scopes: Vec<Scope>,
    /// Whether it works at once.
    pub active: bool,
    /// When it stops working; `None` is never.
    pub expires_at: Option<Timestamp>,
    /// The owner's own data.
    pub metadata: Metadata,
}

impl NewKey {
    /// Attributes that callers may send back unchanged, and that are ignored (get → change → put).
    pub const READ_ONLY: &[&str] = &[
        "id",
        "organization_id",
        "kind",
        "status",
        "hint",
        "api_key",
        "secrets",
        "user_id",
        "created_by",
        "created_at",
        "updated_at",
        "last_used_at",
        "rotated_at",
        "revoked_at",
        "revoked_by",
        "revoke_reason",
        "system_generated",
        "source",
        "version",
    ];

    /// Reads a create request. Absent attributes get the least: `integration`, `read_only`, no scopes; active, and no expiry.
    ///
    /// # Errors
    /// Every field that does not fit, by name.
    pub fn read(body: &serde_json::Value, now: Timestamp) -> Result<Self, Problems> {
        let mut fields = Fields::of(body, "api_key")?;
        let name = fields.required("name", |value| text(value, Name::parse));
        let description = fields.optional("description", |value| text(value, Note::parse));
        let role = fields.optional("role", |value| word(value, Role::ALL, Role::parse));
        let access = fields.optional("access", |value| word(value, Access::ALL, Access::parse));
        let scopes = fields.optional("scopes", scopes);
        let active = fields.optional("active", flag);
        let expires_at = fields.optional("expires_at", |value| expiry(value, now));
        let metadata = fields.optional("metadata", metadata);
        fields.ignore(Self::READ_ONLY);
        let name = fields.finish_with(name)?;
        Ok(Self {
            name,
            description: description.unwrap_or_else(Note::empty),
            role: role.unwrap_or(Role::Integration),
            access: access.unwrap_or(Access::ReadOnly),
            scopes: scopes.unwrap_or_default(),
            active: active.unwrap_or(true),
            expires_at,
            metadata: metadata.unwrap_or_default(),
        })
    }
}

type Field<T> = Result<T, crate::input::Problem>;

fn flag(value: &serde_json::Value) -> Field<bool> {
    value.as_bool().ok_or_else(|| "Must be true or false.".into())
}

fn word<T: Copy + std::fmt::Display>(value: &serde_json::Value, all: &[T], parse: fn(&str) -> Option<T>) -> Field<T> {
    value.as_str().and_then(parse).ok_or_else(|| {
        let words: Vec<String> = all.iter().map(ToString::to_string).collect();
        format!("Must be one of {}.", words.join(", ")).into()
    })
}

fn scopes(value: &serde_json::Value) -> Field<Vec<Scope>> {
    let items = value.as_array().ok_or("Must be a list of texts such as invoices.read.")?;
    if items.len() > MOST_SCOPES {
        return Err(format!("Must be at most {MOST_SCOPES} scopes.").into());
    }
    if find_secret(&value.to_string()).is_some() {
        return Err(crate::text::TextProblem::ContainsSecret.into());
    }
    let read = |item: &serde_json::Value| {
        item.as_str()
            .and_then(Scope::parse)
            .ok_or_else(|| "Each scope must look like invoices.read or invoices.*".into())
    };
    items.iter().map(read).collect()
}

fn expiry(value: &serde_json::Value, now: Timestamp) -> Field<Timestamp> {
    let moment = value
        .as_str()
        .and_then(Timestamp::parse)
        .ok_or("Must be a time such as 2027-02-18T09:30:00Z, before the year 10000.")?;
    if moment <= now {
        return Err("Must be in the future.".into());
    }
    Ok(moment)
}

fn metadata(value: &serde_json::Value) -> Field<Metadata> {
    let object = value.as_object().ok_or("Must be a JSON object.")?;
    let text = value.to_string();
    if find_secret(&text).is_some() {
        return Err(crate::text::TextProblem::ContainsSecret.into());
    }
    if text.len() > METADATA_LIMIT {
        return Err(format!("Must be at most {METADATA_LIMIT} bytes of JSON.").into());
    }
    Ok(object.clone())
}

#[cfg(test)]
mod tests;
