//! One's passkeys: listed, added, named and removed.

use claviger_core::wire::passkey::Passkey;
use leptos::prelude::*;

use super::{
    passkey_dialogs::{AddDialog, RemoveDialog, RenameDialog},
    state::Profile,
};
use crate::{
    api::{self, ApiError},
    browser::{page, passkey},
    chunks::chunk,
    components::{
        button::Button,
        error::ErrorState,
        fixed::{Fix, Fixed, dynamic, optional},
        moment::Moment,
        passkey_facts::passkey_facts,
        skeleton::Bone,
        table::{Cell, ColumnHead},
    },
    remote::Remote,
};

/// The button that adds one; it has the focus when a row's own buttons are gone.
pub const ADD: &str = "add-passkey";

/// The dialog that is open.
#[derive(Clone, PartialEq)]
pub enum Asking {
    /// A new one.
    Add,
    /// Another name.
    Rename(Passkey),
    /// Whether it is to go.
    Remove(Passkey),
}

/// What the section and its dialogs share: all signals.
#[derive(Clone, Copy)]
pub struct Passkeys {
    /// The page.
    pub state: Profile,
    /// What the server said last.
    pub list: Remote<Result<Vec<Passkey>, ApiError>>,
    /// The dialog.
    pub open: RwSignal<Option<Asking>>,
}

impl Passkeys {
    /// One is there, or is another now.
    pub fn learn(self, passkey: &Passkey) {
        self.list.update(|list| {
            if let Ok(list) = list {
                match list.iter_mut().find(|known| known.id == passkey.id) {
                    Some(known) => known.clone_from(passkey),
                    None => list.push(passkey.clone()),
                }
            }
        });
        self.open.set(None);
    }

    /// One is gone.
    pub fn forget(self, id: i64) {
        self.list.update(|list| {
            if let Ok(list) = list {
                list.retain(|known| known.id != id);
            }
        });
        self.open.set(None);
    }
}

chunk! {
    /// One's passkeys. In one chunk with all that uses them: what two chunks share is in neither.
    Section passkeys: pub fn passkeys_section(state: Profile) => view! { <PasskeysSection state=state /> }.fixed()
}

/// The passkeys, the first one first.
#[component]
fn PasskeysSection(state: Profile) -> impl IntoView {
    let list = Remote::new(move || Box::pin(api::passkeys::list()));
    let open = RwSignal::new(None);
    let passkeys = Passkeys { state, list, open };
    let may_write = Memo::new(move |_| state.session.may_write());
    view! {
        <section class="key-section" aria-labelledby="passkeys">
            <h2 id="passkeys">"Passkeys"</h2>
            <p class="quiet">
                "Sign in with a fingerprint, a face or a PIN, and without your key at hand. With a passkey Claviger asks for it again before what matters."
            </p>
            {dynamic(move || match list.get() {
                None => view! {
                    <div aria-busy="true"><p class="visually-hidden" role="status">"Loading the passkeys"</p> <Bone width="long" /></div>
                }.fixed(),
                Some(Err(error)) => {
                    let again = Callback::new(move |()| list.refetch());
                    view! { <ErrorState title="The passkeys could not be loaded" error=error on_retry=again /> }.fixed()
                }
                Some(Ok(rows)) if rows.is_empty() => view! { <p class="after-lead">"You have no passkey yet."</p> }.fixed(),
                Some(Ok(rows)) => table(rows.into_iter().map(|passkey| row(passkey, passkeys, may_write)).collect()),
            })}
            {optional(move || may_write.get().then(|| if passkey::is_known() {
                view! {
                    <div class="person-buttons">
                        <Button id=ADD on_press=Callback::new(move |()| open.set(Some(Asking::Add)))>"Add a passkey…"</Button>
                    </div>
                }.fixed()
            } else {
                view! { <p class="quiet">{passkey::Trouble::Unable.explain()}</p> }.fixed()
            }))}
            {dynamic(move || match open.get() {
                None => Fixed::nothing(),
                Some(Asking::Add) => view! { <AddDialog passkeys=passkeys /> }.fixed(),
                Some(Asking::Rename(passkey)) => view! { <RenameDialog passkeys=passkeys passkey=passkey /> }.fixed(),
                Some(Asking::Remove(passkey)) => view! { <RemoveDialog passkeys=passkeys passkey=passkey /> }.fixed(),
            })}
        </section>
    }
}

fn table(rows: Vec<Fixed>) -> Fixed {
    view! {
        <table class="table plain-table sessions" role="table" aria-labelledby="passkeys">
            <thead role="rowgroup">
                <tr role="row">
                    <ColumnHead label="Passkey" />
                    <ColumnHead label="Added" />
                    <ColumnHead label="Last used" />
                    <th scope="col" role="columnheader">
                        <span class="visually-hidden">"Actions"</span>
                    </th>
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .fixed()
}

fn row(passkey: Passkey, passkeys: Passkeys, may_write: Memo<bool>) -> Fixed {
    let facts = passkey_facts(&passkey);
    let used = match passkey.last_used_at {
        Some(at) => view! { <Moment at=at /> }.fixed(),
        None => view! { <span>"Never used"</span> }.fixed(),
    };
    let created_at = passkey.created_at;
    let buttons = move || {
        let (rename, remove) = (Asking::Rename(passkey.clone()), Asking::Remove(passkey.clone()));
        let button = |label: &'static str, asking: Asking| {
            let id = format!("{}-passkey-{}", label.to_lowercase(), passkey.id);
            let name = passkey.name.clone();
            let press = Callback::new(move |()| passkeys.open.set(Some(asking.clone())));
            view! { <Button id=id on_press=press>{label} "…" <span class="visually-hidden">{name}</span></Button> }
        };
        view! { {button("Rename", rename)} " " {button("Remove", remove)} }.fixed()
    };
    view! {
        <tr role="row">
            <Cell label="Passkey">{facts}</Cell>
            <Cell label="Added">
                <Moment at=created_at />
            </Cell>
            <Cell label="Last used">{used}</Cell>
            <td role="cell" class="actions">
                {optional(move || may_write.get().then(&buttons))}
            </td>
        </tr>
    }
    .fixed()
}

/// Where the focus goes when what was asked about is gone.
pub fn focus_add() {
    request_animation_frame(|| {
        if page::focused().is_none() {
            page::focus(ADD);
        }
    });
}
