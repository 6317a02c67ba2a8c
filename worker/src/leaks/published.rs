//! The keys that GitHub signs its reports with, asked for when one is needed and kept for a while.

use std::{cell::RefCell, time::Duration};

use claviger_core::{
    cloudflare_access::{KeyRing, Step, TeamKey},
    leak::{EnvelopeFlaw, read_keys},
    time::MINUTE,
};
use futures_util::{
    StreamExt,
    future::{Either, select},
};
use http::StatusCode;
use worker::{Delay, Env, Fetch, Headers, Request, RequestInit, RequestRedirect};

use crate::{
    error::Failure,
    incoming::{Incoming, now},
    log,
};

const ADDRESS: &str = "https://api.github.com/meta/public_keys/secret_scanning";
/// Whoever makes up names of keys has GitHub asked at most so often, for it answers an address 60 times an hour.
const ASK_EVERY: i64 = 2 * MINUTE;
/// How long GitHub may take: less than [`claviger_core::cloudflare_access::ASKING_LASTS`].
const PATIENCE: Duration = Duration::from_secs(3);
/// Between two looks at what another request is asking for.
const PAUSE: Duration = Duration::from_millis(50);
/// Largest list that is read, in bytes.
const LARGEST: usize = 64 * 1024;

thread_local! {
    static RING: RefCell<KeyRing> = const { RefCell::new(KeyRing::asking_every(ASK_EVERY)) };
}

/// GitHub's key of this name. Ends: each round waits, or asks, after which it is not asked for a while.
///
/// # Errors
/// 403 when GitHub does not list it; 503 when GitHub cannot be asked.
pub async fn key(incoming: &Incoming, id: &str) -> Result<TeamKey, Failure> {
    loop {
        // Not the request's own time, which would stand still here.
        let at = now();
        match RING.with_borrow(|ring| ring.next(id, at)) {
            Step::Use(key) => return Ok(key),
            Step::Unknown => return Err(Failure::report_refused(EnvelopeFlaw::UnknownKey)),
            Step::Unavailable => return Err(Failure::github_unavailable("GitHub was asked for its keys in vain")),
            Step::Wait => Delay::from(PAUSE).await,
            Step::Ask => {
                RING.with_borrow_mut(|ring| ring.asking(at));
                let asked = ask(incoming).await;
                let keys = asked.map_err(|failure| log::failure_behind("ask_for_github_keys", &failure)).ok();
                RING.with_borrow_mut(|ring| ring.told(keys, at));
            }
        }
    }
}

/// Where the keys are; on a developer's machine, which answers loopback hosts only, anywhere: the tests have a GitHub of their own.
fn address(incoming: &Incoming) -> String {
    let local = incoming.env.var("GITHUB_KEYS_URL").ok().filter(|_| incoming.local);
    local.map_or_else(|| ADDRESS.to_owned(), |url| url.to_string())
}

async fn ask(incoming: &Incoming) -> Result<Vec<TeamKey>, Failure> {
    let address = address(incoming);
    let asking = std::pin::pin!(read(&incoming.env, &address));
    match select(asking, Delay::from(PATIENCE)).await {
        Either::Left((keys, _)) => keys,
        Either::Right(_) => Err(Failure::github_unavailable("GitHub did not answer in time")),
    }
}

async fn read(env: &Env, address: &str) -> Result<Vec<TeamKey>, Failure> {
    let mut init = RequestInit::new();
    // A redirect leads to whom nobody has named.
    init.with_redirect(RequestRedirect::Manual).with_headers(headers(env)?);
    let request = Request::new_with_init(address, &init).map_err(Failure::github_unavailable)?;
    let mut response = Fetch::Request(request).send().await.map_err(Failure::github_unavailable)?;
    if response.status_code() != StatusCode::OK.as_u16() {
        return Err(Failure::github_unavailable(format!("GitHub answered {}", response.status_code())));
    }
    let mut stream = response.stream().map_err(Failure::github_unavailable)?;
    let mut body = Vec::new();
    while let Some(chunk) = stream.next().await {
        body.extend(chunk.map_err(Failure::github_unavailable)?);
        if body.len() > LARGEST {
            return Err(Failure::github_unavailable("GitHub's list of keys is too long"));
        }
    }
    read_keys(&body).ok_or_else(|| Failure::github_unavailable("GitHub's list of keys cannot be read"))
}

/// Who asks: GitHub refuses who does not say. A token, if there is one, raises how often it may be asked.
fn headers(env: &Env) -> Result<Headers, Failure> {
    let headers = Headers::new();
    let set = |name, value: &str| headers.set(name, value).map_err(Failure::github_unavailable);
    set("User-Agent", "Claviger")?;
    set("Accept", "application/vnd.github+json")?;
    if let Ok(token) = env.secret("GITHUB_TOKEN") {
        set("Authorization", &format!("Bearer {token}"))?;
    }
    Ok(headers)
}
