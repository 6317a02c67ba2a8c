//! What the machine asks of the glue, and what comes back.

use std::{collections::BTreeMap, sync::Arc};

use super::{Answer, Record};
use crate::{secret::SecretHash, time::Timestamp};

/// What a request does next.
#[derive(Debug)]
pub enum Next {
    /// Answer. This is the last: the request is settled.
    Answer(Answer),
    /// Sleep for so many milliseconds on the request's own timer, and ask again.
    Sleep(i64),
    /// One batch to the primary database; then [`super::Isolate::primary_for`].
    Primary(Batch),
    /// One read of any replica, with the bookmark; then [`super::Isolate::replica_for`].
    Replica(Read),
    /// Ask KV for these; then [`super::Isolate::kv_for`].
    Kv(Vec<SecretHash>),
}

/// A sync, and the look-ups of the request that makes it: one batch, so that all is of one moment.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Ask for the rows of the feed behind this one, in order, [`super::MOST_CHANGES`] and one more. `None`: for no rows.
    pub cursor: Option<i64>,
    /// Ask for the records of these; none behind an answer.
    pub look_ups: Vec<SecretHash>,
    /// After so many milliseconds the primary counts as not answering.
    pub within: i64,
    pub(super) started_at: Timestamp,
    pub(super) epoch: u64,
}

/// Look-ups that a replica may answer, if it is no older than the bookmark.
#[derive(Clone, Debug)]
pub struct Read {
    /// Of the last sync.
    pub bookmark: String,
    /// Ask for the records of these.
    pub look_ups: Vec<SecretHash>,
    /// After so many milliseconds D1 counts as not answering.
    pub within: i64,
    pub(super) as_of: Timestamp,
    pub(super) cursor: i64,
    pub(super) epoch: u64,
}

/// A row of the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its place.
    pub seq: i64,
    /// Whose key has changed.
    pub organization_id: i64,
    /// Which secret; `None` is every one of the organization.
    pub hash: Option<SecretHash>,
}

/// What the feed said.
#[derive(Clone, Debug, Default)]
pub struct Feed {
    /// `min(seq)`, NULL for an empty feed.
    pub first: Option<i64>,
    /// `max(seq)`.
    pub last: Option<i64>,
    /// The rows behind the batch's cursor, in order.
    pub changes: Vec<Change>,
}

/// The records that were found; what is not in it does not exist.
pub type Found = BTreeMap<SecretHash, Arc<Record>>;

/// What the primary answered to a [`Batch`].
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The feed.
    pub feed: Feed,
    /// The look-ups.
    pub found: Found,
    /// The session's bookmark after the batch.
    pub bookmark: Option<String>,
}
