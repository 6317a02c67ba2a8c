//! Asks before something is done to many keys, and shows what came of it.

use claviger_core::wire::bulk::BulkAction;
use leptos::prelude::*;

use super::{asking::Asking, forms::Form, secrets::SecretsDialog, words};
use crate::{
    components::{
        dialog::Dialog,
        fixed::{Fix, dynamic},
        leaving::unload_guard,
    },
    pages::keys::selection::Picked,
};

/// `on_closed` is told whether the list may be another by now. The secrets of a rotation are shown here too, so that there
/// is nothing left to load when they are there.
#[component]
pub fn BulkDialog(action: BulkAction, picked: Vec<Picked>, on_closed: Callback<bool>) -> impl IntoView {
    let asking = Asking::new(action, picked, on_closed);
    unload_guard(asking.busy.into());
    let close = Callback::new(move |()| asking.close());
    let revealed = Memo::new(move |_| asking.minted.with(Option::is_some));
    dynamic(move || {
        if revealed.get() {
            let minted = asking.minted.get_untracked().unwrap_or_default();
            return view! { <SecretsDialog minted=minted on_closed=close /> }.fixed();
        }
        let count = asking.keys.with_untracked(Vec::len);
        view! {
            <Dialog title=format!("{} {}?", words::verb(action), words::keys(count)) on_dismiss=close return_to="select-all">
                <Form asking=asking />
            </Dialog>
        }
        .fixed()
    })
}
