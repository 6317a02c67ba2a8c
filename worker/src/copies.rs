//! The copy of each live key in KV, for the time when D1 does not answer.
//!
//! Written twice: behind the answer of each change, so that it is there soon, and again by the scheduled handler at least a
//! minute after the change. By then nothing that was read before it is still on its way into KV, so whoever wrote first and
//! whoever last, the second writing is the one that stays.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    time::Duration,
};

use claviger_core::{
    freshness::{Found, KeyCopy, OrganizationCopy},
    secret::SecretHash,
    time::{MINUTE, SECOND, Timestamp},
};
use futures_util::{
    StreamExt,
    future::{Either, join_all, select},
    stream,
};
use worker::{Delay, Env, kv::KvStore};

use crate::{
    error::Failure,
    lab, log,
    store::{
        Database,
        copies::{self, Copies, Progress, Touched},
    },
};

/// How long a read may take: DESIGN's hedge has been waited for already.
const PATIENCE: Duration = Duration::from_secs(1);
/// Entries behind one answer. An import of a thousand is for the scheduled handler.
const SOON: usize = 40;
/// Rows in one round of the scheduled handler, and its rounds: below the platform's thousand operations an invocation.
const ROUND: usize = 200;
const ROUNDS: usize = 2;
/// At once: a Worker has six connections.
const AT_ONCE: usize = 6;

fn of_key(hash: &str) -> String {
    format!("key/{hash}")
}

fn of_organization(id: i64) -> String {
    format!("organization/{id}")
}

fn store(env: &Env) -> Result<KvStore, Failure> {
    env.kv("KEYS").map_err(Failure::unavailable)
}

/// What KV has of these; `None` when it does not answer in time.
pub async fn read(env: &Env, hashes: &[SecretHash]) -> Option<Found> {
    let reading = std::pin::pin!(read_all(env, hashes));
    let read = match select(reading, Delay::from(PATIENCE)).await {
        Either::Left((read, _)) => read,
        Either::Right(_) => Err(Failure::unavailable("KV did not answer in time")),
    };
    read.map_err(|failure| log::failure_behind("read_copies", &failure)).ok()
}

async fn read_all(env: &Env, hashes: &[SecretHash]) -> Result<Found, Failure> {
    lab::kv().await?;
    let kv = store(env)?;
    let get = |hash: &SecretHash| {
        let (kv, hash) = (kv.clone(), *hash);
        async move { (hash, kv.get(&of_key(&hash.to_hex())).json::<KeyCopy>().await) }
    };
    let mut copies = Vec::with_capacity(hashes.len());
    for (hash, copy) in join_all(hashes.iter().map(get)).await {
        copies.extend(copy.map_err(Failure::unavailable)?.map(|copy| (hash, copy)));
    }
    let mut organizations = BTreeMap::new();
    for (_, copy) in &copies {
        if let Entry::Vacant(place) = organizations.entry(copy.organization_id()) {
            let read = kv.get(&of_organization(*place.key())).json::<OrganizationCopy>().await;
            place.insert(read.map_err(Failure::unavailable)?);
        }
    }
    let record = |(hash, copy): (SecretHash, KeyCopy)| {
        let organization = organizations.get(&copy.organization_id()).copied().flatten();
        Some((hash, std::sync::Arc::new(copy.with(organization)?)))
    };
    Ok(copies.into_iter().filter_map(record).collect())
}

/// Behind the answer of a change: what the feed has named in the last seconds.
pub async fn follow(env: Env, now: Timestamp) {
    let follow = async {
        let database = Database::of(&env)?;
        let touched = copies::recent(&database, now.plus(-10 * SECOND), SOON).await?;
        write(&env, &database, &touched).await
    };
    if let Err(failure) = follow.await {
        log::failure_behind("follow_copies", &failure);
    }
}

/// Every minute: what has changed, at least a minute ago; and, after a gap in the feed, all keys one after the other.
///
/// # Errors
/// 503.
pub async fn follow_up(env: &Env, now: Timestamp) -> Result<(), Failure> {
    let database = Database::of(env)?;
    let mut progress = copies::progress(&database).await?;
    for _ in 0..ROUNDS {
        let Progress { seq, walked } = progress.clone();
        let (more, next) = match copies::behind(&database, seq, now.plus(-MINUTE), ROUND).await? {
            // The rows that are there are followed from the first one, and all else is gone through.
            None => (true, Progress { seq: copies::first(&database).await?, walked: Some(String::new()) }),
            Some(touched) if touched.seq.is_some() => {
                write(env, &database, &touched).await?;
                (true, Progress { seq: touched.seq.unwrap_or(seq), walked })
            }
            Some(_) => match walked {
                None => (false, progress.clone()),
                Some(hash) => {
                    let touched = copies::walk(&database, &hash, ROUND).await?;
                    write(env, &database, &touched).await?;
                    let last = touched.hashes.last().filter(|_| touched.more).cloned();
                    (touched.more, Progress { seq, walked: last })
                }
            },
        };
        if next != progress {
            copies::advance(&database, &next).await?;
            progress = next;
        }
        if !more {
            break;
        }
    }
    Ok(())
}

/// Writes what the database has of these, and removes what it has no more.
async fn write(env: &Env, database: &Database, touched: &Touched) -> Result<(), Failure> {
    if touched.hashes.is_empty() && touched.organizations.is_empty() {
        return Ok(());
    }
    lab::kv().await?;
    let Copies { keys, organizations } = copies::of(database, touched).await?;
    let kv = store(env)?;
    let mut entries: Vec<(String, Option<String>)> = Vec::new();
    for hash in &touched.hashes {
        let copy = keys.iter().find(|(live, _)| live == hash).map(|(_, copy)| serde_json::to_string(copy));
        entries.push((of_key(hash), copy.transpose().map_err(Failure::internal)?));
    }
    for id in &touched.organizations {
        let copy = organizations.iter().find(|(there, _)| there == id).map(|(_, copy)| serde_json::to_string(copy));
        entries.push((of_organization(*id), copy.transpose().map_err(Failure::internal)?));
    }
    let put = |(name, value): (String, Option<String>)| {
        let kv = kv.clone();
        async move {
            match value {
                Some(text) => kv.put(&name, text).map_err(Failure::unavailable)?.execute().await,
                None => kv.delete(&name).await,
            }
            .map_err(Failure::unavailable)
        }
    };
    let written: Vec<Result<(), Failure>> =
        stream::iter(entries.into_iter().map(put)).buffer_unordered(AT_ONCE).collect().await;
    // All are tried; the first that failed is told, and the cursor then stays where it is.
    written.into_iter().collect()
}
