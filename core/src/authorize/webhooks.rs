//! What a caller may do with whose webhook.

use super::{Denied, Principal};

/// Whether `principal` may say what a webhook of this person, or of the organization, does: of a person's own only they
/// themself. Others end it: they switch it off or delete it.
///
/// # Errors
/// [`Denied::Role`].
pub fn may_set_webhook(principal: &Principal, person: Option<i64>) -> Result<(), Denied> {
    match person {
        Some(id) if !principal.is_person(id) => Err(Denied::Role),
        _ => Ok(()),
    }
}
