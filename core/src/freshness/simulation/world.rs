//! The truth: a database with its feed and its whole history, replicas that lag, and KV that lags more.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::super::{Change, Feed, Found, MOST_CHANGES, Record, Snapshot};
use crate::{
    key::{Access, Role},
    secret::SecretHash,
    time::Timestamp,
    verify::Standing,
};

/// How long KV may go on telling what was, that nothing was included.
pub const KV_LAG: i64 = 60_000;

/// What a secret had from one commit to the next.
#[derive(Debug)]
pub struct Version {
    pub commit: i64,
    pub at: i64,
    pub record: Option<Arc<Record>>,
}

#[derive(Clone, Debug)]
pub struct Key {
    pub organization_id: i64,
    pub person: Option<i64>,
    pub role: Role,
    pub access: Access,
    pub active: bool,
    pub person_active: bool,
    pub revoked: bool,
    pub expires_at: Option<i64>,
    pub version: i64,
}

#[derive(Clone, Copy, Debug)]
pub struct Organization {
    pub paid: bool,
    pub strict: bool,
}

#[derive(Default)]
pub struct World {
    /// True time, in milliseconds.
    pub now: i64,
    pub commits: i64,
    pub organizations: BTreeMap<i64, Organization>,
    pub keys: BTreeMap<i64, Key>,
    /// Whose they are, and when they end.
    pub secrets: BTreeMap<SecretHash, (i64, Option<i64>)>,
    feed: BTreeMap<i64, Change>,
    seq: i64,
    pub history: BTreeMap<SecretHash, Vec<Version>>,
    kv: BTreeMap<SecretHash, Vec<Version>>,
    names: BTreeMap<SecretHash, String>,
    made: u64,
}

impl World {
    /// An empty world, whose feed has been written to for long.
    pub fn new() -> Self {
        Self { now: 10_000_000, seq: 10_000_000, ..Self::default() }
    }

    /// A hash that nobody has.
    pub fn new_hash(&mut self, name: &str) -> SecretHash {
        self.made += 1;
        // Spread over the tree as real ones are.
        let bytes = self.made.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
        let mut all = [0; 32];
        for (byte, value) in all.iter_mut().zip(bytes) {
            *byte = value;
        }
        let hash = SecretHash::from_bytes(all);
        self.names.insert(hash, format!("{name} #{}", self.made));
        hash
    }

    pub fn name(&self, hash: SecretHash) -> &str {
        self.names.get(&hash).map_or("?", String::as_str)
    }

    /// The record of a secret as it is now.
    fn record(&self, hash: SecretHash) -> Option<Arc<Record>> {
        let (id, ends_at) = self.secrets.get(&hash)?;
        let key = self.keys.get(id)?;
        let organization = self.organizations.get(&key.organization_id)?;
        let standing = Standing {
            revoked: key.revoked,
            secret_ends_at: ends_at.map(Timestamp::from_millis),
            expires_at: key.expires_at.map(Timestamp::from_millis),
            active: key.active,
            person_active: key.person_active,
            api_access: organization.paid,
        };
        Some(Arc::new(Record {
            hash,
            key_id: *id,
            organization_id: key.organization_id,
            user_id: key.person,
            name: format!("version {}", key.version).into(),
            role: key.role,
            access: key.access,
            scopes: [].into(),
            allowed_ips: [].into(),
            metadata: "{}".into(),
            standing,
            strict: organization.strict,
            imports: true,
            limits: None,
            client_ip_header: None,
        }))
    }

    /// Ends a commit: rows into the feed as the triggers write them, versions into the history of what has changed.
    pub fn commit(&mut self, touched: &BTreeSet<SecretHash>, rows: &[(i64, Option<SecretHash>)]) {
        self.commits += 1;
        for (organization_id, hash) in rows {
            self.seq += 1;
            let change = Change { seq: self.seq, organization_id: *organization_id, hash: *hash };
            self.feed.insert(self.seq, change);
        }
        for hash in touched {
            let record = self.record(*hash);
            let versions = self.history.entry(*hash).or_default();
            if versions.last().and_then(|version| version.record.as_deref()) != record.as_deref() {
                versions.push(Version { commit: self.commits, at: self.now, record });
            }
        }
    }

    /// A commit whose rows name each secret.
    pub fn commit_secrets(&mut self, touched: &BTreeSet<SecretHash>, organization_id: i64) {
        let rows: Vec<_> = touched.iter().map(|hash| (organization_id, Some(*hash))).collect();
        self.commit(touched, &rows);
    }

    pub fn secrets_of(&self, owns: impl Fn(i64, &Key) -> bool) -> BTreeSet<SecretHash> {
        let mine = |id: &i64| self.keys.get(id).is_some_and(|key| owns(*id, key));
        self.secrets.iter().filter(|(_, (id, _))| mine(id)).map(|(hash, _)| *hash).collect()
    }

    /// Throws rows away as pruning does: some of the oldest, never the newest.
    pub fn prune(&mut self, up_to: i64) {
        let newest = self.seq;
        self.feed.retain(|seq, _| *seq > up_to || *seq == newest);
    }

    pub fn feed_range(&self) -> (i64, i64) {
        (self.feed.keys().next().copied().unwrap_or_default(), self.seq)
    }

    /// The database is replaced by an older copy: its feed ends earlier, and changes come back without a row.
    pub fn restore(&mut self, back: i64) {
        self.seq -= back;
        let last = self.feed.last_key_value().map(|(_, change)| *change);
        self.feed.clear();
        if let Some(change) = last {
            self.feed.insert(self.seq, Change { seq: self.seq, ..change });
        }
    }

    /// What the primary answers to a batch now.
    pub fn snapshot(&self, cursor: Option<i64>, look_ups: &[SecretHash]) -> Snapshot {
        let behind = |cursor| self.feed.range(cursor + 1..).take(MOST_CHANGES + 1).map(|(_, change)| *change).collect();
        let feed = Feed {
            first: self.feed.keys().next().copied(),
            last: self.feed.keys().next_back().copied(),
            changes: cursor.map(behind).unwrap_or_default(),
        };
        Snapshot { feed, found: self.found(look_ups, self.commits), bookmark: Some(self.commits.to_string()) }
    }

    /// What a database answers that has every commit up to this one.
    pub fn found(&self, look_ups: &[SecretHash], commit: i64) -> Found {
        let at = |hash: &SecretHash| {
            let version = self.history.get(hash)?.iter().rev().find(|version| version.commit <= commit)?;
            Some((*hash, version.record.clone()?))
        };
        look_ups.iter().filter_map(at).collect()
    }

    /// Copies live keys to KV as they are now; what is revoked or gone is removed there.
    pub fn write_kv(&mut self, hash: SecretHash) {
        let record = self.record(hash).filter(|record| !record.standing.revoked);
        let copies = self.kv.entry(hash).or_default();
        if copies.last().and_then(|copy| copy.record.as_deref()) != record.as_deref() {
            copies.push(Version { commit: self.commits, at: self.now, record });
        }
    }

    pub fn read_kv(&self, look_ups: &[SecretHash], lag: i64) -> Found {
        let at = |hash: &SecretHash| {
            let copy = self.kv.get(hash)?.iter().rev().find(|copy| copy.at <= self.now - lag)?;
            Some((*hash, copy.record.clone()?))
        };
        look_ups.iter().filter_map(at).collect()
    }

    pub fn every_secret(&self) -> Vec<SecretHash> {
        self.history.keys().copied().collect()
    }

    /// Whether the secret had exactly this record in some moment since `from`.
    pub fn had(&self, hash: SecretHash, record: &Record, from: i64) -> bool {
        versions(self.history.get(&hash), from).any(|version| version.record.as_deref() == Some(record))
    }

    /// Whether KV had exactly this record in some moment since `from`.
    pub fn kv_had(&self, hash: SecretHash, record: &Record, from: i64) -> bool {
        versions(self.kv.get(&hash), from).any(|version| version.record.as_deref() == Some(record))
    }

    /// Whether the secret did not exist, or not for this asker, in some moment since `from`.
    pub fn lacked(&self, hash: SecretHash, organization_id: i64, from: i64) -> bool {
        let Some(all) = self.history.get(&hash) else { return true };
        all.first().is_none_or(|first| first.at >= from)
            || versions(Some(all), from)
                .any(|version| version.record.as_ref().is_none_or(|record| !record.is_visible_to(organization_id)))
    }

    /// Whether the secret's organization was strict all the time since `from`.
    pub fn was_strict(&self, hash: SecretHash, from: i64) -> bool {
        let mut all = versions(self.history.get(&hash), from).peekable();
        let begins = self.history.get(&hash).and_then(|all| all.first()).is_some_and(|first| first.at < from);
        begins && all.peek().is_some() && all.all(|version| version.record.as_ref().is_some_and(|record| record.strict))
    }

    /// The last versions of a secret, for a story.
    pub fn tell(&self, hash: SecretHash) -> String {
        let Some(all) = self.history.get(&hash) else { return "it never existed".to_owned() };
        let told = all.iter().rev().take(4).map(|version| match &version.record {
            None => format!("gone at {}", version.at),
            Some(record) => format!(
                "at {}: {}{}{}{}{}{}",
                version.at,
                record.name,
                if record.standing.revoked { ", revoked" } else { "" },
                if record.standing.active { "" } else { ", disabled" },
                if record.standing.person_active { "" } else { ", person inactive" },
                if record.standing.api_access { "" } else { ", trial" },
                if record.strict { ", strict" } else { "" },
            ),
        });
        told.collect::<Vec<_>>().join("; before that ")
    }
}

/// The versions that held in some moment since `from`. Both ends of a version count: what happens in one millisecond has no
/// order.
fn versions(all: Option<&Vec<Version>>, from: i64) -> impl Iterator<Item = &Version> {
    let all = all.map(Vec::as_slice).unwrap_or_default();
    let ended = all.iter().skip(1).filter(move |next| next.at < from).count();
    all.iter().skip(ended)
}
