//! The management API as the console uses it: one small client, and a file for each noun.

pub mod keys;
pub mod session;
pub mod setup;

mod error;

use claviger_core::envelope::Envelope;
pub use error::ApiError;
use gloo_net::http::{Method, RequestBuilder, Response};
use serde::{Serialize, de::DeserializeOwned};
use web_sys::{AbortSignal, RequestCache, RequestCredentials};

use crate::browser::failure;

/// Longer than the server's own limits: past it nothing will come.
const TIMEOUT_MILLIS: u32 = 20_000;

/// Asks, and reads `data` and the page numbers of a list.
async fn ask<T: DeserializeOwned>(method: Method, path: &str, body: Option<String>) -> Result<Envelope<T>, ApiError> {
    let exchange = exchange(method, path, body).await?;
    match serde_json::from_str::<Envelope<T>>(&exchange.text) {
        Ok(envelope) if exchange.ok && envelope.success => Ok(envelope),
        Ok(envelope) => Err(ApiError::refused(exchange.status, envelope, exchange.request_id)),
        Err(_) => Err(ApiError::unreadable(exchange.status, exchange.request_id)),
    }
}

/// Asks for `data`, which must be there.
async fn ask_for<T: DeserializeOwned>(method: Method, path: &str, body: Option<String>) -> Result<T, ApiError> {
    let envelope = ask::<T>(method, path, body).await?;
    envelope.data.ok_or_else(|| ApiError::unreadable(200, None))
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

async fn exchange(method: Method, path: &str, body: Option<String>) -> Result<Exchange, ApiError> {
    let response = send(method, path, body).await.map_err(|_| ApiError::network())?;
    let request_id = response.headers().get("x-request-id");
    if let Some(id) = &request_id {
        failure::last_request(id);
    }
    let text = response.text().await.map_err(|_| ApiError::network())?;
    Ok(Exchange { ok: response.ok(), status: response.status(), request_id, text })
}

async fn send(method: Method, path: &str, body: Option<String>) -> Result<Response, gloo_net::Error> {
    let builder = RequestBuilder::new(&format!("/api/v2{path}"))
        .method(method)
        .cache(RequestCache::NoStore)
        .credentials(RequestCredentials::SameOrigin)
        .abort_signal(Some(&AbortSignal::timeout_with_u32(TIMEOUT_MILLIS)));
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
