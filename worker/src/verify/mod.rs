//! `/v1`: verification. Its own door, outside axum: it is on the path of every request of our users' users.

use axum::response::Response;
use claviger_core::{
    key::Role,
    organization::SYSTEM_ORGANIZATION,
    verify::{Ask, Code, Rights},
    wire::verify::{Verification, VerifiedKey},
};
use http::{HeaderValue, Method, StatusCode, header};

use crate::{
    answer::json,
    auth,
    error::Failure,
    incoming::{Door, Incoming},
    log,
    store::{
        Database,
        credentials::{self, Credential},
    },
    used,
};

/// Answers a request of `/v1`.
pub async fn answer(incoming: &Incoming) -> Response {
    let path = incoming.url.path();
    let mut response = match (path, incoming.method.clone()) {
        ("/v1/verify", Method::POST) => verify(incoming).await.unwrap_or_else(|failure| failure.at(Door::Verification)),
        ("/v1/verify", _) => method_not_allowed(),
        _ => return Failure::not_found().at(Door::Verification),
    };
    response.extensions_mut().insert(log::Route("/v1/verify".to_owned()));
    response
}

/// `POST /v1/verify`.
///
/// 1. The caller's key: 401 when it is not good, 403 `not_a_verifier` when it has another role. Reading is enough.
/// 2. The question: 400 names the field.
/// 3. The key that is asked about: read from the primary database each time. One of another organization is `NOT_FOUND`,
///    unless a verifier of the system organization asks; so is a text that is no secret, without any look-up.
async fn verify(incoming: &Incoming) -> Result<Response, Failure> {
    let database = Database::of_request(incoming)?;
    // 1.
    let header = incoming.header("Authorization").ok_or_else(|| {
        Failure::unauthorized("authentication_required", "Send a verifier key as Authorization: Bearer.")
    })?;
    let verifier = auth::bearer(&header, incoming, &database).await?;
    if let Some(code) = verifier.standing.objection(incoming.now) {
        return Err(Failure::objection(code));
    }
    auth::check_address(incoming, &verifier)?;
    if verifier.key.role != Role::Verifier {
        return Err(Failure::forbidden("not_a_verifier", "Only keys with the role verifier may verify others."));
    }
    used::note(incoming, &verifier);
    // 2.
    let ask = Ask::read(&incoming.json()?)?;
    // 3.
    let asker = verifier.organization.id;
    let found = credentials::find_presented(&database, &ask.key, asker, asker == SYSTEM_ORGANIZATION).await?;
    let (code, key) = match found {
        None => (Code::NotFound, None),
        Some(found) => {
            let key = &found.key;
            let rights = Rights { access: key.access, scopes: &key.scopes, allowed_ips: &key.allowed_ips };
            let code = ask.judge(&found.standing, rights, incoming.now);
            if code == Code::Valid {
                used::note(incoming, &found);
            }
            (code, (!found.standing.secret_is_retired(incoming.now)).then(|| shown(found)))
        }
    };
    let verification =
        Verification { valid: code == Code::Valid, code, key, as_of: incoming.now, age_ms: Some(0), degraded: false };
    let body = serde_json::to_string(&verification).map_err(Failure::internal)?;
    Ok(json(StatusCode::OK, body))
}

fn shown(found: Credential) -> VerifiedKey {
    VerifiedKey {
        id: found.key.id,
        name: found.key.name,
        organization_id: found.organization.id,
        user_id: found.user.map(|user| user.id),
        role: found.key.role,
        access: found.key.access,
        scopes: found.key.scopes,
        metadata: found.metadata,
        expires_at: found.key.expires_at,
    }
}

fn method_not_allowed() -> Response {
    let failure = Failure::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Send a POST.");
    let mut response = failure.at(Door::Verification);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}
