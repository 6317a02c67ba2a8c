//! Keys: the home. The list with its search and filters, and the dialogs that make, show and end keys.

pub mod create;
mod found;
mod help;
mod hidden;
mod limits;
mod list;
mod offer;
mod pager;
pub mod query;
pub mod reveal;
mod row;
mod search;
mod shortcuts;
mod state;
mod table;
mod toolbar;

use leptos::prelude::*;

pub use self::query::is_safe;
use self::{
    create::{CreateDialog, Purpose},
    help::HelpDialog,
    limits::{KeyCount, Limits},
    list::List,
    offer::OfferVerifier,
    reveal::RevealDialog,
    state::{KeysState, Open},
    toolbar::Toolbar,
};
use crate::{
    api::Minted,
    chunks::chunk,
    components::{
        button::{Button, ButtonKind},
        elsewhere::Elsewhere,
        fixed::{Fix, Fixed, dynamic},
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
    Part minting: fn reveal_dialog(minted: Minted) => view! { <RevealDialog minted=minted /> }.fixed()
}

/// At most one dialog is open.
#[component]
fn Dialogs() -> impl IntoView {
    let state = expect_context::<KeysState>();
    dynamic(move || match state.open() {
        Open::Nothing => Fixed::nothing(),
        Open::Create(purpose) => create_dialog(purpose),
        Open::Reveal(minted) => reveal_dialog(*minted),
        Open::Action(action, key) => {
            let id = key.id;
            let on_outcome = Callback::new(move |outcome| state.came_of_action(id, &outcome));
            key_action_dialog(action, *key, on_outcome)
        }
        Open::Help => view! { <HelpDialog /> }.fixed(),
    })
}
