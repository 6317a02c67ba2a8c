//! First run and recovery. A token is spent in the same batch as what it is spent on.

use claviger_core::{
    key::NewKey,
    organization::SYSTEM_ORGANIZATION,
    secret::{Secret, SecretHash},
    text::{Email, Name, fold},
    wire::{key::Key, setup::SetupMode},
};
use serde::Deserialize;
use serde_json::json;

use super::{
    Database, Statement,
    api_keys::{self, Insertion},
    audit,
    row::KeyRow,
    sql,
};
use crate::error::Failure;

/// What the token with this hash is good for; `None` when it is spent.
///
/// # Errors
/// 503.
pub async fn mode(database: &Database, token: SecretHash) -> Result<Option<SetupMode>, Failure> {
    #[derive(Deserialize)]
    struct Row {
        spent: i64,
        organizations: i64,
    }
    let query = sql("SELECT (SELECT count(*) FROM setup_tokens WHERE hash = ?) AS spent, \
         (SELECT count(*) FROM organizations) AS organizations")
    .text(&token.to_hex());
    let row: Option<Row> = database.first(query).await?;
    Ok(row
        .filter(|row| row.spent == 0)
        .map(|row| if row.organizations == 0 { SetupMode::FirstRun } else { SetupMode::Recovery }))
}

/// Makes the system organization, its owner and the owner's key: all or nothing, and once.
///
/// # Errors
/// 403 `setup_closed` when somebody else was first; 503.
pub async fn first_run(
    database: &Database,
    token: SecretHash,
    organization: &Name,
    owner: (&Name, &Email),
    key: (&NewKey, &Secret),
    record: &audit::Record<'_>,
) -> Result<Key, Failure> {
    let at = record.at.millis();
    let (name, email) = owner;
    let organization_row = sql("INSERT INTO organizations (id, name, created_at, updated_at) VALUES (?, ?, ?, ?)")
        .int(SYSTEM_ORGANIZATION)
        .text(organization.as_str())
        .int(at)
        .int(at);
    let owner_row = sql(
        "INSERT INTO users (id, organization_id, name, name_folded, email, role, vouched, api_access, created_at, updated_at) \
         VALUES (1, ?, ?, ?, ?, 'owner', 'owner', 1, ?, ?)",
    )
    .int(SYSTEM_ORGANIZATION)
    .text(name.as_str())
    .text(&name.folded())
    .text(&fold(email.as_str()))
    .int(at)
    .int(at);
    let event = |action, target_type, target_name| {
        audit::Record {
            action,
            target_type,
            target_id: Some(1),
            target_name,
            ip: record.ip.clone(),
            details: record.details.clone(),
            ..*record
        }
        .statement()
    };
    let mut statements = vec![
        spend(token, at),
        organization_row,
        owner_row,
        event("organization.created", "organization", organization.as_str()),
        event("user.created", "user", name.as_str()),
    ];
    let ownership = api_keys::Ownership {
        organization_id: SYSTEM_ORGANIZATION,
        owner: api_keys::Owner::User(1),
        system_generated: true,
    };
    statements.extend(api_keys::insert(&[Insertion::minted(key.0, key.1)], ownership, record));
    made(database, statements, key.1, record).await
}

/// An active owner of the system organization.
#[derive(Deserialize)]
pub struct Owner {
    /// Their id.
    pub id: i64,
    /// Their name.
    pub name: String,
}

/// The active owner of the system organization with this address.
///
/// # Errors
/// 503.
pub async fn owner(database: &Database, email: &Email) -> Result<Option<Owner>, Failure> {
    let query =
        sql("SELECT id, name FROM users WHERE organization_id = ? AND email = ? AND role = 'owner' AND active = 1")
            .int(SYSTEM_ORGANIZATION)
            .text(&fold(email.as_str()));
    database.first(query).await
}

/// Gives an owner a new sign-in key, and takes their passkeys: who has to recover has lost those too, and would be asked for them at
/// everything that matters.
///
/// # Errors
/// 403 `setup_closed` when the token was spent meanwhile; 503.
pub async fn recover(
    database: &Database,
    token: SecretHash,
    owner: &Owner,
    key: (&NewKey, &Secret),
    record: &audit::Record<'_>,
) -> Result<Key, Failure> {
    let ownership = api_keys::Ownership {
        organization_id: SYSTEM_ORGANIZATION,
        owner: api_keys::Owner::User(owner.id),
        system_generated: false,
    };
    let lost = audit::Record {
        action: "passkey.deleted",
        target_type: "user",
        target_id: Some(owner.id),
        target_name: &owner.name,
        details: json!({ "recovery": true }),
        ip: record.ip.clone(),
        ..*record
    };
    let mut statements = vec![
        spend(token, record.at.millis()),
        lost.only_if(sql("EXISTS (SELECT 1 FROM passkeys WHERE user_id = ?)").int(owner.id)),
        sql("DELETE FROM passkeys WHERE user_id = ?").int(owner.id),
    ];
    statements.extend(api_keys::insert(&[Insertion::minted(key.0, key.1)], ownership, record));
    made(database, statements, key.1, record).await
}

fn spend(token: SecretHash, at: i64) -> Statement {
    sql("INSERT INTO setup_tokens (hash, spent_at) VALUES (?, ?)").text(&token.to_hex()).int(at)
}

async fn made(
    database: &Database,
    mut statements: Vec<Statement>,
    secret: &Secret,
    record: &audit::Record<'_>,
) -> Result<Key, Failure> {
    let last = statements.len();
    statements.push(api_keys::select_made(secret));
    let row = database.batch(statements).await?.first::<KeyRow>(last)?;
    row.ok_or_else(|| Failure::internal("setup made a key and it is not there"))?.into_key(record.at)
}
