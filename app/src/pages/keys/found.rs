//! A secret that was pasted into the search: recognized before it touches the address, hashed here, looked up by its hash.

use claviger_core::{
    secret::{IMPORTED_LENGTH, MARKER, NotASecret, Secret, SecretHash, find_secret},
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
    /// The same of a text that is no secret of ours: perhaps of one that was imported, perhaps only a part of one.
    NoImported,
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
    /// It holds a secret with this hash.
    Secret(SecretHash),
    /// It may be a secret that another system has made, and that was imported.
    Foreign(SecretHash),
    /// It was meant as a secret.
    Mistyped,
}

/// Looks for a secret anywhere in the text: a whole line of a configuration file may have been pasted.
pub fn recognize(text: &str) -> Pasted {
    match find_secret(text).map(Secret::parse) {
        Some(Ok(secret)) => Pasted::Secret(secret.hash()),
        _ if is_foreign(text.trim()) => Pasted::Foreign(SecretHash::of(text.trim())),
        _ if Secret::parse(text.trim()).err() == Some(NotASecret::WrongChecksum) => Pasted::Mistyped,
        _ => Pasted::Text,
    }
}

/// Whether a text looks like what a machine has made: one word that is long enough, and a stretch of it that nobody would call
/// a key. Names that people give have their words apart.
fn is_foreign(text: &str) -> bool {
    let one_word = !text.contains(MARKER) && text.chars().all(|character| character.is_ascii_graphic());
    one_word
        && IMPORTED_LENGTH.contains(&text.len())
        && text.split(|character: char| !character.is_ascii_alphanumeric()).any(is_random)
}

/// Long, or neither a word nor a number. A UUID's last stretch has twelve.
fn is_random(stretch: &str) -> bool {
    let mixed = || {
        stretch.contains(|character: char| character.is_ascii_digit())
            && stretch.contains(|character: char| character.is_ascii_alphabetic())
    };
    stretch.len() >= 20 || (stretch.len() >= 12 && mixed())
}

/// Asks whose secret this is. Only its hash leaves the browser.
fn look_up(state: KeysState, (hash, foreign): (SecretHash, bool)) {
    state.found.set(Found::Looking);
    spawn(async move {
        let found = match api::keys::lookup(state.viewed.elsewhere_untracked(), hash).await {
            Ok(key) => Found::Key(Box::new(key)),
            Err(error) if error.status == 404 && foreign => Found::NoImported,
            Err(error) if error.status == 404 => Found::NoKey,
            Err(error) => {
                state.session.interrupted(&error, Callback::new(move |()| look_up(state, (hash, foreign))));
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
        if let Some(pasted) = state.pasted.try_update_value(Option::take).flatten() {
            look_up(state, pasted);
        }
    });
    let says = move || {
        Some(match state.found.get() {
            Found::Nothing => return None,
            Found::Looking => "Looking for the key that has this secret…".to_owned(),
            Found::Key(_) => "Found by its secret".to_owned(),
            Found::NoKey => "No key of yours has this secret".to_owned(),
            Found::NoImported => {
                "No key of yours has this secret. Was it only a part of one? Paste the whole key, or its hint"
                    .to_owned()
            }
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
        assert!(matches!(recognize(&line), Pasted::Secret(found) if found == secret.hash()));
        let mistyped = secret.expose().replace('9', "8");
        assert!(matches!(recognize(&mistyped), Pasted::Mistyped));
        assert!(matches!(recognize("Billing"), Pasted::Text));
    }

    #[test]
    fn what_another_system_has_made_is_recognized_and_what_people_write_is_searched_for() {
        for (text, foreign) in [
            ("sk_live_4eC39HqLyjWDarjtT1zdp7dc", true),
            (" 3q2+7wAAEXJh/mRvbSB0ZXh0IGZvciBh== ", true),
            ("9b2e6c1a-58f4-4f0c-9a77-0d1c2b3a4f5e", true),
            ("0123456789abcdefghij", true),
            ("Billing-Export-2024-v2", false),
            ("production_environment_export_of_invoices", false),
            ("Nightly export 2027", false),
            ("rms_live", false),
            ("invoices2027", false),
        ] {
            assert_eq!(matches!(recognize(text), Pasted::Foreign(_)), foreign, "{text}");
        }
        // A part of one of ours cannot have been imported.
        assert!(matches!(recognize("clv_0123456789abcdefghij"), Pasted::Text));
    }
}
