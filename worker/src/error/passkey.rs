//! Refusals of passkeys.

use claviger_core::passkey::Flaw;

use super::Failure;

impl Failure {
    /// A passkey that is not accepted, and why; whoever sent it made it.
    pub fn passkey_refused(flaw: Flaw) -> Self {
        Self::passkey_unknown().because(flaw).field("", flaw.explain())
    }

    /// A passkey that is nobody's, or of somebody who may not come in: which of them is not told.
    pub const fn passkey_unknown() -> Self {
        Self::forbidden(
            "passkey_refused",
            "This passkey was not accepted. Sign in with a key, or with another passkey.",
        )
    }

    /// A challenge that was never given out, was answered already or is over.
    pub const fn challenge_spent() -> Self {
        Self::forbidden("challenge_spent", "This took too long, or was answered already. Start again.")
    }
}
