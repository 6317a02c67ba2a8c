//! Refusals about people and the links that let them in.

use claviger_core::input::Problems;
use http::StatusCode;

use super::Failure;

impl Failure {
    /// An invitation that is not good, or no longer.
    pub const fn invite_closed() -> Self {
        Self::forbidden("invite_closed", "This invitation was used already, or its time is over. Ask for another one.")
    }

    /// A sign-in link that is not good, or no longer.
    pub const fn link_closed() -> Self {
        Self::forbidden(
            "link_closed",
            "This sign-in link was used already, replaced by a newer one, or its time is over. Ask for another one.",
        )
    }

    /// A sign-in link for somebody who may not come in.
    pub const fn deactivated() -> Self {
        Self::new(StatusCode::CONFLICT, "deactivated", "This person is deactivated. Reactivate them first.")
    }

    /// A promotion above those who let somebody in, and who may hold a key of theirs.
    pub const fn credentials_must_end() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "credentials_must_end",
            "Somebody let this person in who could not give them this role, and who may hold a key of theirs. Send end_credentials: true: then their keys, passkeys and sessions end with the promotion, and a sign-in link lets them in again.",
        )
    }

    /// The same where one's address is how one comes in.
    pub fn address_unconfirmed() -> Self {
        Problems::one(
            "email",
            "Is needed with this role: Cloudflare Access lets in whoever has this person's address, and somebody wrote it who could not give them this role. Send the one that is theirs.",
        )
        .into()
    }

    /// Ending somebody's credentials without making them more.
    pub fn ends_with_a_promotion() -> Self {
        Problems::one("end_credentials", "Goes with a higher role only. Otherwise clear their keys.").into()
    }

    /// Somebody in the organization has this address already.
    pub fn email_taken() -> Self {
        Problems::one("email", "Somebody in this organization has this address already.").into()
    }

    /// An invitation of a member to no address, where one's address is how one comes in.
    pub fn email_needed() -> Self {
        Problems::one(
            "email",
            "Is needed here: members come in by Cloudflare Access, which knows them by their address.",
        )
        .into()
    }

    /// An address that an invitation is not to, where one's address is how one comes in.
    pub fn email_not_invited(invited: bool) -> Self {
        let message = if invited {
            "Must be the address that you were invited with: Cloudflare Access knows people by theirs. If it is wrong, ask for another invitation."
        } else {
            "This invitation names no address, and Cloudflare Access knows people by theirs. Ask for another one that names yours."
        };
        Problems::one("email", message).into()
    }
}
