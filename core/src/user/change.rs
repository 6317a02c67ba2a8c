//! What is asked for when somebody is invited or changed, and what becomes of them.

use serde::Serialize;
use serde_json::Value;

use super::UserRole;
use crate::{
    input::{Fields, Problem, Problems, text, version},
    text::{Email, Name, fold},
    time::Timestamp,
    wire::{
        key::Actor,
        user::{ApiAccessEnd, ApiAccessEnded, User},
    },
};

/// Most personal keys that somebody can be allowed.
pub const LARGEST_PERSONAL_KEY_LIMIT: u32 = 1_000;

/// What `PUT` and `PATCH /users/:id` ask for. What is absent stays as it is.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UserChange {
    /// Their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// Their e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// What they may do; their keys follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<UserRole>,
    /// Whether they may come in, and their keys work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// How many personal keys they may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal_key_limit: Option<u32>,
    /// With a higher role: ends their keys, passkeys and sessions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_credentials: Option<bool>,
    /// The version that the caller has seen: another one by now is a conflict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
}

/// What `POST /invites` asks for. Name and address are proposals: whoever comes in writes their own.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Invitation {
    /// What the person will be; a member unless it is said.
    pub role: UserRole,
    /// Their name, as far as it is known.
    pub name: Option<Name>,
    /// Their e-mail address, as far as it is known.
    pub email: Option<Email>,
}

/// Attributes that may be sent back unchanged, and that are ignored (get → change → put).
const READ_ONLY: &[&str] = &[
    "id",
    "organization_id",
    "api_access",
    "api_access_ended",
    "live_keys",
    "last_used_at",
    "last_seen_at",
    "created_at",
    "updated_at",
];

fn role(value: &Value) -> Result<UserRole, Problem> {
    value.as_str().and_then(UserRole::parse).ok_or_else(|| "Must be member, administrator or owner.".into())
}

impl UserChange {
    /// Reads a change.
    ///
    /// # Errors
    /// Every field that does not fit, by name.
    pub fn read(body: &Value) -> Result<Self, Problems> {
        let mut fields = Fields::of(body, "user")?;
        let change = Self {
            name: fields.changed("name", |value| text(value, Name::parse)),
            email: fields.changed("email", |value| text(value, Email::parse)),
            role: fields.changed("role", role),
            active: fields.changed("active", |value| value.as_bool().ok_or_else(|| "Must be true or false.".into())),
            personal_key_limit: fields.changed("personal_key_limit", |value| {
                let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
                number
                    .filter(|number| *number <= LARGEST_PERSONAL_KEY_LIMIT)
                    .ok_or_else(|| format!("Must be a whole number from 0 to {LARGEST_PERSONAL_KEY_LIMIT}.").into())
            }),
            end_credentials: fields
                .changed("end_credentials", |value| value.as_bool().ok_or_else(|| "Must be true or false.".into())),
            version: fields.changed("version", version),
        };
        fields.ignore(READ_ONLY);
        fields.finish()?;
        Ok(change)
    }
}

impl Invitation {
    /// Reads an invitation.
    ///
    /// # Errors
    /// Every field that does not fit, by name.
    pub fn read(body: &Value) -> Result<Self, Problems> {
        let mut fields = Fields::of(body, "invite")?;
        let role = fields.optional("role", role);
        let name = fields.optional("name", |value| text(value, Name::parse));
        let email = fields.optional("email", |value| text(value, Email::parse));
        fields.finish()?;
        Ok(Self { role: role.unwrap_or(UserRole::Member), name, email })
    }
}

impl User {
    /// The person after a change; the same when nothing changes.
    #[must_use]
    pub fn changed(&self, change: &UserChange, now: Timestamp) -> Self {
        let mut after = self.clone();
        if let Some(name) = &change.name {
            name.as_str().clone_into(&mut after.name);
        }
        if let Some(email) = &change.email {
            after.email = fold(email.as_str());
        }
        after.role = change.role.unwrap_or(self.role);
        after.active = change.active.unwrap_or(self.active);
        after.personal_key_limit = change.personal_key_limit.unwrap_or(self.personal_key_limit);
        after.next(self, now)
    }

    /// The person with API access; the same when they have it.
    #[must_use]
    pub fn with_api_access(&self, now: Timestamp) -> Self {
        let after = Self { api_access: true, api_access_ended: None, ..self.clone() };
        after.next(self, now)
    }

    /// The person without API access. Switching off what is off tells nothing new; clearing does, for it ends the keys as well.
    #[must_use]
    pub fn without_api_access(&self, how: ApiAccessEnd, by: &Actor, now: Timestamp) -> Self {
        if how == ApiAccessEnd::Off && !self.api_access {
            return self.clone();
        }
        let ended = ApiAccessEnded { how, at: now, by: by.clone() };
        let after = Self { api_access: false, api_access_ended: Some(ended), ..self.clone() };
        after.next(self, now)
    }

    /// The attributes that differ from `before`, each with its old and new value; not those that change with every step.
    #[must_use]
    pub fn changes(&self, before: &Self) -> Value {
        const ALWAYS: [&str; 3] = ["updated_at", "version", "api_access_ended"];
        let (old, new) = (serde_json::json!(before), serde_json::json!(self));
        let changes: serde_json::Map<_, _> = new
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(name, value)| old.get(name.as_str()) != Some(value) && !ALWAYS.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), serde_json::json!([old.get(name.as_str()), value])))
            .collect();
        changes.into()
    }

    /// Whether nothing but the name differs: an address may be how they come in, and everything else is rights.
    #[must_use]
    pub fn only_renamed(&self, after: &Self) -> bool {
        let renamed =
            Self { name: after.name.clone(), updated_at: after.updated_at, version: after.version, ..self.clone() };
        renamed == *after
    }

    fn next(mut self, before: &Self, now: Timestamp) -> Self {
        if self != *before {
            self.updated_at = now;
            self.version += 1;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::key::ActorKind;

    const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

    fn ada() -> User {
        serde_json::from_value(json!({
            "id": 3, "organization_id": 2, "name": "Ada", "email": "ada@example.com", "role": "member", "active": true,
            "api_access": true, "api_access_ended": null, "live_keys": 1, "personal_key_limit": 5, "last_used_at": null,
            "last_seen_at": null, "created_at": "2026-11-21T00:00:00.000Z", "updated_at": "2026-11-21T00:00:00.000Z", "version": 1,
        }))
        .unwrap()
    }

    fn actor() -> Actor {
        Actor { kind: ActorKind::User, id: Some(4), name: "Alan".into() }
    }

    #[test]
    fn what_was_read_can_be_sent_back_and_changes_nothing() {
        let change = UserChange::read(&json!({ "user": ada() })).unwrap();
        assert_eq!(ada().changed(&change, NOW), ada());
        assert_eq!(UserChange::read(&json!({})).unwrap(), UserChange::default());
    }

    #[test]
    fn every_field_that_does_not_fit_is_named() {
        let body = json!({"name": " ", "email": "ada", "role": "king", "active": 1, "personal_key_limit": 1001, "version": "1", "admin": true});
        let problems = UserChange::read(&body).unwrap_err();
        let fields: Vec<&str> = problems.errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["name", "email", "role", "active", "personal_key_limit", "version", "admin"]);
        for field in ["name", "email", "role", "active", "personal_key_limit"] {
            assert_eq!(
                UserChange::read(&json!({ field: null })).unwrap_err().errors.len(),
                1,
                "{field} cannot be cleared"
            );
        }
        assert_eq!(Invitation::read(&json!({"role": "king", "email": 7, "token": "x"})).unwrap_err().errors.len(), 3);
        assert_eq!(Invitation::read(&json!({})).unwrap().role, UserRole::Member, "the least");
    }

    #[test]
    fn a_change_raises_the_version_once_and_addresses_are_folded() {
        let change =
            UserChange::read(&json!({"name": "Ada L", "email": "Ada@Example.com", "role": "administrator"})).unwrap();
        let after = ada().changed(&change, NOW);
        assert_eq!((after.version, after.email.as_str(), after.updated_at), (2, "ada@example.com", NOW));
        assert_eq!(after.changes(&ada()), json!({"name": ["Ada", "Ada L"], "role": ["member", "administrator"]}));
    }

    #[test]
    fn how_api_access_ended_is_kept_until_it_is_on_again() {
        let off = ada().without_api_access(ApiAccessEnd::Off, &actor(), NOW);
        assert_eq!(off.api_access_ended.as_ref().map(|ended| (ended.how, ended.at)), Some((ApiAccessEnd::Off, NOW)));
        assert_eq!(off.without_api_access(ApiAccessEnd::Off, &actor(), NOW.plus(1)), off, "the first one counts");
        let cleared = off.without_api_access(ApiAccessEnd::Cleared, &actor(), NOW.plus(1));
        assert_eq!(cleared.api_access_ended.as_ref().map(|ended| ended.how), Some(ApiAccessEnd::Cleared));
        let on = cleared.with_api_access(NOW.plus(2));
        assert_eq!((on.api_access, &on.api_access_ended, on.version), (true, &None, 4));
        assert_eq!(on.with_api_access(NOW.plus(3)), on);
    }
}
