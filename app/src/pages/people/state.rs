//! What the parts of the People page share.

use std::time::Duration;

use claviger_core::wire::user::{PendingInvite, User};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};

use crate::{
    api::{self, ApiError, Place, parameter},
    components::fixed::watch,
    pages::keys::is_safe,
    remote::Remote,
    session::SessionContext,
    viewed::{Viewed, use_viewed},
};

const PER_PAGE: u32 = 50;
const PAUSE: Duration = Duration::from_millis(250);

/// The dialog that is open.
#[derive(Clone)]
pub enum Open {
    /// None.
    Nothing,
    /// A new invitation.
    Invite,
    /// The one showing of its link, with what the person becomes.
    Link(String, String),
    /// Asks before an invitation is withdrawn.
    Withdraw(Box<PendingInvite>),
}

/// Shared by reference: all of it is signals.
#[derive(Clone, Copy)]
pub struct PeopleState {
    /// The list; the last answer stays until the next is there.
    pub list: Remote<Result<(Vec<User>, Place), ApiError>>,
    /// Who was invited and has not come in yet.
    pub invites: Remote<Result<Vec<PendingInvite>, ApiError>>,
    /// What is in the search field.
    pub search: RwSignal<String>,
    /// The dialog.
    pub open: RwSignal<Open>,
    /// For what a session's end interrupts.
    pub session: SessionContext,
    /// Whose people they are.
    pub viewed: Viewed,
    /// Whether only those with API access are shown.
    api_only: Memo<bool>,
    pending: StoredValue<Option<TimeoutHandle>>,
    go: StoredValue<Callback<String>>,
}

impl PeopleState {
    /// Starts loading what the address says.
    pub fn new(session: SessionContext) -> Self {
        let address = use_query_map();
        let viewed = use_viewed();
        let search = move || address.with(|map| map.get("q")).filter(|text| is_safe(text)).unwrap_or_default();
        let page = move || {
            let page = address.with(|map| map.get("page")).and_then(|page| page.parse::<u32>().ok());
            page.map_or(0, |page| page.saturating_sub(1))
        };
        let api_only = Memo::new(move |_| address.with(|map| map.get("api")).as_deref() == Some("on"));
        let list = Remote::new(move || {
            let organization = viewed.id();
            let query = api::people::query(&search(), api_only.get(), page(), PER_PAGE);
            Box::pin(async move { api::people::list(organization, &query).await })
        });
        let invites = Remote::new(move || {
            let organization = viewed.id();
            Box::pin(async move { api::people::invites(organization).await })
        });
        let navigate = use_navigate();
        let go = Callback::new(move |address: String| {
            navigate(&address, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
        });
        let state = Self {
            list,
            invites,
            search: RwSignal::new(untrack(search)),
            open: RwSignal::new(Open::Nothing),
            session,
            viewed,
            api_only,
            pending: StoredValue::new(None),
            go: StoredValue::new(go),
        };
        // Back changes the address: the field follows, unless one is typing in it.
        watch(move || {
            let search = search();
            if state.pending.get_value().is_none() {
                state.search.set(search);
            }
        });
        watch(move || {
            if let Some(Err(error)) = list.get() {
                session.interrupted(&error, Callback::new(move |()| state.ask_again()));
            }
        });
        on_cleanup(move || state.stop_waiting());
        state
    }

    /// Whether only those with API access are shown, tracked.
    pub fn api_only(self) -> bool {
        self.api_only.get()
    }

    /// The address of one of the two views, with the search of this one, tracked.
    pub fn address_of(self, api_only: bool) -> String {
        self.address(&self.search.get(), api_only, 0)
    }

    /// Shows who has this in their name or address, after a moment.
    pub fn search_for(self, text: String) {
        self.search.set(text.clone());
        self.stop_waiting();
        // A pasted secret is nobody's name, and must not get into the address.
        if !is_safe(&text) {
            return;
        }
        let go = move || {
            self.pending.try_update_value(Option::take);
            self.show(&text, 0);
        };
        self.pending.set_value(set_timeout_with_handle(go, PAUSE).ok());
    }

    /// Shows another page of the same list.
    pub fn turn_to(self, page: u32) {
        self.show(&self.search.get_untracked(), page);
        window().scroll_to_with_x_and_y(0.0, 0.0);
    }

    /// Asks for everything again.
    pub fn ask_again(self) {
        self.list.refetch();
        self.invites.refetch();
    }

    /// Somebody was invited, or an invitation withdrawn.
    pub fn invites_changed(self) {
        self.open.set(Open::Nothing);
        self.invites.refetch();
    }

    /// An invitation can be used no more. It goes at once: what had the focus must not go when that is too late to say where
    /// the focus belongs.
    pub fn invite_gone(self, id: i64) {
        self.invites.update(|invites| {
            if let Ok(invites) = invites {
                invites.retain(|invite| invite.id != id);
            }
        });
        self.invites_changed();
    }

    fn show(self, search: &str, page: u32) {
        let address = self.address(search, self.api_only.get_untracked(), page);
        self.go.get_value().run(address);
    }

    fn address(self, search: &str, api_only: bool, page: u32) -> String {
        let mut query = String::new();
        if api_only {
            query += &parameter("api", "on");
        }
        if !search.trim().is_empty() && is_safe(search) {
            query += &parameter("q", search.trim());
        }
        if page > 0 {
            query += &parameter("page", &(page + 1).to_string());
        }
        let query = query.strip_prefix('&').map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}{query}", untrack(|| self.viewed.people_page()).address())
    }

    fn stop_waiting(self) {
        if let Some(Some(handle)) = self.pending.try_update_value(Option::take) {
            handle.clear();
        }
    }
}
