//! People, the roles they have, and what can become of them.

mod change;

use serde::{Deserialize, Serialize};

pub use self::change::{Invitation, LARGEST_PERSONAL_KEY_LIMIT, UserChange};
use crate::key::{Role, words};

/// The name of the key that each person gets from the system (reference system 002).
pub const DEFAULT_KEY_NAME: &str = "Auto-Generated API Key (Created By System)";

words! {
    /// What a person may do, weakest first: the order is the strength.
    UserRole {
        /// Manages their own personal keys only.
        Member = "member",
        /// Manages keys, people and webhooks.
        Administrator = "administrator",
        /// An administrator who cannot be removed by one.
        Owner = "owner",
    }
}

impl UserRole {
    /// The role of this person's personal keys: it follows theirs.
    #[must_use]
    pub const fn key_role(self, system_organization: bool) -> Role {
        match self {
            Self::Owner if system_organization => Role::SystemAdmin,
            Self::Owner | Self::Administrator => Role::OrganizationAdmin,
            Self::Member => Role::Integration,
        }
    }
}
