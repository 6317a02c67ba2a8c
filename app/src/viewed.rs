//! Which organization is looked at: one's own, or, for system administrators, another one that the address names.

use claviger_core::organization::{Organization, Plan};
use leptos::prelude::*;

use crate::{
    api::{self, ApiError},
    remote::Remote,
    routes::Page,
    session::SessionContext,
};

/// The organization of the page. Its record is asked for once, and again by [`Self::refresh`].
#[derive(Clone, Copy)]
pub struct Viewed {
    id: Memo<i64>,
    own: i64,
    session: SessionContext,
    /// With the id that was asked for: the last answer stays while another organization is on its way.
    answer: Remote<(i64, Result<Organization, ApiError>)>,
}

/// What an organization may make, and has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// A trial makes no service keys.
    pub plan: Plan,
    /// Live service keys it may have.
    pub key_limit: u32,
    /// Live service keys it has.
    pub live_keys: u32,
}

impl Usage {
    /// Whether no further service key can be made.
    pub fn is_full(self) -> bool {
        self.live_keys >= self.key_limit
    }
}

impl Viewed {
    /// Asks for the organization of `page`, and again when the page is about another one.
    pub fn new(page: Memo<Page>, session: SessionContext) -> Self {
        let own = session.organization_id();
        let id = Memo::new(move |_| page.get().organization().unwrap_or(own));
        let answer = Remote::new(move || {
            let id = id.get();
            Box::pin(async move { (id, api::organizations::find(id).await) })
        });
        Self { id, own, session, answer }
    }

    /// Its id, tracked.
    pub fn id(self) -> i64 {
        self.id.get()
    }

    /// The same, not tracked.
    pub fn id_untracked(self) -> i64 {
        self.id.get_untracked()
    }

    /// Its id when it is not one's own, tracked.
    pub fn elsewhere(self) -> Option<i64> {
        Some(self.id.get()).filter(|id| *id != self.own)
    }

    /// The same, not tracked.
    pub fn elsewhere_untracked(self) -> Option<i64> {
        Some(self.id.get_untracked()).filter(|id| *id != self.own)
    }

    /// Its record, once it is known, tracked.
    pub fn record(self) -> Option<Organization> {
        self.answer.get().filter(|(id, _)| *id == self.id.get()).and_then(|(_, answer)| answer.ok())
    }

    /// Why its record could not be read, tracked.
    pub fn failure(self) -> Option<ApiError> {
        self.answer.get().filter(|(id, _)| *id == self.id.get()).and_then(|(_, answer)| answer.err())
    }

    /// Whether there is no such organization for this person, tracked.
    pub fn is_missing(self) -> bool {
        let id = self.id.get();
        self.answer.with(|answer| matches!(answer, Some((of, Err(error))) if *of == id && error.status == 404))
    }

    /// Its name, or nothing yet, tracked.
    pub fn name(self) -> String {
        let own = || self.session.current().filter(|_| self.elsewhere().is_none());
        let name = self.record().map(|organization| organization.name);
        name.or_else(|| own().map(|session| session.organization.name)).unwrap_or_default()
    }

    /// How much of its limit is used, tracked: what the session said until the record is there.
    pub fn usage(self) -> Option<Usage> {
        if let Some(Organization { plan, key_limit, live_keys, .. }) = self.record() {
            return Some(Usage { plan, key_limit, live_keys });
        }
        let session = self.session.current().filter(|_| self.elsewhere().is_none())?;
        let of = session.organization;
        Some(Usage { plan: of.plan, key_limit: of.key_limit, live_keys: of.live_keys })
    }

    /// The page for its keys, tracked.
    pub fn keys_page(self) -> Page {
        self.elsewhere().map_or(Page::Keys, Page::OrganizationKeys)
    }

    /// The page for its settings, tracked.
    pub fn settings_page(self) -> Page {
        self.elsewhere().map_or(Page::Settings, Page::OrganizationSettings)
    }

    /// The page for its people, tracked.
    pub fn people_page(self) -> Page {
        self.elsewhere().map_or(Page::People, Page::OrganizationPeople)
    }

    /// The page for its webhooks, tracked.
    pub fn webhooks_page(self) -> Page {
        self.elsewhere().map_or(Page::Webhooks, Page::OrganizationWebhooks)
    }

    /// The page for its audit log, tracked.
    pub fn audit_page(self) -> Page {
        self.elsewhere().map_or(Page::AuditLog, Page::OrganizationAuditLog)
    }

    /// Asks again: its keys or settings have changed.
    pub fn refresh(self) {
        self.answer.refetch();
    }

    /// Whether its record is there, or cannot be had, tracked.
    fn is_settled(self) -> bool {
        let id = self.id.get();
        self.answer.with(|answer| matches!(answer, Some((of, _)) if *of == id))
    }

    /// Whether the person may make keys of their own, which no limit of the organization stops; tracked.
    pub fn may_make_own(self) -> bool {
        self.session.may_write() && self.is_settled()
    }

    /// Whether this session may make keys here: service keys within the limit, or a member's own. Not before it is known how
    /// long they may live, which the form is filled in with.
    pub fn may_make_keys(self) -> bool {
        let room = || self.usage().is_none_or(|usage| usage.plan == Plan::Paid && !usage.is_full());
        self.session.may_write() && self.is_settled() && (self.session.is_member() || room())
    }
}

/// The organization of the page.
pub fn use_viewed() -> Viewed {
    expect_context()
}

/// The page's place in the console.
pub fn use_page() -> Memo<Page> {
    expect_context()
}
