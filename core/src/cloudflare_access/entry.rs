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
    /// Is in several organizations, and has to say which one is meant.
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
/// One becomes a new member of the one organization that is configured for that, and only where nobody has the address yet, not
/// even somebody deactivated: that would undo what an administrator did.
#[must_use]
pub fn enter(candidates: &[Candidate], wanted: Option<i64>, settings: &Settings) -> Entry {
    let of_wanted = |organization: i64| wanted.is_none_or(|wanted| wanted == organization);
    let mut meant = candidates.iter().filter(|candidate| of_wanted(candidate.organization));
    let mut active = meant.clone().filter(|candidate| candidate.active);
    match (active.next(), active.next()) {
        (Some(one), None) => return Entry::As(one.user),
        (Some(_), Some(_)) => return Entry::Choose,
        _ => {}
    }
    let joins = settings
        .provision
        .filter(|id| of_wanted(*id) && !candidates.iter().any(|candidate| candidate.organization == *id));
    match joins {
        Some(organization) => Entry::Join(organization),
        None if meant.next().is_some() => Entry::Deactivated,
        None => Entry::Unknown,
    }
}
