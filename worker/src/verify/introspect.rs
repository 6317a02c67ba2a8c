//! `POST /v1/introspect`: token introspection (RFC 7662), for software that speaks OAuth already.

use axum::response::Response;
use base64::{Engine, engine::general_purpose::STANDARD};
use claviger_core::{
    freshness::Record,
    secret::{Secret, SecretHash},
    verify::{Ask, Code},
    wire::verify::Introspection,
};
use http::StatusCode;
use worker::{Context, url::form_urlencoded};

use super::{asker, memory, verdict};
use crate::{
    answer::json,
    error::Failure,
    incoming::{Incoming, now},
};

/// The steps of `single::answer`, but that it is no use: it spends no rate and no credits. Whatever stands against the token, the answer is `{"active":false}` (RFC 7662, 2.2).
pub async fn answer(incoming: &Incoming, context: &Context) -> Result<Response, Failure> {
    let asker = client(incoming)?;
    let ask = form(incoming);
    let question = memory::Question::about(asker, ask.as_ref().ok());
    let answer = memory::ask(incoming, context, &question).await;
    let now = now();
    let asker = asker::admit(incoming, &answer.asker, now)?;
    let ask = ask?.or_from(asker::client_ip(incoming, &asker));
    let finding = answer.keys.first().ok_or_else(|| Failure::internal("no finding for the token"))?;
    let verdict = verdict::judge(finding, &ask, now);
    verdict.count(&asker, now);
    let verdict = verdict.known()?;
    let told = match verdict.record.filter(|_| verdict.code == Code::Valid) {
        Some(record) => active(&record),
        None => Introspection::default(),
    };
    Ok(json(StatusCode::OK, serde_json::to_string(&told).map_err(Failure::internal)?))
}

/// The client's credential (RFC 7662, 2.1, leaves the way open): Bearer, or Basic with the verifier key as the password,
/// which is what OAuth libraries send as `client_secret`. The user name says nothing.
fn client(incoming: &Incoming) -> Result<SecretHash, Failure> {
    let header = incoming.header("Authorization").unwrap_or_default();
    let Some(("Basic" | "basic", encoded)) = header.split_once(' ') else { return asker::bearer(incoming) };
    let decoded = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let password = decoded.as_deref().and_then(|pair| pair.split_once(':')).map(|(_, password)| password);
    let secret = password.and_then(|text| Secret::parse(text).ok());
    secret.map(|secret| secret.hash()).ok_or_else(Failure::invalid_key)
}

fn form(incoming: &Incoming) -> Result<Ask, Failure> {
    if !incoming.has_content_type("application/x-www-form-urlencoded") {
        return Err(Failure::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "Send a form, with Content-Type: application/x-www-form-urlencoded.",
        ));
    }
    Ok(Ask::of_form(form_urlencoded::parse(&incoming.body))?)
}

fn active(record: &Record) -> Introspection {
    let ends_at = [record.standing.expires_at, record.standing.secret_ends_at].into_iter().flatten().min();
    let scopes: Vec<&str> = record.scopes.iter().map(claviger_core::scope::Scope::as_str).collect();
    Introspection {
        active: true,
        scope: (!scopes.is_empty()).then(|| scopes.join(" ")),
        client_id: Some(record.key_id.to_string()),
        token_type: Some("Bearer".to_owned()),
        exp: ends_at.map(|moment| moment.millis().div_euclid(1_000)),
        sub: Some(record.user_id.map_or_else(|| format!("key:{}", record.key_id), |id| format!("user:{id}"))),
        name: Some(record.name.to_string()),
        organization_id: Some(record.organization_id),
        role: Some(record.role),
        access: Some(record.access),
    }
}
