//! The link with which somebody who is there already comes in again.

use leptos::prelude::*;

use super::{
    actions::LINK,
    state::{Ask, OnePerson},
};
use crate::{
    api,
    components::{
        button::ButtonKind,
        confirm::{Confirm, Doing},
        fixed::{Fix, spawn, watch},
        link_dialog::{self, LinkWords},
        passkeys_too::{Beside, Chosen, passkeys_too},
    },
};

/// Asks whether one is to be made: it lets in whoever opens it, and voids the one before.
#[component]
pub fn LinkDialog() -> impl IntoView {
    let state = expect_context::<OnePerson>();
    let doing = Doing::new();
    let attempt = StoredValue::new(api::keys::attempt());
    let name = state.name();
    let passkeys: Chosen = RwSignal::new(None);
    let make = Callback::new(move |()| {
        if !doing.begins() {
            return;
        }
        let remove = passkeys.get_untracked() == Some(true);
        spawn(async move {
            let outcome = api::people::sign_in_link(state.id, remove, &attempt.get_value()).await;
            if !doing.ended() {
                return;
            }
            match outcome {
                Ok(made) => state.open.set(Some(Ask::LinkShown(made.link))),
                Err(mut error) => {
                    if error.code == "already_created" {
                        error.message = "The link was made, but it got lost on the way, and cannot be shown again. Pressing the button again makes another, and voids that one.".to_owned();
                        attempt.set_value(api::keys::attempt());
                    }
                    state.failed(error, Some(doing));
                }
            }
        });
    });
    // Another choice is another request.
    watch(move || {
        passkeys.track();
        attempt.set_value(api::keys::attempt());
    });
    view! {
        <Confirm
            title=format!("Make a sign-in link for {name}?")
            yes="Make the link"
            kind=ButtonKind::Primary
            doing=doing
            on_yes=make
            on_cancel=Callback::new(move |()| state.close())
            return_to=LINK
        >
            <p class="dialog-lead">
                "For somebody who has no key to sign in with: whoever opens it gets a new key of " <strong>{name.clone()}</strong>
                ", and signs in as them. Their other keys stay as they are."
            </p>
            {passkeys_too(state.id, Beside::Link, passkeys)}
            <p class="quiet">"Single use, 72 hours. One that was made before is void. It is in the audit log that you have made it."</p>
        </Confirm>
    }
}

/// The one showing of it.
#[component]
pub fn LinkShown(link: String) -> impl IntoView {
    let state = expect_context::<OnePerson>();
    let lead = view! {
        <p class="quiet">
            "Whoever opens it first signs in as " <strong>{state.name()}</strong> ". Single use, 72 hours. No mail is sent: send it yourself."
        </p>
    };
    let words = LinkWords {
        title: "Copy this link and send it to the person",
        lead: lead.fixed(),
        labels: ("Sign-in link", "Sign-in link, masked"),
        lost: "You have not copied it. You can make another.",
    };
    view! { <link_dialog::LinkDialog words=words link=link on_closed=Callback::new(move |()| state.close()) return_to=LINK /> }
}
