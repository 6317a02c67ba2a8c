//! Keys: the home. The list with its search and filters, and the dialogs that make, show and end keys.

mod bulk;
mod create;
mod export;
mod found;
mod help;
mod hidden;
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
    state::{KeysState, Open},
    toolbar::Toolbar,
};
use crate::{
    components::{
        button::{Button, ButtonKind},
        elsewhere::Elsewhere,
        fixed::{Fix, Fixed, dynamic},
        icon::Icon,
    },
    pages::key_actions::KeyActionDialog,
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
        <BulkBar />
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
        Open::Reveal(minted) => {
            let closed = Callback::new(move |key| state.made(key));
            view! { <RevealDialog minted=*minted on_closed=closed note=None return_to=Some("new-key".to_owned()) /> }
                .fixed()
        }
        Open::Action(action, key) => {
            let on_outcome = state.outcome_of(key.id);
            view! { <KeyActionDialog action=action key=*key on_outcome=on_outcome /> }.fixed()
        }
        Open::Bulk(action, picked) => {
            let on_closed = Callback::new(move |changed| {
                state.close();
                if changed {
                    state.changed_many();
                }
            });
            view! { <BulkDialog action=action picked=picked on_closed=on_closed /> }.fixed()
        }
        Open::Help => view! { <HelpDialog /> }.fixed(),
    })
}
