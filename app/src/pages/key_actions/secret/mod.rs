//! A new secret for a key: its first one, or another. Asked for once, shown once.

mod asking;
mod forms;
mod lost;

use claviger_core::{status::KeyStatus, wire::key::Key};
use leptos::prelude::*;

use self::{
    asking::Asking,
    forms::{MintForm, RotateForm},
    lost::Lost,
};
use super::{Asked, Outcome};
use crate::{
    browser::intl,
    components::{
        dialog::Dialog,
        fixed::{Fix, dynamic},
        leaving::unload_guard,
    },
    format,
    pages::keys::reveal::RevealDialog,
};

/// Asks, and shows the secret: the one component does both, so that there is nothing left to load when it is there.
#[component]
pub fn SecretDialog(asked: Asked) -> impl IntoView {
    let Asked { on_outcome, return_to, .. } = asked.clone();
    let asking = Asking::new(asked);
    // While the answer is on its way the dialog stays: it carries the secret.
    unload_guard(asking.busy.into());
    let close = Callback::new(move |()| {
        if !asking.busy.get_untracked() {
            on_outcome.run(asking.left());
        }
    });
    let closed = Callback::new(move |key: Key| on_outcome.run(Outcome::Changed(Box::new(key))));
    // Memos: the form is not drawn again because its key was asked for again.
    let stage = Memo::new(move |_| match (asking.minted.with(Option::is_some), asking.lost.get()) {
        (true, _) => Stage::Reveal,
        (_, true) => Stage::Lost,
        _ if asking.key.with(|key| key.status == KeyStatus::Pending) => Stage::Mint,
        _ => Stage::Rotate,
    });
    dynamic(move || {
        let return_to = return_to.clone();
        let name = asking.key.with_untracked(|key| key.name.clone());
        let title = match stage.get() {
            Stage::Mint => format!("Reveal the secret of “{name}”?"),
            Stage::Rotate => format!("Rotate “{name}”?"),
            Stage::Lost => "The new secret got lost".to_owned(),
            Stage::Reveal => {
                let Some(minted) = asking.minted.get_untracked() else { return ().fixed() };
                let note = format::old_secret(&minted.key, intl::now())
                    .map(|old| format!("The old key works until {}.", intl::with_zone(old.ends_at)))
                    .or_else(|| {
                        (minted.key.secrets.len() > 1).then(|| "The old key does not work any more.".to_owned())
                    });
                return view! { <RevealDialog minted=minted on_closed=closed note=note return_to=Some(return_to) /> }
                    .fixed();
            }
        };
        view! {
            <Dialog title=title on_dismiss=close return_to=return_to>
                {match stage.get_untracked() {
                    Stage::Mint => view! { <MintForm asking=asking on_cancel=close /> }.fixed(),
                    Stage::Lost => view! { <Lost asking=asking on_close=close /> }.fixed(),
                    _ => view! { <RotateForm asking=asking on_cancel=close /> }.fixed(),
                }}
            </Dialog>
        }
        .fixed()
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Mint,
    Rotate,
    Lost,
    Reveal,
}
