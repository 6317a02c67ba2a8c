//! What `core` refuses, as answers.

use claviger_core::{
    authorize::{Denied, KeyDenied, PersonDenied, TooStrong},
    key::Refused,
};
use http::StatusCode;

use super::Failure;

impl From<Denied> for Failure {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::NotFound => Self::not_found(),
            Denied::Role => Self::forbidden("forbidden", "Your role does not allow this. Ask an administrator."),
            Denied::ReadOnly => {
                Self::forbidden("read_only", "This key may only read. Use one with read and write access.")
            }
            Denied::StepUp => Self::forbidden(
                "step_up_required",
                "You have a passkey, and were not asked for it in the last 15 minutes. Use it, then try again.",
            ),
        }
    }
}

impl From<KeyDenied> for Failure {
    fn from(denied: KeyDenied) -> Self {
        match denied {
            KeyDenied::Denied(denied) => denied.into(),
            KeyDenied::TooStrong(too_strong) => too_strong.into(),
        }
    }
}

impl From<PersonDenied> for Failure {
    fn from(denied: PersonDenied) -> Self {
        match denied {
            PersonDenied::Denied(denied) => denied.into(),
            PersonDenied::TooStrong(too_strong) => too_strong.into(),
            PersonDenied::OwnAddress => Self::forbidden(
                "own_address",
                "Cloudflare Access tells who you are by your address. Ask an administrator to change it.",
            ),
            PersonDenied::Oneself => Self::new(
                StatusCode::CONFLICT,
                "own_account",
                "You cannot change your own role, deactivate or remove yourself. Ask another administrator.",
            ),
        }
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        let conflict = |code, outside| Self::new(StatusCode::CONFLICT, code, outside);
        match refused {
            Refused::Revoked => {
                conflict("already_revoked", "This key is revoked, which is for ever. Make another one.")
            }
            Refused::Expired => {
                conflict("key_expired", "This key has expired. Give it a later expiry first, or make another one.")
            }
            Refused::Pending => conflict("no_secret", "This key has no secret yet. Mint it first."),
            Refused::HasSecret => conflict("has_secret", "This key has a secret already. Rotate it to replace that."),
            Refused::Fields(problems) => problems.into(),
        }
    }
}

impl From<TooStrong> for Failure {
    fn from(too_strong: TooStrong) -> Self {
        let (field, message) = too_strong.explain();
        Self::forbidden("too_strong", message).field(field, message)
    }
}
