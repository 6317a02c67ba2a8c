//! What is asked for when a key is made.

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Access, ClientIpHeader, Credits, KeyKind, Metadata, READ_ONLY, RateLimit, Role,
    attributes::{allowed_ips, credits, flag, future, metadata, moment, rate_limit, scopes, word},
};
use crate::{
    input::{Fields, Problems, text},
    network::AddressRange,
    scope::Scope,
    text::{Name, Note},
    time::Timestamp,
};

/// What `POST /api_keys` asks for: the console builds it, the Worker reads it with [`NewKey::read`].
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NewKey {
    /// Its name.
    pub name: Name,
    /// A note.
    pub description: Note,
    /// What it may do.
    pub role: Role,
    /// Whether it may change anything.
    pub access: Access,
    /// What a verifier may ask of it.
    pub scopes: Vec<Scope>,
    /// Whether it works at once.
    pub active: bool,
    /// When it stops working; `None` is never.
    pub expires_at: Option<Timestamp>,
    /// Where it works; none means anywhere.
    pub allowed_ips: Vec<AddressRange>,
    /// How often it may be used.
    pub rate_limit: Option<RateLimit>,
    /// How many times it may be used.
    pub credits: Option<Credits>,
    /// Of a verifier: the header that says where its client is; it counts when `ip` does not.
    pub client_ip_header: Option<ClientIpHeader>,
    /// The owner's own data.
    pub metadata: Metadata,
}

/// What a key gets that its maker did not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defaults {
    role: Role,
    access: Access,
}

impl Defaults {
    /// The least: under `/api/v2`.
    pub const LEAST: Self = Self { role: Role::Integration, access: Access::ReadOnly };
    /// As reference 004 documents it: under `/ga/api/v2`.
    pub const REFERENCE: Self = Self { role: Role::OrganizationAdmin, access: Access::ReadWrite };

    /// For a personal key, whose role follows its person.
    #[must_use]
    pub const fn with_role(self, role: Role) -> Self {
        Self { role, ..self }
    }
}

/// Whether a create request asks for a personal key. `kind` is read-only otherwise: [`Belonging`].
#[must_use]
pub fn asks_for_personal(body: &Value) -> bool {
    unwrapped(body).get("kind").and_then(Value::as_str) == Some(KeyKind::Personal.word())
}

fn unwrapped(body: &Value) -> &Value {
    body.get("api_key").filter(|inner| inner.is_object()).unwrap_or(body)
}

/// Whose a new key will be. Its attributes that say so are read-only; a create request may repeat them, not contradict them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Belonging {
    /// The organization that it is made in.
    pub organization_id: i64,
    /// The person whose personal key it is.
    pub user_id: Option<i64>,
}

impl Belonging {
    /// Whether a create request, bare or wrapped, agrees: nobody is to believe that they have made a key for somebody else.
    ///
    /// # Errors
    /// Each attribute that would come out differently.
    pub fn agrees(self, body: &Value) -> Result<(), Problems> {
        let kind = if self.user_id.is_some() { KeyKind::Personal } else { KeyKind::Service };
        let key = unwrapped(body);
        let mut problems = Problems::none();
        for (field, result, instead) in [
            (
                "organization_id",
                json!(self.organization_id),
                " Name another one in the path: /organizations/:id/api_keys.",
            ),
            ("kind", json!(kind), ""),
            ("user_id", json!(self.user_id), " A personal key is made by its own person."),
        ] {
            if key.get(field).is_some_and(|asked| !asked.is_null() && *asked != result) {
                problems.join(Problems::one(field, format!("Would be {result}.{instead}")));
            }
        }
        problems.or(())
    }
}

impl NewKey {
    /// A key that has a name and a role, works at once and for ever, and may be used from anywhere.
    #[must_use]
    pub fn named(name: Name, role: Role, access: Access) -> Self {
        Self {
            name,
            description: Note::empty(),
            role,
            access,
            scopes: Vec::new(),
            active: true,
            expires_at: None,
            allowed_ips: Vec::new(),
            rate_limit: None,
            credits: None,
            client_ip_header: None,
            metadata: Metadata::new(),
        }
    }

    /// Reads a create request. What is absent or null gets its default; active, and no expiry.
    ///
    /// # Errors
    /// Every field that does not fit, by name.
    pub fn read(body: &Value, defaults: Defaults, now: Timestamp) -> Result<Self, Problems> {
        let mut fields = Fields::of(body, "api_key")?;
        let name = fields.required("name", |value| text(value, Name::parse));
        let description = fields.optional("description", |value| text(value, Note::parse));
        let role = fields.optional("role", |value| word(value, Role::ALL, Role::parse));
        let access = fields.optional("access", |value| word(value, Access::ALL, Access::parse));
        let scopes = fields.optional("scopes", scopes);
        let active = fields.optional("active", flag);
        let expires_at = fields.optional("expires_at", |value| future(moment(value)?, now));
        let allowed_ips = fields.optional("allowed_ips", allowed_ips);
        let rate_limit = fields.optional("rate_limit", rate_limit);
        let credits = fields.optional("credits", credits);
        let client_ip_header = fields.optional("client_ip_header", ClientIpHeader::read);
        let metadata = fields.optional("metadata", metadata);
        fields.ignore(READ_ONLY);
        fields.ignore(&["version"]);
        let name = fields.finish_with(name)?;
        let role = role.unwrap_or(defaults.role);
        if client_ip_header.is_some() && role != Role::Verifier {
            return Err(ClientIpHeader::for_verifiers());
        }
        Ok(Self {
            description: description.unwrap_or_else(Note::empty),
            scopes: scopes.unwrap_or_default(),
            active: active.unwrap_or(true),
            expires_at,
            allowed_ips: allowed_ips.unwrap_or_default(),
            rate_limit,
            credits,
            client_ip_header,
            metadata: metadata.unwrap_or_default(),
            ..Self::named(name, role, access.unwrap_or(defaults.access))
        })
    }
}
