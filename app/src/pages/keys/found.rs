//! A secret that was pasted into the search: recognized before it touches the address, hashed here, looked up by its hash.

use claviger_core::{
    secret::{NotASecret, Secret, SecretHash, find_secret},
    wire::key::Key,
};
use leptos::prelude::*;

use super::state::KeysState;
use crate::{
    api::{self, ApiError},
    components::{
        button::{Button, ButtonKind},
        fixed::{Fix, optional, spawn},
        notice::Notice,
    },
};

/// What a pasted secret led to.
#[derive(Clone)]
pub enum Found {
    /// Nothing was pasted.
    Nothing,
    /// It is being looked up.
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
    Secret(SecretHash),
    /// It was meant as a secret.
    Mistyped,
}

/// Looks for a secret anywhere in the text: a whole line of a configuration file may have been pasted.
pub fn recognize(text: &str) -> Pasted {
    match find_secret(text) {
        Some(secret) => Pasted::Secret(SecretHash::of(secret)),
        None if Secret::parse(text.trim()).err() == Some(NotASecret::WrongChecksum) => Pasted::Mistyped,
        None => Pasted::Text,
    }
}

/// Asks whose secret this is. Only its hash leaves the browser.
pub fn look_up(state: KeysState, hash: SecretHash) {
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

/// Says what was found, above the list.
#[component]
pub fn FoundNote() -> impl IntoView {
    let state = expect_context::<KeysState>();
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
    let note = optional(move || {
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
    });
    view! { <div role="status">{note}</div> }
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
        assert!(matches!(recognize(&line), Pasted::Secret(hash) if hash == secret.hash()));
        let mistyped = secret.expose().replace('9', "8");
        assert!(matches!(recognize(&mistyped), Pasted::Mistyped));
        assert!(matches!(recognize("Billing"), Pasted::Text));
    }
}
