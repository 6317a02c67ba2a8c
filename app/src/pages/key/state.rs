//! What the parts of the page share: the key as it is known, the time, and whether it is being edited.

use claviger_core::{key::KeyKind, status::KeyStatus, time::Timestamp, wire::key::Key};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};

use super::clock::clock;
use crate::{
    api::{self, ApiError},
    browser::page,
    components::fixed::watch,
    pages::key_actions::KeyAction,
    remote::Remote,
    routes::{self, Page},
    session::SessionContext,
    viewed::{Viewed, use_viewed},
};

/// In the address, while the key is being edited.
pub const EDIT: &str = "edit";

/// Shared by reference: all of it is signals.
#[derive(Clone, Copy)]
pub struct OneKey {
    /// Which.
    pub id: i64,
    /// As it was last heard of.
    pub key: RwSignal<Option<Key>>,
    /// Why it could not be read.
    pub failure: RwSignal<Option<ApiError>>,
    /// Whether it is being edited: the address says so, and this session may.
    pub editing: Memo<bool>,
    /// Now, moved on whenever something ends.
    pub now: ReadSignal<Timestamp>,
    /// Raised by every change, so that the history is read again.
    pub changes: RwSignal<u32>,
    /// What is asked about before it is done.
    pub asking: RwSignal<Option<KeyAction>>,
    /// It is being switched off or on.
    pub switching: RwSignal<bool>,
    /// For what a session's end interrupts.
    pub session: SessionContext,
    /// Its organization.
    pub viewed: Viewed,
    answer: Remote<Result<Key, ApiError>>,
    go: StoredValue<Callback<(String, bool)>>,
    here: Page,
}

impl OneKey {
    /// Starts loading.
    pub fn new(id: i64, session: SessionContext) -> Self {
        let viewed = use_viewed();
        // Not tracked: another organization's page is another page.
        let organization = untrack(|| viewed.id());
        let answer = Remote::new(move || {
            Box::pin(async move {
                match api::keys::one(id).await {
                    // Not here: of another organization, which is said in the same words.
                    Ok(key) if key.organization_id != organization => Err(ApiError::missing()),
                    answer => answer,
                }
            })
        });
        let (key, failure) = (RwSignal::new(None::<Key>), RwSignal::new(None));
        let address = use_query_map();
        let asked = move || address.with(|map| map.get(EDIT).is_some());
        let editing =
            Memo::new(move |_| asked() && key.with(|key| key.as_ref().is_some_and(|key| may_edit(key, session))));
        let navigate = use_navigate();
        let go = Callback::new(move |(address, replace): (String, bool)| {
            navigate(&address, NavigateOptions { replace, scroll: !replace, ..NavigateOptions::default() });
        });
        let state = Self {
            id,
            key,
            failure,
            editing,
            now: clock(move || key.with(|key| key.as_ref().map(ends).unwrap_or_default())),
            changes: RwSignal::new(0),
            asking: RwSignal::new(None),
            switching: RwSignal::new(false),
            session,
            viewed,
            answer,
            go: StoredValue::new(go),
            here: untrack(|| viewed.keys_page()).key(id),
        };
        watch(move || match state.answer.get() {
            None => {}
            Some(Ok(key)) => state.learn(key),
            Some(Err(error)) if session.interrupted(&error, Callback::new(move |()| state.refresh())) => {}
            Some(Err(error)) => state.failure.set(Some(error)),
        });
        state
    }

    /// Asks again.
    pub fn refresh(self) {
        self.answer.refetch();
    }

    /// The key is this by now.
    pub fn learn(self, key: Key) {
        let known = self.key.with_untracked(|before| before.as_ref().map(|before| before.version));
        self.failure.set(None);
        if known.is_some_and(|version| version != key.version) {
            self.changes.update(|changes| *changes += 1);
        }
        self.key.set(Some(key));
    }

    /// Its status at this moment, tracked.
    pub fn status(self) -> Option<KeyStatus> {
        let now = self.now.get();
        self.key.with(|key| key.as_ref().map(|key| KeyStatus::of(key.facts(), now)))
    }

    /// Its name, tracked; empty until it is known.
    pub fn name(self) -> String {
        self.key.with(|key| key.as_ref().map(|key| key.name.clone())).unwrap_or_default()
    }

    /// Whether this session may edit it, tracked.
    pub fn may_edit(self) -> bool {
        self.key.with(|key| key.as_ref().is_some_and(|key| may_edit(key, self.session)))
    }

    /// Starts editing, or ends it.
    pub fn edit(self, on: bool) {
        let address = self.here.address();
        let address = if on { format!("{address}?{EDIT}=1") } else { address };
        self.go.get_value().run((address, true));
        request_animation_frame(move || {
            // There is no such button when the key was revoked meanwhile, or one may only read by now.
            if !page::focus(if on { "key-name" } else { "key-edit" }) {
                page::focus_heading();
            }
        });
    }

    /// Goes back to the list: the key is gone.
    pub fn leave(self) {
        self.go(self.here.list().map(routes::list_address).unwrap_or_default());
    }

    /// Goes to another page.
    pub fn go(self, address: String) {
        self.go.get_value().run((address, false));
    }
}

/// Whether this session may edit a key, tracked. A personal key is its person's: others can only take from it. A revoked one
/// stays as it is.
pub fn may_edit(key: &Key, session: SessionContext) -> bool {
    let own = || session.current().is_some_and(|session| key.user_id == Some(session.user.id));
    session.may_write() && key.revoked_at.is_none() && (key.kind == KeyKind::Service || own())
}

/// The moments at which something about a key is over.
fn ends(key: &Key) -> Vec<Timestamp> {
    key.expires_at.into_iter().chain(key.secrets.iter().filter_map(|secret| secret.ends_at)).collect()
}
