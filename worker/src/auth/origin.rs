//! Whether a request that carries a cookie was made by the console itself (OWASP ASVS 5.0, 3.5.1).

use http::StatusCode;

use crate::{error::Failure, incoming::Incoming};

/// `Sec-Fetch-Site: same-origin`, or, from a browser too old to send it, an `Origin` that is ours.
///
/// # Errors
/// 403 `cross_site_request`.
pub fn check(incoming: &Incoming) -> Result<(), Failure> {
    let own = incoming.url.origin().ascii_serialization();
    let fetch_site = incoming.header("Sec-Fetch-Site");
    let origin = incoming.header("Origin");
    if is_own(fetch_site.as_deref(), origin.as_deref(), &own, incoming.local) {
        Ok(())
    } else {
        Err(Failure::new(
            StatusCode::FORBIDDEN,
            "cross_site_request",
            "This request was not made by the console itself. Programs use a key as Authorization: Bearer.",
        ))
    }
}

fn is_own(fetch_site: Option<&str>, origin: Option<&str>, own: &str, local: bool) -> bool {
    match (fetch_site, origin) {
        (Some(site), _) => site == "same-origin",
        // Trunk's development server passes requests on from its own port.
        (None, Some(origin)) => origin == own || local && origin == "http://localhost:8080",
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_own;

    #[test]
    fn only_the_console_itself_may_use_the_cookie() {
        let own = "https://keys.example.com";
        for (fetch_site, origin, local, allowed) in [
            (Some("same-origin"), None, false, true),
            (Some("same-origin"), Some("https://evil.example"), false, true),
            (Some("same-site"), Some(own), false, false),
            (Some("cross-site"), Some(own), false, false),
            (Some("none"), None, false, false),
            (None, Some(own), false, true),
            (None, Some("https://evil.example"), false, false),
            (None, Some("null"), false, false),
            (None, Some("http://localhost:8080"), false, false),
            (None, Some("http://localhost:8080"), true, true),
            (None, None, false, false),
        ] {
            assert_eq!(is_own(fetch_site, origin, own, local), allowed, "{fetch_site:?} {origin:?}");
        }
    }
}
