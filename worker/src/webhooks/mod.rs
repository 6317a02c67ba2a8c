//! Telling webhooks: behind the answer of a change, five seconds later, and by the scheduled handler.
//!
//! What is to be told was written with the change, so nothing is lost when this does not run. A Worker has six connections: those
//! of addresses that fail or take long are few, so that they do not hold up the others, and each address is sent one message at a
//! time.

pub mod address;
pub mod secret;
mod send;

use std::{pin::pin, time::Duration};

use claviger_core::time::{SECOND, Timestamp};
use futures_util::{
    StreamExt,
    future::{Either, join, select},
    stream::FuturesUnordered,
};
use worker::{Delay, Env};

use crate::{
    error::Failure,
    incoming::now,
    log,
    store::{
        Database,
        webhooks::{self, SLOW, SPELL, Told, Waiting, Which},
    },
};

/// Connections for addresses that answer promptly, and for those that do not: with one to spare.
const PROMPT: Lane = Lane { which: Which::Prompt, at_once: 3, most: 100 };
const SLOWER: Lane = Lane { which: Which::Slow, at_once: 2, most: 24 };
/// Behind an answer, and beside that once more.
const SOON: Lane = Lane { which: Which::Any, at_once: 4, most: 20 };
const AGAIN: Lane = Lane { which: Which::Any, at_once: 2, most: 20 };
/// The first retry, which belongs to the same request.
const RETRY: Duration = Duration::from_secs(5);
/// In which most addresses have answered.
const A_MOMENT: Duration = Duration::from_secs(1);
/// After so long it is asked anew who is waiting.
const RECENT: i64 = 2 * SECOND;
/// What an answer leaves behind has half a minute, and an attempt takes up to 17 seconds: none is begun later.
const BEHIND: i64 = 12 * SECOND;
/// The next run comes in a minute.
const RUN: i64 = 50 * SECOND;

/// What the owner reads of a message that was not sent, for a reason of ours.
const UNMADE: &str = "Nothing was sent: Claviger could not make the message from its records. Tell whoever runs it.";
const UNSIGNED: &str =
    "Nothing was sent: Claviger no longer has what this webhook’s secret is made from. Replace the secret.";

struct Lane {
    which: Which,
    at_once: usize,
    /// Turns, one webhook that has much to be told having many: the platform counts what an invocation asks of the database
    /// (1,000) and of others (10,000).
    most: usize,
}

/// Behind the answer of a change.
pub async fn follow(env: Env) {
    let followed: Result<(), Failure> = async {
        let database = Database::of(&env)?;
        let until = now().plus(BEHIND);
        let first = pin!(run(&env, &database, &SOON, until));
        match select(first, Delay::from(A_MOMENT + RETRY)).await {
            Either::Left((Ok(Ran { failed: true, .. }), _)) => {
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

/// How a run went.
struct Ran {
    turns: usize,
    /// Whether anything failed.
    failed: bool,
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
    let read = database.rows_read();
    let (prompt, slower) = join(run(env, &database, &PROMPT, until), run(env, &database, &SLOWER, until)).await;
    let (prompt, slower) = (prompt?, slower?);
    log::swept(prompt.turns + slower.turns, database.rows_read() - read);
    Ok(())
}

/// Sends what is due in this lane, until there is nothing, there was enough or it is time.
async fn run(env: &Env, database: &Database, lane: &Lane, until: Timestamp) -> Result<Ran, Failure> {
    let mut telling = FuturesUnordered::new();
    let (mut line, mut told): (Vec<Waiting>, Vec<Waiting>) = (Vec::new(), Vec::new());
    // They could not be told, or somebody else was at it: asked again it would be the same.
    let mut in_vain: Vec<i64> = Vec::new();
    let (mut turns, mut failed, mut asked, mut trouble) = (0, false, None, None);
    loop {
        let recent = asked.is_some_and(|asked: Timestamp| now() < asked.plus(RECENT));
        let goes_on = turns < lane.most && now() < until && trouble.is_none();
        if goes_on && (line.is_empty() || !recent) {
            let most = lane.most - turns + told.len() + in_vain.len();
            // When it is not to be known, those that are being told are told to their end all the same.
            line = webhooks::due(database, lane.which, most, now()).await.unwrap_or_else(|failure| {
                trouble = Some(failure);
                Vec::new()
            });
            line.retain(|next| !in_vain.contains(&next.id) && !told.contains(next));
            asked = Some(now());
        }
        while telling.len() < lane.at_once && turns < lane.most && now() < until {
            let Some(next) = take_turn(&mut line, &told) else { break };
            turns += 1;
            told.push(next);
            telling.push(async move { (next, tell(env, database, next.id).await) });
        }
        let Some((one, outcome)) = telling.next().await else { break };
        told.retain(|other| *other != one);
        match outcome {
            Outcome::Nothing => in_vain.push(one.id),
            Outcome::Failed => failed = true,
            Outcome::Delivered { more } => line.extend(more.then_some(one)),
        }
    }
    trouble.map_or(Ok(Ran { turns, failed }), Err)
}

/// Whose turn it is: of the organization of which the fewest are being told, so that those that take long keep none of another's
/// waiting; and of these who stands first.
fn take_turn(line: &mut Vec<Waiting>, told: &[Waiting]) -> Option<Waiting> {
    let busy = |next: &Waiting| told.iter().filter(|one| one.organization_id == next.organization_id).count();
    let (place, _) = line.iter().enumerate().min_by_key(|(_, next)| busy(next))?;
    Some(line.remove(place))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Nothing,
    /// `more`: there was as much as a turn has room for, so there may be more.
    Delivered {
        more: bool,
    },
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
    let secrets = send::secrets(env, &taken);
    if let Err(failure) = &secrets {
        log::failure_behind("sign_message", failure);
    }
    let (mut told, enough) = (Told::default(), now().plus(SPELL));
    for message in &taken.messages {
        if now() >= enough {
            break;
        }
        let body = match &message.body {
            Ok(body) => body,
            Err(failure) => {
                log::failure_behind("make_message", failure);
                told.spoiled.push(message.delivery);
                told.attempts.push((message, webhooks::Outcome::unsent(now(), UNMADE)));
                continue;
            }
        };
        let outcome = match &secrets {
            Ok(secrets) => send::attempt(env, &taken.url, secrets, (message.delivery, body)).await,
            Err(_) => webhooks::Outcome::unsent(now(), UNSIGNED),
        };
        if outcome.error.is_some() {
            told.failed = Some(taken.after_failure(message, told.has_delivered(), now()));
        }
        let slow = outcome.ms >= SLOW;
        told.attempts.push((message, outcome));
        if slow || told.failed.is_some() {
            break;
        }
    }
    webhooks::record(database, &taken, &told, now()).await?;
    let more = taken.is_full() && told.attempts.len() == taken.messages.len();
    Ok(if told.failed.is_some() { Outcome::Failed } else { Outcome::Delivered { more } })
}
