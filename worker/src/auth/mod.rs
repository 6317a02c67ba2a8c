//! Who is calling. Two credentials, a key as Bearer and a session's cookie, end in one [`Principal`].

pub mod access;
pub mod cookie;
pub mod origin;
pub mod passkey;
pub mod session;

use claviger_core::{
    authorize::Principal,
    network::{allows, counted_by},
    secret::Secret,
};

use crate::{
    error::Failure,
    incoming::Incoming,
    log,
    store::{
        Database,
        credentials::{self, Credential},
    },
    usage,
};

/// Judges the caller against the primary database, on every request: a disabled key or an ended session stops at once.
///
/// 1. A Bearer key, if there is an `Authorization` header: 401 when it is not good, 403 without API access, and
///    `ip_not_allowed` from an address where it does not work.
/// 2. Otherwise the session cookie: 401 when there is none or it has ended; 403 for a change that another site asked for.
///
/// # Errors
/// As above; 503 when the database does not answer.
pub async fn caller(incoming: &Incoming, database: &Database) -> Result<(Principal, Option<Credential>), Failure> {
    // 1.
    if let Some(header) = incoming.header("Authorization") {
        let credential = bearer(&header, incoming, database).await?;
        if let Some(code) = credential.standing.objection(incoming.now) {
            return Err(Failure::objection(code));
        }
        check_address(incoming, &credential)?;
        usage::called(&credential, incoming.now);
        return Ok((credential.principal(None), Some(credential)));
    }
    // 2.
    let token = cookie::read(incoming).ok_or_else(|| {
        Failure::unauthorized("authentication_required", "Sign in, or send a key as Authorization: Bearer.")
    })?;
    if incoming.changes_something() {
        origin::check(incoming)?;
    }
    let current = session::current(&token, incoming, database).await?;
    Ok((current.principal, current.credential))
}

/// The key behind an `Authorization: Bearer` header, whatever its standing.
///
/// # Errors
/// As [`bearer_secret`]; 401 when nobody has it; 503.
pub async fn bearer(header: &str, incoming: &Incoming, database: &Database) -> Result<Credential, Failure> {
    let secret = bearer_secret(header)?;
    let credential = credentials::find(database, secret.hash()).await?.ok_or_else(Failure::invalid_key)?;
    log::caller(incoming, &credential);
    Ok(credential)
}

/// The secret in an `Authorization: Bearer` header.
///
/// # Errors
/// 401 when it is not a Bearer header, or not a secret.
pub fn bearer_secret(header: &str) -> Result<Secret, Failure> {
    let (scheme, text) = header.split_once(' ').ok_or_else(Failure::invalid_key)?;
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return Err(Failure::invalid_key());
    }
    Secret::parse(text.trim()).map_err(|problem| Failure::invalid_key().because(problem))
}

/// Refuses a key that works from certain addresses only. The platform says where a caller of Claviger itself is; no header
/// that the caller can write does.
///
/// # Errors
/// 403 `ip_not_allowed`.
pub fn check_address(incoming: &Incoming, credential: &Credential) -> Result<(), Failure> {
    let address = incoming.ip().and_then(|text| text.parse().ok());
    if allows(&credential.key.allowed_ips, address) { Ok(()) } else { Err(Failure::ip_not_allowed()) }
}

/// Refuses what a browser says another site asked for; for requests that carry no credential yet.
///
/// # Errors
/// 403 `cross_site_request`.
pub fn refuse_other_sites(incoming: &Incoming) -> Result<(), Failure> {
    if incoming.header("Sec-Fetch-Site").is_none() && incoming.header("Origin").is_none() {
        return Ok(()); // Not a browser: a browser names one of them with every POST.
    }
    origin::check(incoming)
}

/// Counts an attempt at signing in or setting up.
///
/// # Errors
/// 429 when this network made too many.
pub async fn limit_attempts(incoming: &Incoming) -> Result<(), Failure> {
    limit_attempts_at(incoming, &network(incoming)).await
}

/// Counts an attempt at `what`, which is no address.
///
/// # Errors
/// 429 when there were too many.
pub async fn limit_attempts_at(incoming: &Incoming, what: &str) -> Result<(), Failure> {
    limited(incoming, "SIGN_IN_LIMIT", what).await
}

/// Counts a report of leaked secrets, by whoever has them.
///
/// # Errors
/// 429 when this network made too many.
pub async fn limit_reports(incoming: &Incoming) -> Result<(), Failure> {
    limited(incoming, "REPORT_LIMIT", &network(incoming)).await
}

/// Counts a report that is said to be GitHub's: whether it is takes a signature to be checked, or a list of keys to be asked for.
///
/// # Errors
/// 429 when this network made more than GitHub does.
pub async fn limit_signed_reports(incoming: &Incoming) -> Result<(), Failure> {
    limited(incoming, "SCANNING_LIMIT", &network(incoming)).await
}

fn network(incoming: &Incoming) -> String {
    counted_by(&incoming.ip().unwrap_or_default())
}

async fn limited(incoming: &Incoming, limit: &str, what: &str) -> Result<(), Failure> {
    let limiter = incoming.env.rate_limiter(limit).map_err(Failure::internal)?;
    match limiter.limit(what.to_owned()).await {
        Ok(outcome) if !outcome.success => Err(Failure::too_many_attempts()),
        // Against floods only: a secret has 256 bits, so an outage of the counter must not lock anyone out.
        _ => Ok(()),
    }
}
