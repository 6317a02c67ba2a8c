//! Switching a key off and on: at once, since it can be taken back.

use claviger_core::wire::key::Key;
use leptos::prelude::*;

use super::{KeyAction, Outcome, is_own};
use crate::{
    api,
    components::{fixed::spawn, toast::ToastContext},
    session::SessionContext,
};

/// Does what needs no dialog, and answers whether the action is such a one. `on_outcome` must outlive the row or button: the
/// answer, and Undo, may come when that was drawn anew.
pub fn done_at_once(
    action: KeyAction,
    key: &Key,
    on_outcome: Callback<Outcome>,
    session: SessionContext,
    toasts: ToastContext,
) -> bool {
    let active = match action {
        KeyAction::Enable => true,
        // Who switches off the key they are signed in with is asked first.
        KeyAction::Disable if !untrack(|| is_own(session, key)) => false,
        _ => return false,
    };
    Switching { session, toasts, on_outcome }.switch(key, active, true);
    true
}

/// All signals and callbacks, so that it can be tried again after signing in.
#[derive(Clone, Copy)]
struct Switching {
    session: SessionContext,
    toasts: ToastContext,
    on_outcome: Callback<Outcome>,
}

impl Switching {
    /// `undoable` offers the way back: not for what is itself the way back.
    fn switch(self, key: &Key, active: bool, undoable: bool) {
        let key = key.clone();
        spawn(async move {
            let name = &key.name;
            let (past, effect) = if active {
                ("enabled", "It works again.")
            } else {
                ("disabled", "Every integration that uses it is refused until it is enabled again.")
            };
            match api::keys::switch(key.id, active, key.version).await {
                Ok(after) => {
                    let says = format!("{} {name}. {effect}", if active { "Enabled" } else { "Disabled" });
                    if undoable {
                        let back = after.clone();
                        let undo = Callback::new(move |()| self.switch(&back, !active, false));
                        self.toasts.offer(says, "Undo", undo);
                    } else {
                        self.toasts.say(says);
                    }
                    self.tell(Outcome::Changed(Box::new(after)));
                }
                Err(error) if error.status == 404 => {
                    self.toasts.fail(format!("{name} was deleted already"));
                    self.tell(Outcome::Gone);
                }
                Err(error) if error.code == "conflict" => {
                    self.toasts.fail(format!(
                        "{name} was not {past}: somebody else has changed it meanwhile. Look at it again."
                    ));
                    self.tell(Outcome::Stale);
                }
                Err(error) if error.is_signed_out() => {
                    let again = key.clone();
                    let go_on = Callback::new(move |()| self.switch(&again, active, undoable));
                    self.session.interrupted(&error, go_on);
                }
                Err(error) => {
                    let may_be = if error.is_uncertain() { "may not have been" } else { "was not" };
                    self.toasts.fail(format!("{name} {may_be} {past}. {}", error.message));
                    self.tell(if error.is_uncertain() { Outcome::Stale } else { Outcome::Dismissed });
                }
            }
        });
    }

    fn tell(self, outcome: Outcome) {
        // The page may have been left.
        let _ = self.on_outcome.try_run(outcome);
    }
}
