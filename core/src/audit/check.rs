//! Checking a chain, piece by piece, from its first record on.
//!
//! What is found is named and noted, and the check goes on from what is there: one altered record does not hide the next.

use std::{collections::BTreeMap, mem::discriminant};

use super::{
    Tip,
    finding::{Finding, Reading},
};
use crate::{
    passkey::from_base64url,
    wire::audit::{Head, Seal, SealedRecord},
};

/// Findings of one kind that are kept, the others of it are counted: so that many of one kind hide none of another.
const MOST_OF_A_KIND: usize = 20;

/// Whose signatures count, as base64url.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// The key that this Claviger signs with now.
    pub current: Option<String>,
    /// Those that it signed with before.
    pub former: Vec<String>,
}

impl Keys {
    /// Reads public keys with commas between them; `None` when one of them is none.
    #[must_use]
    pub fn read_former(text: &str) -> Option<Vec<String>> {
        let keys = text.split(',').map(str::trim).filter(|key| !key.is_empty());
        keys.map(|key| from_base64url(key).filter(|bytes| bytes.len() == 32).map(|_| key.to_owned())).collect()
    }

    fn know(&self, key: &str) -> bool {
        self.current.as_deref() == Some(key) || self.former.iter().any(|former| former == key)
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
    /// Records that were checked by their digest, for they are not for who checks.
    pub unseen: i64,
    /// The head that was kept elsewhere, if the chain holds what it names.
    pub kept: Option<Head>,
    /// What is wrong, in the order in which it was met.
    pub findings: Vec<Finding>,
    /// How much more is wrong, of kinds of which enough is in `findings`.
    pub unlisted: i64,
}

/// A head whose seal has not come yet.
#[derive(Clone, Debug)]
struct Awaited {
    head: Head,
    /// It comes from elsewhere.
    kept: bool,
}

/// A check under way.
#[derive(Clone, Debug)]
pub struct Check {
    organization_id: i64,
    keys: Keys,
    tip: Tip,
    records: i64,
    unseen: i64,
    ahead: BTreeMap<i64, Vec<Awaited>>,
    good: Option<Head>,
    kept: Option<Head>,
    unchecked: bool,
    findings: Vec<Finding>,
    unlisted: i64,
}

impl Check {
    /// Begins with the first record of an organization, whose heads this Claviger signs with these keys.
    #[must_use]
    pub fn new(organization_id: i64, keys: Keys) -> Self {
        Self {
            organization_id,
            keys,
            tip: Tip::start(),
            records: 0,
            unseen: 0,
            ahead: BTreeMap::new(),
            good: None,
            kept: None,
            unchecked: false,
            findings: Vec::new(),
            unlisted: 0,
        }
    }

    /// Takes a head that was kept where who can change this database cannot change it; before the first record. The chain must
    /// hold what it names, whatever key this Claviger has now.
    ///
    /// # Errors
    /// A sentence, when it is no proof of this log.
    pub fn keep(&mut self, head: Head, signature: Signature) -> Result<(), &'static str> {
        if head.organization_id != self.organization_id {
            return Err("This proof is of another organization's log.");
        }
        if signature == Signature::Wrong {
            return Err("This proof is not as it was saved: its signature does not fit.");
        }
        self.ahead.entry(head.position).or_default().push(Awaited { head, kept: true });
        Ok(())
    }

    /// Takes a head, whose signature the platform has looked at; before the record that it names.
    pub fn head(&mut self, head: Head, signature: Signature) {
        let (audit_id, signed_at) = (head.audit_id, head.signed_at);
        if signature == Signature::Wrong || head.organization_id != self.organization_id {
            return self.find(Finding::WrongSignature { audit_id, signed_at });
        }
        self.unchecked |= signature == Signature::Unchecked;
        if !self.keys.know(&head.public_key) {
            return self.find_other_key(&head);
        }
        if head.position <= self.tip.position {
            return self.find(Finding::Resealed { audit_id, signed_at });
        }
        self.ahead.entry(head.position).or_default().push(Awaited { head, kept: false });
    }

    /// Takes the next record.
    pub fn record(&mut self, sealed: &SealedRecord) {
        self.records += 1;
        for finding in [self.place(&sealed.seal), self.content(sealed)].into_iter().flatten() {
            self.find(finding);
        }
        self.unseen += i64::from(sealed.digest.is_some());
        let seal = &sealed.seal;
        for Awaited { head, kept } in self.ahead.remove(&seal.position).unwrap_or_default() {
            if (head.audit_id, &head.hash) != (seal.audit_id, &seal.hash) {
                self.find(Finding::Resealed { audit_id: head.audit_id, signed_at: head.signed_at });
            } else if kept {
                self.kept = Some(head);
            } else {
                self.good = Some(head);
            }
        }
        // From what is there, also when it is wrong: what follows it is judged by itself.
        self.tip = Tip::from(seal);
    }

    /// Takes a record that has no seal, where all have one.
    pub fn unsealed(&mut self, audit_id: i64) {
        self.find(Finding::Inserted { audit_id });
    }

    /// Nothing more comes.
    #[must_use]
    pub fn finish(mut self) -> Outcome {
        if let Some(Awaited { head, .. }) = std::mem::take(&mut self.ahead).into_values().flatten().last() {
            self.find(if head.position > self.tip.position {
                let missing = head.position - self.tip.position;
                let last = self.tip.audit_id;
                Finding::Cut { last, audit_id: head.audit_id, signed_at: head.signed_at, missing }
            } else {
                Finding::Resealed { audit_id: head.audit_id, signed_at: head.signed_at }
            });
        }
        let Self { records, tip, good: head, unchecked, unseen, kept, findings, unlisted, .. } = self;
        Outcome { records, tip, head, unchecked, unseen, kept, findings, unlisted }
    }

    /// What is wrong with where the seal stands.
    fn place(&self, seal: &Seal) -> Option<Finding> {
        let (tip, audit_id) = (&self.tip, seal.audit_id);
        if seal.position <= tip.position || audit_id <= tip.audit_id {
            return Some(Finding::OutOfOrder { audit_id });
        }
        if seal.position > tip.position + 1 {
            let missing = seal.position - tip.position - 1;
            return Some(Finding::Gap { after: tip.audit_id, before: audit_id, missing });
        }
        (seal.previous != tip.hash).then_some(Finding::Detached { audit_id, after: tip.audit_id })
    }

    /// What is wrong with the record, whatever was before it: as its own seal has it.
    fn content(&self, sealed: &SealedRecord) -> Option<Finding> {
        let seal = &sealed.seal;
        let audit_id = seal.audit_id;
        let digest = match (&sealed.record, &sealed.salt, &sealed.digest) {
            (Some(record), Some(salt), _) => record.digest(salt),
            (None, _, Some(digest)) => digest.clone(),
            _ => return Some(Finding::Removed { audit_id }),
        };
        let same = sealed.record.as_ref().is_none_or(|record| record.id == audit_id);
        let holds = same && seal.hash == seal.computed(self.organization_id, &digest);
        (!holds).then(|| Finding::Changed { audit_id, now: sealed.record.as_ref().map(Reading::from) })
    }

    fn find(&mut self, finding: Finding) {
        let same = |other: &&Finding| discriminant(*other) == discriminant(&finding);
        if self.findings.iter().filter(same).count() < MOST_OF_A_KIND {
            self.findings.push(finding);
        } else {
            self.unlisted += 1;
        }
    }

    fn find_other_key(&mut self, head: &Head) {
        for finding in &mut self.findings {
            if let Finding::OtherKey { public_key, heads, audit_id, signed_at } = finding
                && *public_key == head.public_key
            {
                (*heads, *audit_id, *signed_at) = (*heads + 1, head.audit_id, head.signed_at);
                return;
            }
        }
        self.find(Finding::other_key(head));
    }
}
