//! Whom an identity lets in.

use super::Settings;

/// A person who has the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Their id.
    pub user: i64,
    /// Where they belong.
    pub organization: i64,
    /// Whether they may come in.
    pub active: bool,
}

/// What comes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Comes in as this person.
    As(i64),
    /// Several organizations let them in, and they have to say which one is meant.
    Choose,
    /// Becomes a member of this organization.
    Join(i64),
    /// May not come in.
    Deactivated,
    /// Is nobody here.
    Unknown,
}

/// Decides by who has the address, and by the organization that was asked for, if one was.
///
/// Whoever is in another organization already is asked: any tenant can write a newcomer's address, and would have them work there
/// unawares.
#[must_use]
pub fn enter(candidates: &[Candidate], wanted: Option<i64>, settings: &Settings) -> Entry {
    let of_wanted = |organization: i64| wanted.is_none_or(|wanted| wanted == organization);
    let mut meant = candidates.iter().filter(|candidate| of_wanted(candidate.organization));
    let mut active = meant.clone().filter(|candidate| candidate.active);
    match (active.next(), active.next(), joins(candidates, settings).filter(|id| of_wanted(*id))) {
        (Some(one), None, None) => Entry::As(one.user),
        (Some(_), ..) => Entry::Choose,
        (None, _, Some(organization)) => Entry::Join(organization),
        (None, _, None) if meant.next().is_some() => Entry::Deactivated,
        (None, _, None) => Entry::Unknown,
    }
}

/// The organization of which who has the address could become a new member: the one that is configured for that, and only where
/// nobody has the address yet, not even somebody deactivated: that would undo what an administrator did.
#[must_use]
pub fn joins(candidates: &[Candidate], settings: &Settings) -> Option<i64> {
    settings.provision.filter(|id| !candidates.iter().any(|candidate| candidate.organization == *id))
}
