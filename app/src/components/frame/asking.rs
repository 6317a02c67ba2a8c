//! What is asked for over a page in the middle of work: a key when the session has ended, a passkey before what matters. The page
//! stays as it is.

use leptos::prelude::*;

use super::{interrupted::Interrupted, step_up::StepUp};
use crate::{
    api::step_up,
    chunks::chunk,
    components::fixed::{Fix, Fixed, dynamic},
    session::use_session,
};

/// What is asked for.
#[derive(Clone, Copy)]
enum Asked {
    Key,
    Passkey,
}

/// The dialog, while something waits for it.
#[component]
pub fn Asking() -> impl IntoView {
    let session = use_session();
    let ended = Memo::new(move |_| session.waiting().is_some());
    let asks = step_up::here();
    dynamic(move || match (ended.get(), asks.get()) {
        (true, _) => question(Asked::Key),
        (_, true) => question(Asked::Passkey),
        _ => Fixed::nothing(),
    })
}

chunk! {
    /// The question.
    Part passkeys: fn question(asked: Asked) => match asked {
        Asked::Key => view! { <Interrupted /> }.fixed(),
        Asked::Passkey => view! { <StepUp /> }.fixed(),
    }
}
