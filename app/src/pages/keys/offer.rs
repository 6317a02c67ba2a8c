//! A quiet line below the list: the verifier key that is still missing.

use leptos::prelude::*;

use super::{
    create::Purpose,
    state::{KeysState, Open},
};
use crate::{
    chunks::chunk,
    components::{
        button::{Button, ButtonKind},
        fixed::{Fix, optional},
        notice::Notice,
    },
};

/// Below the list, so that its late coming moves nothing.
#[component]
pub fn OfferVerifier() -> impl IntoView {
    let state = expect_context::<KeysState>();
    optional(move || {
        let wanted = state.viewed.may_make_keys() && state.verifiers.get().flatten() == Some(0);
        wanted.then(|| offer(state))
    })
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
