//! What the parts of the Keys page share: the list, which dialog is open, which row is marked.

use claviger_core::{
    secret::SecretHash,
    wire::{bulk::BulkAction, key::Key},
};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};

use super::{
    create::Purpose,
    found::Found,
    query::ListQuery,
    row::MARKED,
    selection::{Picked, Selection},
};
use crate::{
    api::{self, ApiError, Minted, keys::KeyPage},
    browser::page,
    components::{
        fixed::watch,
        toast::{ToastContext, use_toasts},
    },
    pages::key_actions::KeyAction,
    remote::Remote,
    routes::Page,
    session::SessionContext,
    viewed::{Viewed, use_viewed},
};

/// In the address: opens the form for a new key.
const NEW: &str = "new";
/// Its value: for one of one's own.
const OWN: &str = "own";

/// The address that leads to the form for a key of one's own.
pub fn own_key_form() -> String {
    format!("{}?{NEW}={OWN}", Page::Keys.path())
}

/// The dialog that is open.
#[derive(Clone)]
pub enum Open {
    /// None.
    Nothing,
    /// New key, for this.
    Create(Purpose),
    /// The one showing of its secret.
    Reveal(Box<Minted>),
    /// Asks about something that is done to a key.
    Action(KeyAction, Box<Key>),
    /// Asks about something that is done to many keys.
    Bulk(BulkAction, Vec<Picked>),
    /// Keys of another system.
    Import,
    /// The keyboard's shortcuts.
    Help,
}

/// Shared by reference: all of it is signals.
#[derive(Clone, Copy)]
pub struct KeysState {
    /// What the address says.
    pub query: Memo<ListQuery>,
    /// The list; the last answer stays until the next is there.
    pub list: Remote<Result<KeyPage, ApiError>>,
    /// How many keys "Show inactive" would add.
    pub inactive: Remote<Option<u32>>,
    /// How many keys that verify are there, if that is known.
    pub verifiers: Remote<Option<u32>>,
    /// A pasted secret and what it led to.
    pub found: RwSignal<Found>,
    /// A pasted secret, and whether another system may have made it, until it is looked up.
    pub pasted: StoredValue<Option<(SecretHash, bool)>>,
    /// The key that was made last.
    pub made: RwSignal<Option<Key>>,
    /// Was made, and will be marked when the list has been asked again.
    coming: StoredValue<Option<Key>>,
    /// The row to be near when a row that had the focus is drawn anew.
    pub(super) near: StoredValue<Option<i64>>,
    pub(super) open: RwSignal<Open>,
    /// Of the page.
    pub(super) owner: StoredValue<Option<Owner>>,
    go: StoredValue<Callback<(String, bool)>>,
    /// The keys that are ticked.
    pub selection: Selection,
    /// The organization whose keys these are.
    pub viewed: Viewed,
    /// Where it is said what was done.
    pub toasts: ToastContext,
    /// Raised whenever what is counted is to be asked for again.
    pub counted: RwSignal<u32>,
    /// Whether the rows' lines can be drawn.
    pub lines: RwSignal<bool>,
    /// For what a session's end interrupts.
    pub session: SessionContext,
}

impl KeysState {
    /// Starts loading.
    pub fn new(session: SessionContext) -> Self {
        let address = use_query_map();
        let query = Memo::new(move |_| address.with(|map| ListQuery::read(|name| map.get(name))));
        let viewed = use_viewed();
        // Not tracked: another organization's page is another page.
        let organization = viewed.elsewhere_untracked();
        let list = Remote::new(move || {
            let request = query.get().request();
            Box::pin(async move { api::keys::list(organization, &request).await })
        });
        let searched = Memo::new(move |_| query.get().inactive_request());
        let inactive = Remote::new(move || {
            let request = searched.get();
            Box::pin(async move { api::keys::count(organization, &request).await.ok() })
        });
        let manages = session.manages();
        let verifiers = Remote::new(move || {
            Box::pin(async move { if manages { api::keys::verifiers(organization).await.ok() } else { None } })
        });
        let navigate = use_navigate();
        let go = Callback::new(move |(address, replace): (String, bool)| {
            navigate(&address, NavigateOptions { replace, scroll: false, ..NavigateOptions::default() });
        });
        let state = Self {
            query,
            list,
            inactive,
            verifiers,
            found: RwSignal::new(Found::Nothing),
            pasted: StoredValue::new(None),
            made: RwSignal::new(None),
            coming: StoredValue::new(None),
            near: StoredValue::new(None),
            open: RwSignal::new(Open::Nothing),
            owner: StoredValue::new(Owner::current()),
            go: StoredValue::new(go),
            selection: Selection::new(),
            session,
            toasts: use_toasts(),
            counted: RwSignal::new(0),
            lines: RwSignal::new(false),
            viewed,
        };
        watch(move || {
            // Or the address would go on saying what is not shown.
            let query = query.get();
            if address.with(|map| query.is_misread(|name| map.get(name))) {
                state.go.get_value().run((format!("{}{}", location_path(), query.address()), true));
            }
        });
        state.watch_the_address(address.with_untracked(|map| map.get(NEW).as_deref() == Some(OWN)));
        state.watch_the_list();
        state.watch_the_selection();
        state
    }

    /// Whoever came to make a key of their own gets the form, once it can be filled in.
    fn watch_the_address(self, mut wanted: bool) {
        watch(move || {
            if wanted && self.viewed.may_make_own() {
                wanted = false;
                self.show(Open::Create(Purpose::Own));
                let address = untrack(|| self.query.get()).address();
                self.go.get_value().run((format!("{}{address}", location_path()), true));
            }
        });
    }

    /// Shows another list; Back returns to this one.
    pub fn change(self, change: impl FnOnce(&mut ListQuery)) {
        self.found.set(Found::Nothing);
        self.turn(change, false);
    }

    /// Shows another list in place of this one: Back does not return to it.
    pub fn replace(self, change: impl FnOnce(&mut ListQuery)) {
        self.turn(change, true);
    }

    fn turn(self, change: impl FnOnce(&mut ListQuery), replace: bool) {
        let mut query = self.query.get_untracked();
        let before = query.clone();
        change(&mut query);
        if query.page == before.page {
            query.page = 0;
        }
        if query != before {
            let path = location_path();
            self.go.get_value().run((format!("{path}{}", query.address()), replace));
        }
    }

    /// Asks for everything again.
    pub fn refresh(self) {
        self.list.refetch();
        self.recount();
    }

    /// Asks again for what is counted, and leaves the list as it is.
    pub(super) fn recount(self) {
        self.inactive.refetch();
        self.verifiers.refetch();
        self.counted.update(|counted| *counted += 1);
        self.viewed.refresh();
    }

    /// Opens a dialog, in place of any other.
    pub fn show(self, open: Open) {
        self.open.set(open);
    }

    /// Closes the dialog.
    pub fn close(self) {
        self.open.set(Open::Nothing);
    }

    /// The open dialog, tracked.
    pub fn open(self) -> Open {
        self.open.get()
    }

    /// The key that was made has been seen: it is marked in the list, which is asked for only now.
    pub fn made(self, key: Key) {
        self.close();
        self.found.set(Found::Nothing);
        self.made.set(None);
        self.coming.set_value(Some(key));
        self.refresh();
    }

    /// The rows on the screen, tracked.
    pub fn rows(self) -> Vec<Key> {
        self.each_row(Key::clone)
    }

    /// What `read` answers for each row on the screen, tracked.
    pub fn each_row<T>(self, read: impl FnMut(&Key) -> T) -> Vec<T> {
        self.found.with(|found| match found {
            Found::Key(key) => std::slice::from_ref(&**key).iter().map(read).collect(),
            _ => self.list.with(|list| match list {
                Some(Ok((rows, _))) => rows.iter().map(read).collect(),
                _ => Vec::new(),
            }),
        })
    }

    /// What is ticked is what is seen: another list, or one that was asked for again, keeps of it what it shows.
    fn watch_the_selection(self) {
        watch(move || {
            self.query.track();
            self.selection.clear();
        });
        let shown = Memo::new(move |_| self.each_row(|key| key.id));
        watch(move || shown.with(|shown| self.selection.retain(shown)));
    }

    fn watch_the_list(self) {
        watch(move || {
            self.list.with(|list| {
                if let Some(Err(error)) = list {
                    self.session.interrupted(error, Callback::new(move |()| self.refresh()));
                }
            });
        });
        watch(move || {
            // Rows went while one was on the last page, or the address names a page that is not there.
            let last = self.list.with(|list| match list {
                Some(Ok((rows, place))) if rows.is_empty() && place.page > 0 => Some(place.num_pages.saturating_sub(1)),
                _ => None,
            });
            if let Some(last) = last {
                self.replace(|query| query.page = last);
            }
        });
        watch(move || {
            self.list.with(|_| ());
            if let Some(key) = self.coming.try_update_value(Option::take).flatten() {
                self.made.set(Some(key));
                page::scroll_to(MARKED);
            }
            // A row that was drawn anew may have taken the focus with it.
            if let Some(id) = self.near.try_update_value(Option::take).flatten() {
                request_animation_frame(move || {
                    if page::focused().is_none() && !page::has_dialog() && !page::focus(&format!("actions-{id}")) {
                        page::focus_heading();
                    }
                });
            }
        });
    }
}

fn location_path() -> String {
    location().pathname().unwrap_or_default()
}
