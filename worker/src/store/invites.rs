//! Invitations: single-use links with which a person comes in.

use claviger_core::{
    authorize::Principal,
    key::{NewKey, Role},
    secret::{Secret, SecretHash},
    text::{Email, Name, fold},
    time::Timestamp,
    user::{Invitation, UserRole},
    wire::{
        key::{Actor, Key},
        organization::Invite,
        user::PendingInvite,
    },
};
use serde::Deserialize;

use super::{
    Database, Statement,
    api_keys::{self, Insertion, Owner, Ownership},
    audit,
    row::{KeyRow, actor, word},
    sign_in_links::Maker,
    sql, users,
};
use crate::error::Failure;

/// An invitation that is still good.
pub struct Found {
    /// The organization that invites.
    pub organization_id: i64,
    /// What its secrets begin with.
    pub key_prefix: Option<String>,
    /// Who made it, where that was written down.
    pub created_by: Option<Actor>,
    /// Likewise, the highest role that they could give.
    pub vouches: Option<UserRole>,
    /// What is told about it.
    pub invite: Invite,
}

#[derive(Deserialize)]
struct Row {
    organization_id: i64,
    organization_name: String,
    key_prefix: Option<String>,
    role: String,
    name: Option<String>,
    email: Option<String>,
    created_by_type: Option<String>,
    created_by_id: Option<i64>,
    created_by_name: Option<String>,
    vouches: Option<String>,
    ends_at: i64,
}

#[derive(Deserialize)]
struct PendingRow {
    id: i64,
    organization_id: i64,
    role: String,
    name: Option<String>,
    email: Option<String>,
    created_by_type: Option<String>,
    created_by_id: Option<i64>,
    created_by_name: Option<String>,
    created_at: i64,
    ends_at: i64,
}

const PENDING: &str = "SELECT id, organization_id, role, name, email, created_by_type, created_by_id, created_by_name, \
     created_at, ends_at FROM invites WHERE ";

impl PendingRow {
    fn into_invite(self) -> Result<PendingInvite, Failure> {
        let created_by = maker(self.created_by_type, self.created_by_id, self.created_by_name)?;
        Ok(PendingInvite {
            id: self.id,
            organization_id: self.organization_id,
            role: word("role", &self.role)?,
            name: self.name,
            email: self.email,
            created_by,
            created_at: Timestamp::from_millis(self.created_at),
            ends_at: Timestamp::from_millis(self.ends_at),
        })
    }
}

fn maker(kind: Option<String>, id: Option<i64>, name: Option<String>) -> Result<Option<Actor>, Failure> {
    kind.zip(name).map(|(kind, name)| actor(&kind, id, name)).transpose()
}

/// A page of an organization's invitations that can still be used, and how many there are.
///
/// # Errors
/// 503.
pub async fn list(
    database: &Database,
    organization: i64,
    (page, per_page): (u32, u32),
    now: Timestamp,
) -> Result<(Vec<PendingInvite>, u32), Failure> {
    #[derive(Deserialize)]
    struct Count {
        records: u32,
    }
    let open = |statement: Statement| statement.int(organization).int(now.millis());
    let rows = open(sql(format!("{PENDING} organization_id = ? AND ends_at > ? ORDER BY id DESC LIMIT ? OFFSET ?")))
        .int(per_page.into())
        .int(i64::from(page) * i64::from(per_page));
    let count = open(sql("SELECT count(*) AS records FROM invites WHERE organization_id = ? AND ends_at > ?"));
    let results = database.batch(vec![rows, count]).await?;
    let invites = results.rows::<PendingRow>(0)?.into_iter().map(PendingRow::into_invite).collect::<Result<_, _>>()?;
    Ok((invites, results.first::<Count>(1)?.map_or(0, |count| count.records)))
}

/// One invitation that can still be used, if the caller can see it.
///
/// # Errors
/// 404; 503.
pub async fn find_pending(
    database: &Database,
    principal: &Principal,
    id: i64,
    now: Timestamp,
) -> Result<PendingInvite, Failure> {
    let mut query = sql(format!("{PENDING} id = ? AND ends_at > ?")).int(id).int(now.millis());
    if principal.role() != Role::SystemAdmin {
        query = query.then(sql(" AND organization_id = ?").int(principal.organization_id));
    }
    database.first::<PendingRow>(query).await?.ok_or_else(Failure::not_found)?.into_invite()
}

/// Makes an invitation; `also` belongs to the same batch.
///
/// # Errors
/// 400 when somebody has the address already; 503.
pub async fn create(
    database: &Database,
    organization: i64,
    asked: &Invitation,
    (hash, ends_at): (SecretHash, Timestamp),
    maker: Maker,
    record: &audit::Record<'_>,
    also: Vec<Statement>,
) -> Result<PendingInvite, Failure> {
    if let Some(email) = &asked.email {
        users::refuse_taken(database, organization, email).await?;
    }
    let made = sql("INSERT INTO invites (hash, organization_id, role, name, email, created_by_type, created_by_id, \
         created_by_name, made_by_key, made_by_user, vouches, created_at, ends_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
    .text(&hash.to_hex())
    .int(organization)
    .text(asked.role.word())
    .maybe_text(asked.name.as_ref().map(Name::as_str))
    .maybe_text(asked.email.as_ref().map(|email| fold(email.as_str())).as_deref())
    .text(record.actor.kind.word())
    .maybe_int(record.actor.id)
    .text(&record.actor.name)
    .maybe_int(maker.key)
    .maybe_int(maker.user)
    .text(maker.vouches.word())
    .int(record.at.millis())
    .int(ends_at.millis());
    let select = sql(format!("{PENDING} hash = ?")).text(&hash.to_hex());
    let mut statements = vec![made, record.statement(), select];
    statements.extend(also);
    let row = database.batch(statements).await?.first::<PendingRow>(2)?;
    row.ok_or_else(|| Failure::internal("an invitation was made and is not there"))?.into_invite()
}

/// Withdraws an invitation.
///
/// # Errors
/// 404 when it has gone meanwhile; 503.
pub async fn delete(database: &Database, id: i64, record: &audit::Record<'_>) -> Result<(), Failure> {
    let statements = vec![
        sql("SELECT id FROM invites WHERE id = ?").int(id),
        record.only_if(sql("EXISTS (SELECT 1 FROM invites WHERE id = ?)").int(id)),
        sql("DELETE FROM invites WHERE id = ?").int(id),
    ];
    let there: Option<serde_json::Value> = database.batch(statements).await?.first(0)?;
    there.map(|_| ()).ok_or_else(Failure::not_found)
}

/// The invitation with this token, if it was not used and its time is not over.
///
/// # Errors
/// 503.
pub async fn find(database: &Database, hash: SecretHash, now: Timestamp) -> Result<Option<Found>, Failure> {
    let query = sql("SELECT i.organization_id, o.name AS organization_name, o.key_prefix, i.role, i.name, i.email, \
         i.created_by_type, i.created_by_id, i.created_by_name, i.vouches, i.ends_at FROM invites i \
         JOIN organizations o ON o.id = i.organization_id WHERE i.hash = ? AND i.ends_at > ?")
    .text(&hash.to_hex())
    .int(now.millis());
    let row: Option<Row> = database.first(query).await?;
    let found = row.map(|row| {
        Ok(Found {
            organization_id: row.organization_id,
            key_prefix: row.key_prefix,
            created_by: maker(row.created_by_type, row.created_by_id, row.created_by_name)?,
            vouches: row.vouches.map(|role| word("vouches", &role)).transpose()?,
            invite: Invite {
                organization: row.organization_name,
                role: word::<UserRole>("role", &row.role)?,
                name: row.name,
                email: row.email,
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
    users::refuse_taken(database, found.organization_id, email).await?;
    let email = fold(email.as_str());
    let spent = sql("INSERT INTO refusals (reason) SELECT 'invite_spent' WHERE NOT EXISTS \
         (SELECT 1 FROM invites WHERE hash = ? AND ends_at > ?)")
    .text(&hash.to_hex())
    .int(at);
    let spend = sql("DELETE FROM invites WHERE hash = ?").text(&hash.to_hex());
    let user =
        sql("INSERT INTO users (organization_id, name, name_folded, email, role, vouched, api_access, created_at, updated_at) \
         VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)")
        .int(found.organization_id)
        .text(name.as_str())
        .text(&name.folded())
        .text(&email)
        .text(found.invite.role.word())
        .maybe_text(found.vouches.map(UserRole::word))
        .int(at)
        .int(at);
    let joined = audit::Record {
        action: "user.created",
        target_type: "user",
        target_name: name.as_str(),
        ip: record.ip.clone(),
        details: serde_json::json!({ "role": found.invite.role, "invited": true, "invited_by": found.created_by }),
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
