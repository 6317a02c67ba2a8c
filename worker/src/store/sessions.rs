//! Sessions.

use claviger_core::{
    authorize::{Principal, PrincipalUser},
    cloudflare_access::Identity,
    organization::SYSTEM_ORGANIZATION,
    secret::{Hint, SecretHash},
    time::Timestamp,
    wire::{
        session::{SessionOrganization, SessionUser},
        user::{SessionRow, SessionRowKey, SessionRowPasskey},
    },
};
use serde::Deserialize;

use super::{
    Database, Statement, audit,
    callers::still_stands,
    credentials::{self, Credential, CredentialRow},
    passkeys::may_be_here,
    row::word,
    sql,
};
use crate::{auth::session::IDLE, error::Failure};

/// A row of `sessions`.
pub struct StoredSession {
    /// Never reused.
    pub id: i64,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last used, to within five minutes.
    pub last_seen_at: Timestamp,
    /// When it ends in any case.
    pub ends_at: Timestamp,
    /// When a passkey was last asked for in it.
    pub verified_at: Option<Timestamp>,
    /// The application of Cloudflare Access that opened it, if one did.
    pub access_application: Option<String>,
}

/// Whose session it is.
pub struct Account {
    /// The person.
    pub user: SessionUser,
    /// Whether they may come in.
    pub active: bool,
    /// How many passkeys they have that may be used at the host that was asked.
    pub passkeys: u32,
    /// Their organization.
    pub organization: SessionOrganization,
}

impl Account {
    /// The person as a caller.
    pub fn principal(&self) -> PrincipalUser {
        PrincipalUser { id: self.user.id, name: self.user.name.clone(), role: self.user.role }
    }
}

#[derive(Deserialize)]
struct Row {
    id: i64,
    created_at: i64,
    last_seen_at: i64,
    ends_at: i64,
    verified_at: Option<i64>,
    by_key: i64,
    access_application: Option<String>,
    user_id: i64,
    user_name: String,
    email: String,
    role: String,
    active: i64,
    passkeys: u32,
    organization_id: i64,
    organization_name: String,
    plan: String,
    key_limit: u32,
    live_keys: u32,
}

impl Row {
    fn read(self) -> Result<(StoredSession, Account), Failure> {
        let session = StoredSession {
            id: self.id,
            created_at: Timestamp::from_millis(self.created_at),
            last_seen_at: Timestamp::from_millis(self.last_seen_at),
            ends_at: Timestamp::from_millis(self.ends_at),
            verified_at: self.verified_at.map(Timestamp::from_millis),
            access_application: self.access_application,
        };
        let role = word("role", &self.role)?;
        let account = Account {
            user: SessionUser { id: self.user_id, name: self.user_name, email: self.email, role },
            active: self.active == 1,
            passkeys: self.passkeys,
            organization: SessionOrganization {
                id: self.organization_id,
                name: self.organization_name,
                system: self.organization_id == SYSTEM_ORGANIZATION,
                plan: word("plan", &self.plan)?,
                key_limit: self.key_limit,
                live_keys: self.live_keys,
            },
        };
        Ok((session, account))
    }
}

/// What a session is opened with.
#[derive(Clone, Copy)]
pub enum Way<'a> {
    /// A secret; the session is bound by its key.
    Key(SecretHash),
    /// A passkey, which its person was asked for just now.
    Passkey(i64),
    /// Cloudflare Access, which vouches for its person for a time; the session is bound by its configuration.
    Access(&'a Identity),
}

/// What a new session needs.
pub struct NewSession<'a> {
    /// Of the token in the cookie.
    pub hash: SecretHash,
    /// The person.
    pub user_id: i64,
    /// What it is opened with.
    pub way: Way<'a>,
    /// When it ends in any case.
    pub ends_at: Timestamp,
    /// The browser's description of itself.
    pub user_agent: &'a str,
}

/// The session with this token, whose it is, and the key it was opened with.
///
/// # Errors
/// 503.
pub async fn find(
    database: &Database,
    hash: SecretHash,
) -> Result<Option<(StoredSession, Account, Option<Credential>)>, Failure> {
    let columns = credentials::COLUMNS;
    let from = credentials::FROM;
    let session = sql("SELECT e.id, e.created_at, e.last_seen_at, e.ends_at, e.verified_at, e.opened_by = 'key' AS by_key, \
         e.access_application, u.id AS user_id, u.name AS user_name, u.email, u.role, u.active, \
         (SELECT count(*) FROM passkeys p WHERE p.user_id = u.id AND ")
    .then(sql(may_be_here("p")).maybe_text(database.host()))
    .then(sql(
        ") AS passkeys, o.id AS organization_id, o.name AS organization_name, o.plan, o.key_limit, o.live_keys \
         FROM sessions e JOIN users u ON u.id = e.user_id JOIN organizations o ON o.id = u.organization_id WHERE e.hash = ?",
    ))
    .text(&hash.to_hex());
    let credential =
        sql(format!("SELECT {columns} FROM {from} JOIN sessions e ON e.secret_hash = s.hash WHERE e.hash = ?"))
            .text(&hash.to_hex());
    let results = database.batch(vec![session, credential]).await?;
    let Some(row) = results.first::<Row>(0)? else {
        return Ok(None);
    };
    let credential = results.first::<CredentialRow>(1)?.map(CredentialRow::into_credential).transpose()?;
    if row.by_key == 1 && credential.is_none() {
        // Never unbound: without its key it would have all that its person may.
        return Ok(None);
    }
    let (session, account) = row.read()?;
    Ok(Some((session, account, credential)))
}

/// Opens a session; `also` belongs to the same batch.
///
/// # Errors
/// 503.
pub async fn open(
    database: &Database,
    new: &NewSession<'_>,
    record: &audit::Record<'_>,
    also: Vec<Statement>,
) -> Result<i64, Failure> {
    #[derive(Deserialize)]
    struct Id {
        id: i64,
    }
    let (opened_by, secret, passkey, application) = match new.way {
        Way::Key(hash) => ("key", Some(hash.to_hex()), None, None),
        Way::Passkey(id) => ("passkey", None, Some(id), None),
        Way::Access(identity) => ("access", None, None, Some(identity.application.as_str())),
    };
    let insert = sql(
        "INSERT INTO sessions (hash, user_id, opened_by, secret_hash, passkey_id, access_application, verified_at, \
         created_at, last_seen_at, ends_at, user_agent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
    )
    .text(&new.hash.to_hex())
    .int(new.user_id)
    .text(opened_by)
    .maybe_text(secret.as_deref())
    .maybe_int(passkey)
    .maybe_text(application)
    .maybe_int(passkey.map(|_| record.at.millis()))
    .int(record.at.millis())
    .int(record.at.millis())
    .int(new.ends_at.millis())
    .text(new.user_agent);
    let mut statements = vec![insert, record.statement()];
    statements.extend(also);
    let id = database
        .batch(statements)
        .await?
        .first::<Id>(0)?
        .ok_or_else(|| Failure::internal("a new session has no id"))?;
    Ok(id.id)
}

/// Notes that a session was used.
///
/// # Errors
/// 503.
pub async fn touch(database: &Database, id: i64, now: Timestamp) -> Result<(), Failure> {
    database.batch(vec![sql("UPDATE sessions SET last_seen_at = ? WHERE id = ?").int(now.millis()).int(id)]).await?;
    Ok(())
}

/// Ends a session; the record is written for the request that really ended it.
///
/// # Errors
/// 503.
pub async fn end(database: &Database, id: i64, record: &audit::Record<'_>) -> Result<(), Failure> {
    let ended = record.only_if(sql("EXISTS (SELECT 1 FROM sessions WHERE id = ?)").int(id));
    database.batch(vec![ended, sql("DELETE FROM sessions WHERE id = ?").int(id)]).await?;
    Ok(())
}

#[derive(Deserialize)]
struct Listed {
    id: i64,
    user_agent: String,
    created_at: i64,
    last_seen_at: i64,
    ends_at: i64,
    key_id: Option<i64>,
    key_name: Option<String>,
    hint: Option<String>,
    passkey_id: Option<i64>,
    passkey_name: Option<String>,
    by_access: i64,
}

impl Listed {
    fn row(self, current: Option<i64>) -> SessionRow {
        let key = self.key_id.zip(self.key_name.zip(self.hint));
        SessionRow {
            id: self.id,
            current: current == Some(self.id),
            user_agent: self.user_agent,
            created_at: Timestamp::from_millis(self.created_at),
            last_seen_at: Timestamp::from_millis(self.last_seen_at),
            idle_at: Timestamp::from_millis(self.last_seen_at).plus(IDLE),
            ends_at: Timestamp::from_millis(self.ends_at),
            key: key.map(|(id, (name, hint))| SessionRowKey { id, name, hint: Hint::stored(hint) }),
            passkey: self.passkey_id.zip(self.passkey_name).map(|(id, name)| SessionRowPasskey { id, name }),
            cloudflare_access: self.by_access == 1,
        }
    }
}

/// A person's sessions that still let them in, the one seen last first; `current` is the one that asks.
///
/// # Errors
/// 503.
pub async fn list(
    database: &Database,
    user: i64,
    current: Option<i64>,
    now: Timestamp,
) -> Result<Vec<SessionRow>, Failure> {
    let query = sql(
        "SELECT e.id, e.user_agent, e.created_at, e.last_seen_at, e.ends_at, k.id AS key_id, k.name AS key_name, s.hint, \
         p.id AS passkey_id, p.name AS passkey_name, e.opened_by = 'access' AS by_access \
         FROM sessions e LEFT JOIN secrets s ON s.hash = e.secret_hash LEFT JOIN api_keys k ON k.id = s.key_id \
         LEFT JOIN passkeys p ON p.id = e.passkey_id WHERE e.user_id = ?1 AND e.ends_at > ?2 AND e.last_seen_at > ?3 \
         AND (e.opened_by <> 'key' OR (k.revoked_at IS NULL AND k.active = 1 \
         AND (k.expires_at IS NULL OR k.expires_at > ?2) AND (s.ends_at IS NULL OR s.ends_at > ?2))) \
         ORDER BY e.last_seen_at DESC, e.id DESC LIMIT 1000",
    )
    .int(user)
    .int(now.millis())
    .int(now.plus(-IDLE).millis());
    let rows = database.batch(vec![query]).await?.rows::<Listed>(0)?.into_iter();
    Ok(rows.map(|row| row.row(current)).collect())
}

/// Ends one of a person's sessions.
///
/// # Errors
/// 404 when it is not theirs, or has gone; 503.
pub async fn end_one(database: &Database, user: i64, id: i64, record: &audit::Record<'_>) -> Result<(), Failure> {
    let theirs = |text: &str| sql(text).int(id).int(user);
    let statements = vec![
        theirs("SELECT id FROM sessions WHERE id = ? AND user_id = ?"),
        record.only_if(theirs("EXISTS (SELECT 1 FROM sessions WHERE id = ? AND user_id = ?)")),
        theirs("DELETE FROM sessions WHERE id = ? AND user_id = ?"),
    ];
    let there: Option<serde_json::Value> = database.batch(statements).await?.first(0)?;
    there.map(|_| ()).ok_or_else(Failure::not_found)
}

/// Ends all sessions of another person, as `principal` asks for; answers how many.
///
/// # Errors
/// 409 `conflict` when the caller is not any more who they were judged as; 503.
pub async fn end_all(
    database: &Database,
    principal: &Principal,
    user: i64,
    record: &audit::Record<'_>,
) -> Result<u32, Failure> {
    let statements = vec![
        still_stands(principal),
        record.only_if(sql("EXISTS (SELECT 1 FROM sessions WHERE user_id = ?)").int(user)),
        sql("DELETE FROM sessions WHERE user_id = ? RETURNING id").int(user),
    ];
    let ended = database.batch(statements).await?.rows::<serde::de::IgnoredAny>(2)?.len();
    Ok(u32::try_from(ended).unwrap_or(u32::MAX))
}

/// Ends all of a person's sessions but this one; answers how many.
///
/// # Errors
/// 503.
pub async fn end_others(
    database: &Database,
    user: i64,
    current: Option<i64>,
    record: &audit::Record<'_>,
) -> Result<u32, Failure> {
    let others = |text: &str| sql(text).int(user).maybe_int(current);
    let statements = vec![
        record.only_if(others("EXISTS (SELECT 1 FROM sessions WHERE user_id = ? AND id IS NOT ?)")),
        others("DELETE FROM sessions WHERE user_id = ? AND id IS NOT ? RETURNING id"),
    ];
    let ended = database.batch(statements).await?.rows::<serde::de::IgnoredAny>(1)?.len();
    Ok(u32::try_from(ended).unwrap_or(u32::MAX))
}
