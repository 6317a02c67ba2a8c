//! What this isolate has counted, and the writing of it behind an answer: see `claviger_core::usage`.

use std::{cell::RefCell, time::Duration};

use claviger_core::{
    freshness::Record,
    secret::SecretHash,
    time::Timestamp,
    usage::{Counted, Counts, Outcome},
    verify::Code,
};
use worker::{Delay, Env};

use crate::{
    error::Failure,
    incoming, log,
    store::{self, Database, credentials::Credential},
};

thread_local! {
    static COUNTS: RefCell<Counts> = const { RefCell::new(Counts::new()) };
}

/// For a moment: never held across an await.
fn with<T>(act: impl FnOnce(&mut Counts) -> T) -> T {
    COUNTS.with_borrow_mut(act)
}

/// A key was good for a call of Claviger itself.
pub fn called(credential: &Credential, now: Timestamp) {
    call(credential.id, credential.hash, now);
}

/// A verifier's key was good for asking.
pub fn asked(asker: &Record, now: Timestamp) {
    call(asker.key_id, asker.hash, now);
}

fn call(key_id: i64, secret: SecretHash, now: Timestamp) {
    with(|counts| {
        counts.count(Counted::Key(key_id), Outcome::Call, now);
        counts.used(secret, now);
    });
}

/// A key was verified. A refused secret was not used.
pub fn verified(record: &Record, code: Code, now: Timestamp) {
    with(|counts| {
        counts.count(Counted::Key(record.key_id), code.into(), now);
        counts.count(Counted::Organization(record.organization_id), code.into(), now);
        if code == Code::Valid {
            counts.accepted(record.hash, now);
        }
    });
}

/// A verifier of this organization asked about what nobody has, or nobody it may know of.
pub fn not_found(organization_id: i64, now: Timestamp) {
    with(|counts| counts.count(Counted::Organization(organization_id), Outcome::NotFound, now));
}

/// A key could not be looked up.
pub fn unavailable(organization_id: i64, now: Timestamp) {
    with(|counts| counts.count(Counted::Organization(organization_id), Outcome::Unavailable, now));
}

/// What is left to do when the answer has gone, if it is this request's turn.
pub fn writing(env: &Env) -> Option<impl Future<Output = ()> + 'static> {
    let sleep = with(|counts| counts.take_turn(incoming::now()))?;
    let env = env.clone();
    Some(async move {
        Delay::from(Duration::from_millis(u64::try_from(sleep).unwrap_or_default())).await;
        if let Err(failure) = write(&env).await {
            log::failure_behind("write_usage", &failure);
        }
    })
}

async fn write(env: &Env) -> Result<(), Failure> {
    loop {
        let id = incoming::random_id();
        let Some(flush) = with(|counts| counts.begin(id, incoming::now())) else { return Ok(()) };
        let written = match Database::of(env) {
            Ok(database) => store::usage::add(&database, &flush, incoming::now()).await,
            Err(failure) => Err(failure),
        };
        let revoked = written.as_deref().ok();
        let more = with(|counts| counts.end(&flush.id, revoked, incoming::now()));
        let lost = with(Counts::lost);
        if lost > 0 {
            log::failure_behind("count", &Failure::internal(format!("{lost} uses were not counted: too many rows")));
        }
        written?;
        if !more {
            return Ok(());
        }
    }
}
