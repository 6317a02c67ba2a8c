//! The words of an API key: kind, role, access, source; and what is asked for when one is made or changed.

use serde::{Deserialize, Serialize};

pub use self::{
    change::{DEFAULT_GRACE, KeyChange, LONGEST_GRACE, Refused},
    client_ip_header::ClientIpHeader,
    limits::{Credits, RateLimit, RefillInterval},
    new::{Belonging, Defaults, NewKey, asks_for_personal},
};

mod attributes;
mod change;
mod client_ip_header;
mod limits;
mod new;

/// Live service keys an organization may have unless a system administrator raises its limit.
pub const DEFAULT_KEY_LIMIT: u32 = 25;
/// Largest serialized `metadata`, in bytes.
pub const METADATA_LIMIT: usize = 4096;

/// Makes an enum whose variants are words on the wire and in the store.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

        // By hand: for each of them serde would write a machine of its own, and the console has a dozen.
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = String::deserialize(deserializer)?;
                Self::parse(&word).ok_or_else(|| serde::de::Error::custom("an unknown word"))
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

/// Attributes that callers may send back unchanged, and that are ignored (get → change → put).
const READ_ONLY: &[&str] = &[
    "id",
    "organization_id",
    "kind",
    "status",
    "hint",
    "api_key",
    "secrets",
    "user_id",
    "user_name",
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
    "leak",
    "usage_36h",
];

#[cfg(test)]
mod tests;
