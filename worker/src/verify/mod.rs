//! `/v1`: verification, and what is reported as leaked. Its own door, outside axum: it is on the path of every request of our
//! users' users.

mod asker;
mod batch;
mod forward;
mod introspect;
mod memory;
mod revoke;
mod secret_scanning;
mod single;
mod verdict;

use axum::response::Response;
use http::{HeaderValue, Method, StatusCode, header};
use worker::Context;

use crate::{
    error::Failure,
    incoming::{Door, Incoming},
    log,
};

/// Answers a request of `/v1`.
pub async fn answer(incoming: &Incoming, context: &Context) -> Response {
    let (route, answer) = match (incoming.url.path(), incoming.method.clone()) {
        ("/v1/verify", Method::POST) => ("/v1/verify", single::answer(incoming, context).await),
        ("/v1/verify/batch", Method::POST) => ("/v1/verify/batch", batch::answer(incoming, context).await),
        ("/v1/introspect", Method::POST) => ("/v1/introspect", introspect::answer(incoming, context).await),
        ("/v1/revoke", Method::POST) => ("/v1/revoke", revoke::answer(incoming, context).await),
        ("/v1/secret-scanning/github", Method::POST) => {
            ("/v1/secret-scanning/github", secret_scanning::answer(incoming, context).await)
        }
        // Proxies ask with whatever method their client used.
        ("/v1/auth", _) => ("/v1/auth", forward::answer(incoming, context).await),
        (
            route
            @ ("/v1/verify" | "/v1/verify/batch" | "/v1/introspect" | "/v1/revoke" | "/v1/secret-scanning/github"),
            _,
        ) => (route, Ok(method_not_allowed())),
        _ => return Failure::not_found().at(Door::Verification),
    };
    let mut response = answer.unwrap_or_else(|failure| failure.at(Door::Verification));
    response.extensions_mut().insert(log::Route(route.to_owned()));
    response
}

fn method_not_allowed() -> Response {
    let failure = Failure::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Send a POST.");
    let mut response = failure.at(Door::Verification);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}
