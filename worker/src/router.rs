//! The management API's routes, in one place.

use axum::{
    Router,
    extract::{MatchedPath, Request},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::StatusCode;
use tower_service::Service;

use crate::{
    error::Failure,
    handlers::{api_keys, healthz, session, setup, whoami},
    incoming::Incoming,
    log,
};

/// Every route, then what happens to requests that have none.
fn routes() -> Router {
    let api = Router::new()
        .route("/setup", get(setup::state).post(setup::perform))
        .route("/session", get(session::show).post(session::sign_in).delete(session::sign_out))
        .route("/whoami", get(whoami::show))
        .route("/api_keys", get(api_keys::list).post(api_keys::create))
        .route("/api_keys/lookup", post(api_keys::lookup))
        .route("/api_keys/{id}", get(api_keys::show).delete(api_keys::delete))
        .route("/api_keys/{id}/revoke", post(api_keys::revoke));
    Router::new()
        .nest("/api/v2", api)
        .route("/healthz", get(healthz::show))
        .fallback(|| async { Failure::not_found() })
        .method_not_allowed_fallback(|| async {
            Failure::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "This address does not take that method; Allow names those it does.",
            )
        })
        .layer(from_fn(remember_route))
}

/// Answers a request of the management API.
pub async fn answer(incoming: &Incoming) -> Response {
    let request = http::Request::builder()
        .method(incoming.method.clone())
        .uri(incoming.url.path())
        .extension(incoming.clone())
        .body(axum::body::Body::empty());
    match request {
        Ok(request) => {
            let Ok(response) = routes().call(request).await;
            response
        }
        Err(error) => Failure::new(StatusCode::BAD_REQUEST, "invalid_request", "The request's address cannot be read.")
            .because(error)
            .into_response(),
    }
}

/// The log names the pattern, never the path: somebody may have put a secret into it.
async fn remember_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|path| log::Route(path.as_str().to_owned()));
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}
