//! Keys: the home. The list with its search and filters, and the dialogs that make, show and end keys.

mod create;
mod delete;
mod found;
mod help;
mod hidden;
mod list;
mod offer;
mod pager;
pub mod query;
pub mod reveal;
mod revoke;
mod row;
mod search;
mod shortcuts;
mod state;
mod table;
mod toolbar;

use leptos::prelude::*;

use self::{
    create::{CreateDialog, Purpose},
    delete::DeleteDialog,
    help::HelpDialog,
    list::List,
    offer::{Limits, OfferVerifier},
    reveal::RevealDialog,
    revoke::RevokeDialog,
    state::{KeysState, Open},
    toolbar::Toolbar,
};
use crate::{
    browser::page,
    components::{
        button::{Button, ButtonKind},
        fixed::{Fix, Fixed, dynamic},
        icon::Icon,
    },
    routes::Page,
    session::use_session,
};

/// The list of keys.
#[component]
pub fn KeysPage() -> impl IntoView {
    page::title(Page::Keys);
    let session = use_session();
    let state = KeysState::new(session);
    provide_context(state);
    shortcuts::listen(state);

    let may_write = Signal::derive(move || session.may_write());
    let new_key = Callback::new(move |()| state.show(Open::Create(Purpose::Integration)));
    view! {
        <div class="page-head">
            <h1>"Keys"</h1>
            <Button
                kind=ButtonKind::Primary
                id="new-key"
                disabled=Signal::derive(move || !may_write.get())
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

/// At most one dialog is open.
#[component]
fn Dialogs() -> impl IntoView {
    let state = expect_context::<KeysState>();
    dynamic(move || match state.open() {
        Open::Nothing => Fixed::nothing(),
        Open::Create(purpose) => view! { <CreateDialog purpose=purpose /> }.fixed(),
        Open::Reveal(minted) => view! { <RevealDialog minted=*minted /> }.fixed(),
        Open::Revoke(key) => view! { <RevokeDialog key=*key /> }.fixed(),
        Open::Delete(key) => view! { <DeleteDialog key=*key /> }.fixed(),
        Open::Help => view! { <HelpDialog /> }.fixed(),
    })
}
