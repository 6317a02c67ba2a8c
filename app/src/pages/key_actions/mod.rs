//! What can be done to one key, wherever it is shown. Nothing here knows the page: the dialog of an action tells its opener
//! what came of it.

mod delete;
mod disable;
mod grace;
mod revoke;
mod secret;
mod switch;

use claviger_core::{key::KeyKind, status::KeyStatus, wire::key::Key};
use leptos::prelude::*;

use self::{delete::DeleteDialog, disable::DisableDialog, revoke::RevokeDialog, secret::SecretDialog};
pub use self::{grace::Grace, switch::done_at_once};
use crate::{
    browser::page,
    chunks::chunk,
    components::{
        fixed::{Fix, Fixed, dynamic},
        passkeys_too::{Beside, Chosen, passkeys_too},
        toast::use_toasts,
    },
    session::{SessionContext, use_session},
};

/// Something that can be done to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyAction {
    /// Give a pending key its secret.
    Mint,
    /// Replace its secret.
    Rotate,
    /// Switch it off, for now.
    Disable,
    /// Switch it on again.
    Enable,
    /// End it for ever; it stays listed.
    Revoke,
    /// Remove its record.
    Delete,
}

impl KeyAction {
    const ALL: [Self; 6] = [Self::Mint, Self::Rotate, Self::Disable, Self::Enable, Self::Revoke, Self::Delete];

    /// What this session can do to this key, in the order of a menu.
    pub fn offered(key: &Key, session: SessionContext) -> Vec<Self> {
        let me = session.current().map(|session| session.user.id);
        // Nobody else is shown the secret of a personal key.
        let may_reveal = key.kind == KeyKind::Service || (me.is_some() && key.user_id == me);
        let all = Self::ALL.into_iter().filter(|action| match action {
            Self::Mint => may_reveal && key.status == KeyStatus::Pending,
            Self::Rotate => may_reveal && matches!(key.status, KeyStatus::Active | KeyStatus::Disabled),
            Self::Disable => key.status == KeyStatus::Active,
            Self::Enable => !key.active && is_live(key.status),
            Self::Revoke => is_live(key.status),
            Self::Delete => true,
        });
        if session.may_write() { all.collect() } else { Vec::new() }
    }

    /// What its button says; what asks first ends in dots.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Mint => "Reveal its secret…",
            Self::Rotate => "Rotate…",
            Self::Disable => "Disable",
            Self::Enable => "Enable",
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
    /// Somebody else has changed or ended it meanwhile, or nobody knows: it is to be asked for again.
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
    /// The id of what had the focus before: it may have been drawn anew by the end.
    pub return_to: String,
}

chunk! {
    /// The dialog of an action, for as long as it is drawn. What needs none ([`done_at_once`]) is not to be asked of it.
    Part actions: pub fn key_action_dialog(action: KeyAction, key: Key, on_outcome: Callback<Outcome>) =>
        view! { <KeyActionDialog action=action key=key on_outcome=on_outcome /> }.fixed()
}

/// The dialog of an action.
#[component]
fn KeyActionDialog(action: KeyAction, key: Key, on_outcome: Callback<Outcome>) -> impl IntoView {
    let (session, toasts) = (use_session(), use_toasts());
    let shown = RwSignal::new(Some(action));
    let asked_about = StoredValue::new(key.clone());
    let begun = StoredValue::new(false);
    let instead = Callback::new(move |other| {
        // The dialog is still there while the answer is on its way.
        if begun.get_value() {
            return;
        }
        if done_at_once(other, &asked_about.get_value(), on_outcome, session, toasts) {
            begun.set_value(true);
            return;
        }
        // First without any dialog, so that the focus is back where it was when the next one remembers it.
        shown.set(None);
        request_animation_frame(move || {
            request_animation_frame(move || {
                let _ = shown.try_set(Some(other));
            });
        });
    });
    let return_to = page::focused().map(|opener| opener.id()).unwrap_or_default();
    let asked = Asked { key, on_outcome, instead, return_to };
    dynamic(move || {
        let asked = asked.clone();
        match shown.get() {
            None => Fixed::nothing(),
            Some(KeyAction::Mint | KeyAction::Rotate) => view! { <SecretDialog asked=asked /> }.fixed(),
            Some(KeyAction::Disable | KeyAction::Enable) => view! { <DisableDialog asked=asked /> }.fixed(),
            Some(KeyAction::Revoke) => view! { <RevokeDialog asked=asked /> }.fixed(),
            Some(KeyAction::Delete) => view! { <DeleteDialog asked=asked /> }.fixed(),
        }
    })
}

/// Whether a key of this status still counts and works, or may again.
pub const fn is_live(status: KeyStatus) -> bool {
    !matches!(status, KeyStatus::Revoked)
}

/// Whether the passkeys that came about with a personal key go with it; an integration's key has none.
fn passkeys_beside(session: SessionContext, key: &Key, chosen: Chosen) -> Option<Fixed> {
    let user = key.user_id?;
    let own = session.current().is_some_and(|session| session.user.id == user);
    let beside = if own { Beside::OwnKey(key.id) } else { Beside::Key(key.id) };
    Some(passkeys_too(user, beside, chosen))
}

/// Whether this session was opened with the key.
fn is_own(session: SessionContext, key: &Key) -> bool {
    session.current().and_then(|session| session.key).is_some_and(|own| own.id == key.id)
}
