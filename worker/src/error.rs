//! Everything that can go wrong, with two messages: one for the caller, one for the log.
//!
//! [`Failure`] is what handlers return. Its outside message is a `&'static str`, so that nothing read from a request, a
//! database or another error can get into it; the inside message ([`Failure::because`]) takes anything and only the log
//! shows it. Errors of D1 become `Failure` in `store`, refusals of `core` by the `From` implementations in `denied`.

mod access;
mod denied;
mod leak;
mod passkey;
mod people;

use std::fmt::Display;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use claviger_core::{
    envelope::Envelope,
    input::{FieldError, Problems},
    verify::Code,
    wire::verify::VerifyError,
};
use http::{HeaderName, HeaderValue, StatusCode, header};

use crate::incoming::Door;

/// Why a request is not answered as asked.
#[derive(Clone, Debug)]
pub struct Failure {
    status: StatusCode,
    code: &'static str,
    outside: &'static str,
    fields: Vec<FieldError>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// For the log.
    pub inside: Option<String>,
}

impl Failure {
    /// A failure that says `outside` to the caller.
    pub const fn new(status: StatusCode, code: &'static str, outside: &'static str) -> Self {
        Self { status, code, outside, fields: Vec::new(), headers: Vec::new(), inside: None }
    }

    /// Adds what only the log shows. Never a secret.
    pub fn because(mut self, inside: impl Display) -> Self {
        self.inside = Some(inside.to_string());
        self
    }

    /// Adds the field that does not fit.
    pub fn field(mut self, field: &str, message: &str) -> Self {
        self.fields.push(FieldError { field: field.to_owned(), message: message.to_owned() });
        self
    }

    fn header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.push((name, HeaderValue::from_static(value)));
        self
    }

    /// Something is broken here; the log says what.
    pub fn internal(inside: impl Display) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong on our side. Try again; if it stays, give your administrator the request id.",
        )
        .because(inside)
    }

    /// The database does not answer.
    pub fn unavailable(inside: impl Display) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "The database does not answer. Try again in a moment.",
        )
        .header(header::RETRY_AFTER, "5")
        .because(inside)
    }

    /// The ledger of a key's limits does not answer.
    pub fn meter_unavailable(inside: impl Display) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "What this key may still be used for could not be found out. Try again in a moment.",
        )
        .header(header::RETRY_AFTER, "5")
        .because(inside)
    }

    /// A key that was used as much as it may be, and after how many seconds to try again.
    pub fn used_up(code: Code, retry_after: i64) -> Self {
        let (code, outside) = match code {
            Code::CreditsExhausted => ("credits_exhausted", "This key has too few credits left for this."),
            _ => ("rate_limited", "This key was used as often as it may be for now."),
        };
        Self::new(StatusCode::TOO_MANY_REQUESTS, code, outside).with(header::RETRY_AFTER, &retry_after.to_string())
    }

    /// Adds a header; one that HTTP cannot carry is left out.
    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.extend(HeaderValue::from_str(value).map(|value| (name, value)));
        self
    }

    /// Not there, or another organization's.
    pub const fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is nothing here.")
    }

    /// Somebody else was faster.
    pub const fn conflict() -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "Somebody changed this meanwhile. Read it again, then decide.")
    }

    /// Whether reading again and trying once more may help.
    pub fn is_conflict(&self) -> bool {
        self.code == "conflict"
    }

    /// The secrets of some imported keys are there already.
    pub const fn already_imported() -> Self {
        Self::new(StatusCode::CONFLICT, "already_imported", "Some of these keys are there already; none was imported.")
    }

    /// A batch of counts that has arrived before.
    pub const fn already_counted() -> Self {
        Self::new(StatusCode::CONFLICT, "already_counted", "This was counted already.")
    }

    /// Whether without it nobody could sign in.
    pub fn is_last_credential(&self) -> bool {
        self.code == "last_credential"
    }

    /// Whether it is [`Self::already_counted`].
    pub fn is_already_counted(&self) -> bool {
        self.code == "already_counted"
    }

    /// Whether what was needed has gone.
    pub fn is_not_found(&self) -> bool {
        self.code == "not_found"
    }

    /// The same `Idempotency-Key` at the same time.
    pub const fn same_request_under_way() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "request_under_way",
            "The same request is being answered. Ask again in a moment.",
        )
    }

    /// A request that did something already, and whose answer carried a secret, which is told once.
    pub fn already_created(field: &str, ids: &str) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "already_created",
            "This request was carried out already. Its answer carried a secret, which is shown only once.",
        )
        .field(field, &format!("It was then: {}.", ids.replace(',', ", ")))
    }

    /// 401 with the challenge of RFC 6750.
    pub fn unauthorized(code: &'static str, outside: &'static str) -> Self {
        let challenge = match code {
            "authentication_required" => "Bearer realm=\"claviger\"",
            _ => "Bearer realm=\"claviger\", error=\"invalid_token\"",
        };
        Self::new(StatusCode::UNAUTHORIZED, code, outside).header(header::WWW_AUTHENTICATE, challenge)
    }

    /// A text that is no secret, or nobody's.
    pub fn invalid_key() -> Self {
        Self::unauthorized("invalid_key", "This is not a valid API key.")
    }

    /// 403.
    pub const fn forbidden(code: &'static str, outside: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, outside)
    }

    /// Too many attempts from one address.
    pub fn too_many_attempts() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_attempts",
            "Too many attempts. Wait a minute, then try again.",
        )
        .header(header::RETRY_AFTER, "60")
    }

    /// A query parameter that does not fit.
    pub fn parameter(name: &str, message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_parameter", "A query parameter does not fit.").field(name, message)
    }

    /// A request header that does not fit.
    pub fn bad_header(name: &str, message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_parameter", "A header does not fit.").field(name, message)
    }

    /// A secret was put into a URL.
    pub const fn secret_in_url() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "contains_secret",
            "The URL contains an API key. URLs are logged and remembered: send keys in the Authorization header, and rotate this one.",
        )
    }

    /// A development Worker that the world can reach.
    pub const fn local_on_public_host() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "This Worker has LOCAL=1, which is for a developer's own machine: open it as localhost, or remove the variable.",
        )
    }

    /// 403 with the challenge of RFC 6750, and the scopes that would do.
    pub fn insufficient(code: &'static str, outside: &'static str, scopes: Option<&str>) -> Self {
        let scope = scopes.map(|scopes| format!(", scope=\"{scopes}\"")).unwrap_or_default();
        let challenge = format!("Bearer realm=\"claviger\", error=\"insufficient_scope\"{scope}");
        Self::forbidden(code, outside).with(header::WWW_AUTHENTICATE, &challenge)
    }

    /// A key that works from certain addresses only, used from another.
    pub const fn ip_not_allowed() -> Self {
        Self::forbidden("ip_not_allowed", "This key may not be used from your address.")
    }

    /// What stands against a presented key, told to who holds it.
    pub fn objection(code: Code) -> Self {
        match code {
            Code::Revoked => Self::unauthorized("key_revoked", "This key was revoked, or replaced by a newer one."),
            Code::Expired => Self::unauthorized("key_expired", "This key has expired."),
            Code::Disabled => Self::unauthorized("key_disabled", "This key is switched off."),
            Code::ApiAccessDisabled => Self::forbidden(
                "api_access_disabled",
                "API access is switched off for this key's organization or person. Ask an administrator.",
            ),
            _ => Self::invalid_key(),
        }
    }

    /// The response, in the form of the door it goes out of.
    pub fn at(self, door: Door) -> Response {
        let body = match door {
            Door::Management => {
                serde_json::to_string(&Envelope::<()>::failure(self.code, self.outside, self.fields.clone()))
            }
            Door::Verification => {
                let first = self.fields.first();
                let message = first.map_or(self.outside, |error| error.message.as_str()).to_owned();
                let field = first.map(|error| error.field.clone());
                serde_json::to_string(&VerifyError { error: self.code.to_owned(), message, field })
            }
        };
        let mut response = Response::new(Body::from(body.unwrap_or_default()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.at(Door::Management)
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        let failure = if problems.contains_secret {
            Self::new(
                StatusCode::BAD_REQUEST,
                "contains_secret",
                "The request contains an API key where others could read it. Remove it, and rotate that key.",
            )
        } else {
            Self::new(StatusCode::BAD_REQUEST, "invalid_request", "Some fields do not fit; each is named.")
        };
        Self { fields: problems.errors, ..failure }
    }
}
