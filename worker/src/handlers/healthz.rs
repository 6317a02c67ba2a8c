//! Whether the Worker and its database are there.

use axum::response::Response;
use http::StatusCode;
use serde_json::json;

use crate::{answer, call::Call, error::Failure, store::sql};

/// `GET /healthz`: 200 `{"status":"ok","version":…}`, 503 when D1 does not answer.
#[worker::send]
pub async fn show(call: Call) -> Result<Response, Failure> {
    call.database.batch(vec![sql("SELECT 1")]).await?;
    let body = json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") });
    Ok(answer::json(StatusCode::OK, body.to_string()))
}
