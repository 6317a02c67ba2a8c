//! Keys that somebody publishes and signs with: asked for when one is needed, and kept for a while. Whose they are, and how
//! their list reads, is for `auth::access` and `leaks::github_keys` to say.

use std::{cell::RefCell, thread::LocalKey, time::Duration};

use claviger_core::cloudflare_access::{KeyRing, Step, TeamKey};
use futures_util::{
    StreamExt,
    future::{Either, select},
};
use http::StatusCode;
use worker::{Delay, Fetch, Headers, Request, RequestInit, RequestRedirect};

use crate::{error::Failure, incoming::now, log};

/// How long whoever publishes them may take: less than [`claviger_core::cloudflare_access::ASKING_LASTS`].
const PATIENCE: Duration = Duration::from_secs(3);
/// Between two looks at what another request is asking for.
const PAUSE: Duration = Duration::from_millis(50);
/// Largest list that is read, in bytes.
const LARGEST: usize = 64 * 1024;

/// Why there is no key.
pub enum Missing {
    /// It is not published, or no longer.
    Unknown,
    /// Nobody could be asked.
    Unavailable,
}

/// The key of this name. Ends: each round waits, or asks, after which it is not asked for a while.
///
/// # Errors
/// [`Missing`]; why asking failed is in the log, as `work`.
pub async fn key(
    ring: &'static LocalKey<RefCell<KeyRing>>,
    id: &str,
    work: &'static str,
    ask: impl AsyncFn() -> Result<Vec<TeamKey>, Failure>,
) -> Result<TeamKey, Missing> {
    loop {
        // Not the request's own time, which would stand still here.
        let at = now();
        match ring.with_borrow(|ring| ring.next(id, at)) {
            Step::Use(key) => return Ok(key),
            Step::Unknown => return Err(Missing::Unknown),
            Step::Unavailable => return Err(Missing::Unavailable),
            Step::Wait => Delay::from(PAUSE).await,
            Step::Ask => {
                ring.with_borrow_mut(|ring| ring.asking(at));
                let keys = ask().await.map_err(|failure| log::failure_behind(work, &failure)).ok();
                ring.with_borrow_mut(|ring| ring.told(keys, at));
            }
        }
    }
}

/// What an address answers: 200, soon and not too long.
///
/// # Errors
/// Why there is nothing, for the log.
pub async fn list(address: &str, headers: Headers) -> Result<Vec<u8>, String> {
    let reading = std::pin::pin!(read(address, headers));
    match select(reading, Delay::from(PATIENCE)).await {
        Either::Left((body, _)) => body,
        Either::Right(_) => Err("no list of keys in time".to_owned()),
    }
}

async fn read(address: &str, headers: Headers) -> Result<Vec<u8>, String> {
    let mut init = RequestInit::new();
    // A redirect leads to whom nobody has named.
    init.with_redirect(RequestRedirect::Manual).with_headers(headers);
    let request = Request::new_with_init(address, &init).map_err(|error| error.to_string())?;
    let mut response = Fetch::Request(request).send().await.map_err(|error| error.to_string())?;
    if response.status_code() != StatusCode::OK.as_u16() {
        return Err(format!("{} in place of a list of keys", response.status_code()));
    }
    let mut stream = response.stream().map_err(|error| error.to_string())?;
    let mut body = Vec::new();
    while let Some(chunk) = stream.next().await {
        body.extend(chunk.map_err(|error| error.to_string())?);
        if body.len() > LARGEST {
            return Err("the list of keys is too long".to_owned());
        }
    }
    Ok(body)
}
