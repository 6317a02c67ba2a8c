//! The management API's routes, in one place.

use axum::{
    Router,
    extract::{MatchedPath, Request},
    middleware::{Next, from_fn, map_response},
    response::{IntoResponse, Response},
    routing::{delete, get, post, put},
};
use http::StatusCode;
use tower_service::Service;

use crate::{
    error::Failure,
    handlers::{
        api_keys, audit_log, healthz, invites, organizations, passkeys, session, session_access, sessions, setup,
        sign_in_links, usage, users, webhooks, whoami,
    },
    incoming::Incoming,
    log,
};

/// Every route, then what happens to requests that have none.
fn routes() -> Router {
    let api = Router::new()
        .route("/setup", get(setup::state).post(setup::perform))
        .route("/session", get(session::show).post(session::sign_in).delete(session::sign_out))
        .route("/session/passkey", post(passkeys::sign_in))
        .route("/session/passkey/options", post(passkeys::sign_in_options))
        .route("/session/step_up", post(passkeys::step_up))
        .route("/session/step_up/options", post(passkeys::step_up_options))
        .route("/passkeys", get(passkeys::list).post(passkeys::create))
        .route("/passkeys/options", post(passkeys::options))
        .route("/passkeys/{id}", put(passkeys::rename).delete(passkeys::remove))
        .route("/session/access", get(session_access::show).post(session_access::sign_in))
        .route("/whoami", get(whoami::show))
        .route("/api_keys", get(api_keys::list).post(api_keys::create))
        .route("/api_keys/lookup", post(api_keys::lookup))
        .route("/api_keys/hygiene", get(api_keys::hygiene))
        .route("/api_keys/bulk", post(api_keys::bulk))
        .route("/api_keys/import", post(api_keys::import))
        .route(
            "/api_keys/{id}",
            get(api_keys::show).put(api_keys::change).patch(api_keys::change).delete(api_keys::delete),
        )
        .route("/api_keys/{id}/mint", post(api_keys::mint))
        .route("/api_keys/{id}/rotate", post(api_keys::rotate))
        .route("/api_keys/{id}/revoke", post(api_keys::revoke))
        .route("/api_keys/{id}/resolve_leak", post(api_keys::resolve_leak))
        .route("/api_keys/{id}/usage", get(usage::of_key))
        .route("/usage", get(usage::of_organization))
        .route("/audit_log", get(audit_log::list))
        .route("/audit_log/verify", get(audit_log::verify))
        .route("/organizations", get(organizations::list).post(organizations::create))
        .route("/users", get(users::list))
        .route("/users/{id}", get(users::show).put(users::change).patch(users::change).delete(users::remove))
        .route("/users/{id}/api_access", post(users::allow).delete(users::end))
        .route("/users/{id}/api_key", get(users::show_key).post(api_keys::regenerate).delete(users::clear))
        .route("/users/{id}/sign_in_link", post(users::link).delete(users::withdraw_link))
        .route("/users/{id}/passkeys", get(users::passkeys).delete(users::remove_passkeys))
        .route("/users/{id}/sessions", get(users::sessions).delete(users::end_sessions))
        .route("/users/{id}/webhooks", get(webhooks::list_of_person).post(webhooks::create_of_person))
        .route("/webhooks", get(webhooks::list).post(webhooks::create))
        .route(
            "/webhooks/{id}",
            get(webhooks::show).put(webhooks::change).patch(webhooks::change).delete(webhooks::delete),
        )
        .route("/webhooks/{id}/rotate_secret", post(webhooks::rotate))
        .route("/webhooks/{id}/test", post(webhooks::test))
        .route("/webhooks/{id}/deliveries", get(webhooks::deliveries))
        .route("/webhooks/{id}/replay", post(webhooks::replay_failed))
        .route("/deliveries/{id}/replay", post(webhooks::replay))
        .route("/sessions", get(sessions::list).delete(sessions::end_others))
        .route("/sessions/{id}", delete(sessions::end))
        .route("/sign_in_links/lookup", post(sign_in_links::lookup))
        .route("/sign_in_links/accept", post(sign_in_links::accept))
        .route("/invites", get(invites::list).post(invites::create))
        .route("/invites/{id}", delete(invites::delete))
        .route("/invites/lookup", post(invites::lookup))
        .route("/invites/accept", post(invites::accept))
        .nest("/organizations/{organization_id}", organization())
        .nest("/organization/{organization_id}", organization());
    Router::new()
        .nest("/api/v2", api.clone())
        // Reference 004: the same, except that what was made is answered 200.
        .nest("/ga/api/v2", api.layer(map_response(created_is_ok)))
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

/// What belongs to one organization.
fn organization() -> Router {
    Router::new()
        .route(
            "/",
            get(organizations::show)
                .put(organizations::change)
                .patch(organizations::change)
                .delete(organizations::delete),
        )
        .route("/api_keys", get(api_keys::list).post(api_keys::create))
        .route("/api_keys/lookup", post(api_keys::lookup))
        .route("/api_keys/hygiene", get(api_keys::hygiene))
        .route("/api_keys/import", post(api_keys::import))
        .route("/usage", get(usage::of_organization))
        .route("/audit_log", get(audit_log::list))
        .route("/audit_log/verify", get(audit_log::verify))
        .route("/users", get(users::list))
        .route("/invites", get(invites::list).post(invites::create))
        .route("/webhooks", get(webhooks::list).post(webhooks::create))
}

async fn created_is_ok(mut response: Response) -> Response {
    if response.status() == StatusCode::CREATED {
        *response.status_mut() = StatusCode::OK;
    }
    response
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
