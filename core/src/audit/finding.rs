//! What can be wrong with a chain, and the sentence that names it.

use crate::{
    time::Timestamp,
    wire::audit::{Head, StoredRecord},
};

/// What a record says now that is not what was sealed: by its number alone nobody finds it among thousands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// When it says that it was.
    pub at: Timestamp,
    /// Who, did what, to what.
    pub what: String,
}

impl From<&StoredRecord> for Reading {
    fn from(record: &StoredRecord) -> Self {
        let StoredRecord { at, actor_name, action, target_name, .. } = record;
        Self { at: Timestamp::from_millis(*at), what: format!("{actor_name}, {action}, “{target_name}”") }
    }
}

/// What is wrong with a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The record, or its seal, is not what was sealed.
    Changed {
        /// The record.
        audit_id: i64,
        /// What it says now, if it is there and may be seen.
        now: Option<Reading>,
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
    /// The record has no seal where all have one: it was put there afterwards.
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
    /// Heads are signed with a key that is none of this Claviger's: one finding a key, however many they are.
    OtherKey {
        /// The key.
        public_key: String,
        /// How many.
        heads: i64,
        /// The record that the last of them names.
        audit_id: i64,
        /// When that says it was signed.
        signed_at: Timestamp,
    },
}

impl Finding {
    /// What to say of it; `tell` tells a moment.
    #[must_use]
    pub fn sentence(&self, tell: fn(Timestamp) -> String) -> String {
        match self {
            Self::Changed { audit_id, now: None } => format!("Record {audit_id} was changed after it was sealed."),
            Self::Changed { audit_id, now: Some(Reading { at, what }) } => {
                format!("Record {audit_id} was changed after it was sealed. It now says: {}, {what}.", tell(*at))
            }
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
            Self::OtherKey { public_key, heads, audit_id, signed_at } => {
                let (which, prove) = match heads {
                    1 => (format!("The head of record {audit_id}, dated {}, is", tell(*signed_at)), "proves"),
                    more => {
                        let dated = tell(*signed_at);
                        (format!("{more} heads, the last of them of record {audit_id} and dated {dated}, are"), "prove")
                    }
                };
                format!(
                    "{which} signed with a key that is not this Claviger's, {public_key}, and {prove} nothing. If it was its key once, name it in AUDIT_FORMER_KEYS; otherwise somebody else signed."
                )
            }
        }
    }

    /// Of a head that was signed with a key that is none of this Claviger's.
    pub(super) fn other_key(head: &Head) -> Self {
        let Head { public_key, audit_id, signed_at, .. } = head;
        Self::OtherKey { public_key: public_key.clone(), heads: 1, audit_id: *audit_id, signed_at: *signed_at }
    }
}
