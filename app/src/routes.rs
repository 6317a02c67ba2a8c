//! The pages by name, so that no address is written twice, and the way back after signing in.

use crate::{browser::storage, pages::keys::query::is_safe};

/// A page of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The home.
    Keys,
    /// The settings of one's own organization.
    Settings,
    /// All organizations, for system administrators.
    Organizations,
    /// The keys of another organization.
    OrganizationKeys(i64),
    /// The settings of another organization.
    OrganizationSettings(i64),
    /// Where a personal key is pasted.
    SignIn,
    /// First run and recovery.
    Setup,
    /// Coming in by an invitation.
    Invite,
    /// Any other address.
    NotFound,
}

impl Page {
    /// The page at an address.
    pub fn of(path: &str) -> Self {
        let mut parts = path.trim_matches('/').split('/');
        let id = |text: &str| text.parse().ok().filter(|id: &i64| *id > 0 && id.to_string() == text);
        let page = match (parts.next().unwrap_or_default(), parts.next().map(id), parts.next()) {
            ("" | "keys", None, None) => Self::Keys,
            ("settings", None, None) => Self::Settings,
            ("organizations", None, None) => Self::Organizations,
            ("organizations", Some(Some(id)), None) => Self::OrganizationKeys(id),
            ("organizations", Some(Some(id)), Some("settings")) => Self::OrganizationSettings(id),
            ("sign-in", None, None) => Self::SignIn,
            ("setup", None, None) => Self::Setup,
            ("invite", None, None) => Self::Invite,
            _ => Self::NotFound,
        };
        if parts.next().is_some() { Self::NotFound } else { page }
    }

    /// Its address; that of the list for what is one of many.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Keys | Self::NotFound => "/keys",
            Self::Settings => "/settings",
            Self::Organizations | Self::OrganizationKeys(_) | Self::OrganizationSettings(_) => "/organizations",
            Self::SignIn => "/sign-in",
            Self::Setup => "/setup",
            Self::Invite => "/invite",
        }
    }

    /// Its whole address.
    pub fn address(self) -> String {
        match self {
            Self::OrganizationKeys(id) => format!("{}/{id}", self.path()),
            Self::OrganizationSettings(id) => format!("{}/{id}/settings", self.path()),
            page => page.path().to_owned(),
        }
    }

    /// What the browser's tab says.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Keys | Self::OrganizationKeys(_) => "Keys · Claviger",
            Self::Settings | Self::OrganizationSettings(_) => "Settings · Claviger",
            Self::Organizations => "Organizations · Claviger",
            Self::SignIn => "Sign in · Claviger",
            Self::Setup => "Set up · Claviger",
            Self::Invite => "Invitation · Claviger",
            Self::NotFound => "Not found · Claviger",
        }
    }

    /// Whether it stands inside the frame, for the signed in.
    pub const fn is_framed(self) -> bool {
        !matches!(self, Self::SignIn | Self::Setup | Self::Invite | Self::NotFound)
    }

    /// The other organization that it is about.
    pub const fn organization(self) -> Option<i64> {
        match self {
            Self::OrganizationKeys(id) | Self::OrganizationSettings(id) => Some(id),
            _ => None,
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
    let leads_back = [Page::SignIn, Page::Setup, Page::Invite].into_iter().any(|page| path == page.path());
    absolute && !leads_back
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
            ("/invite", Page::Invite),
            ("/settings", Page::Settings),
            ("/organizations", Page::Organizations),
            ("/organizations/7", Page::OrganizationKeys(7)),
            ("/organizations/7/settings", Page::OrganizationSettings(7)),
            ("/organizations/0", Page::NotFound),
            ("/organizations/07", Page::NotFound),
            ("/organizations/x", Page::NotFound),
            ("/organizations/7/settings/x", Page::NotFound),
            ("/settings/7", Page::NotFound),
            ("/keys/7", Page::NotFound),
        ] {
            assert_eq!(Page::of(path), page, "{path}");
            assert!(page == Page::NotFound || Page::of(&page.address()) == page, "{path}");
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
            ("/invite", false),
            ("/organizations/2?q=a", true),
            ("", false),
        ] {
            assert_eq!(is_own(address), own, "{address}");
        }
    }
}
