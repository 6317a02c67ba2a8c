//! `Idempotency-Key`: a POST that comes again does nothing again.

use claviger_core::{authorize::Principal, secret::SecretHash};
use http::StatusCode;

use crate::{
    answer::Answer,
    call::Call,
    error::Failure,
    store::idempotency::{Attempt, Done},
};

const HEADER: &str = "Idempotency-Key";
/// Longest key, in characters.
const LONGEST: usize = 255;

/// Carries out a POST once for each `Idempotency-Key` of its caller; without one, each time.
///
/// 1. An earlier request with this key: its status and body again; 409 `already_created` when that carried a secret; 422
///    `idempotency_mismatch` when it had another body.
/// 2. Otherwise `work`, which writes the attempt into its batch. What was refused is not remembered.
/// 3. Refused because the same request was answered meanwhile: as in 1.
///
/// # Errors
/// As above, and what `work` refuses.
pub async fn once(
    call: &Call,
    principal: &Principal,
    work: impl AsyncFnOnce(Option<&Attempt>) -> Result<Answer, Failure>,
) -> Result<Answer, Failure> {
    let Some(attempt) = attempt(call, principal)? else {
        return work(None).await;
    };
    // 1.
    if let Some(done) = attempt.find(&call.database).await? {
        return replay(done, &attempt);
    }
    // 2.
    let answer = work(Some(&attempt)).await;
    // 3.
    match answer {
        Err(failure) => match attempt.find(&call.database).await? {
            Some(done) => replay(done, &attempt),
            None => Err(failure),
        },
        answer => answer,
    }
}

fn attempt(call: &Call, principal: &Principal) -> Result<Option<Attempt>, Failure> {
    let incoming = &call.incoming;
    let Some(key) = incoming.header(HEADER) else {
        return Ok(None);
    };
    let fits = (1..=LONGEST).contains(&key.len()) && key.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if !fits || claviger_core::secret::find_secret(&key).is_some() {
        return Err(Failure::bad_header(HEADER, "Must be 1 to 255 printable ASCII characters, and no API key."));
    }
    Ok(Some(Attempt {
        organization_id: principal.organization_id,
        principal: match (&principal.user, principal.session_id, principal.key.id) {
            (Some(user), Some(_), _) | (Some(user), _, None) => format!("user:{}", user.id),
            (_, _, Some(id)) => format!("key:{id}"),
            (None, _, None) => return Err(Failure::internal("a caller with neither key nor person")),
        },
        request: format!("{} {}", incoming.method, incoming.url.path()),
        key,
        body: SecretHash::of(&String::from_utf8_lossy(&incoming.body)),
        at: incoming.now,
    }))
}

fn replay(done: Done, attempt: &Attempt) -> Result<Answer, Failure> {
    if done.body_hash != attempt.body.to_hex() {
        return Err(Failure::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_mismatch",
            "This Idempotency-Key was used for a request with another body. Use a new one for a new request.",
        ));
    }
    match done.answer {
        Some(answer) => Ok(Answer::again(done.status, answer)),
        None => {
            let field = match attempt.request.rsplit('/').next() {
                Some("organizations") => "organization_id",
                Some("invites") => "invite_id",
                Some("sign_in_link") => "user_id",
                _ => "api_key_ids",
            };
            Err(Failure::already_created(field, done.ids.as_deref().unwrap_or_default()))
        }
    }
}
