//! Below the list, so that their late coming moves nothing: the first steps of a new organization, and later the verifier key
//! that is still missing.

use leptos::prelude::*;

use super::{
    create::Purpose,
    state::{KeysState, Open},
    steps::Steps,
};
use crate::{
    browser::storage,
    chunks::chunk,
    components::{
        button::{Button, ButtonKind},
        fixed::{Fix, optional},
        notice::Notice,
    },
};

/// Whoever has more keys than these has begun long ago.
const FEW: u32 = 10;

/// The steps, or the one thing that is missing.
#[component]
pub fn OfferVerifier() -> impl IntoView {
    let state = expect_context::<KeysState>();
    // Not tracked: another organization's page is another page.
    let own = state.viewed.elsewhere_untracked().is_none();
    let over = RwSignal::new(storage::local_get(&over_key(state)).is_some());
    let beginning = Memo::new(move |_| {
        let few = || state.viewed.usage().is_some_and(|usage| usage.live_keys <= FEW);
        own && !over.get() && state.session.is_owner() && state.viewed.may_make_keys() && few()
    });
    let wanted = Memo::new(move |_| state.viewed.may_make_keys() && state.verifiers.get().flatten() == Some(0));
    optional(move || {
        if beginning.get() {
            return Some(first_steps(state, over));
        }
        wanted.get().then(|| offer(state))
    })
}

/// Under which this browser remembers that the steps of an organization are done, or not wanted.
pub fn over_key(state: KeysState) -> String {
    format!("claviger.begun.{}", state.viewed.id_untracked())
}

chunk! {
    /// What a new organization does first.
    Extra offer: fn first_steps(state: KeysState, over: RwSignal<bool>) => view! { <Steps state=state over=over /> }.fixed()
}
chunk! {
    /// What is offered.
    Part offer: fn offer(state: KeysState) => view! {
        <Notice>
            <span>"To check the keys that your callers present, your service needs a key that verifies others."</span>
            <Button
                kind=ButtonKind::Text
                on_press=Callback::new(move |()| state.show(Open::Create(Purpose::Verifier)))
            >
                "Make a verifier key"
            </Button>
        </Notice>
    }.fixed()
}
