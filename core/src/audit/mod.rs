//! The audit log that proves itself: how its records are sealed, and how a chain of seals is checked.
//!
//! Each organization's records form a chain in the order of their ids. A record's *digest* is the SHA-256 of its columns and a
//! salt, its *seal* the SHA-256 of its place, the seal before it and its digest; so nothing before a seal can become another
//! without the seal becoming another too. Once a day the last seal is signed: a *head*. All that is hashed or signed is a
//! JSON array as RFC 8785 writes it, which is what `JSON.stringify` makes of one; docs/AUDIT.md shows how to check without
//! this program.
//!
//! The Worker seals and the browser checks, both with this code; hashes of 100,000 records are a matter of a second, so
//! [`check::Check`] is fed in pieces. Signatures are for the platform: [`Head::message`] says which bytes.

pub mod check;
pub mod export;
pub mod finding;
pub mod sentence;
pub mod story;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    time::Timestamp,
    wire::audit::{Head, Seal, StoredRecord},
};

/// Records and seals in one answer.
pub const MOST_IN_RANGE: u32 = 1_000;
/// A salt has 128 bits.
pub const SALT_BYTES: usize = 16;

/// The last seal of a chain, which the next one follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    /// Its place, from 1; 0 for a chain that has not begun.
    pub position: i64,
    /// Its record; 0 likewise.
    pub audit_id: i64,
    /// Its hash; zeros likewise.
    pub hash: String,
}

impl Tip {
    /// What the first seal of a chain follows.
    #[must_use]
    pub fn start() -> Self {
        Self { position: 0, audit_id: 0, hash: "0".repeat(64) }
    }

    /// The seal of the next record.
    #[must_use]
    pub fn seal(&self, record: &StoredRecord, salt: &str) -> Seal {
        let mut seal =
            Seal { position: self.position + 1, audit_id: record.id, previous: self.hash.clone(), hash: String::new() };
        seal.hash = seal.computed(record.organization_id, &record.digest(salt));
        seal
    }
}

impl From<&Seal> for Tip {
    fn from(seal: &Seal) -> Self {
        Self { position: seal.position, audit_id: seal.audit_id, hash: seal.hash.clone() }
    }
}

impl StoredRecord {
    /// What its seal is made of. The salt is told only with the record, so that the digest alone lets nobody guess it.
    #[must_use]
    pub fn digest(&self, salt: &str) -> String {
        hash(&json!([
            "claviger audit record 1",
            self.organization_id,
            self.id,
            self.at,
            self.actor_type,
            self.actor_id,
            self.actor_name,
            self.action,
            self.target_type,
            self.target_id,
            self.target_name,
            self.details,
            self.ip,
            self.request_id,
            salt,
        ]))
    }
}

impl Seal {
    /// What its hash must be, in the chain of this organization.
    #[must_use]
    pub fn computed(&self, organization_id: i64, digest: &str) -> String {
        hash(&json!(["claviger audit seal 1", organization_id, self.position, self.audit_id, self.previous, digest]))
    }
}

impl Head {
    /// What is signed, in UTF-8.
    #[must_use]
    pub fn message(&self) -> String {
        json!([
            "claviger audit head 1",
            self.organization_id,
            self.position,
            self.audit_id,
            self.hash,
            self.signed_at.millis()
        ])
        .to_string()
    }
}

/// When a chain that goes on after a head that was signed at this moment gets its next one: with the next day, in UTC.
#[must_use]
pub const fn next_head(signed_at: Timestamp) -> Timestamp {
    signed_at.next_day()
}

/// As RFC 8785 writes an array of texts, whole numbers and nulls; in hexadecimal.
fn hash(values: &Value) -> String {
    hex(&Sha256::digest(values.to_string().as_bytes()))
}

/// Lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;
