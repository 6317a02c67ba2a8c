//! `POST /v1/secret-scanning/github`: what GitHub has found in public.

use axum::response::Response;
use claviger_core::{
    leak::{Envelope, EnvelopeFlaw, Feedback, LeakSource, feedback, read_report},
    passkey::Algorithm,
};
use http::StatusCode;
use worker::Context;

use crate::{
    answer::json,
    auth::{self, passkey::verify},
    error::Failure,
    incoming::Incoming,
    leaks::{self, Sighting, github_keys},
};

/// 1. 429 when this network has sent too many, good or not.
/// 2. 400 when the headers that sign it are missing or malformed.
/// 3. 403 for a key that GitHub does not list, or no longer; 503 when GitHub cannot be asked for its keys.
/// 4. 403 when the signature is not one of that key over the body, byte for byte.
/// 5. 400 for a body that is no report: only now is it read.
/// 6. Each key is flagged or revoked, as its organization has it. GitHub is told which finds were secrets, by their hashes.
pub async fn answer(incoming: &Incoming, context: &Context) -> Result<Response, Failure> {
    // 1.
    auth::limit_signed_reports(incoming).await?;
    // 2.
    let header = |name| incoming.header(name);
    let envelope = Envelope::read(header(Envelope::KEY_ID).as_deref(), header(Envelope::SIGNATURE).as_deref())
        .map_err(Failure::report_refused)?;
    // 3.
    let key = github_keys::key(incoming, &envelope.key_id).await?;
    // 4.
    if !verify(Algorithm::Es256, &key.jwk, &incoming.body, &envelope.signature).await? {
        return Err(Failure::report_refused(EnvelopeFlaw::Signature));
    }
    // 5.
    let finds = read_report(&incoming.json()?)?;
    // 6.
    let secret = |find: &claviger_core::leak::Match| {
        find.secret.as_ref().map(|secret| Sighting { secret: secret.hash(), url: find.url.clone() })
    };
    let sightings: Vec<Sighting> = finds.iter().filter_map(secret).collect();
    let works = leaks::respond(incoming, LeakSource::GitHub, &sightings).await?;
    if !works.is_empty() {
        crate::tell(incoming, context);
    }
    let told: Vec<Feedback> = finds.iter().filter_map(|find| feedback(find, works.contains_key(&find.hash))).collect();
    Ok(json(StatusCode::OK, serde_json::to_string(&told).map_err(Failure::internal)?))
}
