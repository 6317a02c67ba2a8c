//! The management API as the console uses it: one small client, and a file for each noun.

pub mod audit;
pub mod guide;
pub mod health;
pub mod invites;
pub mod keys;
pub mod organizations;
pub mod passkeys;
pub mod people;
pub mod session;
pub mod sessions;
pub mod setup;
pub mod step_up;
pub mod usage;

mod error;

use std::pin::Pin;

use claviger_core::{envelope::Page, secret::Secret, wire::key::Key};
pub use error::{ApiError, message_for};
use gloo_net::http::{Method, RequestBuilder, Response};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use web_sys::{AbortSignal, RequestCache, RequestCredentials};

use crate::{browser::failure, outage};

/// Longer than the server's own limits: past it nothing will come.
const TIMEOUT_MILLIS: u32 = 20_000;

/// An answer before anybody knows what `data` is. Not `Envelope<T>`: a deserializer of the whole envelope for each noun is
/// 50 KB.
struct Answer {
    data: Value,
    rest: Map<String, Value>,
}

impl Answer {
    /// The page numbers of a list.
    fn page(self) -> Option<Page> {
        data(self.rest.into()).ok()
    }
}

/// A header's name and value.
type Header<'a> = (&'static str, &'a str);

/// An answer that is waited for. Boxed: within each caller's own future it would be written out anew.
type Asking<'a> = Pin<Box<dyn Future<Output = Result<Answer, ApiError>> + 'a>>;

/// Asks, and reads the envelope.
fn ask(method: Method, path: &str, body: Option<String>) -> Asking<'_> {
    ask_with(method, path, body, None)
}

/// The same; with an `Idempotency-Key` the server does nothing a second time.
fn ask_once<'a>(method: Method, path: &'a str, body: Option<String>, attempt: Option<&'a str>) -> Asking<'a> {
    ask_with(method, path, body, attempt.map(|attempt| ("idempotency-key", attempt)))
}

/// The same, with a header.
fn ask_with<'a>(method: Method, path: &'a str, body: Option<String>, header: Option<Header<'a>>) -> Asking<'a> {
    Box::pin(answered(method, path, body, header))
}

async fn answered(
    method: Method,
    path: &str,
    body: Option<String>,
    header: Option<Header<'_>>,
) -> Result<Answer, ApiError> {
    let mut asked = false;
    loop {
        let exchange = exchange(method.clone(), path, body.clone(), header).await?;
        match serde_json::from_str::<Value>(&exchange.text) {
            Ok(Value::Object(mut rest)) if exchange.ok => {
                outage::heard_answer();
                return Ok(Answer { data: rest.remove("data").unwrap_or_default(), rest });
            }
            Ok(Value::Object(rest)) if rest.contains_key("error_code") => {
                let error = ApiError::refused(exchange.status, rest, exchange.request_id);
                if error.code == "unavailable" {
                    outage::suspect();
                }
                // Repeated once, under the same `Idempotency-Key`: nothing was done.
                if asked || error.code != "step_up_required" || !step_up::was_shown().await {
                    return Err(error);
                }
                asked = true;
            }
            _ => return Err(ApiError::unreadable(exchange.status, exchange.request_id)),
        }
    }
}

/// Asks for `data`.
async fn ask_for<T: DeserializeOwned>(method: Method, path: &str, body: Option<String>) -> Result<T, ApiError> {
    data(ask(method, path, body).await?.data)
}

fn data<T: DeserializeOwned>(value: Value) -> Result<T, ApiError> {
    serde_json::from_value(value).map_err(|_| ApiError::unreadable(200, None))
}

/// Which page of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// From 0.
    pub page: u32,
    /// Rows on a page.
    pub per_page: u32,
    /// All rows that match.
    pub num_records: u32,
    /// All pages.
    pub num_pages: u32,
}

/// Asks for rows, and where they are in the whole list.
async fn ask_page<T: DeserializeOwned>(path: &str) -> Result<(Vec<T>, Place), ApiError> {
    let mut answer = ask(Method::GET, path, None).await?;
    let rows: Vec<T> = list(answer.data.take())?;
    let all = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let page = answer.page();
    let page = page.as_ref();
    let place = Place {
        page: page.and_then(|page| page.page).unwrap_or(0),
        per_page: page.map_or(all.max(1), |page| page.per_page),
        num_records: page.and_then(|page| page.num_records).unwrap_or(all),
        num_pages: page.and_then(|page| page.num_pages).unwrap_or(1),
    };
    Ok((rows, place))
}

/// A value for a list's query.
pub fn parameter(name: &str, value: &str) -> String {
    format!("&{name}={}", encoded(value))
}

fn list<T: DeserializeOwned>(value: Value) -> Result<Vec<T>, ApiError> {
    match value {
        Value::Array(items) => items.into_iter().map(data).collect(),
        _ => Err(ApiError::unreadable(200, None)),
    }
}

/// Takes the secret out of an answer that mints; the rest is the key.
fn minted(mut value: Value) -> Result<Minted, ApiError> {
    let text = value.get_mut("api_key").map(Value::take).unwrap_or_default();
    let secret =
        text.as_str().and_then(|text| Secret::parse(text).ok()).ok_or_else(|| ApiError::unreadable(201, None))?;
    Ok(Minted { key: data(value)?, secret })
}

/// A key that was just made, with the only copy of its secret.
#[derive(Clone)]
pub struct Minted {
    /// Its record.
    pub key: Key,
    /// Wiped when it is dropped.
    pub secret: Secret,
}

fn json(body: &impl Serialize) -> Option<String> {
    serde_json::to_string(body).ok()
}

/// One answer, not read yet.
struct Exchange {
    ok: bool,
    status: u16,
    request_id: Option<String>,
    text: String,
}

async fn exchange(
    method: Method,
    path: &str,
    body: Option<String>,
    header: Option<Header<'_>>,
) -> Result<Exchange, ApiError> {
    let response = send(method, &format!("/api/v2{path}"), body, header).await.map_err(|_| ApiError::network())?;
    let request_id = response.headers().get("x-request-id");
    if let Some(id) = &request_id {
        failure::last_request(id);
    }
    let text = response.text().await.map_err(|_| ApiError::network())?;
    Ok(Exchange { ok: response.ok(), status: response.status(), request_id, text })
}

async fn send(
    method: Method,
    address: &str,
    body: Option<String>,
    header: Option<Header<'_>>,
) -> Result<Response, gloo_net::Error> {
    let builder = RequestBuilder::new(address)
        .method(method)
        .cache(RequestCache::NoStore)
        .credentials(RequestCredentials::SameOrigin)
        .abort_signal(Some(&AbortSignal::timeout_with_u32(TIMEOUT_MILLIS)));
    let builder = match header {
        Some((name, value)) => builder.header(name, value),
        None => builder,
    };
    let request = match body {
        Some(body) => builder.header("content-type", "application/json").body(body)?,
        None => builder.build()?,
    };
    request.send().await
}

/// Text for one part of an address.
fn encoded(text: &str) -> String {
    String::from(js_sys::encode_uri_component(text))
}
