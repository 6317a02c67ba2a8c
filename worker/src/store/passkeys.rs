//! Passkeys, and the challenges that they answer.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use claviger_core::{
    authorize::PrincipalUser,
    passkey::{Algorithm, Assertion, Known, Registered},
    secret::SecretHash,
    time::Timestamp,
    wire::passkey::{KnownPasskey, Passkey},
};
use serde::Deserialize;
use serde_json::json;

use super::{
    Database, Statement, audit,
    row::{json as read_json, word},
    sql,
};
use crate::error::Failure;

/// What a challenge is for; it is good for nothing else.
#[derive(Clone, Copy)]
pub enum Purpose {
    /// A new passkey of whoever has this session.
    Register(i64),
    /// A session, for whoever answers.
    SignIn,
    /// Making sure that this session is still in its person's hands.
    StepUp(i64),
}

impl Purpose {
    const fn word(self) -> &'static str {
        match self {
            Self::Register(_) => "register",
            Self::SignIn => "sign_in",
            Self::StepUp(_) => "step_up",
        }
    }

    const fn session(self) -> Option<i64> {
        match self {
            Self::Register(session) | Self::StepUp(session) => Some(session),
            Self::SignIn => None,
        }
    }
}

/// Remembers a challenge by its hash. A session has one of each kind.
///
/// # Errors
/// 503.
pub async fn give_out(
    database: &Database,
    hash: SecretHash,
    purpose: Purpose,
    ends_at: Timestamp,
) -> Result<(), Failure> {
    let statements = vec![
        sql("DELETE FROM passkey_challenges WHERE purpose = ? AND session_id = ?")
            .text(purpose.word())
            .maybe_int(purpose.session()),
        sql("INSERT INTO passkey_challenges (hash, purpose, session_id, ends_at) VALUES (?, ?, ?, ?)")
            .text(&hash.to_hex())
            .text(purpose.word())
            .maybe_int(purpose.session())
            .int(ends_at.millis()),
    ];
    database.batch(statements).await?;
    Ok(())
}

/// Takes a challenge away, whatever becomes of its answer: there is one attempt.
///
/// # Errors
/// 403 `challenge_spent` when it was not there for this; 503.
pub async fn spend(database: &Database, hash: SecretHash, purpose: Purpose, now: Timestamp) -> Result<(), Failure> {
    let spend =
        sql("DELETE FROM passkey_challenges WHERE hash = ? AND purpose = ? AND session_id IS ? AND ends_at > ? \
         RETURNING 1 AS spent")
        .text(&hash.to_hex())
        .text(purpose.word())
        .maybe_int(purpose.session())
        .int(now.millis());
    let spent: Option<serde_json::Value> = database.first(spend).await?;
    spent.map(|_| ()).ok_or_else(Failure::challenge_spent)
}

/// What authenticators know this person by: `new`, unless there is one already.
///
/// # Errors
/// 404 when they have gone; 503.
pub async fn handle(database: &Database, user: i64, new: &str) -> Result<String, Failure> {
    #[derive(Deserialize)]
    struct Handle {
        passkey_handle: String,
    }
    let update =
        sql("UPDATE users SET passkey_handle = coalesce(passkey_handle, ?) WHERE id = ? RETURNING passkey_handle")
            .text(new)
            .int(user);
    let row: Option<Handle> = database.first(update).await?;
    row.map(|row| row.passkey_handle).ok_or_else(Failure::not_found)
}

#[derive(Deserialize)]
struct Row {
    id: i64,
    name: String,
    #[serde(default)]
    current: i64,
    backup_eligible: i64,
    created_at: i64,
    last_used_at: Option<i64>,
    credential_id: String,
    transports: String,
}

const ROW: &str = "id, name, backup_eligible, created_at, last_used_at, credential_id, transports";

impl From<Row> for Passkey {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            current: row.current == 1,
            synced: row.backup_eligible == 1,
            created_at: Timestamp::from_millis(row.created_at),
            last_used_at: row.last_used_at.map(Timestamp::from_millis),
        }
    }
}

/// Rows of passkeys, as the caller sees them in this session; the condition follows.
fn select((user, session): (i64, Option<i64>)) -> Statement {
    let current = "id IS (SELECT passkey_id FROM sessions WHERE id = ?) AS current";
    sql(format!("SELECT {ROW}, {current} FROM passkeys WHERE user_id = ?")).maybe_int(session).int(user)
}

async fn rows(database: &Database, caller: (i64, Option<i64>)) -> Result<Vec<Row>, Failure> {
    database.batch(vec![select(caller).then(sql(" ORDER BY id"))]).await?.rows(0)
}

/// A person's passkeys, the first one first, as they see them in this session.
///
/// # Errors
/// 503.
pub async fn list(database: &Database, caller: (i64, Option<i64>)) -> Result<Vec<Passkey>, Failure> {
    Ok(rows(database, caller).await?.into_iter().map(Passkey::from).collect())
}

/// A person's passkeys as browsers know them.
///
/// # Errors
/// 503.
pub async fn known(database: &Database, user: i64) -> Result<Vec<KnownPasskey>, Failure> {
    let known = |row: Row| {
        Ok(KnownPasskey { credential_id: row.credential_id, transports: read_json("transports", &row.transports)? })
    };
    rows(database, (user, None)).await?.into_iter().map(known).collect()
}

/// Stores a new passkey; its person was asked for it just now, so their session counts as stepped up.
///
/// # Errors
/// 409 `passkey_limit`, `passkey_exists`; 404 when its person has gone; 503.
pub async fn add(
    database: &Database,
    (user, session): (i64, i64),
    (made, name, transports): (&Registered, &str, &[&str]),
    record: &audit::Record<'_>,
) -> Result<Passkey, Failure> {
    let id = URL_SAFE_NO_PAD.encode(&made.credential_id);
    let insert = sql(format!(
        "INSERT INTO passkeys (user_id, credential_id, algorithm, public_key, sign_count, backup_eligible, backed_up, \
         transports, name, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING {ROW}"
    ))
    .int(user)
    .text(&id)
    .int(made.key.algorithm.number())
    .text(&made.key.jwk.to_string())
    .int(made.sign_count.into())
    .flag(made.backup_eligible)
    .flag(made.backed_up)
    .text(&json!(transports).to_string())
    .text(name)
    .int(record.at.millis());
    let results = database.batch(vec![insert, verified(session, record.at), record.statement()]).await?;
    let row = results.first::<Row>(0)?.ok_or_else(|| Failure::internal("a new passkey is not there"))?;
    Ok(row.into())
}

/// A passkey that is used, and whose it is.
pub struct Stored {
    /// Never reused.
    pub id: i64,
    /// What its person calls it.
    pub name: String,
    /// Its person.
    pub user: PrincipalUser,
    /// Whether they may come in.
    pub active: bool,
    /// What authenticators know them by.
    pub handle: Option<String>,
    /// Their organization.
    pub organization_id: i64,
    /// What its use is judged by.
    pub known: Known,
    /// For WebCrypto.
    pub jwk: String,
}

/// The passkey with this id, in base64url.
///
/// # Errors
/// 503.
pub async fn find(database: &Database, credential_id: &str) -> Result<Option<Stored>, Failure> {
    #[derive(Deserialize)]
    struct Found {
        id: i64,
        name: String,
        user_id: i64,
        user_name: String,
        role: String,
        active: i64,
        passkey_handle: Option<String>,
        organization_id: i64,
        algorithm: i64,
        public_key: String,
        sign_count: u32,
        backup_eligible: i64,
    }
    let query = sql("SELECT p.id, p.name, u.id AS user_id, u.name AS user_name, u.role, u.active, u.passkey_handle, \
         u.organization_id, p.algorithm, p.public_key, p.sign_count, p.backup_eligible \
         FROM passkeys p JOIN users u ON u.id = p.user_id WHERE p.credential_id = ?")
    .text(credential_id);
    let Some(row) = database.first::<Found>(query).await? else {
        return Ok(None);
    };
    Ok(Some(Stored {
        id: row.id,
        name: row.name,
        user: PrincipalUser { id: row.user_id, name: row.user_name, role: word("role", &row.role)? },
        active: row.active == 1,
        handle: row.passkey_handle,
        organization_id: row.organization_id,
        known: Known {
            algorithm: Algorithm::try_from(row.algorithm).map_err(Failure::internal)?,
            sign_count: row.sign_count,
            backup_eligible: row.backup_eligible == 1,
        },
        jwk: row.public_key,
    }))
}

/// The statements that note a use. Nothing happens if the passkey was used meanwhile, so that of two uses with one count only
/// the first is good, or if it or its person has gone.
pub fn used(stored: &Stored, assertion: &Assertion, now: Timestamp) -> Vec<Statement> {
    vec![
        sql("INSERT INTO refusals (reason) SELECT 'conflict' WHERE NOT EXISTS (SELECT 1 FROM passkeys p \
             JOIN users u ON u.id = p.user_id WHERE p.id = ? AND p.sign_count = ? AND u.active = 1)")
        .int(stored.id)
        .int(stored.known.sign_count.into()),
        sql("UPDATE passkeys SET sign_count = ?, backed_up = ?, last_used_at = ? WHERE id = ?")
            .int(assertion.sign_count.into())
            .flag(assertion.backed_up)
            .int(now.millis())
            .int(stored.id),
    ]
}

/// Notes that a session is in its person's hands.
pub fn verified(session: i64, now: Timestamp) -> Statement {
    sql("UPDATE sessions SET verified_at = ? WHERE id = ?").int(now.millis()).int(session)
}

/// A person's passkey.
///
/// # Errors
/// 404 when it is not theirs, or has gone; 503.
pub async fn one(database: &Database, caller: (i64, Option<i64>), id: i64) -> Result<Passkey, Failure> {
    let query = select(caller).then(sql(" AND id = ?").int(id));
    database.first::<Row>(query).await?.map(Passkey::from).ok_or_else(Failure::not_found)
}

/// Gives a person's passkey another name.
///
/// # Errors
/// 404 when it has gone meanwhile; 503.
pub async fn rename(
    database: &Database,
    user: i64,
    (id, name): (i64, &str),
    record: &audit::Record<'_>,
) -> Result<(), Failure> {
    let statements = vec![
        sql("UPDATE passkeys SET name = ? WHERE id = ? AND user_id = ? RETURNING id").text(name).int(id).int(user),
        record.only_if(sql("EXISTS (SELECT 1 FROM passkeys WHERE id = ? AND user_id = ?)").int(id).int(user)),
    ];
    let there: Option<serde_json::Value> = database.batch(statements).await?.first(0)?;
    there.map(|_| ()).ok_or_else(Failure::not_found)
}

/// Removes a person's passkey, and with it the sessions that it opened.
///
/// # Errors
/// 404 when it has gone meanwhile; 409 `last_credential` when it is an owner's and no owner has another passkey, or a key that
/// works for ever, from anywhere and for everything; 503.
pub async fn remove(database: &Database, user: i64, id: i64, record: &audit::Record<'_>) -> Result<(), Failure> {
    let keep =
        sql("INSERT INTO refusals (reason) SELECT 'last_credential' FROM passkeys p JOIN users u ON u.id = p.user_id \
         WHERE p.id = ?1 AND u.id = ?2 AND u.role = 'owner' AND u.active = 1 AND NOT EXISTS \
         (SELECT 1 FROM passkeys o JOIN users v ON v.id = o.user_id WHERE o.id <> p.id \
          AND v.organization_id = u.organization_id AND v.role = 'owner' AND v.active = 1) AND NOT EXISTS \
         (SELECT 1 FROM api_keys k JOIN users v ON v.id = k.user_id WHERE k.organization_id = u.organization_id \
          AND k.kind = 'personal' AND k.access = 'read_write' AND k.active = 1 AND k.revoked_at IS NULL \
          AND k.expires_at IS NULL AND k.allowed_ips = '[]' AND k.scopes = '[]' AND v.role = 'owner' AND v.active = 1 \
          AND EXISTS (SELECT 1 FROM secrets s WHERE s.key_id = k.id AND (s.ends_at IS NULL OR s.ends_at > ?3)))")
        .int(id)
        .int(user)
        .int(record.at.millis());
    let theirs = || sql("EXISTS (SELECT 1 FROM passkeys WHERE id = ? AND user_id = ?)").int(id).int(user);
    let statements = vec![
        keep,
        record.only_if(theirs()),
        sql("DELETE FROM passkeys WHERE id = ? AND user_id = ? RETURNING id").int(id).int(user),
    ];
    let gone: Option<serde_json::Value> = database.batch(statements).await?.first(2)?;
    gone.map(|_| ()).ok_or_else(Failure::not_found)
}
