//! One attempt: a signed POST that follows no redirect, waits for a while, and reads little of the answer.

use std::time::Duration;

use claviger_core::{
    secret::find_secret,
    webhook::{Derivation, SigningSecret, signatures},
};
use futures_util::{
    StreamExt,
    future::{Either, select},
};
use worker::{AbortController, Delay, Env, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, Response};

use super::{address::judge, secret};
use crate::{
    error::Failure,
    incoming::now,
    store::webhooks::{Outcome, Taken, message_id},
};

/// How long an answer may take to begin.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long its body is listened to afterwards.
const LISTENING: Duration = Duration::from_secs(2);
/// What is read of it, and what is kept.
const READ: usize = 4 * 1024;
const KEPT: usize = 1024;

/// The secrets that sign what was taken. That of before only if it still can: receivers have had the new one for a while.
///
/// # Errors
/// 500 when the Worker's own is gone.
pub fn secrets(env: &Env, taken: &Taken) -> Result<Vec<SigningSecret>, Failure> {
    let salt = &taken.salt;
    let derived = |(version, generation)| secret::derive(env, version, Derivation { salt, generation });
    let old = taken.old_secret.and_then(|old| derived(old).ok());
    Ok([derived(taken.secret)?].into_iter().chain(old).collect())
}

/// Sends a message, and tells how it went.
pub async fn attempt(env: &Env, url: &str, secrets: &[SigningSecret], (delivery, body): (i64, &str)) -> Outcome {
    let at = now();
    let seconds = at.millis().div_euclid(1_000);
    let id = message_id(delivery);
    let headers = [
        ("Content-Type", "application/json".to_owned()),
        ("User-Agent", "Claviger-Webhooks/1".to_owned()),
        ("webhook-signature", signatures(secrets, &id, seconds, body)),
        ("webhook-id", id),
        ("webhook-timestamp", seconds.to_string()),
    ];
    let sent = match judge(url, env, None) {
        Ok(_) => post(url, headers.iter().map(|(name, value)| (*name, value.as_str())).collect(), body).await,
        // Whoever restores a database from elsewhere must not be fooled by its rows.
        Err(problem) => Err(problem.to_string()),
    };
    // A clock that was set back meanwhile.
    let ms = (now().millis() - at.millis()).max(0);
    match sent {
        Ok((status, answer)) => {
            let error = match status {
                200..=299 => None,
                300..=399 => Some(format!("Answered {status}: redirects are not followed.")),
                _ => Some(format!("Answered {status}.")),
            };
            Outcome { at, ms, status: Some(status), error, answer }
        }
        Err(error) => Outcome { at, ms, status: None, error: Some(error), answer: None },
    }
}

async fn post(url: &str, headers: Headers, body: &str) -> Result<(u16, Option<String>), String> {
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual)
        .with_body(Some(body.into()));
    let request = Request::new_with_init(url, &init).map_err(|_| "The address could not be used.".to_owned())?;
    let controller = AbortController::default();
    let signal = controller.signal();
    let answer = {
        let fetch = Fetch::Request(request);
        let sending = std::pin::pin!(fetch.send_with_signal(&signal));
        match select(sending, Delay::from(PATIENCE)).await {
            Either::Left((Ok(mut response), _)) => {
                let mut bytes = Vec::new();
                // However it ends: what there is until then is kept.
                select(Box::pin(read(&mut response, &mut bytes)), Delay::from(LISTENING)).await;
                Ok((response.status_code(), beginning(&bytes)))
            }
            // What the platform says of it names no more than the kind of failure.
            Either::Left((Err(_), _)) => Err("The connection failed.".to_owned()),
            Either::Right(_) => Err("No answer within 15 seconds.".to_owned()),
        }
    };
    // Whatever is still on its way is not wanted: of a gigabyte only the beginning was read.
    controller.abort();
    answer
}

async fn read(response: &mut Response, bytes: &mut Vec<u8>) {
    let Ok(mut stream) = response.stream() else { return };
    while bytes.len() < READ
        && let Some(Ok(chunk)) = stream.next().await
    {
        let room = READ - bytes.len();
        bytes.extend(chunk.into_iter().take(room));
    }
}

/// The beginning of an answer, unless there is a secret in it.
fn beginning(bytes: &[u8]) -> Option<String> {
    if bytes.is_empty() {
        return None;
    }
    let text = String::from_utf8_lossy(bytes);
    if find_secret(&text).is_some() {
        return Some("(The answer had an API key in it and is not kept.)".to_owned());
    }
    // A zero byte ends a text for SQLite.
    let text = text.replace('\0', "\u{fffd}");
    let kept = text.char_indices().take_while(|(index, character)| index + character.len_utf8() <= KEPT);
    Some(kept.map(|(_, character)| character).collect())
}
