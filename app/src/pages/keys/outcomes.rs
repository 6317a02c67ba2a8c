//! What is done to keys from the list, and what comes of it there.

use claviger_core::wire::key::Key;
use leptos::prelude::*;

use super::{
    found::Found,
    state::{KeysState, Open},
};
use crate::pages::key_actions::{KeyAction, Outcome, done_at_once, is_live};

impl KeysState {
    /// Does something to a key, or asks about it.
    pub fn act(self, action: KeyAction, key: Key) {
        if !done_at_once(action, &key, self.outcome_of(key.id), self.session, self.toasts) {
            self.show(Open::Action(action, Box::new(key)));
        }
    }

    /// Is told what came of an action on this key, by its dialog or later: a row is drawn anew before Undo is pressed in its
    /// toast, and a dialog has gone by then, so this belongs to the page.
    pub fn outcome_of(self, id: i64) -> Callback<Outcome> {
        let new = || {
            Callback::new(move |outcome| {
                if self.open.with_untracked(|open| matches!(open, Open::Action(_, key) if key.id == id)) {
                    self.close();
                }
                self.came_of_action(id, outcome);
            })
        };
        self.owner.get_value().map_or_else(new, |owner| owner.with(new))
    }

    /// What came of an action on a key. What still works is shown in its place, as it is now, until the list is asked for
    /// again: so that one sees what one did, and can take it back.
    fn came_of_action(self, id: i64, outcome: Outcome) {
        match outcome {
            Outcome::Dismissed => {}
            Outcome::Changed(key) if is_live(key.status) => {
                self.near.set_value(Some(id));
                self.put(*key);
                self.recount();
            }
            Outcome::Changed(_) | Outcome::Stale | Outcome::Gone => self.changed(id),
        }
    }

    /// Many keys changed, or may have.
    pub fn changed_many(self) {
        self.selection.clear();
        self.found.set(Found::Nothing);
        self.made.set(None);
        // Of no key: the focus may be on the table's head, which goes when no key is left.
        self.near.set_value(Some(0));
        self.refresh();
    }

    /// A key changed or went: says so in the list, where the focus stays near.
    fn changed(self, id: i64) {
        self.near.set_value(Some(id));
        if let Found::Key(key) = self.found.get_untracked()
            && key.id == id
        {
            self.found.set(Found::Nothing);
        }
        if self.made.with_untracked(|made| made.as_ref().is_some_and(|made| made.id == id)) {
            self.made.set(None);
        }
        self.refresh();
    }

    fn put(self, key: Key) {
        if matches!(self.found.get_untracked(), Found::Key(found) if found.id == key.id) {
            self.found.set(Found::Key(Box::new(key.clone())));
        }
        self.list.update(|list| {
            if let Ok((rows, _)) = list
                && let Some(row) = rows.iter_mut().find(|row| row.id == key.id)
            {
                *row = key;
            }
        });
    }
}
