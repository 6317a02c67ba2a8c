//! Who asks: every question of `/v1` comes with the key of a verifier.

use std::{net::IpAddr, sync::Arc};

use claviger_core::{
    freshness::{Finding, Held, Record},
    key::Role,
    network::allows,
    secret::{Secret, SecretHash},
    time::Timestamp,
};

use crate::{auth, error::Failure, incoming::Incoming, log, usage};

/// The key in `Authorization: Bearer`.
///
/// # Errors
/// 401 when there is none, or when it is no secret.
pub fn bearer(incoming: &Incoming) -> Result<SecretHash, Failure> {
    let header = incoming.header("Authorization").ok_or_else(|| {
        Failure::unauthorized("authentication_required", "Send a verifier key as Authorization: Bearer.")
    })?;
    auth::bearer_secret(&header).map(|secret| secret.hash())
}

/// The key that a proxy sends beside its client's.
///
/// # Errors
/// As [`bearer`].
pub fn beside(incoming: &Incoming, header: &str) -> Result<SecretHash, Failure> {
    let text = incoming.header(header).ok_or_else(|| {
        Failure::unauthorized("authentication_required", "The proxy has to send its verifier key as X-Verifier-Key.")
    })?;
    let secret = Secret::parse(text.trim());
    secret.map(|secret| secret.hash()).map_err(|problem| Failure::invalid_key().because(problem))
}

/// Where the verifier's client is, by the header that its key names. One address: of a header that is there twice the platform
/// makes a list, and part of that may be the client's own writing.
pub fn client_ip(incoming: &Incoming, asker: &Record) -> Option<IpAddr> {
    let name = asker.client_ip_header.as_deref()?;
    incoming.header(name)?.trim().parse().ok()
}

/// Whether whoever holds the key may learn the rest. Reading is enough.
///
/// # Errors
/// 401 when the key is not good, 403 without API access, from an address where it does not work, and `not_a_verifier` for
/// another role; 503 when nobody knows.
pub fn admit(incoming: &Incoming, asker: &Finding, now: Timestamp) -> Result<Arc<Record>, Failure> {
    let record = match &asker.held {
        Held::Record(record) => record,
        Held::Absent => return Err(Failure::invalid_key()),
        Held::Unavailable => return Err(Failure::unavailable("the verifier's key could not be looked up")),
    };
    log::caller(incoming, &**record);
    if let Some(code) = record.objection(now) {
        return Err(Failure::objection(code));
    }
    // Most keys work from anywhere, and to ask where a caller is costs.
    if !record.allowed_ips.is_empty() && !allows(&record.allowed_ips, incoming.ip().and_then(|text| text.parse().ok()))
    {
        return Err(Failure::ip_not_allowed());
    }
    if record.role != Role::Verifier {
        return Err(Failure::forbidden("not_a_verifier", "Only keys with the role verifier may verify others."));
    }
    usage::asked(record, now);
    Ok(Arc::clone(record))
}
