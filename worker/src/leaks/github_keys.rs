//! The keys that GitHub signs its reports with.

use std::cell::RefCell;

use claviger_core::{
    cloudflare_access::{KeyRing, TeamKey},
    leak::{EnvelopeFlaw, read_keys},
    time::MINUTE,
};
use worker::{Env, Headers};

use crate::{
    error::Failure,
    incoming::Incoming,
    published::{self, Missing},
};

const ADDRESS: &str = "https://api.github.com/meta/public_keys/secret_scanning";
/// Whoever makes up names of keys has GitHub asked at most so often, for it answers an address 60 times an hour.
const ASK_EVERY: i64 = 2 * MINUTE;

thread_local! {
    static RING: RefCell<KeyRing> = const { RefCell::new(KeyRing::asking_every(ASK_EVERY)) };
}

/// GitHub's key of this name.
///
/// # Errors
/// 403 when GitHub does not list it; 503 when GitHub cannot be asked.
pub async fn key(incoming: &Incoming, id: &str) -> Result<TeamKey, Failure> {
    let key = published::key(&RING, id, "ask_for_github_keys", async || ask(incoming).await).await;
    key.map_err(|missing| match missing {
        Missing::Unknown => Failure::report_refused(EnvelopeFlaw::UnknownKey),
        Missing::Unavailable => Failure::github_unavailable("GitHub was asked for its keys in vain"),
    })
}

/// Where the keys are; on a developer's machine, which answers loopback hosts only, anywhere: the tests have a GitHub of their own.
fn address(incoming: &Incoming) -> String {
    let local = incoming.env.var("GITHUB_KEYS_URL").ok().filter(|_| incoming.local);
    local.map_or_else(|| ADDRESS.to_owned(), |url| url.to_string())
}

async fn ask(incoming: &Incoming) -> Result<Vec<TeamKey>, Failure> {
    let headers = headers(&incoming.env).map_err(Failure::github_unavailable)?;
    let body = published::list(&address(incoming), headers).await.map_err(Failure::github_unavailable)?;
    read_keys(&body).ok_or_else(|| Failure::github_unavailable("GitHub's list of keys cannot be read"))
}

/// Who asks: GitHub refuses who does not say. A token, if there is one, raises how often it may be asked.
fn headers(env: &Env) -> worker::Result<Headers> {
    let headers = Headers::new();
    headers.set("User-Agent", "Claviger")?;
    headers.set("Accept", "application/vnd.github+json")?;
    if let Ok(token) = env.secret("GITHUB_TOKEN") {
        headers.set("Authorization", &format!("Bearer {token}"))?;
    }
    Ok(headers)
}
