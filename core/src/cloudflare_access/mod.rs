//! Signing in with Cloudflare Access: what its assertion, a JWT (RFC 7519), must say, which key is to check it, and whom it
//! lets in.
//!
//! Pure: an [`Assertion`] that was judged says which signature is still to be checked, with which key over which bytes; the
//! platform's WebCrypto does that. When keys are to be fetched is [`KeyRing`]'s to say.

mod assertion;
mod entry;
#[cfg(test)]
mod fuzz;
mod keys;
mod ring;
mod settings;
#[cfg(test)]
mod tests;

use std::fmt::{self, Display, Formatter};

pub use self::{
    assertion::{Assertion, Identity, LEEWAY},
    entry::{Candidate, Entry, enter, joins},
    keys::{TeamKey, read_keys},
    ring::{ASK_EVERY, ASKING_LASTS, GOOD_FOR, KeyRing, Step},
    settings::Settings,
};

/// Why an assertion is refused. Whoever sent it is told: it is about what they hold themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Not three parts, or one of them is not what it should be.
    Malformed,
    /// Signed in another way than Access does: `none`, or with something that is no secret.
    Algorithm,
    /// It does not say with which key it was signed.
    NoKey,
    /// Nobody in the team has that key.
    UnknownKey,
    /// The signature is not one of that key over these bytes.
    Signature,
    /// Another team's.
    Issuer,
    /// For another application.
    Audience,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYet,
    /// Not of a person at an application: of a service, or of the team's own pages.
    NotAPerson,
    /// The address is none, or is written so that two people could be meant.
    Email,
}

impl Flaw {
    /// A sentence about the assertion.
    #[must_use]
    pub const fn explain(self) -> &'static str {
        match self {
            Self::Malformed => "Is not a signed token.",
            Self::Algorithm => "Is not signed with RS256.",
            Self::NoKey => "Does not name the key that it is signed with.",
            Self::UnknownKey => "Is signed with a key that your team does not have.",
            Self::Signature => "Has a wrong signature.",
            Self::Issuer => "Comes from another team than the configured one.",
            Self::Audience => "Is for another application than the configured one.",
            Self::Expired => "Has expired. Load the page again.",
            Self::NotYet => "Is not good yet: perhaps a clock is wrong.",
            Self::NotAPerson => "Is not about a person: programs use a key as Authorization: Bearer.",
            Self::Email => "Has no e-mail address that can be compared.",
        }
    }
}

impl Display for Flaw {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.explain())
    }
}
