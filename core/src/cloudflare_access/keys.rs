//! The keys that a team publishes (RFC 7517), as far as they can be used.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// Keys that are kept. A team has two: the current one and the one before.
const MOST: usize = 16;
/// Of a modulus, in bytes: 2,048 to 8,192 bits (RFC 7518, 3.3).
const MODULUS: std::ops::RangeInclusive<usize> = 256..=1024;

/// A public RSA key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamKey {
    /// What assertions call it.
    pub id: String,
    /// For WebCrypto: a JWK with what it needs and nothing else that somebody wrote into it.
    pub jwk: String,
}

/// The keys in a JWK set; those that are for something else are left out. `None` for what is no such set.
#[must_use]
pub fn read_keys(body: &[u8]) -> Option<Vec<TeamKey>> {
    let set: Value = serde_json::from_slice(body).ok()?;
    let keys = set.get("keys")?.as_array()?;
    Some(keys.iter().filter_map(key).take(MOST).collect())
}

fn key(value: &Value) -> Option<TeamKey> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let absent_or = |name: &str, wanted: &str| value.get(name).is_none_or(|found| found.as_str() == Some(wanted));
    if text("kty") != Some("RSA") || !absent_or("alg", "RS256") || !absent_or("use", "sig") {
        return None;
    }
    let (id, n, e) = (text("kid").filter(|id| !id.is_empty())?, text("n")?, text("e")?);
    let modulus = URL_SAFE_NO_PAD.decode(n).ok()?;
    let exponent = URL_SAFE_NO_PAD.decode(e).ok()?;
    if !MODULUS.contains(&modulus.len()) || !(1..=8).contains(&exponent.len()) {
        return None;
    }
    Some(TeamKey { id: id.to_owned(), jwk: json!({ "kty": "RSA", "alg": "RS256", "n": n, "e": e }).to_string() })
}
