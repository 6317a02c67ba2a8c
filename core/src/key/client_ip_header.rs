//! The header in which a verifier says where its client is.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::{
    input::{Problem, Problems},
    secret::find_secret,
    text::TextProblem,
};

/// Most characters of a name.
const LONGEST: usize = 64;

/// Who is asked for by these, or what is said of the message itself; and keys, which must not end in an error that names them.
const OTHERWISE_USED: &[&str] = &[
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "date",
    "forwarded",
    "host",
    "origin",
    "proxy-authorization",
    "referer",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-api-key",
    "x-verifier-key",
];

/// A header's name (RFC 9110, 5.1), in lower case, as `client_ip_header` has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClientIpHeader(String);

impl ClientIpHeader {
    /// Reads a name.
    ///
    /// # Errors
    /// A sentence that says what would fit.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let name = text.trim().to_ascii_lowercase();
        if name.is_empty() || name.len() > LONGEST || !name.bytes().all(is_token) {
            return Err(
                "Must be a header's name such as x-client-address: letters, digits and -, at most 64 characters.",
            );
        }
        // Cloudflare writes these itself: they say where the verifier is, and not its client.
        if name.starts_with("cf-") || matches!(name.as_str(), "x-real-ip" | "true-client-ip") {
            return Err("Cloudflare writes this header itself. Choose another, such as x-client-address.");
        }
        if OTHERWISE_USED.contains(&name.as_str()) {
            return Err("This header says something else. Choose another, such as x-client-address.");
        }
        Ok(Self(name))
    }

    /// Reads it from JSON.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn read(value: &Value) -> Result<Self, Problem> {
        let text = value.as_str().ok_or("Must be text.")?;
        if find_secret(text).is_some() {
            return Err(TextProblem::ContainsSecret.into());
        }
        Self::parse(text).map_err(Problem::from)
    }

    /// Why no other key than a verifier's has one.
    #[must_use]
    pub fn for_verifiers() -> Problems {
        Problems::one("client_ip_header", "Only a key with the role verifier has one: leave it out, or send null.")
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientIpHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `tchar` (RFC 9110, 5.6.2).
const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_is_a_token_in_lower_case() {
        for (given, kept) in [
            (" X-Client-Address ", "x-client-address"),
            ("x-forwarded-for", "x-forwarded-for"),
            ("fly-client-ip", "fly-client-ip"),
            ("a!#$%&'*+-.^_`|~9", "a!#$%&'*+-.^_`|~9"),
        ] {
            assert_eq!(ClientIpHeader::parse(given).map(|name| name.as_str().to_owned()).as_deref(), Ok(kept));
        }
        assert!(ClientIpHeader::parse(&"x".repeat(64)).is_ok());
    }

    #[test]
    fn what_is_no_name_or_says_something_else_is_refused() {
        let longer = "x".repeat(65);
        for text in [
            "",
            " ",
            "a b",
            "a:b",
            "a\nb",
            "a\0b",
            "ä",
            "a,b",
            "a/b",
            "a@b",
            "(a)",
            "a=b",
            "[a]",
            "{a}",
            "a\"b",
            "a\\b",
            "a;b",
            "<a>",
            "a?b",
            &longer,
            "Authorization",
            "cookie",
            "X-Api-Key",
            "x-verifier-key",
            "Host",
            "forwarded",
            "CF-Connecting-IP",
            "cf-ray",
            "X-Real-IP",
            "True-Client-IP",
        ] {
            assert!(ClientIpHeader::parse(text).is_err(), "{text}");
        }
        for value in [json!(7), json!(["x-client-address"]), json!({})] {
            assert!(ClientIpHeader::read(&value).is_err(), "{value}");
        }
    }
}
