//! Whether the Worker and its database are there.

use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use crate::{answer, call::Call, error::Failure, log, store::sql};

/// `GET /healthz`: 200 `{"status":"ok","database":"ok","version":…}`; 503 with `degraded` and `unavailable` when D1 does not
/// answer, while verification goes on from memory and KV.
#[worker::send]
pub async fn show(call: Call) -> Result<Response, Failure> {
    let asked = call.database.batch(vec![sql("SELECT 1")]).await;
    let ok = asked.map_err(|failure| log::failure_behind("healthz", &failure)).is_ok();
    let (status, database) = if ok { ("ok", "ok") } else { ("degraded", "unavailable") };
    let body = json!({ "status": status, "database": database, "version": env!("CARGO_PKG_VERSION") });
    let code = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let mut response = answer::json(code, body.to_string());
    if !ok {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    Ok(response)
}
