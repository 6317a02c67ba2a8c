//! API keys: found, listed, made, changed.

mod default;
mod insert;
mod list;
mod write;

use claviger_core::{
    authorize::Principal, key::Role, meter::Settings, secret::SecretHash, time::Timestamp, user::UserRole,
    wire::key::Key,
};
use serde::Deserialize;

pub use self::{
    default::{default_key, first_default_key, remake_default_keys, system},
    insert::{Insertion, Owner, Ownership, create, import, insert, select_made},
    list::{Cursor, Filter, ORDERS, Paging, hygiene, list},
    write::{Step, apply, set_credits},
};
use super::{
    Database, Statement,
    row::{KEY_COLUMNS, KeyRow},
    sql, usage,
};
use crate::error::Failure;

/// Which keys a caller can see at all. Part of every query, so that nothing is told about the others.
#[derive(Clone, Copy)]
pub struct Visible {
    /// Keys of this organization; `None` is all of them, for system administrators.
    organization: Option<i64>,
    /// Only this person's personal keys.
    owner: Option<i64>,
    /// Also `system_admin` keys, and the system organization's verifiers, which see all tenants.
    system: bool,
}

impl Visible {
    /// In one organization, which the caller may act in.
    pub fn in_organization(principal: &Principal, id: i64) -> Self {
        Self { organization: Some(id), owner: principal.own_keys_only(), system: principal.role() == Role::SystemAdmin }
    }

    /// Wherever the caller may reach.
    pub fn anywhere(principal: &Principal) -> Self {
        let own = Self::in_organization(principal, principal.organization_id);
        Self { organization: if own.system { None } else { own.organization }, ..own }
    }

    /// Everything: for what is decided by holding a secret, and not by who asks.
    pub const fn to_everybody() -> Self {
        Self { organization: None, owner: None, system: true }
    }

    fn condition(self) -> Statement {
        let mut condition = sql("(1");
        if let Some(id) = self.organization {
            condition = condition.then(sql(" AND k.organization_id = ?").int(id));
        }
        if let Some(id) = self.owner {
            condition = condition.then(sql(" AND k.user_id = ?").int(id));
        } else if !self.system {
            condition = condition
                .then(sql(" AND k.role <> 'system_admin' AND NOT (k.role = 'verifier' AND k.organization_id = 1)"));
        }
        condition.then(sql(")"))
    }
}

/// A key, and the role of the person it belongs to.
#[derive(Clone)]
pub struct Found {
    /// The key.
    pub key: Key,
    /// The role of its person, if it is personal.
    pub user_role: Option<UserRole>,
    /// Its limits, as they are brought to its ledger.
    pub limits: Settings,
}

/// These keys, in the order of their ids, as far as the caller can see them.
///
/// # Errors
/// 503.
pub async fn find(database: &Database, visible: Visible, ids: &[i64], now: Timestamp) -> Result<Vec<Found>, Failure> {
    #[derive(Deserialize)]
    struct Beside {
        user_role: Option<String>,
        limit_version: i64,
        credits_version: i64,
    }
    let query = sql(format!(
        "SELECT {KEY_COLUMNS}, k.limit_version, k.credits_version, \
         (SELECT role FROM users WHERE id = k.user_id) AS user_role FROM api_keys k \
         WHERE k.id IN (SELECT value FROM json_each(?)) AND "
    ))
    .text(&serde_json::json!(ids).to_string())
    .then(visible.condition())
    .then(sql(" ORDER BY k.id"));
    let results = database.batch(vec![query]).await?;
    let beside = results.rows::<Beside>(0)?;
    let found = results.rows::<KeyRow>(0)?.into_iter().zip(beside).map(|(row, beside)| {
        let user_role = beside.user_role.as_deref().map(|role| super::row::word("user_role", role)).transpose()?;
        let key = row.into_key(now)?;
        let limits = Settings {
            rate_limit: key.rate_limit,
            credits: key.credits,
            version: beside.limit_version,
            credits_version: beside.credits_version,
        };
        Ok(Found { key, user_role, limits })
    });
    found.collect()
}

/// The key that has this secret, of ours or imported by `organization_id`, if the caller can see it.
///
/// # Errors
/// 404; 503.
pub async fn find_by_secret(
    database: &Database,
    visible: Visible,
    hash: SecretHash,
    organization_id: i64,
    now: Timestamp,
) -> Result<Key, Failure> {
    let query = sql(format!(
        "SELECT {KEY_COLUMNS} FROM api_keys k WHERE k.id IN (SELECT key_id FROM secrets WHERE hash IN (?, ?)) AND "
    ))
    .text(&hash.to_hex())
    .text(&hash.imported_by(organization_id).to_hex())
    .then(visible.condition());
    database.first::<KeyRow>(query).await?.ok_or_else(Failure::not_found)?.into_key(now)
}
