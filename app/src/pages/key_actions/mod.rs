//! What can be done to one key, wherever it is shown. Nothing here knows the page: the dialog of an action tells its opener
//! what came of it.

mod delete;
mod revoke;

use claviger_core::{status::KeyStatus, wire::key::Key};
use leptos::prelude::*;

use self::{delete::DeleteDialog, revoke::RevokeDialog};
use crate::{
    chunks::chunk,
    components::fixed::{Fix, Fixed, dynamic},
    session::SessionContext,
};

/// Something that can be done to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyAction {
    /// End it for ever; it stays listed.
    Revoke,
    /// Remove its record.
    Delete,
}

impl KeyAction {
    /// What this session can do to this key, in the order of a menu.
    pub fn offered(key: &Key, session: SessionContext) -> Vec<Self> {
        if !session.may_write() {
            return Vec::new();
        }
        let live = is_live(key.status);
        [Self::Revoke, Self::Delete].into_iter().filter(|action| live || *action == Self::Delete).collect()
    }

    /// What its button says; what asks first ends in dots.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Revoke => "Revoke…",
            Self::Delete => "Delete…",
        }
    }
}

/// What came of an action.
#[derive(Clone)]
pub enum Outcome {
    /// The key, as it is now.
    Changed(Box<Key>),
    /// Somebody else has changed or ended it meanwhile: it is to be asked for again.
    Stale,
    /// There is no such key any more.
    Gone,
    /// Nothing.
    Dismissed,
}

/// What the dialog of an action is about.
#[derive(Clone)]
pub struct Asked {
    /// The key.
    pub key: Key,
    /// Is told once, at the end; whoever it belongs to then takes the dialog away.
    pub on_outcome: Callback<Outcome>,
    /// Offers another action in place of this one.
    pub instead: Callback<KeyAction>,
}

chunk! {
    /// The dialog of an action, for as long as it is drawn.
    Part actions: pub fn key_action_dialog(action: KeyAction, key: Key, on_outcome: Callback<Outcome>) =>
        view! { <KeyActionDialog action=action key=key on_outcome=on_outcome /> }.fixed()
}

/// The dialog of an action, for as long as it is drawn.
#[component]
fn KeyActionDialog(action: KeyAction, key: Key, on_outcome: Callback<Outcome>) -> impl IntoView {
    let shown = RwSignal::new(Some(action));
    // First without any dialog, so that the focus is back where it was when the next one remembers it.
    let instead = Callback::new(move |other| {
        shown.set(None);
        request_animation_frame(move || {
            request_animation_frame(move || {
                let _ = shown.try_set(Some(other));
            });
        });
    });
    let asked = Asked { key, on_outcome, instead };
    dynamic(move || {
        let asked = asked.clone();
        match shown.get() {
            None => Fixed::nothing(),
            Some(KeyAction::Revoke) => view! { <RevokeDialog asked=asked /> }.fixed(),
            Some(KeyAction::Delete) => view! { <DeleteDialog asked=asked /> }.fixed(),
        }
    })
}

/// Whether a key of this status still counts and works, or may again.
pub const fn is_live(status: KeyStatus) -> bool {
    !matches!(status, KeyStatus::Revoked)
}

/// Whether this session was opened with the key.
fn is_own(session: SessionContext, key: &Key) -> bool {
    session.current().is_some_and(|session| session.key.id == key.id)
}
