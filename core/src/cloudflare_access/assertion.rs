//! The assertion: read, then judged. Which flaw is found first does not matter for safety, since all of them refuse; what is
//! cheap comes before what asks the team for keys, so that strangers' tokens cost nobody a request.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::{Flaw, Settings};
use crate::{
    text::{Email, fold},
    time::{SECOND, Timestamp},
};

/// How much the team's clock and ours may differ.
pub const LEEWAY: i64 = 30 * SECOND;
/// Longest assertion that is looked at, in bytes. Access's have 1 to 2 KB; groups can make them longer.
const LONGEST: usize = 16 * 1024;
/// Longest name of a key.
const LONGEST_KEY_ID: usize = 200;

/// A JWT that was taken apart, and about which nothing is certain yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Assertion<'a> {
    /// The bytes that are signed.
    pub signed: &'a [u8],
    /// The signature over them.
    pub signature: Vec<u8>,
    /// With which key.
    pub key_id: String,
    claims: Map<String, Value>,
}

/// Whom an assertion is about, if its signature is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Their address, as people's are stored.
    pub email: String,
    /// Until when Access vouches for them, with the leeway: who is let in is not sent away at once.
    pub until: Timestamp,
    /// Which configured application they came by, for [`Settings::still_has`].
    pub application: String,
}

impl<'a> Assertion<'a> {
    /// Takes a compact JWS (RFC 7515) apart.
    ///
    /// # Errors
    /// [`Flaw::Malformed`], [`Flaw::Algorithm`], [`Flaw::NoKey`].
    pub fn read(text: &'a str) -> Result<Self, Flaw> {
        if text.len() > LONGEST {
            return Err(Flaw::Malformed);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(Flaw::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(Flaw::Malformed)?;
        let (header, claims) = (object(header)?, object(claims)?);
        // The one algorithm: what the token says chooses nothing (RFC 8725, 3.1).
        if header.get("alg").and_then(Value::as_str) != Some("RS256") {
            return Err(Flaw::Algorithm);
        }
        // Extensions that have to be understood, and are not (RFC 7515, 4.1.11).
        if header.contains_key("crit") {
            return Err(Flaw::Malformed);
        }
        let key_id = header.get("kid").and_then(Value::as_str).unwrap_or_default();
        if key_id.is_empty() || key_id.len() > LONGEST_KEY_ID {
            return Err(Flaw::NoKey);
        }
        let signature = bytes(signature)?;
        Ok(Self { signed: signed.as_bytes(), signature, key_id: key_id.to_owned(), claims })
    }

    /// What it says, if it says it to us and now.
    ///
    /// # Errors
    /// The first [`Flaw`] of its claims.
    pub fn judge(&self, settings: &Settings, now: Timestamp) -> Result<Identity, Flaw> {
        if self.text("iss") != Some(settings.issuer().as_str()) {
            return Err(Flaw::Issuer);
        }
        let application = match self.claims.get("aud") {
            Some(Value::String(tag)) => settings.application(std::iter::once(tag.as_str())),
            Some(Value::Array(tags)) => settings.application(tags.iter().filter_map(Value::as_str)),
            _ => None,
        };
        let application = application.ok_or(Flaw::Audience)?;
        let until = self.time("exp")?.ok_or(Flaw::Malformed)?.plus(LEEWAY);
        if until <= now {
            return Err(Flaw::Expired);
        }
        let made = self.time("iat")?.ok_or(Flaw::Malformed)?;
        let from = self.time("nbf")?.unwrap_or(made);
        if made.max(from) > now.plus(LEEWAY) {
            return Err(Flaw::NotYet);
        }
        // `org` is the token of the team's own pages. A service's has no address.
        if self.claims.get("type").is_some_and(|kind| kind.as_str() != Some("app")) {
            return Err(Flaw::NotAPerson);
        }
        let email = match self.claims.get("email") {
            None => return Err(Flaw::NotAPerson),
            Some(Value::String(email)) if email.is_empty() => return Err(Flaw::NotAPerson),
            Some(email) => address(email.as_str().unwrap_or_default())?,
        };
        Ok(Identity { email, until, application })
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    /// A `NumericDate`: seconds, perhaps with a fraction (RFC 7519, 2).
    fn time(&self, name: &str) -> Result<Option<Timestamp>, Flaw> {
        // The year 9999: beyond it milliseconds could overflow what they are added to.
        const LAST: f64 = 253_402_300_799.0;
        let Some(value) = self.claims.get(name) else {
            return Ok(None);
        };
        let seconds = value.as_f64().filter(|seconds| (0.0..=LAST).contains(seconds)).ok_or(Flaw::Malformed)?;
        #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
        Ok(Some(Timestamp::from_millis((seconds * 1000.0) as i64)))
    }
}

/// The address as it is compared. Beyond ASCII it has to be in lower case already: U+212A, the Kelvin sign, folds to an ASCII `k`,
/// and whoever owns a mailbox with the one must not come in as the owner of the other.
fn address(text: &str) -> Result<String, Flaw> {
    let email = Email::parse(text).map_err(|_| Flaw::Email)?;
    let folded = fold(email.as_str());
    if folded == email.as_str().to_ascii_lowercase() { Ok(folded) } else { Err(Flaw::Email) }
}

fn bytes(text: &str) -> Result<Vec<u8>, Flaw> {
    match URL_SAFE_NO_PAD.decode(text) {
        Ok(bytes) if !bytes.is_empty() => Ok(bytes),
        _ => Err(Flaw::Malformed),
    }
}

fn object(part: &str) -> Result<Map<String, Value>, Flaw> {
    match serde_json::from_slice(&bytes(part)?) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(Flaw::Malformed),
    }
}
