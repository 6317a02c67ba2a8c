//! `/healthz`.

use gloo_net::http::Method;

use super::send;

/// Whether the database answers; `None` when nobody says.
pub async fn database() -> Option<bool> {
    let response = send(Method::GET, "/healthz", None, None).await.ok()?;
    let health: serde_json::Value = serde_json::from_str(&response.text().await.ok()?).ok()?;
    match health.get("database")?.as_str()? {
        "ok" => Some(true),
        "unavailable" => Some(false),
        _ => None,
    }
}
