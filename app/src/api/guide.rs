//! The integration guide, which lies beside the API reference.

use gloo_net::http::Method;

use super::{ApiError, send};

/// Its text, in Markdown.
pub async fn text() -> Result<String, ApiError> {
    let response = send(Method::GET, "/docs/integrate.md", None, None).await.map_err(|_| ApiError::network())?;
    let text = response.text().await.map_err(|_| ApiError::network())?;
    // A file that is not there is answered with the console's own page.
    if response.ok() && text.starts_with("# ") { Ok(text) } else { Err(ApiError::unreadable(response.status(), None)) }
}
