//! Saving what ends or narrows one's own session, because it was opened with the key that is edited: it is said first, as when
//! such a key is disabled or revoked.

use claviger_core::{
    key::{Access, KeyChange},
    time::Timestamp,
    wire::key::Key,
};
use leptos::prelude::*;

use super::saving::Saving;
use crate::components::{
    button::{Button, ButtonKind},
    dialog::Dialog,
};

/// What a change of the key that one is signed in with does to the session, which would last until `ends_at`: a sentence, or
/// nothing. `tell` tells a moment.
pub fn effect(change: &KeyChange, before: &Key, ends_at: Timestamp, tell: fn(Timestamp) -> String) -> Option<String> {
    if change.active == Some(false) {
        return Some("you will be signed out.".to_owned());
    }
    let mut effects = Vec::new();
    if let Some(Some(at)) = change.expires_at
        && before.expires_at.is_none_or(|was| at < was)
    {
        effects.push(if at < ends_at {
            format!("you will be signed out when it expires, {}", tell(at))
        } else {
            format!("it signs you in until {}, and no longer", tell(at))
        });
    }
    if change.access == Some(Access::ReadOnly) {
        effects.push("you will only be able to read".to_owned());
    }
    if change.allowed_ips.as_ref().is_some_and(|ranges| !ranges.is_empty()) {
        effects.push("you will be signed out unless your own address is among those that you allow".to_owned());
    }
    (!effects.is_empty()).then(|| format!("{}.", effects.join("; ")))
}

/// "You will be signed out."
#[component]
pub fn OwnDialog(saving: Saving, says: String) -> impl IntoView {
    let close = Callback::new(move |()| saving.asking.set(None));
    let save = Callback::new(move |()| {
        saving.asking.set(None);
        saving.attempt(true);
    });
    view! {
        <Dialog title="Save these changes?" on_dismiss=close>
            <p class="note warn">"This is the key you are signed in with: " {says}</p>
            <div class="dialog-actions">
                <Button on_press=close autofocus=true>
                    "Cancel"
                </Button>
                <Button kind=ButtonKind::Danger on_press=save>
                    "Yes, save"
                </Button>
            </div>
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use claviger_core::{network::AddressRange, time::DAY};

    use super::{super::change::tests::key, *};

    #[test]
    fn only_what_takes_something_from_the_session_is_said() {
        let key = Key { access: Access::ReadWrite, ..key() };
        let (now, change) = (key.created_at, KeyChange::default());
        let ends_at = now.plus(7 * DAY);
        let expires = |days: i64| KeyChange { expires_at: Some(Some(now.plus(days * DAY))), ..KeyChange::default() };
        let allowed = |ranges| KeyChange { allowed_ips: Some(ranges), ..KeyChange::default() };
        let home = vec![AddressRange::parse("203.0.113.0/24").unwrap()];
        for (change, before, says) in [
            (change.clone(), None, None),
            (KeyChange { active: Some(false), ..expires(1) }, None, Some("you will be signed out.")),
            (KeyChange { active: Some(true), ..change.clone() }, None, None),
            (expires(1), None, Some("you will be signed out when it expires, then.")),
            (expires(30), None, Some("it signs you in until then, and no longer.")),
            (expires(30), Some(20), None),
            (KeyChange { expires_at: Some(None), ..change.clone() }, Some(20), None),
            (
                KeyChange { access: Some(Access::ReadOnly), ..change.clone() },
                None,
                Some("you will only be able to read."),
            ),
            (KeyChange { access: Some(Access::ReadWrite), ..change }, None, None),
            (allowed(Vec::new()), None, None),
            (
                allowed(home),
                None,
                Some("you will be signed out unless your own address is among those that you allow."),
            ),
        ] {
            let before = Key { expires_at: before.map(|days: i64| now.plus(days * DAY)), ..key.clone() };
            assert_eq!(effect(&change, &before, ends_at, |_| "then".to_owned()).as_deref(), says, "{change:?}");
        }
    }
}
