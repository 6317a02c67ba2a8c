//! Checking a chain, piece by piece, from its first record on.
//!
//! What is found is named and noted, and the check goes on from what is there: one altered record does not hide the next.

use std::collections::BTreeMap;

use super::Tip;
use crate::{
    time::Timestamp,
    wire::audit::{Head, SealedRecord},
};

/// Findings that are kept; past them it is known that the log is not what it was.
const MOST: usize = 20;

/// What is wrong with a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The record, or its seal, is not what was sealed.
    Changed {
        /// The record.
        audit_id: i64,
    },
    /// The seal is there, its record is not.
    Removed {
        /// The record.
        audit_id: i64,
    },
    /// Records are gone with their seals.
    Gap {
        /// The record before; 0 at the beginning.
        after: i64,
        /// The record behind.
        before: i64,
        /// How many.
        missing: i64,
    },
    /// The seal does not follow the one before it.
    Detached {
        /// Its record.
        audit_id: i64,
        /// The record before; 0 at the beginning.
        after: i64,
    },
    /// The seal comes again, or too late.
    OutOfOrder {
        /// Its record.
        audit_id: i64,
    },
    /// The record is among sealed ones and has no seal: it was put there afterwards.
    Inserted {
        /// The record.
        audit_id: i64,
    },
    /// A signed head names another seal than the one in its place: everything up to it was sealed anew.
    Resealed {
        /// The record that the head names.
        audit_id: i64,
        /// When the head was signed.
        signed_at: Timestamp,
    },
    /// The chain ends before a signed head.
    Cut {
        /// The last record that is there; 0 for none.
        last: i64,
        /// The record that the head names.
        audit_id: i64,
        /// When the head was signed.
        signed_at: Timestamp,
        /// Records that were signed and are gone.
        missing: i64,
    },
    /// The head's signature is not that of its key.
    WrongSignature {
        /// The record that the head names.
        audit_id: i64,
        /// When it says it was signed.
        signed_at: Timestamp,
    },
    /// The head is signed with another key than this Claviger's.
    OtherKey {
        /// The record that the head names.
        audit_id: i64,
        /// When it says it was signed.
        signed_at: Timestamp,
    },
}

impl Finding {
    /// What to say of it; `tell` tells a moment.
    #[must_use]
    pub fn sentence(&self, tell: fn(Timestamp) -> String) -> String {
        match self {
            Self::Changed { audit_id } => format!("Record {audit_id} was changed after it was sealed."),
            Self::Removed { audit_id } => format!("Record {audit_id} was removed; only its seal is left."),
            Self::Gap { after: 0, before, missing: 1 } => format!("The record before record {before} was removed."),
            Self::Gap { after: 0, before, missing } => {
                format!("The {missing} records before record {before} were removed.")
            }
            Self::Gap { after, before, missing: 1 } => {
                format!("A record between record {after} and record {before} was removed.")
            }
            Self::Gap { after, before, missing } => {
                format!("{missing} records between record {after} and record {before} were removed.")
            }
            Self::Detached { audit_id, after: 0 } => {
                format!("The seal of record {audit_id} should be the first, but follows another one.")
            }
            Self::Detached { audit_id, after } => {
                format!(
                    "The seal of record {audit_id} does not follow that of record {after}: one of them was made anew."
                )
            }
            Self::OutOfOrder { audit_id } => format!("Record {audit_id} is not in its place."),
            Self::Inserted { audit_id } => format!("Record {audit_id} was put in afterwards: it has no seal."),
            Self::Resealed { audit_id, signed_at } => format!(
                "The head that was signed on {} names another seal of record {audit_id}: the records up to it were sealed anew.",
                tell(*signed_at)
            ),
            Self::Cut { last, audit_id, signed_at, missing } => {
                let end = if *last == 0 { "is empty".to_owned() } else { format!("ends with record {last}") };
                let gone =
                    if *missing == 1 { "1 record is gone".to_owned() } else { format!("{missing} records are gone") };
                format!(
                    "The log {end}, but was signed up to record {audit_id} on {}: {gone} from its end.",
                    tell(*signed_at)
                )
            }
            Self::WrongSignature { audit_id, signed_at } => {
                format!("The head of record {audit_id}, dated {}, has a wrong signature.", tell(*signed_at))
            }
            Self::OtherKey { audit_id, signed_at } => format!(
                "The head of record {audit_id}, dated {}, is signed with another key than this Claviger's: the key was replaced since, or somebody else signed.",
                tell(*signed_at)
            ),
        }
    }
}

/// What became of a head's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// It is that of the head's key.
    Good,
    /// It is not.
    Wrong,
    /// The platform cannot tell: the head counts for nothing but what it names.
    Unchecked,
}

/// What is known at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Records that were looked at.
    pub records: i64,
    /// The last seal.
    pub tip: Tip,
    /// The newest head that holds.
    pub head: Option<Head>,
    /// Whether there was a signature that could not be checked.
    pub unchecked: bool,
    /// What is wrong, in the order in which it was met.
    pub findings: Vec<Finding>,
}

/// A check under way.
#[derive(Clone, Debug)]
pub struct Check {
    organization_id: i64,
    public_key: Option<String>,
    tip: Tip,
    records: i64,
    ahead: BTreeMap<i64, Vec<Head>>,
    good: Option<Head>,
    unchecked: bool,
    findings: Vec<Finding>,
}

impl Check {
    /// Begins with the first record of an organization, whose heads this Claviger signs with `public_key`.
    #[must_use]
    pub fn new(organization_id: i64, public_key: Option<String>) -> Self {
        Self {
            organization_id,
            public_key,
            tip: Tip::start(),
            records: 0,
            ahead: BTreeMap::new(),
            good: None,
            unchecked: false,
            findings: Vec::new(),
        }
    }

    /// Whether so much is wrong that one need not go on.
    #[must_use]
    pub const fn is_hopeless(&self) -> bool {
        self.findings.len() >= MOST
    }

    /// Takes a head, whose signature the platform has looked at; before the record that it names.
    pub fn head(&mut self, head: Head, signature: Signature) {
        let (audit_id, signed_at) = (head.audit_id, head.signed_at);
        if signature == Signature::Wrong || head.organization_id != self.organization_id {
            return self.find(Finding::WrongSignature { audit_id, signed_at });
        }
        self.unchecked |= signature == Signature::Unchecked;
        if self.public_key.as_ref() != Some(&head.public_key) {
            return self.find(Finding::OtherKey { audit_id, signed_at });
        }
        if head.position <= self.tip.position {
            return self.find(Finding::Resealed { audit_id, signed_at });
        }
        self.ahead.entry(head.position).or_default().push(head);
    }

    /// Takes the next record.
    pub fn record(&mut self, sealed: &SealedRecord) {
        self.records += 1;
        if let Some(finding) = self.judge(sealed) {
            self.find(finding);
        }
        let seal = &sealed.seal;
        for head in self.ahead.remove(&seal.position).unwrap_or_default() {
            if (head.audit_id, &head.hash) == (seal.audit_id, &seal.hash) {
                self.good = Some(head);
            } else {
                self.find(Finding::Resealed { audit_id: head.audit_id, signed_at: head.signed_at });
            }
        }
        // From what is there, also when it is wrong: what follows it is judged by itself.
        self.tip = Tip::from(seal);
    }

    /// Takes a record that is among the sealed ones and has no seal.
    pub fn unsealed(&mut self, audit_id: i64) {
        self.find(Finding::Inserted { audit_id });
    }

    /// Nothing more comes.
    #[must_use]
    pub fn finish(mut self) -> Outcome {
        if let Some(head) = std::mem::take(&mut self.ahead).into_values().flatten().last() {
            self.find(if head.position > self.tip.position {
                let missing = head.position - self.tip.position;
                let last = self.tip.audit_id;
                Finding::Cut { last, audit_id: head.audit_id, signed_at: head.signed_at, missing }
            } else {
                Finding::Resealed { audit_id: head.audit_id, signed_at: head.signed_at }
            });
        }
        let Self { records, tip, good: head, unchecked, findings, .. } = self;
        Outcome { records, tip, head, unchecked, findings }
    }

    fn judge(&self, sealed: &SealedRecord) -> Option<Finding> {
        let (seal, tip) = (&sealed.seal, &self.tip);
        let audit_id = seal.audit_id;
        if seal.position <= tip.position || audit_id <= tip.audit_id {
            return Some(Finding::OutOfOrder { audit_id });
        }
        if seal.position > tip.position + 1 {
            let missing = seal.position - tip.position - 1;
            return Some(Finding::Gap { after: tip.audit_id, before: audit_id, missing });
        }
        if seal.previous != tip.hash {
            return Some(Finding::Detached { audit_id, after: tip.audit_id });
        }
        let digest = match (&sealed.record, &sealed.salt, &sealed.digest) {
            (Some(record), Some(_), _) if record.id != audit_id || record.organization_id != self.organization_id => {
                return Some(Finding::Changed { audit_id });
            }
            (Some(record), Some(salt), _) => record.digest(salt),
            (None, _, Some(digest)) => digest.clone(),
            _ => return Some(Finding::Removed { audit_id }),
        };
        (seal.hash != seal.computed(self.organization_id, &digest)).then_some(Finding::Changed { audit_id })
    }

    fn find(&mut self, finding: Finding) {
        if !self.is_hopeless() {
            self.findings.push(finding);
        }
    }
}
