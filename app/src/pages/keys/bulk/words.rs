//! What is said about doing something to many keys.

use claviger_core::wire::bulk::BulkAction;

use crate::{api::ApiError, pages::keys::selection::Picked, usage};

/// The actions in the order of the bar.
pub const ORDER: [BulkAction; 5] =
    [BulkAction::Disable, BulkAction::Enable, BulkAction::Rotate, BulkAction::Revoke, BulkAction::Delete];

/// `Disable`.
pub const fn verb(action: BulkAction) -> &'static str {
    match action {
        BulkAction::Disable => "Disable",
        BulkAction::Enable => "Enable",
        BulkAction::Rotate => "Rotate",
        BulkAction::Revoke => "Revoke",
        BulkAction::Delete => "Delete",
    }
}

/// `disabled`.
pub const fn past(action: BulkAction) -> &'static str {
    match action {
        BulkAction::Disable => "disabled",
        BulkAction::Enable => "enabled",
        BulkAction::Rotate => "rotated",
        BulkAction::Revoke => "revoked",
        BulkAction::Delete => "deleted",
    }
}

/// `1 key`, `12 keys`.
pub fn keys(count: usize) -> String {
    usage::of(u64::try_from(count).unwrap_or(u64::MAX), "key")
}

/// `3 selected, 2 of them on other pages`.
pub fn selected(count: usize, elsewhere: usize) -> String {
    match elsewhere {
        0 => format!("{count} selected"),
        all if all == count => format!("{count} selected, on other pages"),
        some => format!("{count} selected, {some} of them on other pages"),
    }
}

/// What follows from it.
pub const fn consequence(action: BulkAction, one: bool) -> &'static str {
    match action {
        BulkAction::Disable if one => "Every integration that uses this key is refused until it is enabled again.",
        BulkAction::Enable if one => "It works again, unless it has expired.",
        BulkAction::Rotate if one => "It gets a new secret, shown once, in the next step: have a safe place ready.",
        BulkAction::Revoke if one => {
            "Every integration that uses this key stops working. This cannot be undone. Passkeys that another person has registered with it go too."
        }
        BulkAction::Delete if one => {
            "Every integration that uses this key stops working, and its record disappears from this list. This cannot be undone. A revoked key stops working just the same and stays listed. Passkeys that another person has registered with it go too."
        }
        BulkAction::Disable => "Every integration that uses one of these keys is refused until it is enabled again.",
        BulkAction::Enable => "They work again, unless they have expired.",
        BulkAction::Rotate => {
            "Each gets a new secret. All of them are shown once, in the next step: have a safe place ready."
        }
        BulkAction::Revoke => {
            "Every integration that uses one of these keys stops working. This cannot be undone. Passkeys that other people have registered with theirs go too."
        }
        BulkAction::Delete => {
            "Every integration that uses one of these keys stops working, and their records disappear from this list. This cannot be undone. A revoked key stops working just the same and stays listed. Passkeys that other people have registered with theirs go too."
        }
    }
}

/// What was done: "Disabled 12 keys", and how many were so already.
pub fn done(action: BulkAction, changed: usize, asked: usize) -> String {
    let past = past(action);
    let (first, rest) = past.split_at(1);
    let capital = first.to_ascii_uppercase();
    match asked.saturating_sub(changed) {
        0 => format!("{capital}{rest} {}", keys(changed)),
        1 => format!("{capital}{rest} {}; 1 was so already", keys(changed)),
        more => format!("{capital}{rest} {}; {more} were so already", keys(changed)),
    }
}

/// Some names, and how many more.
pub fn some(names: &[&str]) -> String {
    const SHOWN: usize = 5;
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The keys that an answer names as what stands in the way. It names none when the last way in of an owner would end: among
/// the ticked ones that is the key that one is signed in with.
pub fn blamed(error: &ApiError, picked: &[Picked]) -> Vec<i64> {
    if error.code == "last_credential" {
        return picked.iter().filter(|picked| picked.own).map(|picked| picked.id).collect();
    }
    let told = error.field("ids");
    let ids = told.split(|character: char| !character.is_ascii_digit()).filter_map(|digits| digits.parse().ok());
    ids.filter(|id: &i64| picked.iter().any(|picked| picked.id == *id)).collect()
}

#[cfg(test)]
mod tests {
    use claviger_core::{input::FieldError, status::KeyStatus};

    use super::*;

    #[test]
    fn the_number_and_what_was_so_already_are_told() {
        assert_eq!(done(BulkAction::Disable, 1, 1), "Disabled 1 key");
        assert_eq!(done(BulkAction::Revoke, 12, 12), "Revoked 12 keys");
        assert_eq!(done(BulkAction::Enable, 0, 1), "Enabled 0 keys; 1 was so already");
        assert_eq!(done(BulkAction::Enable, 2, 5), "Enabled 2 keys; 3 were so already");
    }

    #[test]
    fn what_is_ticked_elsewhere_is_told() {
        assert_eq!(selected(2, 0), "2 selected");
        assert_eq!(selected(2, 2), "2 selected, on other pages");
        assert_eq!(selected(3, 1), "3 selected, 1 of them on other pages");
    }

    #[test]
    fn only_ticked_keys_are_blamed() {
        let keys: Vec<Picked> = [7, 8].map(|id| Picked::sample(id, KeyStatus::Active)).into();
        let error = |message: &str| {
            let field = FieldError { field: "ids".into(), message: message.into() };
            ApiError { errors: vec![field], ..ApiError::network() }
        };
        assert_eq!(blamed(&error("Key 8 stands in the way; nothing was done."), &keys), [8]);
        assert_eq!(blamed(&error("There are no such keys: 7, 8, 9."), &keys), [7, 8]);
        assert!(blamed(&ApiError::network(), &keys).is_empty());
        let last = ApiError { code: "last_credential".into(), ..ApiError::network() };
        assert!(blamed(&last, &keys).is_empty());
        let own = Picked { own: true, ..Picked::sample(9, KeyStatus::Active) };
        assert_eq!(blamed(&last, &[keys, vec![own]].concat()), [9]);
    }

    #[test]
    fn what_cannot_be_done_is_known_beforehand() {
        let refuses = |status, action| Picked::sample(1, status).refuses(action);
        assert_eq!(refuses(KeyStatus::Pending, BulkAction::Rotate), Some("without a secret yet"));
        assert_eq!(refuses(KeyStatus::Revoked, BulkAction::Enable), Some("revoked"));
        assert_eq!(refuses(KeyStatus::Revoked, BulkAction::Delete), None);
        assert_eq!(refuses(KeyStatus::Disabled, BulkAction::Rotate), None);
        let theirs = Picked { may_reveal: false, ..Picked::sample(1, KeyStatus::Active) };
        assert_eq!(theirs.refuses(BulkAction::Rotate), Some("somebody else’s own"));
        assert_eq!(theirs.refuses(BulkAction::Revoke), None);
    }

    #[test]
    fn a_few_names_stand_for_many() {
        assert_eq!(some(&["a", "b"]), "a, b");
        assert_eq!(some(&["a", "b", "c", "d", "e", "f", "g"]), "a, b, c, d, e and 2 more");
    }
}
