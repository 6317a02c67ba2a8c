use claviger_core::key::{Access, KeyChange};

use super::{
    super::change::{Filled, tests::key},
    *,
};
use crate::components::conflict::{Conflict, Side};

/// I renamed it and made it last for ever; they changed its name and its access.
fn conflict() -> Conflict<Part> {
    let before = key();
    let mut mine = KeyFields::of(&before);
    mine.name = "Mine".into();
    mine.until = Until::Chosen(Expiry::Never);
    let theirs = Key { name: "Theirs".into(), access: Access::ReadWrite, version: 4, ..before.clone() };
    Conflict::of(mine, &before, theirs)
}

#[test]
fn each_part_says_who_changed_it_and_proposes_what_was_changed_here() {
    let facts = conflict().differences.into_iter().map(|one| (one.part, one.by_me, one.by_them, one.kept));
    let expected = [
        (Part::Name, true, true, Side::Mine),
        (Part::Access, false, true, Side::Theirs),
        (Part::Expiry, true, false, Side::Mine),
    ];
    assert_eq!(facts.collect::<Vec<_>>(), expected);
}

#[test]
fn what_is_kept_is_saved_against_their_version() {
    let mut conflict = conflict();
    conflict.keep(Part::Name, Side::Theirs);
    let fields = conflict.decided();
    let filled = Filled { fields: &fields, before: &conflict.theirs, now: key().created_at, custom: None };
    let change = KeyChange::try_from(filled).unwrap();
    assert_eq!(serde_json::json!(change), serde_json::json!({"expires_at": null}));
    conflict.keep_all(Side::Theirs);
    assert_eq!(conflict.decided(), KeyFields::of(&conflict.theirs));
    conflict.keep_all(Side::Mine);
    assert_eq!(conflict.decided(), conflict.mine);
}

#[test]
fn a_rotation_meanwhile_is_no_reason_to_ask() {
    let before = key();
    let mine = KeyFields { name: "Mine".into(), ..KeyFields::of(&before) };
    assert!(
        Conflict::<Part>::of(mine, &before, Key { version: 4, rotated_at: Some(before.created_at), ..before.clone() })
            .is_harmless()
    );
    assert!(!conflict().is_harmless());
}
