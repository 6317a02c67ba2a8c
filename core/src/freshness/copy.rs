//! What KV keeps for the time when D1 does not answer: each live key by its hash, and each organization by itself, so that a
//! change of an organization rewrites one entry and not those of all its keys.

use serde::{Deserialize, Serialize};

use super::Record;

/// A key, without what its organization adds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyCopy(Record);

/// What an organization adds to each of its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationCopy {
    /// Its keys are verified against the primary database each time, so never from KV.
    pub strict: bool,
    /// Its plan has API access.
    pub api_access: bool,
}

impl KeyCopy {
    /// Of a record as the database has it, and whether the key's person has API access. `None` for a key that is not live:
    /// an entry that is not there says the least.
    #[must_use]
    pub fn of(mut record: Record, person_api_access: bool) -> Option<Self> {
        if record.standing.revoked {
            return None;
        }
        record.standing.api_access = person_api_access;
        record.strict = false;
        // A copy may be older than the first import.
        record.imports = true;
        Some(Self(record))
    }

    /// Whose key it is.
    #[must_use]
    pub const fn organization_id(&self) -> i64 {
        self.0.organization_id
    }

    /// The record. Without its organization's entry nobody knows whether it is strict: then there is none.
    #[must_use]
    pub fn with(mut self, organization: Option<OrganizationCopy>) -> Option<Record> {
        let organization = organization?;
        self.0.strict = organization.strict;
        self.0.standing.api_access &= organization.api_access;
        Some(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::record, *};

    #[test]
    fn a_copy_is_the_record_again_with_its_organization() {
        let record = record(1);
        let copy = KeyCopy::of(record.clone(), true).unwrap();
        let text = serde_json::to_string(&copy).unwrap();
        let read: KeyCopy = serde_json::from_str(&text).unwrap();
        let organization = |strict, api_access| Some(OrganizationCopy { strict, api_access });
        assert!(!record.imports);
        let copied = Record { imports: true, ..record.clone() };
        assert_eq!(read.clone().with(organization(false, true)), Some(copied), "it may have imported since");
        assert!(read.clone().with(organization(true, true)).unwrap().strict);
        assert!(!read.clone().with(organization(false, false)).unwrap().standing.api_access);
        assert_eq!(read.with(None), None, "an organization that nobody knows may be strict");
        let without = KeyCopy::of(record, false).unwrap().with(organization(false, true)).unwrap();
        assert!(!without.standing.api_access, "its person has no API access");
    }

    #[test]
    fn a_revoked_key_has_no_copy() {
        let mut ended = record(1);
        ended.standing.revoked = true;
        assert_eq!(KeyCopy::of(ended, true), None);
    }
}
