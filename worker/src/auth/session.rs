//! Sessions: opened with a personal key, a passkey or by Cloudflare Access, bound to it, and ended with it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use claviger_core::{
    authorize::Principal,
    passkey::step_up_due,
    secret::SecretHash,
    time::{DAY, HOUR, MINUTE, Timestamp},
    verify::Code,
};

use crate::{
    auth::{self, access},
    error::Failure,
    incoming::Incoming,
    log,
    store::{
        Database,
        credentials::Credential,
        sessions::{self, Account, StoredSession},
    },
};

/// A session ends when nothing was done for so long.
pub const IDLE: i64 = 12 * HOUR;
/// A session ends after this in any case.
pub const ABSOLUTE: i64 = 7 * DAY;
/// How often "last seen" is written at most: not with every request.
const SEEN_EVERY: i64 = 5 * MINUTE;

/// A session that is good for this request.
pub struct Current {
    /// The row.
    pub session: StoredSession,
    /// The person and their organization.
    pub account: Account,
    /// The key it was opened with, if it was.
    pub credential: Option<Credential>,
    /// The caller.
    pub principal: Principal,
}

/// A new token: 256 bits. The cookie carries it, the database only its hash.
///
/// # Errors
/// The platform has no randomness to give.
pub fn new_token() -> Result<String, Failure> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(Failure::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The session of a token.
///
/// 1. Unknown, idle for too long, or too old: 401 `session_ended`.
/// 2. Its key is no longer good, or its person is not active: 401 `session_ended`. A plan without API access does not end
///    it: its people still sign in and read why. From an address where that key does not work: 403 `ip_not_allowed`.
///    One that Cloudflare Access opened ends when its team or application is configured no more.
/// 3. Whoever has a passkey is asked for it again, at what matters, when the last time is too long ago.
///
/// # Errors
/// As above; 503.
pub async fn current(token: &str, incoming: &Incoming, database: &Database) -> Result<Current, Failure> {
    let now = incoming.now;
    let (session, account, credential) = sessions::find(database, SecretHash::of(token)).await?.ok_or_else(ended)?;
    match &credential {
        Some(credential) => log::caller(incoming, credential),
        None => log::caller(incoming, &account),
    }
    // 1.
    if idle_at(&session) <= now || session.ends_at <= now {
        return Err(ended());
    }
    // 2.
    let objection = credential.as_ref().and_then(|credential| credential.standing.objection(now));
    if !account.active || objection.is_some_and(|code| code != Code::ApiAccessDisabled) {
        return Err(ended());
    }
    if session.access_application.as_deref().is_some_and(|application| !access::still_has(incoming, application)) {
        return Err(ended());
    }
    if let Some(credential) = &credential {
        auth::check_address(incoming, credential)?;
    }
    if now.millis() - session.last_seen_at.millis() > SEEN_EVERY {
        sessions::touch(database, session.id, now).await?;
    }
    // 3.
    let mut principal = match &credential {
        Some(credential) => credential.principal(Some(session.id)),
        None => Principal::person(account.principal(), account.organization.id, session.id),
    };
    principal.step_up_due = step_up_due(account.passkeys, session.verified_at, now);
    Ok(Current { session, account, credential, principal })
}

/// When a session ends if nothing is done until then.
pub fn idle_at(session: &StoredSession) -> Timestamp {
    session.last_seen_at.plus(IDLE)
}

fn ended() -> Failure {
    Failure::unauthorized("session_ended", "Your session has ended. Sign in again.")
}
