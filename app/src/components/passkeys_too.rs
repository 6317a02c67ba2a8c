//! Whether passkeys go as well, in the dialogs that end keys or make a way in: which, and what speaks for it.

use claviger_core::{passkey::PasskeyFate, wire::passkey::Passkey};
use leptos::{ev, prelude::*};

use super::fixed::{Fix, Fixed, on, optional};
use crate::{api, chunks::chunk, remote::Remote};

/// What is done, and whose.
#[derive(Clone, Copy)]
pub enum Beside {
    /// A link to come in by: those that are lost.
    Link,
    /// All keys of another person are ended.
    Clear,
    /// This key of another person is.
    Key(i64),
    /// This one of one's own.
    OwnKey(i64),
}

/// What was chosen; nothing while nothing was asked, and then the server goes by its own rule.
pub type Chosen = RwSignal<Option<bool>>;

/// Told to the server.
pub fn fate(chosen: Chosen) -> Option<PasskeyFate> {
    chosen.get_untracked().map(|go| if go { PasskeyFate::Remove } else { PasskeyFate::Keep })
}

chunk! {
    /// The choice, if there are any: nothing without.
    Extra passkeys: pub fn passkeys_too(user: i64, beside: Beside, chosen: Chosen) =>
        view! { <PasskeysToo user=user beside=beside chosen=chosen /> }.fixed()
}

#[component]
fn PasskeysToo(user: i64, beside: Beside, chosen: Chosen) -> impl IntoView {
    let list = Remote::new(move || Box::pin(api::passkeys::of(user)));
    optional(move || {
        let mut passkeys = list.get()?.ok()?;
        passkeys.retain(|passkey| concerns(beside, passkey));
        if passkeys.is_empty() {
            return None;
        }
        // Whoever ends another's key contains something.
        if untrack(|| chosen.get()).is_none() {
            chosen.set(Some(matches!(beside, Beside::Clear | Beside::Key(_))));
        }
        Some(choice(beside, &passkeys, chosen))
    })
}

fn concerns(beside: Beside, passkey: &Passkey) -> bool {
    match beside {
        Beside::Link | Beside::Clear => true,
        Beside::Key(key) | Beside::OwnKey(key) => {
            passkey.origin.as_ref().is_some_and(|origin| origin.key_id == Some(key))
        }
    }
}

fn choice(beside: Beside, passkeys: &[Passkey], chosen: Chosen) -> Fixed {
    let change = move |event: ev::Event| chosen.set(Some(event_target_checked(&event)));
    view! {
        <div class="passkeys-too">
            <label class="tick">
                <input
                    type="checkbox"
                    aria-describedby="passkeys-too"
                    prop:checked=Signal::derive(move || chosen.get() == Some(true))
                    on:change=on(change)
                />
                <span>{label(beside, passkeys)}</span>
            </label>
            <p id="passkeys-too" class="quiet">
                {why(beside)}
            </p>
        </div>
    }
    .fixed()
}

fn label(beside: Beside, passkeys: &[Passkey]) -> String {
    let names = passkeys.iter().map(|passkey| format!("“{}”", passkey.name)).collect::<Vec<_>>().join(", ");
    let passkeys = match passkeys.len() {
        1 => format!("passkey {names}"),
        count => format!("{count} passkeys {names}"),
    };
    match beside {
        Beside::Link => format!("Remove their {passkeys} when the link is used"),
        Beside::Clear => format!("Remove their {passkeys} as well"),
        Beside::Key(_) => format!("Remove the {passkeys} that came about with this key as well"),
        Beside::OwnKey(_) => format!("Remove my {passkeys} that came about with this key as well"),
    }
}

const fn why(beside: Beside) -> &'static str {
    match beside {
        Beside::Link => {
            "For somebody who has lost them too: with a passkey registered they are asked for it at everything that matters."
        }
        Beside::Clear => {
            "Whoever had one of their keys could have registered a passkey, and would still sign in with it. Keep them if no key got into other hands."
        }
        Beside::Key(_) => {
            "Whoever had this key could have registered them, and would still sign in with them. Keep them if it did not get into other hands."
        }
        Beside::OwnKey(_) => {
            "If somebody else had this key, they could have registered one, and would still sign in with it."
        }
    }
}
