//! Telling webhooks: behind the answer of a change, five seconds later, and by the scheduled handler.
//!
//! What is to be told was written with the change, so nothing is lost when this does not run. A Worker has six connections: those
//! of addresses that fail are few, so that they do not hold up the others, and each address is sent one message at a time.

pub mod address;
pub mod secret;
mod send;

use std::{pin::pin, time::Duration};

use claviger_core::time::{SECOND, Timestamp};
use futures_util::{
    StreamExt,
    future::{Either, join, select},
    stream,
};
use worker::{Delay, Env};

use crate::{
    error::Failure,
    incoming::now,
    log,
    store::{
        Database,
        webhooks::{self, SPELL, Told, Which},
    },
};

/// Connections for addresses that answer, and for those that do not: with one to spare.
const HEALTHY: Lane = Lane { which: Which::Healthy, at_once: 3, most: 120 };
const FAILING: Lane = Lane { which: Which::Failing, at_once: 2, most: 24 };
/// Behind an answer, and beside that once more.
const SOON: Lane = Lane { which: Which::Any, at_once: 4, most: 20 };
const AGAIN: Lane = Lane { which: Which::Any, at_once: 2, most: 20 };
/// The first retry, which belongs to the same request.
const RETRY: Duration = Duration::from_secs(5);
/// In which most addresses have answered.
const A_MOMENT: Duration = Duration::from_secs(1);
/// What an answer leaves behind has half a minute, and an attempt takes up to 17 seconds: none is begun later.
const BEHIND: i64 = 12 * SECOND;
/// The next run comes in a minute.
const RUN: i64 = 50 * SECOND;

struct Lane {
    which: Which,
    at_once: usize,
    /// Webhooks that are told something, one that has much to be told counted again and again: the platform counts what an
    /// invocation asks of the database (1,000) and of others (10,000).
    most: usize,
}

/// Behind the answer of a change.
pub async fn follow(env: Env) {
    let followed: Result<(), Failure> = async {
        let database = Database::of(&env)?;
        let until = now().plus(BEHIND);
        let first = pin!(run(&env, &database, &SOON, until));
        match select(first, Delay::from(A_MOMENT + RETRY)).await {
            Either::Left((Ok(true), _)) => {
                Delay::from(RETRY).await;
                run(&env, &database, &SOON, until).await.map(drop)
            }
            Either::Left((first, _)) => first.map(drop),
            // Those that hang do not hold up the retry of those that have answered.
            Either::Right(((), first)) => {
                let (first, again) = join(first, run(&env, &database, &AGAIN, until)).await;
                first.and(again).map(drop)
            }
        }
    }
    .await;
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
    if let Err(failure) = webhooks::notice(&database, now()).await {
        // What is written already is sent all the same.
        log::failure_behind("notice_expiry", &failure);
    }
    let until = now().plus(RUN);
    let (healthy, failing) = join(run(env, &database, &HEALTHY, until), run(env, &database, &FAILING, until)).await;
    healthy.and(failing).map(drop)
}

/// Sends what is due in this lane, until there is nothing, there was enough or it is time; whether anything failed.
async fn run(env: &Env, database: &Database, lane: &Lane, until: Timestamp) -> Result<bool, Failure> {
    let (mut told, mut failed) = (0, false);
    while told < lane.most && now() < until {
        let due = webhooks::due(database, lane.which, lane.most - told, now()).await?;
        let telling = due.into_iter().map(|webhook| async move {
            if now() < until { tell(env, database, webhook).await } else { Outcome::Nothing }
        });
        let outcomes: Vec<Outcome> = stream::iter(telling).buffer_unordered(lane.at_once).collect().await;
        failed |= outcomes.contains(&Outcome::Failed);
        let progress = outcomes.iter().filter(|outcome| **outcome != Outcome::Nothing).count();
        // There is nothing, or somebody else is at it.
        if progress == 0 {
            break;
        }
        told += progress;
    }
    Ok(failed)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Nothing,
    Delivered,
    Failed,
}

/// Tells one webhook what is next. What is wrong on our side with one does not keep the others from being told.
async fn tell(env: &Env, database: &Database, webhook: i64) -> Outcome {
    match tell_in_turn(env, database, webhook).await {
        Ok(outcome) => outcome,
        Err(failure) => {
            log::failure_behind("tell_webhook", &failure);
            Outcome::Nothing
        }
    }
}

async fn tell_in_turn(env: &Env, database: &Database, webhook: i64) -> Result<Outcome, Failure> {
    let Some(taken) = webhooks::take(database, webhook, now()).await? else {
        return Ok(Outcome::Nothing);
    };
    let secrets = send::secrets(env, &taken)?;
    let (mut told, enough) = (Told::default(), now().plus(SPELL));
    for message in &taken.messages {
        if now() >= enough {
            break;
        }
        let outcome = send::attempt(env, &taken.url, &secrets, message).await;
        if outcome.error.is_some() {
            told.failed = Some(taken.after_failure(message, told.attempts.len(), now()));
        }
        told.attempts.push((message, outcome));
        if told.failed.is_some() {
            break;
        }
    }
    webhooks::record(database, &taken, &told, now()).await?;
    Ok(if told.failed.is_some() { Outcome::Failed } else { Outcome::Delivered })
}
