//! Successful answers, and what every response has.

use axum::{
    body::{Body, to_bytes},
    response::{IntoResponse, Response},
};
use claviger_core::envelope::{Envelope, Page};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use worker::{Headers, js_sys, web_sys};

use crate::{
    incoming::{Door, Incoming},
    log,
};

/// A success in the envelope.
pub struct Answer {
    status: StatusCode,
    body: serde_json::Result<String>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Answer {
    /// 200 with `data`.
    pub fn ok(data: impl Serialize) -> Self {
        Self { status: StatusCode::OK, body: serde_json::to_string(&Envelope::success(data)), headers: Vec::new() }
    }

    /// 201 with `data`.
    pub fn created(data: impl Serialize) -> Self {
        Self { status: StatusCode::CREATED, ..Self::ok(data) }
    }

    /// An answer that was given before.
    pub fn again(status: u16, body: String) -> Self {
        Self { status: StatusCode::from_u16(status).unwrap_or(StatusCode::OK), body: Ok(body), headers: Vec::new() }
    }

    /// Its body.
    pub fn text(&self) -> String {
        self.body.as_ref().map_or_else(|_| String::new(), Clone::clone)
    }

    /// 200 with `data` null.
    pub fn empty() -> Self {
        Self::ok(())
    }

    /// 200 with a page of a list.
    pub fn page(rows: impl Serialize, page: Page) -> Self {
        Self { body: serde_json::to_string(&Envelope::page(rows, page)), ..Self::empty() }
    }

    /// Adds the version of what it shows, as `ETag`.
    pub fn version(self, version: i64) -> Self {
        self.header(header::ETAG, &format!("\"{version}\""))
    }

    /// Adds a header; one that HTTP cannot carry is left out.
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.extend(HeaderValue::from_str(value).map(|value| (name, value)));
        self
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self.body {
            Ok(body) => {
                let mut response = json(self.status, body);
                response.headers_mut().extend(self.headers);
                response
            }
            Err(error) => crate::error::Failure::internal(error).into_response(),
        }
    }
}

/// A JSON response outside the envelope.
pub fn json(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
    response
}

/// Security headers of every response but a verdict; the console's own are in `public/_headers`.
/// OWASP ASVS 5.0: 3.4.1, 3.4.4, 3.4.5, 14.2.2, 14.3.2.
pub const HEADERS: &[(&str, &str)] = &[
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("Strict-Transport-Security", "max-age=63072000"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
];

const JSON: &str = "application/json";

thread_local! {
    /// [`HEADERS`], made once: copying them costs one call of the platform, and setting them one each.
    static BASE: Headers = HEADERS.iter().copied().collect();
    /// Those of an answer that has no other header than what it is.
    static PLAIN_JSON: Headers = HEADERS.iter().copied().chain([("Content-Type", JSON)]).collect();
    /// Those of a verdict. It goes to a server, which showed a verifier's key: what the others tell a browser is lost on it, and
    /// costs a third of what a verification from memory does. A refusal, which anybody can get, has them all.
    static VERDICT: Headers =
        [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"), ("Content-Type", JSON)].into_iter().collect();
}

/// Adds the headers, writes the log line, and hands the response to the platform.
///
/// # Errors
/// Only if the platform refuses a status or header.
pub async fn send(incoming: &Incoming, response: Response) -> worker::Result<web_sys::Response> {
    log::request(incoming, &response);
    let (parts, body) = response.into_parts();
    // Every body here is in memory already.
    let body = to_bytes(body, usize::MAX).await.map_err(|error| worker::Error::RustError(error.to_string()))?;
    let init = web_sys::ResponseInit::new();
    if parts.status != StatusCode::OK {
        init.set_status(parts.status.as_u16());
    }
    let body = Some(&body).filter(|body| !body.is_empty()).map(|body| js_sys::Uint8Array::from(&**body));
    let is_plain_json =
        parts.headers.len() == 1 && parts.headers.get(header::CONTENT_TYPE).is_some_and(|it| it == JSON);
    let is_verdict = parts.status == StatusCode::OK && incoming.door() == Door::Verification;
    let base = match is_plain_json {
        true if is_verdict => &VERDICT,
        true => &PLAIN_JSON,
        false => &BASE,
    };
    // The platform copies them, so what the next answer sets is not in this one.
    base.with(|base| {
        init.set_headers(&base.0);
        base.set("X-Request-Id", &incoming.request_id)
    })?;
    let response = web_sys::Response::new_with_opt_buffer_source_and_init(body.as_deref(), &init)?;
    if !is_plain_json {
        let headers = Headers(response.headers());
        for (name, value) in &parts.headers {
            headers.append(name.as_str(), value.to_str().unwrap_or_default())?;
        }
    }
    Ok(response)
}
