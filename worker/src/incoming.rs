//! A request, read whole before anything is decided about it.

use std::sync::{Arc, OnceLock, atomic::AtomicUsize};

use claviger_core::{secret::find_secret, time::Timestamp};
use getrandom::fill;
use http::{Method, StatusCode};
use worker::{Env, Request, Url};

use crate::{auth::cookie, error::Failure, lab, log::Caller};

/// Largest body that is read, in bytes.
const BODY_LIMIT: usize = 64 * 1024;
/// For 1,000 keys at once: a hash, a name and what else an import says of each.
const BULK_BODY_LIMIT: usize = 2 * 1024 * 1024;
/// Beyond the limit this much is read and thrown away: a body that is left unread costs the connection, and the client sees
/// that break instead of the 413.
const DRAIN_LIMIT: usize = 32 * 1024 * 1024;

/// What every handler may need of the request. Cheap to clone: it goes into axum's extensions.
#[derive(Clone)]
pub struct Incoming(Arc<Parts>);

/// The fields of [`Incoming`].
pub struct Parts {
    /// The Worker's bindings.
    pub env: Env,
    /// In every response, error and log line.
    pub request_id: String,
    /// The time by which this whole request is judged.
    pub now: Timestamp,
    /// `GET`, `POST`…
    pub method: Method,
    /// The URL as the client wrote it.
    pub url: Url,
    /// The request's headers.
    pub headers: worker::Headers,
    /// At most [`BODY_LIMIT`] bytes, or [`BULK_BODY_LIMIT`] where many keys come at once.
    pub body: Vec<u8>,
    /// `LOCAL=1`: a developer's machine.
    pub local: bool,
    /// For the log: set as soon as a credential is recognized, whatever becomes of the request.
    pub caller: OnceLock<Caller>,
    /// For the log: the rows that D1 has read for this request.
    pub rows_read: Arc<AtomicUsize>,
}

impl std::ops::Deref for Incoming {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// The two ways in, which differ in how they say no.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// `/api`, `/ga`, `/healthz`: the envelope.
    Management,
    /// `/v1`: `{"error","message"}`.
    Verification,
}

impl Incoming {
    /// Reads the request. A refusal comes beside it, so that it too is logged and gets its headers.
    ///
    /// # Errors
    /// Only if the runtime hands over a request without a URL.
    pub async fn read(mut request: Request, env: Env) -> worker::Result<(Self, Option<Failure>)> {
        let url = request.url()?;
        let local = env.var("LOCAL").is_ok_and(|value| value.to_string() == "1");
        let (body, refused) = if local && !is_loopback(&url) {
            (Vec::new(), Some(Failure::local_on_public_host()))
        } else if contains_secret(&url) {
            (Vec::new(), Some(Failure::secret_in_url()))
        } else {
            let limit =
                if imports(&url) && carries_credential(&request, &url, local) { BULK_BODY_LIMIT } else { BODY_LIMIT };
            match read_body(&mut request, limit).await {
                Ok(body) => (body, None),
                Err(failure) => (Vec::new(), Some(failure)),
            }
        };
        let headers = request.headers().clone();
        let parts = Parts {
            env,
            request_id: random_id(),
            now: now(),
            method: method(&request),
            caller: OnceLock::new(),
            rows_read: Arc::default(),
            url,
            headers,
            body,
            local,
        };
        Ok((Self(Arc::new(parts)), refused))
    }

    /// Whether the caller uses the addresses of reference 004, and so expects its defaults and statuses.
    pub fn is_reference(&self) -> bool {
        self.url.path().starts_with("/ga/")
    }

    /// Which door the path leads to.
    pub fn door(&self) -> Door {
        if self.url.path() == "/v1" || self.url.path().starts_with("/v1/") {
            Door::Verification
        } else {
            Door::Management
        }
    }

    /// Whether it asks for a change.
    pub fn changes_something(&self) -> bool {
        !matches!(self.method, Method::GET | Method::HEAD)
    }

    /// A header's value, if it is there.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).ok().flatten()
    }

    /// The address of the caller of Claviger itself, as the platform saw it.
    pub fn ip(&self) -> Option<String> {
        self.header("CF-Connecting-IP")
    }

    /// Whether the body is said to be of this type, whatever its parameters.
    pub fn has_content_type(&self, essence: &str) -> bool {
        let content_type = self.header("Content-Type").unwrap_or_default();
        content_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(essence)
    }

    /// The body as JSON; an empty one is an empty object.
    ///
    /// # Errors
    /// 415 for another content type, 400 for what is not JSON.
    pub fn json(&self) -> Result<serde_json::Value, Failure> {
        if self.body.is_empty() {
            return Ok(serde_json::Value::Object(serde_json::Map::new()));
        }
        if !self.has_content_type("application/json") {
            return Err(Failure::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "Send the body as JSON, with Content-Type: application/json.",
            ));
        }
        // What serde says of the fault may repeat the body, so it is neither told nor logged.
        serde_json::from_slice(&self.body)
            .map_err(|_| Failure::new(StatusCode::BAD_REQUEST, "invalid_json", "The body is not valid JSON."))
    }
}

/// The time, in milliseconds. Stands still while the Worker computes.
pub fn now() -> Timestamp {
    Timestamp::from_millis(i64::try_from(worker::Date::now().as_millis()).unwrap_or_default()).plus(lab::clock())
}

/// Whether many keys may come at once. The exact addresses, and no other.
fn imports(url: &Url) -> bool {
    let path = url.path().strip_prefix("/ga").unwrap_or_else(|| url.path());
    let Some(place) = path.strip_prefix("/api/v2").and_then(|path| path.strip_suffix("/api_keys/import")) else {
        return false;
    };
    let organization = place.strip_prefix("/organizations/").or_else(|| place.strip_prefix("/organization/"));
    place.is_empty() || organization.is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether there is a credential at all: who has none is refused, and need not be listened to for so long.
fn carries_credential(request: &Request, url: &Url, local: bool) -> bool {
    let headers = request.headers();
    let header = |name| headers.get(name).ok().flatten();
    header("Authorization").is_some()
        || header("Cookie").is_some_and(|text| cookie::find(&text, &cookie::name(url, local)).is_some())
}

async fn read_body(request: &mut Request, limit: usize) -> Result<Vec<u8>, Failure> {
    use futures_util::StreamExt;

    let outside = if limit == BODY_LIMIT {
        "The body must be at most 64 KB."
    } else {
        "The body must be at most 2 MB: import fewer."
    };
    let too_large = || Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", outside);
    let unread = |error: worker::Error| {
        Failure::new(StatusCode::BAD_REQUEST, "invalid_request", "The body could not be read.").because(error)
    };
    if request.inner().body().is_none() {
        return Ok(Vec::new());
    }
    let mut stream = request.stream().map_err(unread)?;
    let (mut body, mut length) = (Vec::new(), 0);
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(unread)?;
        length += chunk.len();
        if length <= limit {
            body.extend(chunk);
        } else if length > DRAIN_LIMIT {
            break;
        }
    }
    if length > limit { Err(too_large()) } else { Ok(body) }
}

/// From the platform's own text: the library turns methods that it does not know into GET, which would run handlers that
/// only read, and skip the check for other sites.
fn method(request: &Request) -> Method {
    Method::from_bytes(request.inner().method().as_bytes()).unwrap_or(Method::TRACE)
}

/// 16 random hexadecimal digits.
pub fn random_id() -> String {
    let mut bytes = [0_u8; 8];
    // An id that is not unique only makes a log line harder to find.
    let _ = fill(&mut bytes);
    format!("{:016x}", u64::from_be_bytes(bytes))
}

/// URLs end in histories, logs and referrers: a secret in one is refused, so that the mistake is noticed.
fn contains_secret(url: &Url) -> bool {
    // Decoded like a query, so that an encoded letter hides nothing.
    let path = worker::url::form_urlencoded::parse(url.path().as_bytes());
    path.into_iter().any(|(name, value)| find_secret(&name).is_some() || find_secret(&value).is_some())
        || url.query_pairs().any(|(name, value)| find_secret(&name).is_some() || find_secret(&value).is_some())
}

fn is_loopback(url: &Url) -> bool {
    use worker::url::Host;
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
