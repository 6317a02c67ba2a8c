//! `POST /v1/revoke`: whoever holds a secret can end it.

use std::collections::BTreeMap;

use axum::response::Response;
use claviger_core::{
    leak::{LeakSource, Presented, read_batch},
    secret::{Secret, SecretHash},
    wire::leak::{RevokedBatch, RevokedKey},
};
use http::StatusCode;
use worker::Context;

use crate::{
    answer::json,
    auth,
    error::Failure,
    incoming::Incoming,
    leaks::{self, Sighting},
};

/// The secrets are the credential: there is no other, and nothing is told of a key that is not proven by holding its secret.
///
/// 1. 429 when this address has asked too often.
/// 2. 400 names what does not fit, and the key that the request itself is made with: more likely a slip than a leak.
/// 3. What is no secret, or nobody's, is `NOT_FOUND` without a word about it. A secret that works ends its key, one that was
///    replaced already only tells its owners; both are `REVOKED`, as if it had been long ago.
pub async fn answer(incoming: &Incoming, context: &Context) -> Result<Response, Failure> {
    // 1.
    auth::limit_reports(incoming).await?;
    // 2.
    let caller = incoming.header("Authorization").and_then(|header| auth::bearer_secret(&header).ok());
    let presented = read_batch(&incoming.json()?, caller.as_ref())?;
    // 3.
    let hashes: Vec<Option<SecretHash>> = presented.iter().map(|secret| secret.as_ref().map(Secret::hash)).collect();
    let sightings: Vec<Sighting> =
        hashes.iter().flatten().map(|secret| Sighting { secret: *secret, url: None }).collect();
    let works = if sightings.is_empty() {
        BTreeMap::new()
    } else {
        leaks::respond(incoming, LeakSource::Possession, &sightings).await?
    };
    if !works.is_empty() {
        crate::tell(incoming, context);
    }
    let told = |hash: &Option<SecretHash>| match hash.and_then(|hash| works.get(&hash)) {
        Some(true) => Presented::Reported,
        Some(false) => Presented::Revoked,
        None => Presented::NotFound,
    };
    let results = hashes.iter().map(|hash| RevokedKey { code: told(hash) }).collect();
    Ok(json(StatusCode::OK, serde_json::to_string(&RevokedBatch { results }).map_err(Failure::internal)?))
}
