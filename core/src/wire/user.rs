//! People as lists and answers show them, their invitations, sign-in links and sessions.

use serde::{Deserialize, Serialize};

use super::key::{Actor, MintedKey};
use crate::{key::words, secret::Hint, time::Timestamp, user::UserRole};

/// A person.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Never reused.
    pub id: i64,
    /// Where they belong.
    pub organization_id: i64,
    /// Their name.
    pub name: String,
    /// Their e-mail address, in lower case. Nobody else in the organization has it.
    pub email: String,
    /// What they may do.
    pub role: UserRole,
    /// Whether they may come in, and their keys work.
    pub active: bool,
    /// Whether their keys call the API and are verified. They sign in without it too.
    pub api_access: bool,
    /// How it came to its end, if it is off and ever was on.
    pub api_access_ended: Option<ApiAccessEnded>,
    /// Personal keys that are neither revoked nor deleted, the system's own among them.
    pub live_keys: u32,
    /// How many they may have, the default key among them. Keys that the system makes (the default key, that of a sign-in link, a
    /// recovery) count, and are made all the same.
    pub personal_key_limit: u32,
    /// When one of their keys was last used.
    pub last_used_at: Option<Timestamp>,
    /// When they were last seen at the console, to within five minutes, as long as they are signed in.
    pub last_seen_at: Option<Timestamp>,
    /// When they came in.
    pub created_at: Timestamp,
    /// When this last changed.
    pub updated_at: Timestamp,
    /// Raised by every change; also the `ETag`.
    pub version: i64,
}

words! {
    /// How API access came to its end.
    ApiAccessEnd {
        /// Switched off: the keys are kept, and work again when it is on.
        Off = "off",
        /// The keys were revoked as well.
        Cleared = "cleared",
    }
}

/// Who ended a person's API access, and when.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiAccessEnded {
    /// Switched off or cleared.
    pub how: ApiAccessEnd,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Actor,
}

/// `POST /users/:id/api_access`: the person, and once the secret of their default key if it had none.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Serialize, Deserialize)]
pub struct ApiAccessOn {
    /// As they are now.
    pub user: User,
    /// Their default key with its secret: only for the person themself, and only if it was pending.
    pub key: Option<MintedKey>,
}

/// `DELETE /users/:id/api_key`: the person, and how many keys were revoked.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cleared {
    /// As they are now.
    pub user: User,
    /// How many keys were revoked.
    pub revoked: u32,
    /// How many passkeys went with them.
    pub passkeys_removed: u32,
}

/// An invitation that was not used yet. Its link was in the one answer that made it.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingInvite {
    /// Never reused.
    pub id: i64,
    /// Who invites.
    pub organization_id: i64,
    /// What the person will be.
    pub role: UserRole,
    /// What is proposed as their name.
    pub name: Option<String>,
    /// What is proposed as their address.
    pub email: Option<String>,
    /// Who made it.
    pub created_by: Option<Actor>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it is good.
    pub ends_at: Timestamp,
}

/// `POST /invites`: the invitation and, once, its link.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Serialize, Deserialize)]
pub struct InviteMade {
    /// The invitation.
    #[serde(flatten)]
    pub invite: PendingInvite,
    /// To be opened in a browser. Only its hash is stored.
    pub link: String,
}

/// `POST /sign_in_links/lookup {token}`: whom a sign-in link lets in.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInLink {
    /// The organization's name.
    pub organization: String,
    /// The person's name.
    pub name: String,
    /// Whether using it removes their passkeys.
    pub removes_passkeys: bool,
    /// Until when.
    pub ends_at: Timestamp,
}

/// A browser that somebody is signed in with.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    /// Never reused.
    pub id: i64,
    /// The one that asks.
    pub current: bool,
    /// What the browser says it is; whoever signed in wrote this.
    pub user_agent: String,
    /// When they signed in.
    pub created_at: Timestamp,
    /// To within five minutes.
    pub last_seen_at: Timestamp,
    /// When it ends if nothing is done until then.
    pub idle_at: Timestamp,
    /// When it ends in any case.
    pub ends_at: Timestamp,
    /// The key they signed in with; null when they used something else.
    pub key: Option<SessionRowKey>,
    /// The passkey they signed in with; null when they used something else.
    pub passkey: Option<SessionRowPasskey>,
    /// Whether Cloudflare Access let them in.
    pub cloudflare_access: bool,
}

/// The key that a session was opened with.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRowKey {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Of the secret that was pasted.
    pub hint: Hint,
}

/// The passkey that a session was opened with.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRowPasskey {
    /// Its id.
    pub id: i64,
    /// What its person calls it.
    pub name: String,
}

/// `DELETE /sessions`: how many were ended.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionsEnded {
    /// The caller's own goes on.
    pub ended: u32,
}
