//! Passkeys: the relying party's half of the WebAuthn ceremonies (W3C, Level 3, 7.1 and 7.2).
//!
//! Pure: challenges come from outside, and a ceremony that passes says which signature is still to be checked, with which key
//! over which bytes. The platform's WebCrypto does that. Attestation is not asked for and never trusted: who the maker of an
//! authenticator is changes nothing here.

mod body;
mod cbor;
mod data;
mod key;

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use self::data::{AuthenticatorData, attested, check_client};
pub use self::{
    body::{Answered, Made, Rename, from_base64url, to_base64url},
    data::challenge,
    key::{Algorithm, PublicKey, plain_signature},
};
use crate::{
    input::Problem,
    key::words,
    time::{MINUTE, Timestamp},
};

/// How long a challenge is good.
pub const CHALLENGE_LASTS: i64 = 5 * MINUTE;
/// How long after a passkey was asked for it is not asked for again.
pub const STEP_UP_AFTER: i64 = 15 * MINUTE;
words! {
    /// What becomes of the passkeys that were registered by way of a key, when that key is ended.
    PasskeyFate {
        /// They stay.
        Keep = "keep",
        /// They go with it.
        Remove = "remove",
    }
}

impl PasskeyFate {
    /// Reads the field of a body.
    ///
    /// # Errors
    /// Another word.
    pub fn read(value: &Value) -> Result<Self, Problem> {
        value.as_str().and_then(Self::parse).ok_or_else(|| Self::WANTED.into())
    }

    /// What to say of another word.
    pub const WANTED: &'static str = "Must be keep or remove.";
}

/// Passkeys that one person may have.
pub const MOST_PASSKEYS: u32 = 10;

/// Whether a person with so many passkeys is asked for one before what matters.
#[must_use]
pub fn step_up_due(passkeys: u32, verified_at: Option<Timestamp>, now: Timestamp) -> bool {
    let fresh = verified_at.is_some_and(|at| now < at.plus(STEP_UP_AFTER));
    passkeys > 0 && !fresh
}

/// For whom passkeys are: this Claviger, as its browsers know it.
#[derive(Clone, Copy, Debug)]
pub struct RelyingParty<'a> {
    /// Its host.
    pub id: &'a str,
    /// Where its pages may come from.
    pub origins: &'a [&'a str],
}

/// Why a ceremony is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It ends before it says what it has to.
    Truncated,
    /// It is not what it should be.
    Malformed,
    /// There is more than there should be.
    Trailing,
    /// It is the other ceremony's.
    Kind,
    /// It answers another challenge.
    Challenge,
    /// It was made at another site.
    Origin,
    /// It was made within another site's page.
    CrossOrigin,
    /// It was made for another site.
    Party,
    /// Nobody touched the authenticator.
    NotPresent,
    /// The authenticator did not make sure who touched it.
    NotVerified,
    /// What it says about copies contradicts itself, or what it said when it was made.
    Backup,
    /// An algorithm that was not asked for.
    Algorithm,
    /// Not a key of that algorithm.
    Key,
    /// Not a signature of that algorithm, or a wrong one.
    Signature,
    /// It has not counted up since it was last used: there may be a copy of it.
    Counter,
}

impl Flaw {
    /// What to say.
    #[must_use]
    pub const fn explain(self) -> &'static str {
        match self {
            Self::Truncated => "Ends too early.",
            Self::Malformed => "Is not well-formed.",
            Self::Trailing => "Has bytes left over.",
            Self::Kind => "Belongs to another kind of ceremony.",
            Self::Challenge => "Answers another challenge.",
            Self::Origin => "Was made at another origin.",
            Self::CrossOrigin => "Was made within another site's page.",
            Self::Party => "Was made for another site.",
            Self::NotPresent => "Was made without anybody present.",
            Self::NotVerified => "Was made without a PIN, fingerprint or face: use an authenticator that asks for one.",
            Self::Backup => "Contradicts itself about whether it is synced.",
            Self::Algorithm => "Uses an algorithm that was not asked for.",
            Self::Key => "Has a public key that does not fit its algorithm.",
            Self::Signature => "Has a wrong signature.",
            Self::Counter => "Was used elsewhere meanwhile: there may be a copy of it.",
        }
    }
}

impl Display for Flaw {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.explain())
    }
}

/// A passkey that was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Registered {
    /// What its authenticator calls it.
    pub credential_id: Vec<u8>,
    /// Checks what it signs.
    pub key: PublicKey,
    /// How often it has signed.
    pub sign_count: u32,
    /// Whether it can be copied to other devices; never changes.
    pub backup_eligible: bool,
    /// Whether it has been.
    pub backed_up: bool,
}

/// Judges a new passkey.
///
/// # Errors
/// The first [`Flaw`] in the order of WebAuthn Level 3, 7.1.
pub fn register(
    party: &RelyingParty<'_>,
    challenge: &str,
    client_data: &[u8],
    attestation_object: &[u8],
) -> Result<Registered, Flaw> {
    check_client(client_data, "webauthn.create", challenge, party)?;
    let data = attested(attestation_object)?;
    data.check(party)?;
    let (backup_eligible, backed_up) = (data.backup_eligible(), data.backed_up());
    let (credential_id, key) = data.credential.ok_or(Flaw::Malformed)?;
    Ok(Registered { credential_id, key, sign_count: data.sign_count, backup_eligible, backed_up })
}

/// What is known of a passkey that is used.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// How it signs.
    pub algorithm: Algorithm,
    /// How often it had signed.
    pub sign_count: u32,
    /// Whether it can be copied.
    pub backup_eligible: bool,
}

/// A use of a passkey that is good if its signature is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// What was signed.
    pub signed: Vec<u8>,
    /// The signature, as WebCrypto takes it.
    pub signature: Vec<u8>,
    /// How often it has signed by now.
    pub sign_count: u32,
    /// Whether it has been copied.
    pub backed_up: bool,
    counted: bool,
}

impl Assertion {
    /// To be asked once the signature is found good: only then is the counter the authenticator's own word.
    ///
    /// # Errors
    /// [`Flaw::Counter`].
    pub fn check_counter(&self) -> Result<(), Flaw> {
        if self.counted { Ok(()) } else { Err(Flaw::Counter) }
    }
}

/// Judges the use of a passkey.
///
/// # Errors
/// The first [`Flaw`] in the order of WebAuthn Level 3, 7.2, but for signature and counter.
pub fn assert(
    party: &RelyingParty<'_>,
    challenge: &str,
    known: Known,
    client_data: &[u8],
    authenticator_data: &[u8],
    signature: &[u8],
) -> Result<Assertion, Flaw> {
    check_client(client_data, "webauthn.get", challenge, party)?;
    let data = AuthenticatorData::read(authenticator_data)?;
    data.check(party)?;
    if data.backup_eligible() != known.backup_eligible {
        return Err(Flaw::Backup);
    }
    Ok(Assertion {
        signed: signed(authenticator_data, client_data),
        signature: plain_signature(known.algorithm, signature)?,
        sign_count: data.sign_count,
        backed_up: data.backed_up(),
        // Synced passkeys do not count: zero both times.
        counted: data.sign_count > known.sign_count || (data.sign_count, known.sign_count) == (0, 0),
    })
}

fn signed(authenticator_data: &[u8], client_data: &[u8]) -> Vec<u8> {
    [authenticator_data, &Sha256::digest(client_data)].concat()
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
