//! A secret that was pasted into the search: recognized before it touches the address, hashed here, looked up by its hash.

use claviger_core::{
    secret::{NotASecret, Secret, SecretHash, find_secret},
    wire::key::Key,
};
use leptos::prelude::*;

use super::state::KeysState;
use crate::{
    api::{self, ApiError},
    chunks::chunk,
    components::{
        button::{Button, ButtonKind},
        fixed::{Fix, optional, spawn, watch},
        notice::Notice,
    },
};

/// What a pasted secret led to.
#[derive(Clone)]
pub enum Found {
    /// Nothing was pasted.
    Nothing,
    /// It is being looked up, or is about to be ([`KeysState::pasted`]).
    Looking,
    /// The key that has it.
    Key(Box<Key>),
    /// No key of this person has it.
    NoKey,
    /// It has a typing error.
    Mistyped,
    /// It is a part of a secret, longer than a hint.
    Partial,
    /// The server did not say.
    Failed(ApiError),
}

/// What to do with a text that was put into the search field.
pub enum Pasted {
    /// Search for it.
    Text,
    /// It holds this secret.
    Secret(Secret),
    /// It was meant as a secret.
    Mistyped,
}

/// Looks for a secret anywhere in the text: a whole line of a configuration file may have been pasted.
pub fn recognize(text: &str) -> Pasted {
    match find_secret(text).map(Secret::parse) {
        Some(Ok(secret)) => Pasted::Secret(secret),
        _ if Secret::parse(text.trim()).err() == Some(NotASecret::WrongChecksum) => Pasted::Mistyped,
        _ => Pasted::Text,
    }
}

/// Asks whose secret this is. Only its hash leaves the browser.
fn look_up(state: KeysState, hash: SecretHash) {
    state.found.set(Found::Looking);
    spawn(async move {
        let found = match api::keys::lookup(state.viewed.elsewhere_untracked(), hash).await {
            Ok(key) => Found::Key(Box::new(key)),
            Err(error) if error.status == 404 => Found::NoKey,
            Err(error) => {
                state.session.interrupted(&error, Callback::new(move |()| look_up(state, hash)));
                Found::Failed(error)
            }
        };
        state.found.try_set(found);
    });
}

chunk! {
    /// Looks a pasted secret up, and says what was found.
    Part finding: fn found_note() => view! { <FoundNote /> }.fixed()
}

/// Says what was found, above the list.
#[component]
pub fn Finding() -> impl IntoView {
    let state = expect_context::<KeysState>();
    let any = Memo::new(move |_| state.found.with(|found| !matches!(found, Found::Nothing)));
    view! { <div role="status">{optional(move || any.get().then(found_note))}</div> }
}

#[component]
fn FoundNote() -> impl IntoView {
    let state = expect_context::<KeysState>();
    watch(move || {
        state.found.track();
        if let Some(secret) = state.pasted.try_update_value(Option::take).flatten() {
            look_up(state, secret.hash());
        }
    });
    let says = move || {
        Some(match state.found.get() {
            Found::Nothing => return None,
            Found::Looking => "Looking for the key that has this secret…".to_owned(),
            Found::Key(_) => "Found by its secret".to_owned(),
            Found::NoKey => "No key of yours has this secret".to_owned(),
            Found::Mistyped => "This looks like a key with a typing error: its checksum does not fit".to_owned(),
            Found::Partial => {
                "This looks like part of a key, so it is not searched for. Paste the whole key, or its hint".to_owned()
            }
            Found::Failed(error) => error.message.trim_end_matches('.').to_owned(),
        })
    };
    optional(move || {
        says().map(|text| {
            view! {
                <Notice>
                    <span>{text} "."</span>
                    <Button kind=ButtonKind::Text on_press=Callback::new(move |()| state.found.set(Found::Nothing))>
                        "Show all keys"
                    </Button>
                </Notice>
            }
            .fixed()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_recognized_inside_a_line_and_a_mistyped_one_by_its_form() {
        let secret = Secret::mint(None, |bytes| {
            bytes.fill(9);
            Ok::<_, ()>(())
        })
        .unwrap();
        let line = format!(" CLAVIGER_KEY=\"{}\"\n", secret.expose());
        assert!(matches!(recognize(&line), Pasted::Secret(found) if found == secret));
        let mistyped = secret.expose().replace('9', "8");
        assert!(matches!(recognize(&mistyped), Pasted::Mistyped));
        assert!(matches!(recognize("Billing"), Pasted::Text));
    }
}
