//! What is asked before there is a new secret.

use leptos::prelude::*;

use super::asking::Asking;
use crate::{
    browser::intl,
    components::{
        button::{Button, ButtonKind},
        error::ErrorNote,
        fixed::{Fix, dynamic},
        key_facts::KeyFacts,
        select::{Options, Select},
    },
    format,
    pages::key_actions::{Grace, is_own},
    session::use_session,
};

/// A pending key gets its first secret.
#[component]
pub fn MintForm(asking: Asking, on_cancel: Callback<()>) -> impl IntoView {
    let key = asking.key.get_untracked();
    view! {
        <p class="dialog-lead">
            "This makes the key’s secret and shows it once, in the next step. Have a safe place ready: we cannot show it again."
        </p>
        {(!key.active).then(|| view! { <p class="quiet">"The key is not activated: it does not work until it is enabled."</p> })}
        <KeyFacts key=key />
        <ErrorNote error=asking.failure />
        <div class="dialog-actions">
            <Button on_press=on_cancel disabled=asking.busy>
                "Cancel"
            </Button>
            <Button kind=ButtonKind::Primary on_press=Callback::new(move |()| asking.send()) busy=asking.busy autofocus=true>
                "Reveal its secret"
            </Button>
        </div>
    }
}

/// A key gets another secret.
#[component]
pub fn RotateForm(asking: Asking, on_cancel: Callback<()>) -> impl IntoView {
    let key = asking.key.get_untracked();
    let own = is_own(use_session(), &key);
    let expires_at = key.expires_at;
    let earlier = format::old_secret(&key, intl::now());
    let says = Signal::derive(move || asking.grace.get().says(expires_at));
    let grace = dynamic(move || {
        // What may have been asked for already is asked for again as it was.
        if asking.uncertain.get() {
            return view! { <p class="field-note">{says}</p> }.fixed();
        }
        let options = Options::new(&Grace::CHOICES, move || asking.grace.get(), move |grace| asking.grace.set(grace));
        view! { <Select id="grace" label="The old key works on for" options=options note=says /> }.fixed()
    });
    view! {
        <p class="dialog-lead">
            "The key gets a new secret, shown once in the next step. Everything else about it stays: give the new secret to every integration that uses the key before the old one stops working."
        </p>
        {own
            .then(|| {
                view! {
                    <p class="note warn">
                        "This is the key you are signed in with: when its old secret stops working you are signed out, and sign in with the new one."
                    </p>
                }
            })}
        {earlier
            .map(|old| {
                let until = intl::clock(old.ends_at);
                view! {
                    <p class="note warn">
                        {format!(
                            "An earlier rotation still runs: the secret before this one works until {until}. Rotating again ends that one at once.",
                        )}
                    </p>
                }
            })}
        <KeyFacts key=key />
        {grace}
        <ErrorNote error=asking.failure />
        <div class="dialog-actions">
            <Button on_press=on_cancel disabled=asking.busy>
                "Cancel"
            </Button>
            <Button kind=ButtonKind::Primary on_press=Callback::new(move |()| asking.send()) busy=asking.busy>
                "Rotate"
            </Button>
        </div>
    }
}
