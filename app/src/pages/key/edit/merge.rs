//! Two people have edited one key: what each of them has, part by part, and what comes of it.

use claviger_core::wire::key::Key;

use super::fields::{KeyFields, Part};

/// Whose version of a part is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// That of the form.
    Mine,
    /// That which is stored by now.
    Theirs,
}

/// A part of which there are two versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which.
    pub part: Part,
    /// Whether the form has changed it.
    pub by_me: bool,
    /// Whether the other person has.
    pub by_them: bool,
    /// What is kept.
    pub kept: Side,
}

/// The form, the key that it was filled from, and the key as it is stored by now.
#[derive(Clone, PartialEq)]
pub struct Conflict {
    /// As typed.
    pub mine: KeyFields,
    /// As stored.
    pub theirs: Key,
    /// Each part of which there are two versions.
    pub differences: Vec<Difference>,
}

impl Conflict {
    /// Compares the three. Proposed is what was changed here, and theirs for what was not.
    pub fn of(mine: KeyFields, before: &Key, theirs: Key) -> Self {
        let (old, new) = (KeyFields::of(before), KeyFields::of(&theirs));
        let differences = Part::ALL.into_iter().filter(|part| part.differs(&mine, &new));
        let differences = differences.map(|part| {
            let by_me = part.differs(&mine, &old);
            let kept = if by_me { Side::Mine } else { Side::Theirs };
            Difference { part, by_me, by_them: part.differs(&old, &new), kept }
        });
        Self { differences: differences.collect(), mine, theirs }
    }

    /// Whether the other person has changed nothing that can be edited: a rotation, say.
    pub fn is_harmless(&self) -> bool {
        !self.differences.iter().any(|difference| difference.by_them)
    }

    /// Keeps one side of one part.
    pub fn keep(&mut self, part: Part, side: Side) {
        for difference in self.differences.iter_mut().filter(|difference| difference.part == part) {
            difference.kept = side;
        }
    }

    /// Keeps one side of everything.
    pub fn keep_all(&mut self, side: Side) {
        for difference in &mut self.differences {
            difference.kept = side;
        }
    }

    /// The form as it is decided.
    pub fn decided(&self) -> KeyFields {
        let theirs = KeyFields::of(&self.theirs);
        let mut fields = self.mine.clone();
        for difference in self.differences.iter().filter(|difference| difference.kept == Side::Theirs) {
            difference.part.copy(&theirs, &mut fields);
        }
        fields
    }
}

#[cfg(test)]
mod tests {
    use claviger_core::key::{Access, KeyChange};

    use super::{
        super::{
            change::{Filled, tests::key},
            fields::Until,
        },
        *,
    };
    use crate::pages::keys::create::Expiry;

    /// I renamed it and made it last for ever; they changed its name and its access.
    fn conflict() -> Conflict {
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
            Conflict::of(mine, &before, Key { version: 4, rotated_at: Some(before.created_at), ..before.clone() })
                .is_harmless()
        );
        assert!(!conflict().is_harmless());
    }
}
