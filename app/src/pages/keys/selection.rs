//! The keys that are ticked, for what is done to many at once.

use claviger_core::{
    key::KeyKind,
    status::KeyStatus,
    wire::{bulk::BulkAction, key::Key},
};
use leptos::{ev, html, prelude::*};

use super::state::KeysState;
use crate::{
    api,
    components::fixed::{on, spawn, watch},
    format,
    session::SessionContext,
};

/// The most that can be ticked.
pub const MOST: u32 = 1_000;

/// What is known of a ticked key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picked {
    /// Its id.
    pub id: i64,
    /// Its name, with its person's.
    pub name: String,
    /// Whether one is signed in with it.
    pub own: bool,
    /// Its status.
    pub status: KeyStatus,
    /// Whether one may be shown its secret.
    pub may_reveal: bool,
}

impl Picked {
    fn of(key: &Key, session: SessionContext) -> Self {
        let (me, signed_in_with) =
            session.current().map_or((None, None), |session| (Some(session.user.id), session.key.map(|key| key.id)));
        Self {
            id: key.id,
            name: format::distinct_name(key),
            own: signed_in_with == Some(key.id),
            status: key.status,
            may_reveal: key.kind == KeyKind::Service || (me.is_some() && key.user_id == me),
        }
    }

    /// Some service key.
    #[cfg(test)]
    pub fn sample(id: i64, status: KeyStatus) -> Self {
        Self { id, name: format!("Key {id}"), own: false, status, may_reveal: true }
    }

    /// Why this cannot be done to it, if that is known beforehand.
    pub const fn refuses(&self, action: BulkAction) -> Option<&'static str> {
        match (action, self.status) {
            (BulkAction::Disable | BulkAction::Enable | BulkAction::Rotate, KeyStatus::Revoked) => Some("revoked"),
            (BulkAction::Rotate, KeyStatus::Expired) => Some("expired"),
            (BulkAction::Rotate, KeyStatus::Pending) => Some("without a secret yet"),
            (BulkAction::Rotate, _) if !self.may_reveal => Some("somebody else’s own"),
            _ => None,
        }
    }
}

/// Which they are.
#[derive(Clone, Copy)]
pub struct Selection {
    picked: RwSignal<Vec<Picked>>,
    /// Where a range begins.
    anchor: StoredValue<Option<i64>>,
    /// All that match are being asked for.
    pub gathering: RwSignal<bool>,
}

impl Selection {
    /// None.
    pub fn new() -> Self {
        Self { picked: RwSignal::new(Vec::new()), anchor: StoredValue::new(None), gathering: RwSignal::new(false) }
    }

    /// How many, tracked.
    pub fn count(self) -> usize {
        self.picked.with(Vec::len)
    }

    /// All of them, not tracked.
    pub fn all(self) -> Vec<Picked> {
        self.picked.get_untracked()
    }

    /// Whether this one is among them, tracked.
    pub fn has(self, id: i64) -> bool {
        self.picked.with(|picked| picked.iter().any(|picked| picked.id == id))
    }

    /// None any more.
    pub fn clear(self) {
        self.anchor.set_value(None);
        if self.picked.with_untracked(|picked| !picked.is_empty()) {
            self.picked.set(Vec::new());
        }
    }

    /// Keeps of them what is among `shown`.
    pub fn retain(self, shown: &[i64]) {
        if self.picked.with_untracked(|picked| picked.iter().any(|picked| !shown.contains(&picked.id))) {
            self.picked.update(|picked| picked.retain(|picked| shown.contains(&picked.id)));
        }
    }

    /// How many of them are not among `shown`, tracked.
    pub fn beyond(self, shown: &[i64]) -> usize {
        self.picked.with(|picked| picked.iter().filter(|picked| !shown.contains(&picked.id)).count())
    }

    fn tick(self, keys: &[Key], ticked: bool, session: SessionContext) {
        self.picked.update(|picked| {
            picked.retain(|picked| !keys.iter().any(|key| key.id == picked.id));
            if ticked {
                picked.extend(keys.iter().map(|key| Picked::of(key, session)));
            }
        });
    }

    /// Ticks a row, or all rows from the one that was ticked before.
    fn press(self, rows: &[Key], id: i64, ticked: bool, range: bool, session: SessionContext) {
        let at = |id| rows.iter().position(|key| key.id == id);
        let from = self.anchor.get_value().filter(|_| range).and_then(at);
        if let Some(to) = at(id) {
            let from = from.unwrap_or(to);
            self.tick(rows.get(from.min(to)..=from.max(to)).unwrap_or_default(), ticked, session);
        }
        self.anchor.set_value(Some(id));
    }

    /// All that the filters match, whatever page they are on.
    pub fn gather(self, state: KeysState) {
        if self.gathering.get_untracked() {
            return;
        }
        self.gathering.set(true);
        let query = state.query.get_untracked();
        spawn(async move {
            let request = format!("{}&per_page={MOST}", query.matching());
            let answer = api::keys::after(state.viewed.elsewhere_untracked(), &request, "").await;
            if self.gathering.try_set(false).is_some() {
                return;
            }
            match answer {
                // Another list by now: nothing is ticked in it.
                Ok(_) if state.query.get_untracked() != query => {}
                Ok((keys, _)) => self.picked.set(keys.iter().map(|key| Picked::of(key, state.session)).collect()),
                Err(error) if state.session.interrupted(&error, Callback::new(move |()| self.gather(state))) => {}
                Err(error) => state.toasts.fail(error.message),
            }
        });
    }
}

/// The tick of a row. With Shift it ticks all from the last one to this.
#[component]
pub fn PickCell(key: Key) -> impl IntoView {
    let state = expect_context::<KeysState>();
    let id = key.id;
    let ticked = Memo::new(move |_| state.selection.has(id));
    let press = move |event: ev::MouseEvent| {
        let rows = untrack(|| state.rows());
        state.selection.press(&rows, id, !ticked.get_untracked(), event.shift_key(), state.session);
    };
    view! {
        <td role="cell" class="pick">
            <label>
                <input
                    type="checkbox"
                    aria-label=format!("Select {}", format::distinct_name(&key))
                    prop:checked=Signal::derive(move || ticked.get())
                    on:click=on(press)
                />
            </label>
        </td>
    }
}

/// The id of the tick in the head, where the focus goes when nothing is ticked any more.
pub const ALL_ID: &str = "select-all";

/// The tick of all rows on this page.
#[component]
pub fn PickHead() -> impl IntoView {
    let state = expect_context::<KeysState>();
    let node = NodeRef::<html::Input>::new();
    let ticked = Memo::new(move |_| {
        let rows = state.each_row(|key| state.selection.has(key.id));
        (rows.len(), rows.iter().filter(|ticked| **ticked).count())
    });
    let all = move || matches!(ticked.get(), (rows, ticked) if rows > 0 && rows == ticked);
    let some = move || matches!(ticked.get(), (rows, ticked) if ticked > 0 && ticked < rows);
    watch(move || {
        if let Some(input) = node.get() {
            input.set_indeterminate(some());
        }
    });
    let press = move |_: ev::MouseEvent| {
        let rows = untrack(|| state.rows());
        state.selection.tick(&rows, !untrack(all), state.session);
    };
    view! {
        <th scope="col" role="columnheader" class="pick">
            <label>
                <input
                    id=ALL_ID
                    type="checkbox"
                    node_ref=node
                    aria-label="Select all keys on this page"
                    prop:checked=Signal::derive(all)
                    on:click=on(press)
                />
            </label>
        </th>
    }
}
