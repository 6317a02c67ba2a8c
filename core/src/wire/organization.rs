//! Organizations as they are made, and the invitation of the first person.

use serde::{Deserialize, Serialize};

use crate::{organization::Organization, time::Timestamp, user::UserRole};

/// `POST /organizations`: the organization, and once the link with which its first owner comes in.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Serialize, Deserialize)]
pub struct OrganizationMade {
    /// The organization.
    #[serde(flatten)]
    pub organization: Organization,
    /// For its first owner.
    pub invite: InviteLink,
}

/// `GET /organizations/:id`.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrganizationShown {
    /// The organization.
    #[serde(flatten)]
    pub organization: Organization,
    /// The people in it, those who are switched off too.
    pub num_users: u32,
}

/// A row of `GET /organizations`.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrganizationRow {
    /// The organization.
    #[serde(flatten)]
    pub organization: Organization,
    /// Verifications in each of the last 36 hours, the current one last; only if the list was asked to include usage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage_36h: Option<Vec<u64>>,
}

/// A single-use link. It exists in this one answer; only its hash is stored.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Serialize, Deserialize)]
pub struct InviteLink {
    /// To be opened in a browser.
    pub link: String,
    /// Until when.
    pub ends_at: Timestamp,
}

/// `POST /invites/lookup {token}`: what an invitation is good for.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Invite {
    /// The organization's name.
    pub organization: String,
    /// What the person will be.
    pub role: UserRole,
    /// What is proposed as their name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What is proposed as their address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Until when.
    pub ends_at: Timestamp,
}
