//! What can become of a key: edited, switched on or off, given another secret, ended.
//!
//! Each step takes the key as it is and gives the key as it will be, or says why not. The Worker stores exactly what comes
//! out, if the key still has the version that went in.

use serde::Serialize;

use super::{
    Access, ClientIpHeader, Credits, KeyKind, KeySource, Metadata, READ_ONLY, RateLimit, Role,
    attributes::{allowed_ips, credits, flag, future, metadata, moment, rate_limit, scopes, word},
};
use crate::{
    input::{Fields, Problem, Problems, text, version},
    network::AddressRange,
    scope::Scope,
    secret::Hint,
    status::{KeyFacts, KeyStatus},
    text::{Name, Note},
    time::{DAY, Timestamp},
    wire::key::{Actor, Key, SHOWN_SECRETS, SecretInfo},
};

/// The longest a replaced secret can go on working, in milliseconds.
pub const LONGEST_GRACE: i64 = 7 * DAY;
/// How long it goes on when nothing is said.
pub const DEFAULT_GRACE: i64 = DAY;

/// What `PUT` and `PATCH /api_keys/:id` ask for. An attribute that is absent stays as it is; an explicit null clears it.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct KeyChange {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// A note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Note>,
    /// What it may do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Whether it may change anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
    /// What a verifier may ask of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<Scope>>,
    /// Whether it works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// When it stops working; null is never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Option<Timestamp>>,
    /// Where it works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_ips: Option<Vec<AddressRange>>,
    /// How often it may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<Option<RateLimit>>,
    /// How many times it may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credits: Option<Option<Credits>>,
    /// Of a verifier: the header that says where its client is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_ip_header: Option<Option<ClientIpHeader>>,
    /// The owner's own data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
    /// The version that the caller has seen: another one by now is a conflict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
}

/// Why a step is not possible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The key was ended for ever.
    Revoked,
    /// Its time is over: it needs another expiry first.
    Expired,
    /// It has no secret yet that could be replaced.
    Pending,
    /// It has a secret already.
    HasSecret,
    /// Attributes that do not fit this key.
    Fields(Problems),
}

impl KeyChange {
    /// Reads a change.
    ///
    /// # Errors
    /// Every field that does not fit, by name.
    pub fn read(body: &serde_json::Value) -> Result<Self, Problems> {
        let mut fields = Fields::of(body, "api_key")?;
        let change = Self {
            name: fields.changed("name", |value| text(value, Name::parse)),
            description: fields.cleared("description", Note::empty(), |value| text(value, Note::parse)),
            role: fields.changed("role", |value| word(value, Role::ALL, Role::parse)),
            access: fields.changed("access", |value| word(value, Access::ALL, Access::parse)),
            scopes: fields.cleared("scopes", Vec::new(), scopes),
            active: fields.changed("active", flag),
            expires_at: fields.cleared("expires_at", None, |value| moment(value).map(Some)),
            allowed_ips: fields.cleared("allowed_ips", Vec::new(), allowed_ips),
            rate_limit: fields.cleared("rate_limit", None, |value| rate_limit(value).map(Some)),
            credits: fields.cleared("credits", None, |value| credits(value).map(Some)),
            client_ip_header: fields.cleared("client_ip_header", None, |value| ClientIpHeader::read(value).map(Some)),
            metadata: fields.cleared("metadata", Metadata::new(), metadata),
            version: fields.changed("version", version),
        };
        fields.ignore(READ_ONLY);
        fields.finish()?;
        Ok(change)
    }
}

impl Key {
    /// Its facts as the status is derived from them.
    #[must_use]
    pub fn facts(&self) -> KeyFacts {
        KeyFacts {
            revoked: self.revoked_at.is_some(),
            has_secret: !self.secrets.is_empty(),
            active: self.active,
            expires_at: self.expires_at,
        }
    }

    /// The key after an edit; itself when nothing changes.
    ///
    /// # Errors
    /// [`Refused::Revoked`]; [`Refused::Fields`] for an expiry that is past, or a role that this key cannot have, or not with
    /// what else it has.
    pub fn changed(&self, change: &KeyChange, now: Timestamp) -> Result<Self, Refused> {
        let mut after = self.clone();
        let set = |slot: &mut String, value: Option<&str>| {
            if let Some(value) = value {
                value.clone_into(slot);
            }
        };
        set(&mut after.name, change.name.as_ref().map(Name::as_str));
        set(&mut after.description, change.description.as_ref().map(Note::as_str));
        after.role = change.role.unwrap_or(self.role);
        after.access = change.access.unwrap_or(self.access);
        after.active = change.active.unwrap_or(self.active);
        after.expires_at = change.expires_at.unwrap_or(self.expires_at);
        after.rate_limit = change.rate_limit.unwrap_or(self.rate_limit);
        after.credits = change.credits.unwrap_or(self.credits);
        if let Some(scopes) = &change.scopes {
            after.scopes.clone_from(scopes);
        }
        if let Some(ranges) = &change.allowed_ips {
            after.allowed_ips.clone_from(ranges);
        }
        if let Some(header) = &change.client_ip_header {
            after.client_ip_header = header.as_ref().map(|header| header.as_str().to_owned());
        }
        if let Some(metadata) = &change.metadata {
            after.metadata.clone_from(metadata);
        }
        if after == *self {
            return Ok(after);
        }
        if self.revoked_at.is_some() {
            return Err(Refused::Revoked);
        }
        let field = |name, problem: Problem| Err(Refused::Fields(Problems::one(name, problem)));
        if after.role != self.role && self.kind == KeyKind::Personal {
            return field("role", "A personal key's role follows its person.".into());
        }
        if after.role != self.role && self.source == KeySource::Imported {
            return field("role", "An imported key can only be an integration's.".into());
        }
        if after.client_ip_header.is_some() && after.role != Role::Verifier {
            return Err(Refused::Fields(ClientIpHeader::for_verifiers()));
        }
        if after.expires_at != self.expires_at
            && let Some(Err(problem)) = after.expires_at.map(|moment| future(moment, now))
        {
            return field("expires_at", problem);
        }
        Ok(after.next(now))
    }

    /// The key with another secret, whose hint is given. The one it had works for `grace` milliseconds more, but never past
    /// the key's own expiry; one that was still working from a rotation before stops at once.
    ///
    /// # Errors
    /// [`Refused::Revoked`], [`Refused::Expired`]; [`Refused::Pending`] when there is none to replace.
    pub fn rotated(&self, hint: Hint, grace: i64, now: Timestamp) -> Result<Self, Refused> {
        match KeyStatus::of(self.facts(), now) {
            KeyStatus::Revoked => return Err(Refused::Revoked),
            KeyStatus::Expired => return Err(Refused::Expired),
            KeyStatus::Pending => return Err(Refused::Pending),
            KeyStatus::Active | KeyStatus::Disabled => {}
        }
        let ends_at = now.plus(grace.clamp(0, LONGEST_GRACE));
        let ends_at = self.expires_at.map_or(ends_at, |expires_at| expires_at.min(ends_at));
        let mut after = self.with_secret(hint, now);
        for old in after.secrets.iter_mut().skip(1) {
            old.ends_at = Some(old.ends_at.map_or(ends_at, |moment| moment.min(now)));
        }
        after.rotated_at = Some(now);
        if grace <= 0 {
            after.close_leak(now);
        }
        Ok(after.next(now))
    }

    /// A pending key with its first secret.
    ///
    /// # Errors
    /// [`Refused::HasSecret`], [`Refused::Revoked`], [`Refused::Expired`].
    pub fn minted(&self, hint: Hint, now: Timestamp) -> Result<Self, Refused> {
        match KeyStatus::of(self.facts(), now) {
            KeyStatus::Pending => Ok(self.with_secret(hint, now).next(now)),
            KeyStatus::Revoked => Err(Refused::Revoked),
            KeyStatus::Expired => Err(Refused::Expired),
            KeyStatus::Active | KeyStatus::Disabled => Err(Refused::HasSecret),
        }
    }

    /// The key ended for ever.
    ///
    /// # Errors
    /// [`Refused::Revoked`] when it is already.
    pub fn revoked(&self, by: &Actor, reason: Option<&str>, now: Timestamp) -> Result<Self, Refused> {
        if self.revoked_at.is_some() {
            return Err(Refused::Revoked);
        }
        let mut after = self.clone();
        after.revoked_at = Some(now);
        after.revoked_by = Some(by.clone());
        after.revoke_reason = reason.map(str::to_owned);
        after.close_leak(now);
        Ok(after.next(now))
    }

    /// The attributes that differ from `before`, by name; not those that change with every step.
    #[must_use]
    pub fn differences(&self, before: &Self) -> Vec<String> {
        const ALWAYS: [&str; 2] = ["updated_at", "version"];
        let (Ok(serde_json::Value::Object(old)), Ok(serde_json::Value::Object(new))) =
            (serde_json::to_value(before), serde_json::to_value(self))
        else {
            return Vec::new();
        };
        let differs = |name: &String| old.get(name) != new.get(name) && !ALWAYS.contains(&name.as_str());
        new.keys().filter(|name| differs(name)).cloned().collect()
    }

    fn with_secret(&self, hint: Hint, now: Timestamp) -> Self {
        let mut after = self.clone();
        after.secrets.insert(0, SecretInfo { hint: hint.clone(), created_at: now, ends_at: None, last_used_at: None });
        after.hint = Some(hint);
        after.secrets.truncate(SHOWN_SECRETS);
        after
    }

    /// The key after a step.
    pub(crate) fn next(mut self, now: Timestamp) -> Self {
        self.updated_at = now;
        self.version += 1;
        self.status = KeyStatus::of(self.facts(), now);
        self
    }
}
