//! Sign-in links: single use, for a person who is there already.

use claviger_core::{
    key::NewKey,
    secret::{Secret, SecretHash},
    time::Timestamp,
    user::UserRole,
    wire::{
        key::{Actor, Key},
        user::SignInLink,
    },
};
use serde::Deserialize;

use super::{
    Database, Statement,
    api_keys::{self, Insertion, Owner, Ownership},
    audit,
    row::{KeyRow, actor, word},
    sql, users,
};
use crate::error::Failure;

/// What made a link or an invitation: it is void when this is.
#[derive(Clone, Copy)]
pub struct Maker {
    /// The key that was presented, or that the session was opened with, if it was.
    pub key: Option<i64>,
    /// Its person.
    pub user: Option<i64>,
    /// The highest role that it could give.
    pub vouches: UserRole,
}

/// A link that is still good.
pub struct Found {
    /// Whom it lets in.
    pub user: i64,
    /// Their organization.
    pub organization_id: i64,
    /// What its secrets begin with.
    pub key_prefix: Option<String>,
    /// Their role.
    pub role: UserRole,
    /// Who made it.
    pub created_by: Actor,
    /// The highest role that they could give: no more than the person's own where that was not written down.
    pub vouches: UserRole,
    /// What is told about it.
    pub link: SignInLink,
}

#[derive(Deserialize)]
struct Row {
    user_id: i64,
    name: String,
    role: String,
    organization_id: i64,
    organization_name: String,
    key_prefix: Option<String>,
    created_by_type: String,
    created_by_id: Option<i64>,
    created_by_name: String,
    vouches: String,
    ends_at: i64,
}

/// The link with this token, if it was not used and its time is not over.
///
/// # Errors
/// 503.
pub async fn find(database: &Database, hash: SecretHash, now: Timestamp) -> Result<Option<Found>, Failure> {
    let query = sql("SELECT l.user_id, u.name, u.role, u.organization_id, o.name AS organization_name, o.key_prefix, \
         l.created_by_type, l.created_by_id, l.created_by_name, coalesce(l.vouches, u.role) AS vouches, l.ends_at FROM sign_in_links l \
         JOIN users u ON u.id = l.user_id JOIN organizations o ON o.id = u.organization_id \
         WHERE l.hash = ? AND l.ends_at > ? AND u.active = 1")
    .text(&hash.to_hex())
    .int(now.millis());
    let row: Option<Row> = database.first(query).await?;
    let found = row.map(|row| {
        Ok(Found {
            user: row.user_id,
            organization_id: row.organization_id,
            key_prefix: row.key_prefix,
            role: word("role", &row.role)?,
            created_by: actor(&row.created_by_type, row.created_by_id, row.created_by_name)?,
            vouches: word("vouches", &row.vouches)?,
            link: SignInLink {
                organization: row.organization_name,
                name: row.name,
                ends_at: Timestamp::from_millis(row.ends_at),
            },
        })
    });
    found.transpose()
}

/// Makes a person's link, in the place of one that they have; `also` belongs to the same batch.
///
/// # Errors
/// 404 when they have gone meanwhile; 409 when they are another version by now; 503.
pub async fn create(
    database: &Database,
    (user, version): (i64, i64),
    (hash, ends_at): (SecretHash, Timestamp),
    maker: Maker,
    record: &audit::Record<'_>,
    also: Vec<Statement>,
) -> Result<(), Failure> {
    // Another role since it was decided about: then it is decided anew.
    let same = sql("INSERT INTO refusals (reason) SELECT 'conflict' WHERE NOT EXISTS \
         (SELECT 1 FROM users WHERE id = ? AND version = ? AND active = 1)")
    .int(user)
    .int(version);
    let made =
        sql("INSERT INTO sign_in_links (user_id, hash, created_by_type, created_by_id, created_by_name, made_by_key, \
         made_by_user, vouches, created_at, ends_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .int(user)
        .text(&hash.to_hex())
        .text(record.actor.kind.word())
        .maybe_int(record.actor.id)
        .text(&record.actor.name)
        .maybe_int(maker.key)
        .maybe_int(maker.user)
        .text(maker.vouches.word())
        .int(record.at.millis())
        .int(ends_at.millis());
    let mut statements = vec![same, delete(user), made, record.statement()];
    statements.extend(also);
    database.batch(statements).await?;
    Ok(())
}

/// Withdraws a person's link; the record is written if there was one.
///
/// # Errors
/// 404 when there is none; 503.
pub async fn withdraw(
    database: &Database,
    user: i64,
    now: Timestamp,
    record: &audit::Record<'_>,
) -> Result<(), Failure> {
    let good = |text: &str| sql(text).int(user).int(now.millis());
    let statements = vec![
        good("SELECT user_id FROM sign_in_links WHERE user_id = ? AND ends_at > ?"),
        record.only_if(good("EXISTS (SELECT 1 FROM sign_in_links WHERE user_id = ? AND ends_at > ?)")),
        good("DELETE FROM sign_in_links WHERE user_id = ? AND ends_at > ?"),
    ];
    let there: Option<serde_json::Value> = database.batch(statements).await?.first(0)?;
    there.map(|_| ()).ok_or_else(Failure::not_found)
}

/// Gives the person a key to sign in with, and spends the link: all or nothing, and once.
///
/// # Errors
/// 403 `link_closed` when it was spent meanwhile; 503.
pub async fn accept(
    database: &Database,
    hash: SecretHash,
    found: &Found,
    key: (&NewKey, &Secret),
    record: &audit::Record<'_>,
) -> Result<Key, Failure> {
    let spent = sql("INSERT INTO refusals (reason) SELECT 'link_spent' WHERE NOT EXISTS \
         (SELECT 1 FROM sign_in_links l JOIN users u ON u.id = l.user_id WHERE l.hash = ? AND l.ends_at > ? AND u.role = ? \
          AND u.active = 1)")
    .text(&hash.to_hex())
    .int(record.at.millis())
    .text(found.role.word());
    let ownership =
        Ownership { organization_id: found.organization_id, owner: Owner::User(found.user), system_generated: false };
    let used = audit::Record {
        action: "sign_in_link.used",
        target_type: "user",
        target_id: Some(found.user),
        target_name: &found.link.name,
        details: serde_json::json!({ "created_by": found.created_by }),
        ip: record.ip.clone(),
        ..*record
    };
    let vouched = users::vouched_at_most(found.user, found.vouches);
    let mut statements = vec![spent, used.statement(), delete(found.user), vouched];
    statements.extend(api_keys::insert(&[Insertion::minted(key.0, key.1)], ownership, record));
    let made = statements.len();
    statements.push(api_keys::select_made(key.1));
    let row = database.batch(statements).await?.first::<KeyRow>(made)?;
    row.ok_or_else(|| Failure::internal("the key of a sign-in link is not there"))?.into_key(record.at)
}

fn delete(user: i64) -> Statement {
    sql("DELETE FROM sign_in_links WHERE user_id = ?").int(user)
}
