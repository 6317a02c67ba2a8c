//! Two people have edited the same: what each of them has, part by part, and what comes of it.

mod dialog;

use claviger_core::{audit::story, wire::audit::AuditRecord};

use crate::browser::intl;
pub use dialog::conflict_dialog;

/// A part of a form that is edited, and decided about, as a whole.
pub trait FormPart: Copy + PartialEq + Send + Sync + 'static {
    /// The form as it is filled in.
    type Fields: Clone + PartialEq + Send + Sync + 'static;
    /// What it is filled from.
    type Stored: Clone + PartialEq + Send + Sync + 'static;

    /// In the order of the form.
    const ALL: &'static [Self];

    /// The form, filled.
    fn fill(stored: &Self::Stored) -> Self::Fields;

    /// What the form calls it.
    fn label(self) -> &'static str;

    /// This part in words.
    fn told(self, fields: &Self::Fields) -> String;

    /// Makes this part of `to` what it is in `from`.
    fn copy(self, from: &Self::Fields, to: &mut Self::Fields);

    /// Whether this part is another one in `a` than in `b`.
    fn differs(self, a: &Self::Fields, b: &Self::Fields) -> bool {
        let mut same = b.clone();
        self.copy(a, &mut same);
        same != *b
    }
}

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
pub struct Difference<P> {
    /// Which.
    pub part: P,
    /// Whether the form has changed it.
    pub by_me: bool,
    /// Whether the other person has.
    pub by_them: bool,
    /// What is kept.
    pub kept: Side,
}

/// The form, and what is stored by now.
#[derive(Clone, PartialEq)]
pub struct Conflict<P: FormPart> {
    /// As typed.
    pub mine: P::Fields,
    /// As stored.
    pub theirs: P::Stored,
    /// Who stored that and when, if that is known.
    pub by: Option<String>,
    /// Each part of which there are two versions.
    pub differences: Vec<Difference<P>>,
}

impl<P: FormPart> Conflict<P> {
    /// Compares the form, what it was filled from, and what is stored by now. Proposed is what was changed here, and theirs for
    /// what was not.
    pub fn of(mine: P::Fields, before: &P::Stored, theirs: P::Stored) -> Self {
        let (old, new) = (P::fill(before), P::fill(&theirs));
        let differences = P::ALL.iter().copied().filter(|part| part.differs(&mine, &new));
        let differences = differences.map(|part| {
            let by_me = part.differs(&mine, &old);
            let kept = if by_me { Side::Mine } else { Side::Theirs };
            Difference { part, by_me, by_them: part.differs(&old, &new), kept }
        });
        Self { differences: differences.collect(), mine, theirs, by: None }
    }

    /// Says who it was, from the audit log: `me` may have done it elsewhere.
    #[must_use]
    pub fn told_by(self, edit: Option<AuditRecord>, me: i64) -> Self {
        let told = |edit: AuditRecord| {
            format!("{} saved on {}, while you were editing.", story::who(&edit.actor, Some(me)), intl::minute(edit.at))
        };
        Self { by: edit.map(told), ..self }
    }

    /// Whether the other person has changed nothing that can be edited: a rotation, say.
    pub fn is_harmless(&self) -> bool {
        !self.differences.iter().any(|difference| difference.by_them)
    }

    /// Takes theirs of a part that is not for this person to decide about.
    pub fn give_way(&mut self, part: P) {
        part.copy(&P::fill(&self.theirs), &mut self.mine);
        self.differences.retain(|difference| difference.part != part);
    }

    /// Keeps one side of one part.
    pub fn keep(&mut self, part: P, side: Side) {
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
    pub fn decided(&self) -> P::Fields {
        let theirs = P::fill(&self.theirs);
        let mut fields = self.mine.clone();
        for difference in self.differences.iter().filter(|difference| difference.kept == Side::Theirs) {
            difference.part.copy(&theirs, &mut fields);
        }
        fields
    }
}
