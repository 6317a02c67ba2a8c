//! The pages by name, so that no address is written twice, and the way back after signing in.

use crate::{browser::storage, pages::keys::query::is_safe};

/// A page of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The home.
    Keys,
    /// The settings of one's own organization.
    Settings,
    /// How other programs use this Claviger.
    Guide,
    /// The people of one's own organization.
    People,
    /// One person.
    Person(i64),
    /// What was done in one's own organization.
    AuditLog,
    /// One's own name, API access, keys and sessions.
    Profile,
    /// The webhooks of one's own organization, or one's own.
    Webhooks,
    /// One webhook.
    Webhook(i64),
    /// All organizations, for system administrators.
    Organizations,
    /// The keys of another organization.
    OrganizationKeys(i64),
    /// The settings of another organization.
    OrganizationSettings(i64),
    /// One key.
    Key(i64),
    /// One key, the second, of another organization, the first.
    OrganizationKey(i64, i64),
    /// The people of another organization.
    OrganizationPeople(i64),
    /// One person, the second, of another organization, the first.
    OrganizationPerson(i64, i64),
    /// The webhooks of another organization.
    OrganizationWebhooks(i64),
    /// One webhook, the second, of another organization, the first.
    OrganizationWebhook(i64, i64),
    /// What was done in another organization.
    OrganizationAuditLog(i64),
    /// Where a personal key is pasted.
    SignIn,
    /// First run and recovery.
    Setup,
    /// Coming in by an invitation.
    Invite,
    /// Coming in again by a sign-in link.
    SignInLink,
    /// Any other address.
    NotFound,
}

impl Page {
    /// The page at an address.
    pub fn of(path: &str) -> Self {
        let mut parts = path.trim_matches('/').split('/');
        // 0 is nobody's: what is no id is answered like one that is not there, inside the frame.
        let id = |text: &str| text.parse().ok().filter(|id: &i64| *id > 0 && id.to_string() == text).unwrap_or(0);
        let first = (parts.next().unwrap_or_default(), parts.next().map(id));
        let page = match (first, parts.next(), parts.next().map(id)) {
            (("" | "keys", None), None, None) => Self::Keys,
            (("keys", Some(id)), None, None) => Self::Key(id),
            (("settings", None), None, None) => Self::Settings,
            (("guide", None), None, None) => Self::Guide,
            (("people", None), None, None) => Self::People,
            (("people", Some(id)), None, None) => Self::Person(id),
            (("audit-log", None), None, None) => Self::AuditLog,
            (("profile", None), None, None) => Self::Profile,
            (("webhooks", None), None, None) => Self::Webhooks,
            (("webhooks", Some(id)), None, None) => Self::Webhook(id),
            (("organizations", None), None, None) => Self::Organizations,
            (("organizations", Some(id)), None, None) => Self::OrganizationKeys(id),
            (("organizations", Some(id)), Some("settings"), None) => Self::OrganizationSettings(id),
            (("organizations", Some(id)), Some("keys"), Some(key)) => Self::OrganizationKey(id, key),
            (("organizations", Some(id)), Some("audit-log"), None) => Self::OrganizationAuditLog(id),
            (("organizations", Some(id)), Some("people"), None) => Self::OrganizationPeople(id),
            (("organizations", Some(id)), Some("people"), Some(person)) => Self::OrganizationPerson(id, person),
            (("organizations", Some(id)), Some("webhooks"), None) => Self::OrganizationWebhooks(id),
            (("organizations", Some(id)), Some("webhooks"), Some(hook)) => Self::OrganizationWebhook(id, hook),
            (("sign-in", None), None, None) => Self::SignIn,
            (("setup", None), None, None) => Self::Setup,
            (("invite", None), None, None) => Self::Invite,
            (("sign-in-link", None), None, None) => Self::SignInLink,
            _ => Self::NotFound,
        };
        if parts.next().is_some() { Self::NotFound } else { page }
    }

    /// Its address; that of the list for what is one of many.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Keys | Self::Key(_) | Self::NotFound => "/keys",
            Self::Settings => "/settings",
            Self::Guide => "/guide",
            Self::People | Self::Person(_) => "/people",
            Self::AuditLog => "/audit-log",
            Self::Profile => "/profile",
            Self::Webhooks | Self::Webhook(_) => "/webhooks",
            Self::Organizations
            | Self::OrganizationKeys(_)
            | Self::OrganizationSettings(_)
            | Self::OrganizationKey(..)
            | Self::OrganizationPeople(_)
            | Self::OrganizationPerson(..)
            | Self::OrganizationWebhooks(_)
            | Self::OrganizationWebhook(..)
            | Self::OrganizationAuditLog(_) => "/organizations",
            Self::SignIn => "/sign-in",
            Self::Setup => "/setup",
            Self::Invite => "/invite",
            Self::SignInLink => "/sign-in-link",
        }
    }

    /// Its whole address.
    pub fn address(self) -> String {
        match self {
            Self::OrganizationKeys(id) => format!("{}/{id}", self.path()),
            Self::OrganizationSettings(id) => format!("{}/{id}/settings", self.path()),
            Self::OrganizationPeople(id) => format!("{}/{id}/people", self.path()),
            Self::OrganizationWebhooks(id) => format!("{}/{id}/webhooks", self.path()),
            Self::Key(id) | Self::Person(id) | Self::Webhook(id) => format!("{}/{id}", self.path()),
            Self::OrganizationAuditLog(id) => format!("{}/{id}/audit-log", self.path()),
            Self::OrganizationKey(organization, id) => format!("{}/{organization}/keys/{id}", self.path()),
            Self::OrganizationPerson(organization, id) => format!("{}/{organization}/people/{id}", self.path()),
            Self::OrganizationWebhook(organization, id) => format!("{}/{organization}/webhooks/{id}", self.path()),
            page => page.path().to_owned(),
        }
    }

    /// What the browser's tab says.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Keys | Self::OrganizationKeys(_) => "Keys · Claviger",
            Self::Settings | Self::OrganizationSettings(_) => "Settings · Claviger",
            Self::Key(_) | Self::OrganizationKey(..) => "Key · Claviger",
            Self::Guide => "Integration guide · Claviger",
            Self::People | Self::OrganizationPeople(_) => "People · Claviger",
            Self::Person(_) | Self::OrganizationPerson(..) => "Person · Claviger",
            Self::AuditLog | Self::OrganizationAuditLog(_) => "Audit log · Claviger",
            Self::Profile => "Profile · Claviger",
            Self::Webhooks | Self::OrganizationWebhooks(_) => "Webhooks · Claviger",
            Self::Webhook(_) | Self::OrganizationWebhook(..) => "Webhook · Claviger",
            Self::Organizations => "Organizations · Claviger",
            Self::SignIn => "Sign in · Claviger",
            Self::Setup => "Set up · Claviger",
            Self::Invite => "Invitation · Claviger",
            Self::SignInLink => "Sign-in link · Claviger",
            Self::NotFound => "Not found · Claviger",
        }
    }

    /// Whether it stands inside the frame, for the signed in.
    pub const fn is_framed(self) -> bool {
        !matches!(self, Self::SignIn | Self::Setup | Self::Invite | Self::SignInLink | Self::NotFound)
    }

    /// The other organization that it is about.
    pub const fn organization(self) -> Option<i64> {
        match self {
            Self::OrganizationKeys(id)
            | Self::OrganizationSettings(id)
            | Self::OrganizationKey(id, _)
            | Self::OrganizationPeople(id)
            | Self::OrganizationPerson(id, _)
            | Self::OrganizationWebhooks(id)
            | Self::OrganizationWebhook(id, _)
            | Self::OrganizationAuditLog(id) => Some(id),
            _ => None,
        }
    }

    /// The page of one of the keys of this list.
    pub const fn key(self, id: i64) -> Self {
        match self.organization() {
            Some(organization) => Self::OrganizationKey(organization, id),
            None => Self::Key(id),
        }
    }

    /// The page of one of the people of this organization.
    pub const fn person(self, id: i64) -> Self {
        match self.organization() {
            Some(organization) => Self::OrganizationPerson(organization, id),
            None => Self::Person(id),
        }
    }

    /// The page of one of the webhooks of this organization.
    pub const fn webhook(self, id: i64) -> Self {
        match self.organization() {
            Some(organization) => Self::OrganizationWebhook(organization, id),
            None => Self::Webhook(id),
        }
    }

    /// The list that it is a part of.
    pub const fn list(self) -> Option<Self> {
        match self {
            Self::Key(_) => Some(Self::Keys),
            Self::OrganizationKey(organization, _) => Some(Self::OrganizationKeys(organization)),
            Self::Person(_) => Some(Self::People),
            Self::OrganizationPerson(organization, _) => Some(Self::OrganizationPeople(organization)),
            Self::Webhook(_) => Some(Self::Webhooks),
            Self::OrganizationWebhook(organization, _) => Some(Self::OrganizationWebhooks(organization)),
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

const LIST: &str = "claviger.list";

/// Keeps the address of a list, with its search and filters, for the way back to it.
pub fn remember_list(address: &str) {
    if is_safe(address) {
        storage::session_set(LIST, address);
    }
}

/// The address of `list`, as it was when it was last seen.
pub fn list_address(list: Page) -> String {
    let is_it = |address: &String| address.split('?').next().map(Page::of) == Some(list);
    storage::session_get(LIST).filter(is_it).unwrap_or_else(|| list.address())
}

/// Whether an address stays on this origin and does not lead back to a page for the signed out.
fn is_own(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let absolute = path.starts_with('/') && !path.starts_with("//") && !address.contains('\\');
    let leads_back =
        [Page::SignIn, Page::Setup, Page::Invite, Page::SignInLink].into_iter().any(|page| path == page.path());
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
            ("/people", Page::People),
            ("/people/7", Page::Person(7)),
            ("/people/x", Page::Person(0)),
            ("/people/7/keys", Page::NotFound),
            ("/organizations/7/people", Page::OrganizationPeople(7)),
            ("/organizations/7/people/9", Page::OrganizationPerson(7, 9)),
            ("/organizations/7/people/9/x", Page::NotFound),
            ("/audit-log", Page::AuditLog),
            ("/audit-log/7", Page::NotFound),
            ("/organizations/7/audit-log", Page::OrganizationAuditLog(7)),
            ("/profile", Page::Profile),
            ("/webhooks", Page::Webhooks),
            ("/webhooks/7", Page::Webhook(7)),
            ("/webhooks/x", Page::Webhook(0)),
            ("/webhooks/7/x", Page::NotFound),
            ("/organizations/7/webhooks", Page::OrganizationWebhooks(7)),
            ("/organizations/7/webhooks/9", Page::OrganizationWebhook(7, 9)),
            ("/sign-in-link", Page::SignInLink),
            ("/guide", Page::Guide),
            ("/organizations", Page::Organizations),
            ("/organizations/7", Page::OrganizationKeys(7)),
            ("/organizations/7/settings", Page::OrganizationSettings(7)),
            ("/organizations/0", Page::OrganizationKeys(0)),
            ("/organizations/07", Page::OrganizationKeys(0)),
            ("/organizations/x", Page::OrganizationKeys(0)),
            ("/organizations/7/settings/x", Page::NotFound),
            ("/settings/7", Page::NotFound),
            ("/keys/7", Page::Key(7)),
            ("/keys/x", Page::Key(0)),
            ("/keys/7/x", Page::NotFound),
            ("/organizations/7/keys/9", Page::OrganizationKey(7, 9)),
            ("/organizations/7/keys", Page::NotFound),
            ("/organizations/7/keys/x", Page::OrganizationKey(7, 0)),
            ("/organizations/7/keys/9/x", Page::NotFound),
        ] {
            assert_eq!(Page::of(path), page, "{path}");
            assert!(page == Page::NotFound || Page::of(&page.address()) == page, "{path}");
        }
    }

    #[test]
    fn a_person_belongs_to_their_list() {
        for (list, person) in
            [(Page::People, Page::Person(9)), (Page::OrganizationPeople(7), Page::OrganizationPerson(7, 9))]
        {
            assert_eq!((list.person(9), person.list()), (person, Some(list)));
        }
    }

    #[test]
    fn a_key_belongs_to_its_list() {
        for (list, key) in [(Page::Keys, Page::Key(9)), (Page::OrganizationKeys(7), Page::OrganizationKey(7, 9))] {
            assert_eq!((list.key(9), key.list()), (key, Some(list)));
        }
        assert_eq!(Page::Keys.list(), None);
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
            ("/sign-in-link", false),
            ("/organizations/2?q=a", true),
            ("", false),
        ] {
            assert_eq!(is_own(address), own, "{address}");
        }
    }
}
