//! Cloudflare Access: whom its assertion names, checked here against the team's keys. That Access stands in front is no proof:
//! whoever reaches the Worker by another address can write the header.

use std::cell::RefCell;

use claviger_core::{
    cloudflare_access::{Assertion, Flaw, Identity, KeyRing, Settings, TeamKey, read_keys},
    passkey::Algorithm,
};
use worker::Headers;

use super::passkey::verify;
use crate::{
    error::Failure,
    incoming::Incoming,
    log,
    published::{self, Missing},
};

/// The header in which Access vouches for somebody.
const HEADER: &str = "Cf-Access-Jwt-Assertion";

thread_local! {
    static RING: RefCell<KeyRing> = RefCell::default();
}

/// What is configured, if anything is.
///
/// # Errors
/// 500 for what does not fit; the log says which variable.
pub fn settings(incoming: &Incoming) -> Result<Option<Settings>, Failure> {
    let variable = |name| incoming.env.var(name).map(|value| value.to_string()).unwrap_or_default();
    Settings::read(&variable("ACCESS_TEAM_DOMAIN"), &variable("ACCESS_AUD"), &variable("ACCESS_PROVISION"))
        .map_err(Failure::internal)
}

/// Whether who came by this application may stay. A configuration that does not fit is none: then other ways in are left, which a
/// failure with every request would not.
pub fn still_has(incoming: &Incoming, application: &str) -> bool {
    let settings = settings(incoming).map_err(|failure| log::failure_behind("access_settings", &failure));
    matches!(settings, Ok(Some(settings)) if settings.still_has(application))
}

/// Whom Access vouches for.
///
/// 1. 401 when it vouches for nobody, and for an assertion that is not good; `errors` says why.
/// 2. 503 when the team's keys cannot be had.
///
/// # Errors
/// As above.
pub async fn identity(incoming: &Incoming, settings: &Settings) -> Result<Identity, Failure> {
    // 1.
    let text = incoming.header(HEADER).ok_or_else(|| {
        Failure::unauthorized(
            "authentication_required",
            "Cloudflare Access has not said who you are. Open the console at the address that it protects.",
        )
    })?;
    let assertion = Assertion::read(&text).map_err(Failure::assertion_refused)?;
    let identity = assertion.judge(settings, incoming.now).map_err(Failure::assertion_refused)?;
    // 2.
    let key = key(incoming, settings, &assertion.key_id).await?;
    if verify(Algorithm::Rs256, &key.jwk, assertion.signed, &assertion.signature).await? {
        Ok(identity)
    } else {
        Err(Failure::assertion_refused(Flaw::Signature))
    }
}

/// The team's key of this name.
async fn key(incoming: &Incoming, settings: &Settings, id: &str) -> Result<TeamKey, Failure> {
    let address = address(incoming, settings);
    let key = published::key(&RING, id, "ask_for_access_keys", async || ask(&address).await).await;
    key.map_err(|missing| match missing {
        Missing::Unknown => Failure::assertion_refused(Flaw::UnknownKey),
        Missing::Unavailable => Failure::access_unavailable("the team was asked for its keys in vain"),
    })
}

/// Where the keys are; on a developer's machine, which answers loopback hosts only, anywhere: the tests have a team of their own.
fn address(incoming: &Incoming, settings: &Settings) -> String {
    let local = incoming.env.var("ACCESS_CERTS_URL").ok().filter(|_| incoming.local);
    local.map_or_else(|| settings.certs(), |url| url.to_string())
}

async fn ask(address: &str) -> Result<Vec<TeamKey>, Failure> {
    let body = published::list(address, Headers::new()).await.map_err(Failure::access_unavailable)?;
    read_keys(&body).ok_or_else(|| Failure::access_unavailable("the team's keys cannot be read"))
}
