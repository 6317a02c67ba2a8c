//! The console's files that are named by their content.
//!
//! The platform answers a missing file with the console's page, 200, and `_headers` would have browsers keep that page under
//! the file's name for a year. So these files go through here: a page in place of a file is a 404 that nobody keeps.

use worker::{Env, Request, Response};

use crate::answer::HEADERS;

/// Whether this path names such a file.
pub fn is_hashed(path: &str) -> bool {
    [".js", ".wasm", ".css"].iter().any(|ending| path.ends_with(ending)) && !path.starts_with("/api/")
}

/// The file, or 404.
///
/// # Errors
/// The platform's own.
pub async fn answer(request: Request, env: &Env) -> worker::Result<Response> {
    let found = Response::try_from(env.assets("ASSETS")?.fetch_request(request).await?)?;
    let kind = found.headers().get("Content-Type")?.unwrap_or_default();
    if !kind.starts_with("text/html") {
        return Ok(found);
    }
    let missing =
        Response::from_bytes(b"There is no such file. Reload the page: Claviger may have been updated.\n".to_vec())?;
    let headers = worker::Headers::new();
    headers.set("Content-Type", "text/plain; charset=utf-8")?;
    for (name, value) in HEADERS {
        headers.set(name, value)?;
    }
    Ok(missing.with_status(404).with_headers(headers))
}
