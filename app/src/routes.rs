//! The pages by name, so that no address is written twice, and the way back after signing in.

use crate::{browser::storage, pages::keys::query::is_safe};

/// A page of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The home.
    Keys,
    /// Where a personal key is pasted.
    SignIn,
    /// First run and recovery.
    Setup,
    /// Any other address.
    NotFound,
}

impl Page {
    /// The page at an address.
    pub fn of(path: &str) -> Self {
        let path = path.trim_end_matches('/');
        let known = [Self::Keys, Self::SignIn, Self::Setup].into_iter().find(|page| page.path() == path);
        match known {
            Some(page) => page,
            None if path.is_empty() => Self::Keys,
            None => Self::NotFound,
        }
    }

    /// Its address.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Keys | Self::NotFound => "/keys",
            Self::SignIn => "/sign-in",
            Self::Setup => "/setup",
        }
    }

    /// What the browser's tab says.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Keys => "Keys · Claviger",
            Self::SignIn => "Sign in · Claviger",
            Self::Setup => "Set up · Claviger",
            Self::NotFound => "Not found · Claviger",
        }
    }
}

const RETURN: &str = "claviger.return";

/// Keeps the address that needs a sign-in first.
pub fn remember_return(address: &str) {
    // public/boot.js has cleaned the address already; storage is worth a second look.
    if is_safe(address) {
        storage::session_set(RETURN, address);
    }
}

/// Where to go after signing in: once, and only within this console.
pub fn take_return() -> String {
    let kept = storage::session_take(RETURN);
    kept.filter(|address| is_own(address)).unwrap_or_else(|| Page::Keys.path().to_owned())
}

/// Whether an address stays on this origin and does not lead back to a page for the signed out.
fn is_own(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let absolute = path.starts_with('/') && !path.starts_with("//") && !address.contains('\\');
    absolute && path != Page::SignIn.path() && path != Page::Setup.path()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_has_its_address() {
        for (path, page) in [
            ("/", Page::Keys),
            ("/keys", Page::Keys),
            ("/keys/", Page::Keys),
            ("/sign-in", Page::SignIn),
            ("/setup", Page::Setup),
            ("/keys/7", Page::NotFound),
        ] {
            assert_eq!(Page::of(path), page, "{path}");
        }
    }

    #[test]
    fn only_own_pages_are_returned_to() {
        for (address, own) in [
            ("/keys?q=billing", true),
            ("/", true),
            ("//evil.example", false),
            ("/\\evil.example", false),
            ("https://evil.example", false),
            ("javascript:alert(1)", false),
            ("/sign-in", false),
            ("/setup?x", false),
            ("", false),
        ] {
            assert_eq!(is_own(address), own, "{address}");
        }
    }
}
