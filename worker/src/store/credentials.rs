//! A presented secret and all that decides about it, read in one query so that it fits together.

use claviger_core::{
    authorize::{Principal, PrincipalKey, PrincipalUser},
    freshness::Record,
    key::Metadata,
    meter::Settings,
    organization::Plan,
    secret::{Hint, SecretHash},
    user::UserRole,
    verify::Standing,
};
use serde::Deserialize;

use super::{
    Database, Statement,
    row::{json, time, word},
    sql,
};
use crate::error::Failure;

/// A key, its person and its organization, as a presented secret leads to them.
pub struct Credential {
    /// The key's id.
    pub id: i64,
    /// The key.
    pub key: PrincipalKey,
    /// The owner's own data.
    pub metadata: Metadata,
    /// How often and how many times it may be used.
    pub limits: Settings,
    /// Of a verifier: the header that says where its client is.
    pub client_ip_header: Option<String>,
    /// The hint of the presented secret.
    pub hint: Hint,
    /// Its person.
    pub user: Option<PrincipalUser>,
    /// Its organization.
    pub organization: Organization,
    /// What decides whether it is good.
    pub standing: Standing,
    /// Whether its person, if there is one, has API access.
    pub person_api_access: bool,
    /// The presented secret.
    pub hash: SecretHash,
}

/// The organization of a credential.
pub struct Organization {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Whether its keys are verified against the primary database each time.
    pub strict: bool,
    /// Whether it has imported keys at some time.
    pub imports: bool,
}

impl Credential {
    /// The caller that presents it, at the console or not. Of a key whose secret was replaced it lasts as long as that
    /// secret, and can give to no other key what it will not have then.
    pub fn principal(&self, session_id: Option<i64>) -> Principal {
        let mut key = self.key.clone();
        key.expires_at = [key.expires_at, self.standing.secret_ends_at].into_iter().flatten().min();
        Principal {
            key,
            organization_id: self.organization.id,
            user: self.user.clone(),
            session_id,
            step_up_due: false,
        }
    }

    /// What verification needs of it.
    ///
    /// # Errors
    /// 500 when its metadata cannot be written.
    pub fn into_record(self) -> Result<Record, Failure> {
        let metadata = serde_json::to_string(&self.metadata).map_err(Failure::internal)?;
        Ok(Record {
            hash: self.hash,
            key_id: self.id,
            organization_id: self.organization.id,
            user_id: self.user.map(|user| user.id),
            name: self.key.name.into(),
            role: self.key.role,
            access: self.key.access,
            scopes: self.key.scopes.into(),
            allowed_ips: self.key.allowed_ips.into(),
            metadata: metadata.into(),
            standing: self.standing,
            strict: self.organization.strict,
            imports: self.organization.imports,
            limits: self.limits.limit_anything().then(|| Box::new(self.limits)),
            client_ip_header: self.client_ip_header.map(String::into_boxed_str),
        })
    }
}

/// The columns of [`CredentialRow`], from [`FROM`].
pub const COLUMNS: &str = "s.hash AS secret_hash, s.hint, s.ends_at AS secret_ends_at, k.id AS key_id, k.kind, k.name AS key_name, k.role, \
     k.access, k.scopes, k.allowed_ips, k.active, k.expires_at, k.metadata, k.rate_limit, k.credits, k.limit_version, k.credits_version, k.client_ip_header, k.revoked_at, u.id AS user_id, u.name AS user_name, \
     u.role AS user_role, u.active AS user_active, u.api_access, o.id AS organization_id, o.name AS organization_name, \
     o.plan, o.strict, o.imports";

/// Where [`COLUMNS`] come from.
pub const FROM: &str = "secrets s JOIN api_keys k ON k.id = s.key_id JOIN organizations o ON o.id = k.organization_id \
     LEFT JOIN users u ON u.id = k.user_id";

/// One row of [`COLUMNS`].
#[derive(Deserialize)]
pub struct CredentialRow {
    secret_hash: String,
    hint: String,
    secret_ends_at: Option<i64>,
    key_id: i64,
    kind: String,
    key_name: String,
    role: String,
    access: String,
    scopes: String,
    allowed_ips: String,
    active: i64,
    expires_at: Option<i64>,
    metadata: String,
    rate_limit: Option<String>,
    credits: Option<String>,
    limit_version: i64,
    credits_version: i64,
    client_ip_header: Option<String>,
    revoked_at: Option<i64>,
    user_id: Option<i64>,
    user_name: Option<String>,
    user_role: Option<String>,
    user_active: Option<i64>,
    api_access: Option<i64>,
    organization_id: i64,
    organization_name: String,
    plan: String,
    strict: i64,
    imports: i64,
}

impl CredentialRow {
    /// The row as what it means.
    pub fn into_credential(self) -> Result<Credential, Failure> {
        let plan: Plan = word("plan", &self.plan)?;
        let user = match (self.user_id, self.user_name, self.user_role) {
            (Some(id), Some(name), Some(role)) => {
                Some(PrincipalUser { id, name, role: word::<UserRole>("user_role", &role)? })
            }
            _ => None,
        };
        let standing = Standing {
            revoked: self.revoked_at.is_some(),
            secret_ends_at: time(self.secret_ends_at),
            expires_at: time(self.expires_at),
            active: self.active == 1,
            person_active: self.user_active != Some(0),
            api_access: plan == Plan::Paid && self.api_access != Some(0),
        };
        Ok(Credential {
            id: self.key_id,
            person_api_access: self.api_access != Some(0),
            key: PrincipalKey {
                id: Some(self.key_id),
                name: self.key_name,
                kind: word("kind", &self.kind)?,
                role: word("role", &self.role)?,
                access: word("access", &self.access)?,
                scopes: json("scopes", &self.scopes)?,
                expires_at: time(self.expires_at),
                allowed_ips: json("allowed_ips", &self.allowed_ips)?,
            },
            metadata: json("metadata", &self.metadata)?,
            limits: Settings {
                rate_limit: self.rate_limit.as_deref().map(|text| json("rate_limit", text)).transpose()?,
                credits: self.credits.as_deref().map(|text| json("credits", text)).transpose()?,
                version: self.limit_version,
                credits_version: self.credits_version,
            },
            client_ip_header: self.client_ip_header,
            hint: Hint::stored(self.hint),
            user,
            organization: Organization {
                id: self.organization_id,
                name: self.organization_name,
                strict: self.strict == 1,
                imports: self.imports == 1,
            },
            standing,
            hash: SecretHash::from_hex(&self.secret_hash).ok_or_else(|| Failure::internal("a stored hash is none"))?,
        })
    }
}

/// The look-up of one secret: one row of a unique index.
pub fn statement(hash: SecretHash) -> Statement {
    sql(format!("SELECT {COLUMNS} FROM {FROM} WHERE s.hash = ?")).text(&hash.to_hex())
}

/// Who has this secret, whatever their standing.
///
/// # Errors
/// 503.
pub async fn find(database: &Database, hash: SecretHash) -> Result<Option<Credential>, Failure> {
    database.first::<CredentialRow>(statement(hash)).await?.map(CredentialRow::into_credential).transpose()
}
