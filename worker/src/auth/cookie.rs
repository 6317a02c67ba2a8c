//! The session cookie.
//!
//! In production `__Host-claviger`, Secure. On a developer's machine (`LOCAL=1`) `claviger-<port>` without Secure: Safari
//! refuses Secure on http://localhost, and cookies do not know ports, so two instances would overwrite each other's.

use worker::Url;

use crate::incoming::Incoming;

/// The token that the request's cookie carries.
pub fn read(incoming: &Incoming) -> Option<String> {
    let name = name(&incoming.url, incoming.local);
    let header = incoming.header("Cookie")?;
    find(&header, &name).map(str::to_owned)
}

/// `Set-Cookie` for a new session, or for none when `token` is empty.
pub fn set(incoming: &Incoming, token: &str, max_age_seconds: i64) -> String {
    let name = name(&incoming.url, incoming.local);
    let secure = if incoming.local { "" } else { " Secure;" };
    format!("{name}={token}; Path=/;{secure} HttpOnly; SameSite=Strict; Max-Age={max_age_seconds}")
}

/// What the cookie is called at this address.
pub fn name(url: &Url, local: bool) -> String {
    if local { format!("claviger-{}", url.port_or_known_default().unwrap_or(80)) } else { "__Host-claviger".to_owned() }
}

/// The value of the cookie of this name in a `Cookie` header.
pub fn find<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    header
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn the_cookie_is_found_by_its_whole_name() {
        let header = "a=1; xclaviger-8787=no; claviger-8787=token; claviger-87=no";
        assert_eq!(find(header, "claviger-8787"), Some("token"));
        assert_eq!(find("claviger", "claviger"), None);
    }
}
