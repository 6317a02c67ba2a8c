//! What the parts of the Organizations page share.

use std::time::Duration;

use claviger_core::organization::Organization;
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};

use crate::{
    api::{self, ApiError, Place, parameter},
    browser::page,
    components::fixed::watch,
    pages::keys::is_safe,
    remote::Remote,
    routes::Page,
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
    /// A new organization.
    Create,
    /// The one showing of an invitation link, with the organization's name.
    Invite(String, String),
    /// Asks before removing an organization.
    Delete(Box<Organization>),
}

/// Shared by reference: all of it is signals.
#[derive(Clone, Copy)]
pub struct OrganizationsState {
    /// The list; the last answer stays until the next is there.
    pub list: Remote<Result<(Vec<Organization>, Place), ApiError>>,
    /// What is in the search field.
    pub search: RwSignal<String>,
    /// The dialog.
    pub open: RwSignal<Open>,
    /// For what a session's end interrupts.
    pub session: SessionContext,
    viewed: Viewed,
    pending: StoredValue<Option<TimeoutHandle>>,
    go: StoredValue<Callback<String>>,
    /// The list was asked for again because one went, and the focus may go with its row.
    fewer: StoredValue<bool>,
}

impl OrganizationsState {
    /// Starts loading what the address says.
    pub fn new(session: SessionContext) -> Self {
        let address = use_query_map();
        let search = move || address.with(|map| map.get("q")).filter(|text| is_safe(text)).unwrap_or_default();
        let number = move || {
            let page = address.with(|map| map.get("page")).and_then(|page| page.parse::<u32>().ok());
            page.map_or(0, |page| page.saturating_sub(1))
        };
        let list = Remote::new(move || {
            let query = api::organizations::query(&search(), number(), PER_PAGE);
            Box::pin(async move { api::organizations::list(&query).await })
        });
        let navigate = use_navigate();
        let go = Callback::new(move |address: String| {
            navigate(&address, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
        });
        let state = Self {
            list,
            search: RwSignal::new(untrack(search)),
            open: RwSignal::new(Open::Nothing),
            session,
            viewed: use_viewed(),
            pending: StoredValue::new(None),
            go: StoredValue::new(go),
            fewer: StoredValue::new(false),
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
                session.interrupted(&error, Callback::new(move |()| list.refetch()));
            }
            if state.fewer.try_update_value(std::mem::take) == Some(true) {
                request_animation_frame(|| {
                    if page::focused().is_none() && !page::has_dialog() {
                        page::focus_heading();
                    }
                });
            }
        });
        on_cleanup(move || state.stop_waiting());
        state
    }

    /// Shows what has this in its name, after a moment.
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

    /// An organization was made or removed.
    pub fn changed(self) {
        self.fewer.set_value(true);
        self.open.set(Open::Nothing);
        self.list.refetch();
        self.viewed.refresh();
    }

    fn show(self, search: &str, page: u32) {
        let mut query = String::new();
        if !search.trim().is_empty() {
            query += &parameter("q", search.trim());
        }
        if page > 0 {
            query += &parameter("page", &(page + 1).to_string());
        }
        let query = query.strip_prefix('&').map(|query| format!("?{query}")).unwrap_or_default();
        self.go.get_value().run(format!("{}{query}", Page::Organizations.path()));
    }

    fn stop_waiting(self) {
        if let Some(Some(handle)) = self.pending.try_update_value(Option::take) {
            handle.clear();
        }
    }
}
