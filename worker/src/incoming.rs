//! A request, read whole before anything is decided about it.

use std::{
    cell::{Cell, OnceCell, RefCell},
    sync::{Arc, OnceLock, atomic::AtomicUsize},
};

use claviger_core::{leak::Envelope, secret::find_secret, time::Timestamp};
use getrandom::fill;
use http::{Method, StatusCode};
use worker::{Env, Headers, Url, js_sys, wasm_bindgen_futures::JsFuture, web_sys};

use crate::{auth::cookie, error::Failure, lab, log::Caller};

/// Largest body that is read, in bytes.
const BODY_LIMIT: usize = 64 * 1024;
/// For 1,000 keys at once: a hash, a name and what else an import says of each; and for all that GitHub has found.
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
    pub headers: Headers,
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

/// Where a request goes.
#[derive(Clone)]
pub struct Address {
    /// As the client wrote it.
    pub url: Url,
    /// URLs end in histories, logs and referrers: a secret in one is refused, so that the mistake is noticed.
    has_secret: bool,
}

impl Address {
    /// Reads it. The last one is kept, unless there is a secret in it: a verifier asks the same address again and again, and to
    /// take it apart is a tenth of what its answer costs.
    ///
    /// # Errors
    /// Only if the runtime hands over what is no URL.
    pub fn of(request: &web_sys::Request) -> worker::Result<Self> {
        thread_local! {
            static LAST: RefCell<Option<(String, Address)>> = const { RefCell::new(None) };
        }
        let text = request.url();
        let known =
            LAST.with_borrow(|last| last.as_ref().filter(|(last, _)| *last == text).map(|(_, last)| last.clone()));
        if let Some(known) = known {
            return Ok(known);
        }
        let url = Url::parse(&text)?;
        let address = Self { has_secret: contains_secret(&url), url };
        if !address.has_secret {
            LAST.set(Some((text, address.clone())));
        }
        Ok(address)
    }

    /// What is wrong with the address itself.
    fn objection(&self, local: bool) -> Option<Failure> {
        if local && !is_loopback(&self.url) {
            Some(Failure::local_on_public_host())
        } else {
            self.has_secret.then(Failure::secret_in_url)
        }
    }
}

fn contains_secret(url: &Url) -> bool {
    // Decoded like a query, so that an encoded letter hides nothing.
    let path = worker::url::form_urlencoded::parse(url.path().as_bytes());
    path.into_iter().any(|(name, value)| find_secret(&name).is_some() || find_secret(&value).is_some())
        || url.query_pairs().any(|(name, value)| find_secret(&name).is_some() || find_secret(&value).is_some())
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
    pub async fn read(request: &web_sys::Request, address: Address, env: Env) -> (Self, Option<Failure>) {
        let headers = Headers(request.headers());
        let local = is_local(&env);
        let (body, refused) = match address.objection(local) {
            Some(failure) => (Vec::new(), Some(failure)),
            None => {
                let url = &address.url;
                let many = (imports(url) && carries_credential(&headers, url, local)) || reports(url, &headers);
                let limit = if many { BULK_BODY_LIMIT } else { BODY_LIMIT };
                match read_body(request, &headers, limit).await {
                    Ok(body) => (body, None),
                    Err(failure) => (Vec::new(), Some(failure)),
                }
            }
        };
        (Self::of(request, headers, address, env, body), refused)
    }

    /// A request whose body was read before, and is not too long. As [`Incoming::read`].
    pub fn with_body(request: &web_sys::Request, address: Address, env: Env, body: Vec<u8>) -> (Self, Option<Failure>) {
        let refused = address.objection(is_local(&env));
        (Self::of(request, Headers(request.headers()), address, env, body), refused)
    }

    fn of(request: &web_sys::Request, headers: Headers, address: Address, env: Env, body: Vec<u8>) -> Self {
        Self(Arc::new(Parts {
            local: is_local(&env),
            env,
            request_id: request_id(),
            now: now(),
            method: method(request),
            caller: OnceLock::new(),
            rows_read: Arc::default(),
            url: address.url,
            headers,
            body,
        }))
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

    /// Whether it is a request as reference 004 writes them, which name no type: curl calls such a body a form. With a cookie
    /// the type has to be right, for a form is what browsers send across sites without asking.
    fn is_as_in_the_reference(&self) -> bool {
        let untyped =
            || self.header("Content-Type").is_none() || self.has_content_type("application/x-www-form-urlencoded");
        self.is_reference() && self.header("Authorization").is_some() && self.header("Cookie").is_none() && untyped()
    }

    /// The body as JSON; an empty one is an empty object.
    ///
    /// # Errors
    /// 415 for another content type, 400 for what is not JSON.
    pub fn json(&self) -> Result<serde_json::Value, Failure> {
        if self.body.is_empty() {
            return Ok(serde_json::Value::Object(serde_json::Map::new()));
        }
        if !self.has_content_type("application/json") && !self.is_as_in_the_reference() {
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
    Timestamp::from_millis(js_sys::Date::now() as i64).plus(lab::clock())
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

/// Whether it is a report that claims to be signed.
fn reports(url: &Url, headers: &Headers) -> bool {
    url.path() == "/v1/secret-scanning/github" && headers.has(Envelope::SIGNATURE).unwrap_or_default()
}

/// Whether there is a credential at all: who has none is refused, and need not be listened to for so long.
fn carries_credential(headers: &Headers, url: &Url, local: bool) -> bool {
    let header = |name| headers.get(name).ok().flatten();
    header("Authorization").is_some()
        || header("Cookie").is_some_and(|text| cookie::find(&text, &cookie::name(url, local)).is_some())
}

async fn read_body(request: &web_sys::Request, headers: &Headers, limit: usize) -> Result<Vec<u8>, Failure> {
    use futures_util::StreamExt;

    let outside = if limit == BODY_LIMIT {
        "The body must be at most 64 KB."
    } else {
        "The body must be at most 2 MB: send fewer at once."
    };
    let too_large = || Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", outside);
    let unread = |error: worker::Error| {
        Failure::new(StatusCode::BAD_REQUEST, "invalid_request", "The body could not be read.").because(error)
    };
    // All at once where its length is known: a stream costs several calls of the platform for each piece.
    let announced = headers.get("Content-Length").ok().flatten().and_then(|text| text.parse::<usize>().ok());
    if announced.is_some_and(|length| length <= limit) {
        let buffer = request.array_buffer().map_err(|error| unread(error.into()))?;
        let buffer = JsFuture::from(buffer).await.map_err(|error| unread(error.into()))?;
        let body = js_sys::Uint8Array::new(&buffer).to_vec();
        return if body.len() > limit { Err(too_large()) } else { Ok(body) };
    }
    if request.body().is_none() {
        return Ok(Vec::new());
    }
    let mut stream = worker::Request::from(Clone::clone(request)).stream().map_err(unread)?;
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
fn method(request: &web_sys::Request) -> Method {
    Method::from_bytes(request.method().as_bytes()).unwrap_or(Method::TRACE)
}

/// Whether `LOCAL=1` is set: asked once, for variables change with a new isolate only.
pub fn is_local(env: &Env) -> bool {
    thread_local! {
        static LOCAL: OnceCell<bool> = const { OnceCell::new() };
    }
    LOCAL.with(|local| *local.get_or_init(|| env.var("LOCAL").is_ok_and(|value| value.to_string() == "1")))
}

/// Random for each isolate, then counted: the platform is asked for random bytes once.
fn request_id() -> String {
    thread_local! {
        static NEXT: Cell<Option<u64>> = const { Cell::new(None) };
    }
    let next = NEXT.get().unwrap_or_else(|| {
        let mut bytes = [0_u8; 8];
        // An id that is not unique only makes a log line harder to find.
        let _ = fill(&mut bytes);
        u64::from_be_bytes(bytes)
    });
    NEXT.set(Some(next.wrapping_add(1)));
    format!("{next:016x}")
}

/// 16 random hexadecimal digits.
pub fn random_id() -> String {
    let mut bytes = [0_u8; 8];
    // Without random bytes two flushes have one id, and the second is not counted: less is told, and never too much.
    let _ = fill(&mut bytes);
    format!("{:016x}", u64::from_be_bytes(bytes))
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
