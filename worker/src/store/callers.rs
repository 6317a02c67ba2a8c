//! Who asks for a change may be changed meanwhile: demoted, deactivated, their key ended, signed out elsewhere.

use claviger_core::authorize::Principal;

use super::{Statement, sql};

/// Refuses the batch when the caller is not any more what they were judged as. The first of a batch, which may well end what the
/// caller came with.
pub fn still_stands(principal: &Principal) -> Statement {
    let (key, user) = (&principal.key, principal.user.as_ref());
    sql("INSERT INTO refusals (reason) SELECT 'conflict' WHERE \
         (?1 IS NOT NULL AND NOT EXISTS (SELECT 1 FROM api_keys WHERE id = ?1 AND role = ?2 AND access = ?3 AND active = 1 \
         AND revoked_at IS NULL)) \
         OR (?4 IS NOT NULL AND NOT EXISTS (SELECT 1 FROM users WHERE id = ?4 AND role = ?5 AND active = 1)) \
         OR (?6 IS NOT NULL AND NOT EXISTS (SELECT 1 FROM sessions WHERE id = ?6))")
    .maybe_int(key.id)
    .text(key.role.word())
    .text(key.access.word())
    .maybe_int(user.map(|user| user.id))
    .maybe_text(user.map(|user| user.role.word()))
    .maybe_int(principal.session_id)
}
