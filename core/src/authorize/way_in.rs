//! The keys with which owners come in and manage: an organization whose last one is lost cannot help itself.

use crate::{
    key::{Access, KeyKind},
    network::within,
    time::Timestamp,
    user::UserRole,
    wire::key::Key,
};

/// Whether turning `before`, whose person has `user_role`, into `after` (`None` is deleted) takes a way in, or makes it
/// shorter or narrower: from then on nobody could undo that. Then there must be another one that lasts as long and works
/// from as many places.
#[must_use]
pub fn takes_way_in(before: &Key, after: Option<&Key>, user_role: Option<UserRole>, now: Timestamp) -> bool {
    is_way_in(before, user_role, now)
        && !after.is_some_and(|after| {
            let sooner = after.expires_at.is_some_and(|new| before.expires_at.is_none_or(|old| new < old));
            // Who has scopes can give nobody more than those, oneself included.
            let scoped = !after.scopes.is_empty() && after.scopes != before.scopes;
            is_way_in(after, user_role, now) && !sooner && !scoped && within(&after.allowed_ips, &before.allowed_ips)
        })
}

fn is_way_in(key: &Key, user_role: Option<UserRole>, now: Timestamp) -> bool {
    key.kind == KeyKind::Personal
        && user_role == Some(UserRole::Owner)
        && key.access == Access::ReadWrite
        && key.active
        && key.revoked_at.is_none()
        && key.expires_at.is_none_or(|moment| moment > now)
        && !key.secrets.is_empty()
}
