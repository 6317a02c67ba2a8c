//! Quiet lines beside the list: above it what this session may not do, below it the verifier key that is still missing.

use claviger_core::{key::Access, organization::Plan};
use leptos::prelude::*;

use super::{
    create::Purpose,
    state::{KeysState, Open},
};
use crate::{
    components::{
        button::{Button, ButtonKind},
        fixed::{Fix, optional},
        notice::Notice,
    },
    session::use_session,
};

/// At most one line, the weightiest.
#[component]
pub fn Limits() -> impl IntoView {
    let session = use_session();
    optional(move || {
        let current = session.current()?;
        Some(if current.organization.plan == Plan::Trial {
            view! {
                <Notice>
                    <span>
                        "Your organization is on trial: its keys do not work until whoever runs this Claviger upgrades it."
                    </span>
                </Notice>
            }
            .fixed()
        } else if current.access == Access::ReadOnly {
            view! {
                <Notice>
                    <span>"You signed in with a read-only key: you can look, and change nothing."</span>
                </Notice>
            }
            .fixed()
        } else {
            return None;
        })
    })
}

/// Below the list, so that its late coming moves nothing.
#[component]
pub fn OfferVerifier() -> impl IntoView {
    let session = use_session();
    let state = expect_context::<KeysState>();
    optional(move || {
        let wanted = session.may_write() && state.verifiers.get().flatten() == Some(0);
        wanted.then(|| {
            view! {
                <Notice>
                    <span>"To check the keys that your callers present, your service needs a key that verifies others."</span>
                    <Button
                        kind=ButtonKind::Text
                        on_press=Callback::new(move |()| state.show(Open::Create(Purpose::Verifier)))
                    >
                        "Make a verifier key"
                    </Button>
                </Notice>
            }
            .fixed()
        })
    })
}
