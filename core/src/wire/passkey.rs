//! Passkeys as the profile lists them, and what a browser is asked for.

use serde::{Deserialize, Serialize};

use crate::{key::words, secret::Hint, time::Timestamp, wire::from_object};

/// A passkey. Its public key is nobody's business.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Passkey {
    /// Never reused.
    pub id: i64,
    /// What its person calls it.
    pub name: String,
    /// Whether the session that asks was opened with it.
    pub current: bool,
    /// Whether it is on other devices too; else it is on the one that made it.
    pub synced: bool,
    /// The host that it belongs to; null until it is used, for one that was registered before that was kept.
    pub host: Option<String>,
    /// Whether it can be used at the host that was asked. If not, it is not asked for here, and no way in.
    pub usable: bool,
    /// How it came about; null for one that was registered before that was kept.
    pub origin: Option<PasskeyOrigin>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last asked for.
    pub last_used_at: Option<Timestamp>,
}

from_object!(Passkey { id, name, current, synced, host, usable, origin, created_at, last_used_at });

words! {
    /// What a session was opened with.
    PasskeyWay {
        /// A personal key.
        Key = "key",
        /// Another passkey.
        Passkey = "passkey",
        /// Cloudflare Access.
        CloudflareAccess = "cloudflare_access",
    }
}

/// The session in which a passkey was registered: whoever had what opened it may have registered the passkey.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PasskeyOrigin {
    /// What it was opened with.
    pub way: PasskeyWay,
    /// What that was called then.
    pub name: Option<String>,
    /// Of the secret that was pasted.
    pub hint: Option<Hint>,
    /// The key that it goes back to: the one that was pasted, or that of the passkey that was used.
    pub key_id: Option<i64>,
    /// Whether that key was revoked or deleted since.
    pub key_ended: bool,
}

from_object!(PasskeyOrigin { way, name, hint, key_id, key_ended });

/// `DELETE /users/:id/passkeys`: how many were removed.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PasskeysRemoved {
    /// Those of other hosts among them.
    pub removed: u32,
}

from_object!(PasskeysRemoved { removed });

/// What a browser needs to make a passkey. All bytes are base64url without padding.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewPasskey {
    /// To be signed; good once, for five minutes.
    pub challenge: String,
    /// The host that it will belong to.
    pub rp_id: String,
    /// What authenticators know the person by.
    pub user_handle: String,
    /// The person's address, for choosing among several passkeys.
    pub user_name: String,
    /// The person's name.
    pub user_display_name: String,
    /// COSE algorithms, the preferred one first.
    pub algorithms: Vec<i64>,
    /// Those that the person has already.
    pub exclude: Vec<KnownPasskey>,
}

from_object!(NewPasskey { challenge, rp_id, user_handle, user_name, user_display_name, algorithms, exclude });

/// What a browser needs to use a passkey. All bytes are base64url without padding.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AskedPasskey {
    /// To be signed; good once, for five minutes.
    pub challenge: String,
    /// The host that it belongs to.
    pub rp_id: String,
    /// Which may be used; none means any that the browser finds.
    pub allow: Vec<KnownPasskey>,
}

from_object!(AskedPasskey { challenge, rp_id, allow });

/// A passkey as a browser knows it.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KnownPasskey {
    /// What its authenticator calls it.
    pub credential_id: String,
    /// How to reach it, as far as that was told.
    pub transports: Vec<String>,
}

from_object!(KnownPasskey { credential_id, transports });
