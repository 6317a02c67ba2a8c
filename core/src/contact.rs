//! Whom to ask: an address that whoever runs an installation may give.

use crate::text::Email;

/// Longest address, in characters.
const LONGEST: usize = 500;

/// The link to an e-mail address or an `https://` address, or nothing for what is neither.
#[must_use]
pub fn link(text: &str) -> Option<String> {
    let text = text.trim();
    let address = text.strip_prefix("mailto:").unwrap_or(text);
    if is_address(text) {
        return Some(text.to_owned());
    }
    // What stands for itself in a link (RFC 6068, RFC 3986): no subject, no second recipient, nothing to decode.
    let plain = |character: char| character.is_ascii_alphanumeric() || "@.-_+".contains(character);
    (address.chars().all(plain) && Email::parse(address).is_ok()).then(|| format!("mailto:{address}"))
}

/// What is read of a link: the address without what it begins with. `None` for what must not be one.
#[must_use]
pub fn shown(link: &str) -> Option<&str> {
    let address = link.strip_prefix("https://").or_else(|| link.strip_prefix("mailto:"))?;
    Some(address.trim_end_matches('/'))
}

/// Whether it is `https://`, a host, and nothing that looks like another one.
fn is_address(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://") else {
        return false;
    };
    let plain = |character: char| character.is_ascii_graphic() && !"\"'<>\\^`{|}".contains(character);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let known = |character: char| character.is_ascii_alphanumeric() || ".-:".contains(character);
    text.len() <= LONGEST
        && text.chars().all(plain)
        && host.starts_with(|character: char| character.is_ascii_alphanumeric())
        && host.chars().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_e_mail_address_and_an_https_address_become_links() {
        for (text, expected, read) in [
            ("ops@example.com", "mailto:ops@example.com", "ops@example.com"),
            (" mailto:ops+keys@example.com ", "mailto:ops+keys@example.com", "ops+keys@example.com"),
            (
                "https://example.com/help?about=keys",
                "https://example.com/help?about=keys",
                "example.com/help?about=keys",
            ),
            ("https://help.example.com:8443/", "https://help.example.com:8443/", "help.example.com:8443"),
        ] {
            assert_eq!(link(text).as_deref(), Some(expected), "{text}");
            assert_eq!(shown(expected), Some(read));
        }
    }

    #[test]
    fn nothing_else_does() {
        for text in [
            "",
            "ask Ada",
            "http://example.com",
            "HTTPS://example.com",
            "javascript:alert(1)",
            "data:text/html,x",
            "mailto:",
            "mailto:a@example.com?bcc=b@example.com",
            "a@example.com,b@example.com",
            "https://",
            "https:///x",
            "https://example.com@evil.example/",
            "https://exa mple.com",
            "https://example.com/\"onclick=",
            "https://пример.example",
        ] {
            assert_eq!(link(text), None, "{text}");
        }
        assert_eq!(link(&format!("https://example.com/{}", "x".repeat(LONGEST))), None);
        for link in ["javascript:alert(1)", "http://example.com", "/keys"] {
            assert_eq!(shown(link), None, "{link}");
        }
    }
}
