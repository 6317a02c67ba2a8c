//! GitHub's secret scanning: the signed report, the keys that sign it, and what is answered.
//!
//! <https://docs.github.com/en/code-security/secret-scanning/secret-scanning-partnership-program/secret-scanning-partner-program>
//!
//! Pure: what is read here says which signature is still to be checked, with which key; the platform's WebCrypto does that.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    cloudflare_access::TeamKey,
    input::Problems,
    key::words,
    passkey::{Algorithm, plain_signature},
    secret::{Secret, SecretHash, find_secret},
};

/// Keys that are kept. GitHub lists the current one and those before it.
const MOST_KEYS: usize = 16;
/// Longest name of a key, in bytes: GitHub's are 64 hexadecimal digits.
const LONGEST_KEY_ID: usize = 128;
/// Longest name of a kind of secret that is given back, in bytes.
const LONGEST_KIND: usize = 100;
/// What comes before the two coordinates in the DER of a P-256 key (RFC 5480): the algorithm, the curve, and that the point is
/// not compressed.
const P256: [u8; 27] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];

/// Why a report is not from GitHub, as far as its headers tell; and whether it is, once the signature was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnvelopeFlaw {
    /// It does not say which key it is signed with.
    NoKeyId,
    /// It is not signed.
    NoSignature,
    /// The signature is no base64, or no DER of two numbers.
    Malformed,
    /// GitHub does not list that key, or no longer.
    UnknownKey,
    /// The signature is not one of that key over these bytes.
    Signature,
}

impl EnvelopeFlaw {
    /// The header that does not fit.
    #[must_use]
    pub const fn header(self) -> &'static str {
        match self {
            Self::NoKeyId | Self::UnknownKey => Envelope::KEY_ID,
            Self::NoSignature | Self::Malformed | Self::Signature => Envelope::SIGNATURE,
        }
    }

    /// A sentence about it.
    #[must_use]
    pub const fn explain(self) -> &'static str {
        match self {
            Self::NoKeyId => "Must name the key that the report is signed with.",
            Self::NoSignature => "Must be the signature of the body.",
            Self::Malformed => "Must be an ECDSA signature in DER, as base64.",
            Self::UnknownKey => "Names a key that GitHub does not list.",
            Self::Signature => "Is not a signature of this body by that key.",
        }
    }

    /// Whether the request is incomplete, and not merely untrue.
    #[must_use]
    pub const fn is_malformed(self) -> bool {
        matches!(self, Self::NoKeyId | Self::NoSignature | Self::Malformed)
    }
}

/// What a report's headers say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The key that is to have signed it.
    pub key_id: String,
    /// Its signature, as WebCrypto takes it.
    pub signature: Vec<u8>,
}

impl Envelope {
    /// The header that names the key.
    pub const KEY_ID: &str = "Github-Public-Key-Identifier";
    /// The header with the signature.
    pub const SIGNATURE: &str = "Github-Public-Key-Signature";

    /// Reads both headers.
    ///
    /// # Errors
    /// The first of them that does not fit.
    pub fn read(key_id: Option<&str>, signature: Option<&str>) -> Result<Self, EnvelopeFlaw> {
        let there = |text: &&str| !text.is_empty();
        let key_id = key_id.map(str::trim).filter(there).ok_or(EnvelopeFlaw::NoKeyId)?;
        let signature = signature.map(str::trim).filter(there).ok_or(EnvelopeFlaw::NoSignature)?;
        if key_id.len() > LONGEST_KEY_ID {
            return Err(EnvelopeFlaw::UnknownKey);
        }
        let der = STANDARD.decode(signature).map_err(|_| EnvelopeFlaw::Malformed)?;
        let signature = plain_signature(Algorithm::Es256, &der).map_err(|_| EnvelopeFlaw::Malformed)?;
        Ok(Self { key_id: key_id.to_owned(), signature })
    }
}

/// The keys that GitHub lists; those that are no P-256 keys are left out. `None` for what is no such list.
///
/// One that is listed and no longer current counts: while GitHub changes keys, reports signed with the one before are on their
/// way, and who had stolen that could do no more with it than `/v1/revoke` lets anyone do who has the secret itself.
#[must_use]
pub fn read_keys(body: &[u8]) -> Option<Vec<TeamKey>> {
    let list: Value = serde_json::from_slice(body).ok()?;
    let keys = list.get("public_keys")?.as_array()?;
    Some(keys.iter().filter_map(key).take(MOST_KEYS).collect())
}

fn key(value: &Value) -> Option<TeamKey> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let id = text("key_identifier").filter(|id| (1..=LONGEST_KEY_ID).contains(&id.len()))?;
    let pem =
        text("key")?.trim().strip_prefix("-----BEGIN PUBLIC KEY-----")?.strip_suffix("-----END PUBLIC KEY-----")?;
    let der = STANDARD.decode(pem.split_ascii_whitespace().collect::<String>()).ok()?;
    let (x, y) = der.strip_prefix(&P256)?.split_at_checked(32).filter(|(_, y)| y.len() == 32)?;
    let coordinate = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let jwk = json!({ "kty": "EC", "crv": "P-256", "x": coordinate(x), "y": coordinate(y) });
    Some(TeamKey { id: id.to_owned(), jwk: jwk.to_string() })
}

/// One find in a report.
#[derive(Clone, Debug)]
pub struct Match {
    /// What was found, if it is a secret.
    pub secret: Option<Secret>,
    /// Of the text, secret or not.
    pub hash: SecretHash,
    /// What GitHub calls this kind of secret.
    pub kind: String,
    /// Where it was found.
    pub url: Option<String>,
}

/// Reads a report. Fields that we do not know are ignored: GitHub's format may grow.
///
/// # Errors
/// The place that is no find, such as `[3].token`.
pub fn read_report(body: &Value) -> Result<Vec<Match>, Problems> {
    let items = body.as_array().ok_or_else(|| Problems::one("", "The body must be a JSON list of finds."))?;
    let found = items.iter().enumerate().map(|(index, item)| {
        let text = |name: &str| item.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let token =
            text("token").ok_or_else(|| Problems::one(&format!("[{index}].token"), "Must be the text found."))?;
        let kind = text("type").filter(|kind| kind.len() <= LONGEST_KIND && find_secret(kind).is_none());
        Ok(Match {
            secret: Secret::parse(token).ok(),
            hash: SecretHash::of(token),
            kind: kind.unwrap_or_default().to_owned(),
            url: text("url").map(str::to_owned),
        })
    });
    found.collect()
}

words! {
    /// Whether a find was one.
    Label {
        /// A secret of ours.
        TruePositive = "true_positive",
        /// No secret: its checksum does not fit.
        FalsePositive = "false_positive",
    }
}

/// What GitHub is told of a find. By its hash: the answer carries no secret.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Feedback {
    /// SHA-256 of the text, in hexadecimal digits.
    pub token_hash: String,
    /// The kind, as GitHub calls it.
    pub token_type: String,
    /// Whether it was a secret.
    pub label: Label,
}

/// What is said of a find; nothing of a well-formed secret that nobody here has: it may be another Claviger's.
#[must_use]
pub fn feedback(found: &Match, is_known: bool) -> Option<Feedback> {
    let label = match found.secret {
        Some(_) if is_known => Label::TruePositive,
        Some(_) => return None,
        None => Label::FalsePositive,
    };
    Some(Feedback { token_hash: found.hash.to_hex(), token_type: found.kind.clone(), label })
}
