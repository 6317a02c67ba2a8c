//! Everything that can go wrong, with two messages: one for the caller, one for the log.
//!
//! [`Failure`] is what handlers return. Its outside message is a `&'static str`, so that nothing read from a request, a
//! database or another error can get into it; the inside message ([`Failure::because`]) takes anything and only the log
//! shows it. Errors of D1 become `Failure` in `store`, refusals of `core` by the `From` implementations here.

use std::fmt::Display;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use claviger_core::{
    authorize::{Denied, KeyDenied, PersonDenied, TooStrong},
    cloudflare_access::Flaw as AccessFlaw,
    envelope::Envelope,
    input::{FieldError, Problems},
    key::Refused,
    leak::EnvelopeFlaw,
    passkey::Flaw,
    verify::Code,
    wire::verify::VerifyError,
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::incoming::Door;

/// Why a request is not answered as asked.
#[derive(Clone, Debug)]
pub struct Failure {
    status: StatusCode,
    code: &'static str,
    outside: &'static str,
    fields: Vec<FieldError>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// The ids of what an earlier request made.
    created: Option<Box<Value>>,
    /// For the log.
    pub inside: Option<String>,
}

impl Failure {
    /// A failure that says `outside` to the caller.
    pub const fn new(status: StatusCode, code: &'static str, outside: &'static str) -> Self {
        Self { status, code, outside, fields: Vec::new(), headers: Vec::new(), created: None, inside: None }
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

    /// An invitation that is not good, or no longer.
    pub const fn invite_closed() -> Self {
        Self::forbidden("invite_closed", "This invitation was used already, or its time is over. Ask for another one.")
    }

    /// A passkey that is not accepted, and why; whoever sent it made it.
    pub fn passkey_refused(flaw: Flaw) -> Self {
        Self::passkey_unknown().because(flaw).field("", flaw.explain())
    }

    /// A passkey that is nobody's, or of somebody who may not come in: which of them is not told.
    pub const fn passkey_unknown() -> Self {
        Self::forbidden(
            "passkey_refused",
            "This passkey was not accepted. Sign in with a key, or with another passkey.",
        )
    }

    /// An assertion of Cloudflare Access that is not accepted, and why; whoever sent it holds it.
    pub fn assertion_refused(flaw: AccessFlaw) -> Self {
        Self::unauthorized("invalid_assertion", "Cloudflare Access's assertion was not accepted.")
            .because(flaw)
            .field("Cf-Access-Jwt-Assertion", flaw.explain())
    }

    /// Somebody whom Cloudflare Access knows, and nobody here does.
    pub const fn not_invited() -> Self {
        Self::forbidden(
            "not_invited",
            "Cloudflare Access knows you, but nobody here has your address. Ask an administrator of your organization to invite you, or to correct the address that you have here.",
        )
    }

    /// Somebody whom Cloudflare Access knows, and who was sent away here.
    pub const fn access_ended() -> Self {
        Self::forbidden(
            "access_ended",
            "Cloudflare Access knows you, but you were deactivated or removed here. Ask an administrator of your organization to let you in again.",
        )
    }

    /// Somebody in several organizations who has not said which one they mean.
    pub const fn choose_organization() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "choose_organization",
            "You are in several organizations. Say which one, in organization_id.",
        )
    }

    /// The team's keys could not be had.
    pub fn access_unavailable(inside: impl Display) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Cloudflare Access could not be asked for its keys. Try again in a moment, or sign in with a key.",
        )
        .header(header::RETRY_AFTER, "10")
        .because(inside)
    }

    /// A challenge that was never given out, was answered already or is over.
    pub const fn challenge_spent() -> Self {
        Self::forbidden("challenge_spent", "This took too long, or was answered already. Start again.")
    }

    /// A sign-in link that is not good, or no longer.
    pub const fn link_closed() -> Self {
        Self::forbidden(
            "link_closed",
            "This sign-in link was used already, replaced by a newer one, or its time is over. Ask for another one.",
        )
    }

    /// A sign-in link for somebody who may not come in.
    pub const fn deactivated() -> Self {
        Self::new(StatusCode::CONFLICT, "deactivated", "This person is deactivated. Reactivate them first.")
    }

    /// Somebody in the organization has this address already.
    pub fn email_taken() -> Self {
        Problems::one("email", "Somebody in this organization has this address already.").into()
    }

    /// An invitation of a member to no address, where one's address is how one comes in.
    pub fn email_needed() -> Self {
        Problems::one(
            "email",
            "Is needed here: members come in by Cloudflare Access, which knows them by their address.",
        )
        .into()
    }

    /// An address that an invitation is not to, where one's address is how one comes in.
    pub fn email_not_invited(invited: bool) -> Self {
        let message = if invited {
            "Must be the address that you were invited with: Cloudflare Access knows people by theirs. If it is wrong, ask for another invitation."
        } else {
            "This invitation names no address, and Cloudflare Access knows people by theirs. Ask for another one that names yours."
        };
        Problems::one("email", message).into()
    }

    /// A batch of counts that has arrived before.
    pub const fn already_counted() -> Self {
        Self::new(StatusCode::CONFLICT, "already_counted", "This was counted already.")
    }

    /// A report that is not signed by GitHub as it should be.
    pub fn report_refused(flaw: EnvelopeFlaw) -> Self {
        if flaw.is_malformed() {
            return Self::bad_header(flaw.header(), flaw.explain());
        }
        Self::forbidden("signature_refused", "This report is not signed by GitHub.")
            .because(flaw.explain())
            .field(flaw.header(), flaw.explain())
    }

    /// GitHub's keys could not be had.
    pub fn github_unavailable(inside: impl Display) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "GitHub could not be asked for its keys. Send the report again in a moment.",
        )
        .header(header::RETRY_AFTER, "120")
        .because(inside)
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
        let numbers: Vec<i64> = ids.split(',').filter_map(|id| id.parse().ok()).collect();
        let one = numbers.first().filter(|_| !field.ends_with('s'));
        let created = one.map_or_else(|| json!({ field: numbers }), |id| json!({ field: id }));
        let failure = Self::new(
            StatusCode::CONFLICT,
            "already_created",
            "This request was carried out already. Its answer carried a secret, which is shown only once.",
        )
        .field(field, &format!("It was then: {}.", ids.replace(',', ", ")));
        Self { created: Some(Box::new(created)), ..failure }
    }

    /// Whether an organization has as many live keys as it may have.
    pub fn is_key_limit(&self) -> bool {
        self.code == "key_limit"
    }

    /// An organization that has room for fewer keys than are imported: how many, `why` says.
    pub fn no_room(why: &str) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "key_limit",
            "This organization may not have so many live keys; none was imported. Revoke some, or ask for a higher limit.",
        )
        .field("api_keys", why)
    }

    /// What an organization's plan or limit refuses, told to those who can change it.
    pub fn for_system_administrators(self) -> Self {
        let outside = match self.code {
            "key_limit" => {
                "This organization has as many live keys as it may have. Revoke one, or raise its key_limit."
            }
            "api_access_disabled" => {
                "This organization is on trial, so it cannot have keys for integrations yet. Change its plan to paid first."
            }
            _ => self.outside,
        };
        Self { outside, ..self }
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
                let created = self.created.as_deref().cloned();
                let failure = Envelope::<()>::failure(self.code, self.outside, self.fields.clone());
                serde_json::to_string(&Envelope { created, ..failure })
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

impl From<Denied> for Failure {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::NotFound => Self::not_found(),
            Denied::Role => Self::forbidden("forbidden", "Your role does not allow this. Ask an administrator."),
            Denied::ReadOnly => {
                Self::forbidden("read_only", "This key may only read. Use one with read and write access.")
            }
            Denied::StepUp => Self::forbidden(
                "step_up_required",
                "You have a passkey, and were not asked for it in the last 15 minutes. Use it, then try again.",
            ),
        }
    }
}

impl From<KeyDenied> for Failure {
    fn from(denied: KeyDenied) -> Self {
        match denied {
            KeyDenied::Denied(denied) => denied.into(),
            KeyDenied::TooStrong(too_strong) => too_strong.into(),
        }
    }
}

impl From<PersonDenied> for Failure {
    fn from(denied: PersonDenied) -> Self {
        match denied {
            PersonDenied::Denied(denied) => denied.into(),
            PersonDenied::TooStrong(too_strong) => too_strong.into(),
            PersonDenied::OwnAddress => Self::forbidden(
                "own_address",
                "Cloudflare Access tells who you are by your address. Ask an administrator to change it.",
            ),
            PersonDenied::Oneself => Self::new(
                StatusCode::CONFLICT,
                "own_account",
                "You cannot change your own role, deactivate or remove yourself. Ask another administrator.",
            ),
        }
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        let conflict = |code, outside| Self::new(StatusCode::CONFLICT, code, outside);
        match refused {
            Refused::Revoked => {
                conflict("already_revoked", "This key is revoked, which is for ever. Make another one.")
            }
            Refused::Expired => {
                conflict("key_expired", "This key has expired. Give it a later expiry first, or make another one.")
            }
            Refused::Pending => conflict("no_secret", "This key has no secret yet. Mint it first."),
            Refused::HasSecret => conflict("has_secret", "This key has a secret already. Rotate it to replace that."),
            Refused::Fields(problems) => problems.into(),
        }
    }
}

impl From<TooStrong> for Failure {
    fn from(too_strong: TooStrong) -> Self {
        let (field, message) = too_strong.explain();
        Self::forbidden("too_strong", message).field(field, message)
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
