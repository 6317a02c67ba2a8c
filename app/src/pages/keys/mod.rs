//! Keys: the home. The list with its search and filters, and the dialogs that make, show and end keys.

mod bulk;
pub mod create;
mod export;
mod found;
mod given_up;
mod help;
mod hidden;
mod hygiene;
mod limits;
mod list;
mod offer;
mod outcomes;
mod pager;
pub mod query;
pub mod reveal;
mod row;
mod search;
mod selection;
mod shortcuts;
mod state;
mod table;
mod toolbar;
mod usage;

use claviger_core::wire::{bulk::BulkAction, key::Key};
use leptos::prelude::*;

pub use self::query::is_safe;
use self::{
    bulk::{BulkBar, BulkDialog},
    create::{CreateDialog, Purpose},
    help::HelpDialog,
    limits::{KeyCount, Limits},
    list::List,
    offer::OfferVerifier,
    reveal::RevealDialog,
    selection::Picked,
    state::{KeysState, Open},
    toolbar::Toolbar,
};
use crate::{
    api::Minted,
    chunks::chunk,
    components::{
        button::{Button, ButtonKind},
        elsewhere::Elsewhere,
        fixed::{Fix, Fixed, dynamic, optional},
        icon::Icon,
    },
    pages::key_actions::key_action_dialog,
    session::use_session,
};

/// The list of keys.
#[component]
pub fn KeysPage() -> impl IntoView {
    let session = use_session();
    let state = KeysState::new(session);
    provide_context(state);
    shortcuts::listen(state);

    let may_make = Signal::derive(move || state.viewed.may_make_keys());
    let new_key = Callback::new(move |()| state.show(Open::Create(Purpose::Integration)));
    view! {
        <Elsewhere />
        <div class="page-head">
            <h1>"Keys"</h1>
            <KeyCount />
            <div class="usage-line">{usage::usage_line(state)}</div>
            <Button
                kind=ButtonKind::Primary
                id="new-key"
                disabled=Signal::derive(move || !may_make.get())
                on_press=new_key
            >
                {Icon::Plus.view()}
                "New key"
            </Button>
        </div>
        <Limits />
        <Toolbar />
        <div class="hygiene-place">{hygiene::hygiene_card(state)}</div>
        <Ticked />
        <List />
        <OfferVerifier />
        <Dialogs />
    }
    .fixed()
}

chunk! {
    /// New key.
    Part minting: fn create_dialog(purpose: Purpose) => view! { <CreateDialog purpose=purpose /> }.fixed()
}
chunk! {
    /// Shows what was minted, once: in the chunk that minted it (see `chunks`).
    Part minting: fn reveal_dialog(minted: Minted, on_closed: Callback<Key>) => view! {
        <RevealDialog minted=minted on_closed=on_closed note=None return_to=Some("new-key".to_owned()) />
    }.fixed()
}

chunk! {
    /// What can be done to many keys.
    Part bulk: fn bulk_bar() => view! { <BulkBar /> }.fixed()
}
chunk! {
    /// Asks before something is done to many keys.
    Part bulk: fn bulk_dialog(action: BulkAction, picked: Vec<Picked>, on_closed: Callback<bool>) =>
        view! { <BulkDialog action=action picked=picked on_closed=on_closed /> }.fixed()
}

chunk! {
    /// The keyboard's shortcuts.
    Part help: fn help_dialog() => view! { <HelpDialog /> }.fixed()
}

/// The bar that is there while keys are ticked.
#[component]
fn Ticked() -> impl IntoView {
    let selection = expect_context::<KeysState>().selection;
    // A memo: the bar is not drawn anew beneath the focus when one more is ticked.
    let any = Memo::new(move |_| selection.count() > 0);
    optional(move || any.get().then(bulk_bar))
}

/// At most one dialog is open.
#[component]
fn Dialogs() -> impl IntoView {
    let state = expect_context::<KeysState>();
    dynamic(move || match state.open() {
        Open::Nothing => Fixed::nothing(),
        Open::Create(purpose) => create_dialog(purpose),
        Open::Reveal(minted) => reveal_dialog(*minted, Callback::new(move |key| state.made(key))),
        Open::Action(action, key) => {
            let on_outcome = state.outcome_of(key.id);
            key_action_dialog(action, *key, on_outcome)
        }
        Open::Bulk(action, picked) => {
            let on_closed = Callback::new(move |changed| {
                state.close();
                if changed {
                    state.changed_many();
                }
            });
            bulk_dialog(action, picked, on_closed)
        }
        Open::Help => help_dialog(),
    })
}
