//! Invitations: single-use links with which a person comes in.

use claviger_core::{
    key::NewKey,
    secret::{Secret, SecretHash},
    text::{Email, Name, fold},
    time::Timestamp,
    user::UserRole,
    wire::{key::Key, organization::Invite},
};
use serde::Deserialize;

use super::{
    Database,
    api_keys::{self, Insertion, Owner, Ownership},
    audit,
    row::{KeyRow, word},
    sql,
};
use crate::error::Failure;

/// An invitation that is still good.
pub struct Found {
    /// The organization that invites.
    pub organization_id: i64,
    /// What its secrets begin with.
    pub key_prefix: Option<String>,
    /// What is told about it.
    pub invite: Invite,
}

#[derive(Deserialize)]
struct Row {
    organization_id: i64,
    organization_name: String,
    key_prefix: Option<String>,
    role: String,
    ends_at: i64,
}

/// The invitation with this token, if it was not used and its time is not over.
///
/// # Errors
/// 503.
pub async fn find(database: &Database, hash: SecretHash, now: Timestamp) -> Result<Option<Found>, Failure> {
    let query =
        sql("SELECT i.organization_id, o.name AS organization_name, o.key_prefix, i.role, i.ends_at FROM invites i \
         JOIN organizations o ON o.id = i.organization_id WHERE i.hash = ? AND i.ends_at > ?")
        .text(&hash.to_hex())
        .int(now.millis());
    let row: Option<Row> = database.first(query).await?;
    let found = row.map(|row| {
        Ok(Found {
            organization_id: row.organization_id,
            key_prefix: row.key_prefix,
            invite: Invite {
                organization: row.organization_name,
                role: word::<UserRole>("role", &row.role)?,
                ends_at: Timestamp::from_millis(row.ends_at),
            },
        })
    });
    found.transpose()
}

/// Makes the invited person and their first key, and spends the invitation: all or nothing, and once.
///
/// # Errors
/// 403 `invite_closed` when it was spent meanwhile; 400 when the address is taken; 503.
pub async fn accept(
    database: &Database,
    hash: SecretHash,
    found: &Found,
    person: (&Name, &Email),
    key: (&NewKey, &Secret),
    record: &audit::Record<'_>,
) -> Result<Key, Failure> {
    let (name, email) = person;
    let at = record.at.millis();
    let email = fold(email.as_str());
    let taken = sql("SELECT 1 AS taken FROM users WHERE organization_id = ? AND email = ?")
        .int(found.organization_id)
        .text(&email);
    if database.first::<serde_json::Value>(taken).await?.is_some() {
        return Err(Failure::email_taken());
    }
    let spent = sql("INSERT INTO refusals (reason) SELECT 'invite_spent' WHERE NOT EXISTS \
         (SELECT 1 FROM invites WHERE hash = ? AND ends_at > ?)")
    .text(&hash.to_hex())
    .int(at);
    let spend = sql("DELETE FROM invites WHERE hash = ?").text(&hash.to_hex());
    let user = sql("INSERT INTO users (organization_id, name, email, role, api_access, created_at, updated_at) \
         VALUES (?, ?, ?, ?, 1, ?, ?)")
    .int(found.organization_id)
    .text(name.as_str())
    .text(&email)
    .text(found.invite.role.word())
    .int(at)
    .int(at);
    let joined = audit::Record {
        action: "user.created",
        target_type: "user",
        target_name: name.as_str(),
        ip: record.ip.clone(),
        details: serde_json::json!({ "role": found.invite.role, "invited": true }),
        ..*record
    };
    let ownership =
        Ownership { organization_id: found.organization_id, owner: Owner::Newcomer(&email), system_generated: true };
    let mut statements = vec![spent, spend, user, joined.about_user(&email)];
    statements.extend(api_keys::insert(&[Insertion::minted(key.0, key.1)], ownership, record));
    let made = statements.len();
    statements.push(api_keys::select_made(key.1));
    let row = database.batch(statements).await?.first::<KeyRow>(made)?;
    row.ok_or_else(|| Failure::internal("an invited person's key is not there"))?.into_key(record.at)
}
