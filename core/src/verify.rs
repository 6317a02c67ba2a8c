//! Whether a presented secret is good for a request.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    input::{Fields, Problem, Problems},
    key::{Access, words},
    network::{AddressRange, allows},
    scope::{MOST_SCOPES, Scope, cover},
    time::Timestamp,
};

words! {
    /// The answer to a verification, in the order in which they apply: the first wins.
    Code {
        /// No such key, or not one of the asker's.
        NotFound = "NOT_FOUND",
        /// Ended for ever, or a secret that was replaced.
        Revoked = "REVOKED",
        /// Its time is over.
        Expired = "EXPIRED",
        /// Switched off, or its person is.
        Disabled = "DISABLED",
        /// Its organization's plan, or its person, has no API access.
        ApiAccessDisabled = "API_ACCESS_DISABLED",
        /// It works from certain addresses only, and the one it was presented from is none of them, or was not stated.
        IpNotAllowed = "IP_NOT_ALLOWED",
        /// It may read, and was asked to write.
        InsufficientAccess = "INSUFFICIENT_ACCESS",
        /// It lacks a scope that was asked for.
        InsufficientScope = "INSUFFICIENT_SCOPE",
        /// Good.
        Valid = "VALID",
    }
}

/// All that decides about a presented secret: read together, so that they fit together.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The key was ended.
    pub revoked: bool,
    /// The presented secret was replaced, and works before this moment only.
    pub secret_ends_at: Option<Timestamp>,
    /// The key works before this moment only.
    pub expires_at: Option<Timestamp>,
    /// The key is switched on.
    pub active: bool,
    /// The person it belongs to, if there is one, is active.
    pub person_active: bool,
    /// The organization's plan and the person allow API access.
    pub api_access: bool,
}

impl Standing {
    /// Whether the presented secret was replaced and its grace is over.
    #[must_use]
    pub fn secret_is_retired(&self, now: Timestamp) -> bool {
        self.secret_ends_at.is_some_and(|moment| moment <= now)
    }

    /// What stands against this secret by itself, whatever is asked of it: `None` when it is good.
    #[must_use]
    pub fn objection(&self, now: Timestamp) -> Option<Code> {
        if self.revoked || self.secret_is_retired(now) {
            Some(Code::Revoked)
        } else if self.expires_at.is_some_and(|moment| moment <= now) {
            Some(Code::Expired)
        } else if !self.active || !self.person_active {
            Some(Code::Disabled)
        } else if !self.api_access {
            Some(Code::ApiAccessDisabled)
        } else {
            None
        }
    }
}

/// What a verifier asks: `POST /v1/verify`.
#[derive(Clone, PartialEq)]
pub struct Ask {
    /// The presented text, secret or not.
    pub key: String,
    /// The access it must have.
    pub access: Access,
    /// The scopes it must have.
    pub scopes: Vec<Scope>,
    /// Where it was presented from.
    pub ip: Option<IpAddr>,
}

/// What a key may be used for.
#[derive(Clone, Copy, Debug)]
pub struct Rights<'a> {
    /// Whether it may change anything.
    pub access: Access,
    /// What may be asked of it.
    pub scopes: &'a [Scope],
    /// Where it works; none means anywhere.
    pub allowed_ips: &'a [AddressRange],
}

impl Ask {
    /// Longest presented text, in bytes; imported keys have at most 512.
    pub const LONGEST_KEY: usize = 512;

    /// Reads a request body.
    ///
    /// # Errors
    /// Every field that does not fit, by name; the presented text is never repeated.
    pub fn read(body: &Value) -> Result<Self, Problems> {
        let mut fields = Fields::bare(body)?;
        let key = fields.required("key", |value| {
            let text = value.as_str().ok_or("Must be text.")?;
            if text.is_empty() || text.len() > Self::LONGEST_KEY {
                return Err(Problem::from(format!("Must be 1 to {} bytes.", Self::LONGEST_KEY)));
            }
            Ok(text.to_owned())
        });
        let access = fields.optional("access", |value| {
            value.as_str().and_then(Access::parse).ok_or_else(|| "Must be read_only or read_write.".into())
        });
        let scopes = fields.optional("scopes", |value| {
            let items = value.as_array().ok_or("Must be a list of texts such as invoices.read.")?;
            if items.len() > MOST_SCOPES {
                return Err(Problem::from(format!("Must be at most {MOST_SCOPES} scopes.")));
            }
            let read = |item: &Value| item.as_str().and_then(Scope::parse);
            items
                .iter()
                .map(read)
                .collect::<Option<Vec<_>>>()
                .ok_or_else(|| Problem::from("Each scope must look like invoices.read or invoices.*"))
        });
        let ip = fields.optional("ip", |value| {
            value.as_str().and_then(|text| text.parse().ok()).ok_or_else(|| "Must be an IPv4 or IPv6 address.".into())
        });
        let key = fields.finish_with(key)?;
        Ok(Self { key, access: access.unwrap_or(Access::ReadOnly), scopes: scopes.unwrap_or_default(), ip })
    }

    /// The answer for a secret that was found: the first code that applies.
    #[must_use]
    pub fn judge(&self, standing: &Standing, rights: Rights<'_>, now: Timestamp) -> Code {
        if let Some(code) = standing.objection(now) {
            code
        } else if !allows(rights.allowed_ips, self.ip) {
            Code::IpNotAllowed
        } else if rights.access < self.access {
            Code::InsufficientAccess
        } else if cover(rights.scopes, &self.scopes) {
            Code::Valid
        } else {
            Code::InsufficientScope
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000);

    fn good() -> Standing {
        Standing {
            revoked: false,
            secret_ends_at: None,
            expires_at: None,
            active: true,
            person_active: true,
            api_access: true,
        }
    }

    #[test]
    fn the_first_code_that_applies_wins() {
        let past = Some(Timestamp::from_millis(1_000));
        let ask =
            Ask { key: "x".into(), access: Access::ReadWrite, scopes: vec![Scope::parse("a.b").unwrap()], ip: None };
        let all = vec![Scope::parse("*").unwrap()];
        // From all wrong to all right, one thing at a time.
        let mut standing = Standing {
            revoked: true,
            secret_ends_at: past,
            expires_at: past,
            active: false,
            person_active: false,
            api_access: false,
        };
        let ranges = [AddressRange::parse("10.0.0.0/8").unwrap()];
        let rights = |access, scopes, allowed_ips| Rights { access, scopes, allowed_ips };
        let least: Rights<'_> = rights(Access::ReadOnly, &[], &ranges);
        let judge = |standing: &Standing| ask.judge(standing, least, NOW);
        assert_eq!(judge(&standing), Code::Revoked);
        standing.revoked = false;
        assert_eq!(judge(&standing), Code::Revoked, "a retired secret");
        standing.secret_ends_at = Some(Timestamp::from_millis(1_001));
        assert_eq!(judge(&standing), Code::Expired);
        standing.expires_at = Some(Timestamp::from_millis(1_001));
        assert_eq!(judge(&standing), Code::Disabled);
        standing.active = true;
        assert_eq!(judge(&standing), Code::Disabled, "its person");
        standing.person_active = true;
        assert_eq!(judge(&standing), Code::ApiAccessDisabled);
        standing.api_access = true;
        assert_eq!(judge(&standing), Code::IpNotAllowed, "no address was stated");
        let ask = Ask { ip: "11.0.0.1".parse().ok(), ..ask };
        assert_eq!(ask.judge(&standing, least, NOW), Code::IpNotAllowed);
        let ask = Ask { ip: "10.0.0.1".parse().ok(), ..ask };
        assert_eq!(ask.judge(&standing, least, NOW), Code::InsufficientAccess);
        assert_eq!(ask.judge(&standing, rights(Access::ReadWrite, &[], &ranges), NOW), Code::InsufficientScope);
        assert_eq!(ask.judge(&standing, rights(Access::ReadWrite, &all, &[]), NOW), Code::Valid);
        assert_eq!(good().objection(NOW), None);
    }

    #[test]
    fn what_is_asked_is_read_with_the_least_as_default() {
        let ask = Ask::read(&json!({"key": "clv_x"})).unwrap();
        assert!(ask.access == Access::ReadOnly && ask.scopes.is_empty());
        for (body, field) in [
            (json!({}), "key"),
            (json!({"key": 7}), "key"),
            (json!({"key": ""}), "key"),
            (json!({"key": "x".repeat(513)}), "key"),
            (json!({"key": "x", "access": "all"}), "access"),
            (json!({"key": "x", "scopes": "a"}), "scopes"),
            (json!({"key": "x", "scopes": ["a b"]}), "scopes"),
            (json!({"key": "x", "kye": 1}), "kye"),
            (json!({"key": "x", "ip": "1.2.3"}), "ip"),
            (json!({"": {"key": "x"}}), "key"),
        ] {
            assert_eq!(Ask::read(&body).err().unwrap().errors[0].field, field);
        }
    }
}
