//! Telling webhooks: behind the answer of a change, five seconds later, and by the scheduled handler.
//!
//! What is to be told was written with the change, so nothing is lost when this does not run. A Worker has six connections: those
//! of addresses that fail are few, so that they do not hold up the others, and each address is sent one message at a time.

pub mod address;
pub mod secret;
mod send;

use std::time::Duration;

use claviger_core::{
    time::{SECOND, Timestamp},
    webhook::after_failure,
};
use futures_util::{StreamExt, future::join, stream};
use worker::{Delay, Env};

use crate::{
    error::Failure,
    incoming::now,
    log,
    store::{
        Database,
        webhooks::{self, Due},
    },
};

/// Connections for addresses that answer, and for those that do not: with one to spare.
const HEALTHY: Lane = Lane { due: Due::Healthy, at_once: 3, most: 200 };
const FAILING: Lane = Lane { due: Due::Failing, at_once: 2, most: 40 };
/// Behind an answer.
const SOON: Lane = Lane { due: Due::Any, at_once: 4, most: 20 };
/// The first retry, which belongs to the same request.
const RETRY: Duration = Duration::from_secs(5);
/// The next run comes in a minute.
const RUN: i64 = 50 * SECOND;

struct Lane {
    due: Due,
    at_once: usize,
    /// Messages: the platform counts what an invocation asks for.
    most: usize,
}

/// Behind the answer of a change.
pub async fn follow(env: Env) {
    let follow = async {
        let database = Database::of(&env)?;
        let failed = run(&env, &database, &SOON, now().plus(RUN)).await?;
        if failed {
            Delay::from(RETRY).await;
            run(&env, &database, &SOON, now().plus(RUN)).await?;
        }
        Ok(())
    };
    let followed: Result<(), Failure> = follow.await;
    if let Err(failure) = followed {
        log::failure_behind("follow_webhooks", &failure);
    }
}

/// Every minute: notices of expiry, and whatever is due.
///
/// # Errors
/// 503.
pub async fn sweep(env: &Env) -> Result<(), Failure> {
    let database = Database::of(env)?;
    webhooks::notice(&database, now()).await?;
    let until = now().plus(RUN);
    let (healthy, failing) = join(run(env, &database, &HEALTHY, until), run(env, &database, &FAILING, until)).await;
    healthy.and(failing).map(drop)
}

/// Sends what is due in this lane, until there is nothing, there was enough or it is time; whether anything failed.
async fn run(env: &Env, database: &Database, lane: &Lane, until: Timestamp) -> Result<bool, Failure> {
    let (mut sent, mut failed) = (0, false);
    while sent < lane.most && now() < until {
        let due = webhooks::due(database, lane.due, lane.most - sent, now()).await?;
        if due.is_empty() {
            break;
        }
        let telling = due.into_iter().map(|webhook| tell(env, database, webhook));
        let told: Vec<Result<Told, Failure>> = stream::iter(telling).buffer_unordered(lane.at_once).collect().await;
        let mut progress = 0;
        for told in told {
            match told? {
                Told::Nothing => {}
                Told::Delivered => progress += 1,
                Told::Failed => (progress, failed) = (progress + 1, true),
            }
        }
        // Somebody else is at it.
        if progress == 0 {
            break;
        }
        sent += progress;
    }
    Ok(failed)
}

enum Told {
    Nothing,
    Delivered,
    Failed,
}

/// Sends the next message to one webhook.
async fn tell(env: &Env, database: &Database, webhook: i64) -> Result<Told, Failure> {
    let Some(taken) = webhooks::take(database, webhook, now()).await? else {
        return Ok(Told::Nothing);
    };
    let outcome = send::attempt(env, &taken).await?;
    let at = now();
    let next = outcome.error.is_some().then(|| after_failure(taken.attempts(), taken.failing_since(at), at));
    webhooks::record(database, &taken, &outcome, next, at).await?;
    Ok(if next.is_some() { Told::Failed } else { Told::Delivered })
}
