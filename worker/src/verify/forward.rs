//! `/v1/auth`: forward authentication. A proxy (nginx `auth_request`, Caddy, Traefik, Envoy) asks about each of its
//! clients' requests, and forwards those that are answered with 200.
//!
//! Proxies forward their client's headers, so nothing that a client can write is a wish: wishes come from the query, which
//! the proxy's configuration writes. Of the headers two are read: the client's key, and the proxy's own in `X-Verifier-Key`; and a
//! third if that key names one for the client's address, which the proxy then overwrites.

use axum::{body::Body, response::Response};
use claviger_core::{
    freshness::Record,
    time::{SECOND, Timestamp},
    verify::{Ask, Code},
};
use http::{HeaderName, HeaderValue};
use worker::Context;

use super::{
    asker, memory,
    verdict::{self, Verdict},
};
use crate::{
    error::Failure,
    incoming::{Door, Incoming, now},
};

/// 1. The text of the proxy's key.
/// 2. The client's key, and the wishes.
/// 3. What memory or the database knows of both.
/// 4. The proxy's key; then the wishes: 400 names the parameter.
/// 5. The verdict, as a status, and what is left of the key's rate.
pub async fn answer(incoming: &Incoming, context: &Context) -> Result<Response, Failure> {
    // 1.
    let asker = asker::beside(incoming, "X-Verifier-Key")?;
    // 2.
    let presented = presented(incoming);
    let key = presented.as_ref().ok().cloned().flatten();
    let ask = Ask::of_query(key.unwrap_or_default(), incoming.url.query_pairs());
    // 3.
    let question = memory::Question::about(asker, ask.as_ref().ok());
    let answer = memory::ask(incoming, context, &question).await;
    let now = now();
    // 4.
    let asker = asker::admit(incoming, &answer.asker, now)?;
    let ask = ask?.or_from(asker::client_ip(incoming, &asker));
    let Some(finding) = answer.keys.first() else {
        return Ok(refused(match presented {
            Err(failure) => failure,
            Ok(_) => {
                Failure::unauthorized("authentication_required", "Send a key as Authorization: Bearer or X-Api-Key.")
            }
        }));
    };
    // 5.
    let verdict = verdict::alone(&incoming.env, &asker, finding, &ask, now).await?;
    let mut response = match verdict.record.as_ref().filter(|_| verdict.code == Code::Valid) {
        Some(record) => let_in(record),
        None => refused(failure(&verdict, &ask, now)),
    };
    tell_rate(&mut response, &verdict);
    Ok(response)
}

/// The client's key: `None` when it sent none.
///
/// # Errors
/// 401 for two that differ: which of them the service behind the proxy goes by is not ours to guess; 401 for an
/// `Authorization` of another scheme, with no `X-Api-Key` beside it.
fn presented(incoming: &Incoming) -> Result<Option<String>, Failure> {
    let authorization = incoming.header("Authorization");
    let bearer = authorization.as_deref().and_then(|header| header.split_once(' '));
    let bearer = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer")).map(|(_, text)| text.trim());
    let plain = incoming.header("X-Api-Key");
    let plain = plain.as_deref().map(str::trim);
    match (bearer, plain) {
        (Some(one), Some(other)) if one != other => {
            Err(Failure::unauthorized("two_keys", "Send one key: Authorization and X-Api-Key have different ones."))
        }
        (None, None) if authorization.is_some() => Err(Failure::invalid_key()),
        (bearer, plain) => Ok(bearer.or(plain).map(str::to_owned)),
    }
}

/// 200, with what the service behind the proxy may want to know.
fn let_in(record: &Record) -> Response {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    let mut add = |name, value: &str| {
        // Nothing of ours fails it; a header that HTTP cannot carry is left out.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    add("x-key-id", &record.key_id.to_string());
    add("x-organization-id", &record.organization_id.to_string());
    add("x-key-name", &in_ascii(&record.name));
    response
}

/// Headers are ASCII: everything else, and `%`, as in URLs.
fn in_ascii(text: &str) -> String {
    let plain = |character: char| character == ' ' || (character.is_ascii_graphic() && character != '%');
    let mut written = String::with_capacity(text.len());
    for character in text.chars() {
        if plain(character) {
            written.push(character);
        } else {
            let mut buffer = [0; 4];
            for byte in character.encode_utf8(&mut buffer).bytes() {
                written.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    written
}

/// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11), for a key whose rate was asked about. What
/// nobody could count has no `RateLimit`.
fn tell_rate(response: &mut Response, verdict: &Verdict) {
    /// The largest integer of a structured field (RFC 9651, 3.3.1).
    const LARGEST: u64 = 999_999_999_999_999;
    let limits = verdict.record.as_deref().and_then(|record| record.limits.as_deref());
    let window = limits.and_then(|limits| limits.rate_limit).map(|rate| rate.window_seconds);
    let Some(left) = verdict.spent.and_then(|spent| spent.rate_limit) else { return };
    let mut add = |name, value: String| {
        response
            .headers_mut()
            .extend(HeaderValue::from_str(&value).map(|value| (HeaderName::from_static(name), value)));
    };
    let window = window.map(|seconds| format!(";w={seconds}")).unwrap_or_default();
    add("ratelimit-policy", format!("\"default\";q={}{window}", left.limit.min(LARGEST)));
    if let (Some(remaining), Some(reset_ms)) = (left.remaining, left.reset_ms) {
        add("ratelimit", format!("\"default\";r={};t={}", remaining.min(LARGEST), seconds(reset_ms)));
    }
}

/// Rounded up: who waits that long has waited long enough.
fn seconds(millis: i64) -> i64 {
    millis.max(0).saturating_add(SECOND - 1) / SECOND
}

/// When it is worth while to try again, in seconds.
fn retry_after(verdict: &Verdict, now: Timestamp) -> i64 {
    /// Somebody has to set them: nobody knows when.
    const NO_REFILL: i64 = 3_600;
    if verdict.code == Code::RateLimited {
        let reset_ms = verdict.spent.and_then(|spent| spent.rate_limit).and_then(|left| left.reset_ms);
        return seconds(reset_ms.unwrap_or_default()).max(1);
    }
    let limits = verdict.record.as_deref().and_then(|record| record.limits.as_deref());
    let refill = limits.and_then(|limits| limits.credits).and_then(|credits| credits.refill_interval);
    refill.map_or(NO_REFILL, |interval| seconds(interval.next(now).millis() - now.millis()))
}

/// What the verdict is as a status, with the challenge of RFC 6750 (3 and 3.1).
fn failure(verdict: &Verdict, ask: &Ask, now: Timestamp) -> Failure {
    match verdict.code {
        code @ (Code::RateLimited | Code::CreditsExhausted) => Failure::used_up(code, retry_after(verdict, now)),
        Code::IpNotAllowed => Failure::ip_not_allowed(),
        Code::InsufficientAccess => Failure::insufficient("insufficient_access", "This key may only read.", None),
        Code::InsufficientScope => {
            let scopes: Vec<&str> = ask.scopes.iter().map(claviger_core::scope::Scope::as_str).collect();
            let outside = "This key lacks a scope that is needed here.";
            Failure::insufficient("insufficient_scope", outside, Some(&scopes.join(" ")))
        }
        code => Failure::objection(code),
    }
}

fn refused(failure: Failure) -> Response {
    failure.at(Door::Verification)
}
