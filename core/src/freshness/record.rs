//! The decision record: all that verification needs to know of a secret, besides the clock and the request's wishes.

use serde::{Deserialize, Serialize};

use crate::{
    freshness::slip,
    key::{Access, Role},
    meter::Settings,
    network::AddressRange,
    organization::SYSTEM_ORGANIZATION,
    scope::Scope,
    secret::SecretHash,
    time::Timestamp,
    verify::{Ask, Code, Rights, Standing},
};

/// A secret's key, person and organization as they were in one moment. Boxed and not growable: 10,000 of them are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The secret that led here: a key may have two.
    #[serde(with = "hexadecimal")]
    pub hash: SecretHash,
    /// The key; never reused.
    pub key_id: i64,
    /// Its owner.
    pub organization_id: i64,
    /// The person it belongs to.
    pub user_id: Option<i64>,
    /// Its name.
    pub name: Box<str>,
    /// What it may do.
    pub role: Role,
    /// Whether it may change anything.
    pub access: Access,
    /// What may be asked of it.
    pub scopes: Box<[Scope]>,
    /// Where it works; none means anywhere.
    pub allowed_ips: Box<[AddressRange]>,
    /// The owner's own data, as JSON text of an object: a map of values would take several times its 4 KB.
    pub metadata: Box<str>,
    /// What the status hangs on, with the ends of the key and of this secret: judged by the clock at each use.
    pub standing: Standing,
    /// Its organization wants the primary database to be read each time.
    pub strict: bool,
    /// Its organization has imported keys at some time, or nobody knows.
    #[serde(default = "maybe")]
    pub imports: bool,
    /// How often and how many times it may be used; only what was set, its ledger has the rest. Boxed, for most have none.
    pub limits: Option<Box<Settings>>,
    /// Of a verifier: the header that says where its callers are.
    pub client_ip_header: Option<Box<str>>,
}

impl Record {
    /// What stands against this secret by itself, at this moment.
    #[must_use]
    pub fn objection(&self, now: Timestamp) -> Option<Code> {
        self.standing.objection(Self::judged_at(now))
    }

    /// The answer to `ask`, before rates and credits.
    #[must_use]
    pub fn judge(&self, ask: &Ask, now: Timestamp) -> Code {
        let rights = Rights { access: self.access, scopes: &self.scopes, allowed_ips: &self.allowed_ips };
        ask.judge(&self.standing, rights, Self::judged_at(now))
    }

    /// Of a verifier: the organization that may have imported a text presented to it.
    #[must_use]
    pub fn importer(&self) -> Option<i64> {
        self.imports.then_some(self.organization_id)
    }

    /// Whether a verifier of this organization may know of the key; the system organization's see all.
    #[must_use]
    pub const fn is_visible_to(&self, organization_id: i64) -> bool {
        self.organization_id == organization_id || organization_id == SYSTEM_ORGANIZATION
    }

    fn judged_at(now: Timestamp) -> Timestamp {
        if slip!(ExtendGrace) { now.plus(-crate::freshness::S) } else { now }
    }

    /// Bytes it occupies, rounded up: each allocation is counted with 16 bytes of its own.
    #[must_use]
    pub fn bytes(&self) -> usize {
        const ALLOCATION: usize = 16;
        let text = |length: usize| length + ALLOCATION;
        let scopes: usize = self.scopes.iter().map(|scope| size_of::<Scope>() + text(scope.as_str().len())).sum();
        size_of::<Self>()
            + text(2 * size_of::<usize>()) // The counters of its `Arc`.
            + text(self.name.len())
            + text(scopes)
            + text(size_of_val(&*self.allowed_ips))
            + text(self.metadata.len())
            + self.limits.as_deref().map_or(0, |limits| text(size_of_val(limits)))
            + text(self.client_ip_header.as_deref().map_or(0, str::len))
    }
}

const fn maybe() -> bool {
    true
}

/// How a hash is written in a copy. Nowhere else: a type that can be serialized ends in an answer some day.
mod hexadecimal {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::secret::SecretHash;

    pub fn serialize<S: Serializer>(hash: &SecretHash, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hash.to_hex())
    }

    pub fn deserialize<'a, D: Deserializer<'a>>(deserializer: D) -> Result<SecretHash, D::Error> {
        let text = String::deserialize(deserializer)?;
        SecretHash::from_hex(&text).ok_or_else(|| D::Error::custom("not a hash"))
    }
}
