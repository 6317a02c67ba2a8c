//! Passkeys, and the challenges that they answer.

mod removal;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use claviger_core::{
    authorize::{Principal, PrincipalUser},
    passkey::{Algorithm, Assertion, Known, Registered},
    secret::{Hint, SecretHash},
    time::Timestamp,
    wire::passkey::{KnownPasskey, Passkey, PasskeyOrigin},
};
use serde::Deserialize;
use serde_json::json;

pub use self::removal::{Going, remove, removing};
use super::{
    Database, Statement, audit,
    callers::still_stands,
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
    rp_id: Option<String>,
    origin: Option<String>,
    origin_name: Option<String>,
    origin_hint: Option<String>,
    origin_key_id: Option<i64>,
    #[serde(default)]
    key_ended: i64,
    created_at: i64,
    last_used_at: Option<i64>,
    credential_id: String,
    transports: String,
}

const ROW: &str = "id, name, backup_eligible, rp_id, origin, origin_name, origin_hint, origin_key_id, created_at, last_used_at, \
     credential_id, transports";

impl Row {
    fn into_passkey(self, host: Option<&str>) -> Result<Passkey, Failure> {
        let origin = self.origin.as_deref().map(|way| {
            Ok::<_, Failure>(PasskeyOrigin {
                way: word("origin", way)?,
                name: self.origin_name,
                hint: self.origin_hint.map(Hint::stored),
                key_id: self.origin_key_id,
                key_ended: self.key_ended == 1,
            })
        });
        Ok(Passkey {
            id: self.id,
            name: self.name,
            current: self.current == 1,
            synced: self.backup_eligible == 1,
            usable: host.is_some() && (self.rp_id.is_none() || self.rp_id.as_deref() == host),
            host: self.rp_id,
            origin: origin.transpose()?,
            created_at: Timestamp::from_millis(self.created_at),
            last_used_at: self.last_used_at.map(Timestamp::from_millis),
        })
    }
}

/// Whether a passkey, under this name in SQL, may be one of the host that was asked; the host is to be bound. Of whom that is not
/// known yet it may, and at an address each: there nobody knows whether the console is still where they were made.
pub fn may_be_here(passkey: &str) -> String {
    format!("({passkey}.rp_id IS NULL OR {passkey}.rp_id = coalesce(?, {passkey}.rp_id))")
}

/// Rows of passkeys, as the caller sees them in this session; the condition follows.
fn select((user, session): (i64, Option<i64>)) -> Statement {
    let current = "id IS (SELECT passkey_id FROM sessions WHERE id = ?) AS current";
    let ended = "origin_key_id IS NOT NULL AND NOT EXISTS \
         (SELECT 1 FROM api_keys k WHERE k.id = p.origin_key_id AND k.revoked_at IS NULL) AS key_ended";
    sql(format!("SELECT {ROW}, {current}, {ended} FROM passkeys p WHERE user_id = ?")).maybe_int(session).int(user)
}

/// A person's passkeys, the first one first, as they see them in this session.
///
/// # Errors
/// 503.
pub async fn list(database: &Database, caller: (i64, Option<i64>)) -> Result<Vec<Passkey>, Failure> {
    let rows: Vec<Row> = database.batch(vec![select(caller).then(sql(" ORDER BY id"))]).await?.rows(0)?;
    rows.into_iter().map(|row| row.into_passkey(database.host())).collect()
}

/// A person's passkeys of the host that was asked, as browsers know them.
///
/// # Errors
/// 503.
pub async fn known(database: &Database, user: i64) -> Result<Vec<KnownPasskey>, Failure> {
    let here = sql(format!(" AND {} ORDER BY id", may_be_here("p"))).maybe_text(database.host());
    let rows: Vec<Row> = database.batch(vec![select((user, None)).then(here)]).await?.rows(0)?;
    let known = |row: Row| {
        Ok(KnownPasskey { credential_id: row.credential_id, transports: read_json("transports", &row.transports)? })
    };
    rows.into_iter().map(known).collect()
}

/// A passkey that is to be stored.
pub struct New<'a> {
    /// What it is.
    pub made: &'a Registered,
    /// What its person calls it.
    pub name: &'a str,
    /// How browsers reach it.
    pub transports: &'a [&'a str],
    /// The host that it was made for.
    pub host: &'a str,
}

/// Stores a new passkey with what its session was opened with; its person was asked for it just now, so that session counts as
/// stepped up.
///
/// # Errors
/// 409 `passkey_limit`, `passkey_exists`, and `conflict` when the caller is not any more who they were judged as; 503.
pub async fn add(
    database: &Database,
    principal: &Principal,
    (user, session): (i64, i64),
    new: &New<'_>,
    record: &audit::Record<'_>,
) -> Result<Passkey, Failure> {
    let insert = sql(format!(
        "INSERT INTO passkeys (user_id, credential_id, algorithm, public_key, sign_count, backup_eligible, backed_up, transports, \
         name, rp_id, origin, origin_name, origin_hint, origin_key_id, created_at) \
         SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, CASE e.opened_by WHEN 'access' THEN 'cloudflare_access' ELSE e.opened_by END, \
         coalesce(k.name, p.name), s.hint, coalesce(k.id, p.origin_key_id), ? FROM sessions e \
         LEFT JOIN secrets s ON s.hash = e.secret_hash LEFT JOIN api_keys k ON k.id = s.key_id \
         LEFT JOIN passkeys p ON p.id = e.passkey_id WHERE e.id = ? RETURNING {ROW}"
    ))
    .int(user)
    .text(&URL_SAFE_NO_PAD.encode(&new.made.credential_id))
    .int(new.made.key.algorithm.number())
    .text(&new.made.key.jwk.to_string())
    .int(new.made.sign_count.into())
    .flag(new.made.backup_eligible)
    .flag(new.made.backed_up)
    .text(&json!(new.transports).to_string())
    .text(new.name)
    .text(new.host)
    .int(record.at.millis())
    .int(session);
    let statements = vec![still_stands(principal), insert, verified(session, record.at), record.statement()];
    let row = database.batch(statements).await?.first::<Row>(1)?;
    row.ok_or_else(|| Failure::internal("a new passkey is not there"))?.into_passkey(database.host())
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
    /// The host that it was made for, if that is known.
    pub host: Option<String>,
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
        rp_id: Option<String>,
        algorithm: i64,
        public_key: String,
        sign_count: u32,
        backup_eligible: i64,
    }
    let query = sql("SELECT p.id, p.name, u.id AS user_id, u.name AS user_name, u.role, u.active, u.passkey_handle, \
         u.organization_id, p.rp_id, p.algorithm, p.public_key, p.sign_count, p.backup_eligible \
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
        host: row.rp_id,
        known: Known {
            algorithm: Algorithm::try_from(row.algorithm).map_err(Failure::internal)?,
            sign_count: row.sign_count,
            backup_eligible: row.backup_eligible == 1,
        },
        jwk: row.public_key,
    }))
}

/// The statements that note a use, at this host. Nothing happens if the passkey was used meanwhile, so that of two uses with one
/// count only the first is good, or if it or its person has gone.
pub fn used(stored: &Stored, assertion: &Assertion, host: Option<&str>, now: Timestamp) -> Vec<Statement> {
    vec![
        sql("INSERT INTO refusals (reason) SELECT 'conflict' WHERE NOT EXISTS (SELECT 1 FROM passkeys p \
             JOIN users u ON u.id = p.user_id WHERE p.id = ? AND p.sign_count = ? AND u.active = 1)")
        .int(stored.id)
        .int(stored.known.sign_count.into()),
        sql("UPDATE passkeys SET sign_count = ?, backed_up = ?, last_used_at = ?, rp_id = coalesce(rp_id, ?) WHERE id = ?")
            .int(assertion.sign_count.into())
            .flag(assertion.backed_up)
            .int(now.millis())
            .maybe_text(host)
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
    database.first::<Row>(query).await?.ok_or_else(Failure::not_found)?.into_passkey(database.host())
}

/// Gives the caller's passkey another name.
///
/// # Errors
/// 404 when it has gone meanwhile; 409 `conflict` when the caller is not any more who they were judged as; 503.
pub async fn rename(
    database: &Database,
    principal: &Principal,
    user: i64,
    (id, name): (i64, &str),
    record: &audit::Record<'_>,
) -> Result<(), Failure> {
    let statements = vec![
        still_stands(principal),
        sql("UPDATE passkeys SET name = ? WHERE id = ? AND user_id = ? RETURNING id").text(name).int(id).int(user),
        record.only_if(sql("EXISTS (SELECT 1 FROM passkeys WHERE id = ? AND user_id = ?)").int(id).int(user)),
    ];
    let there: Option<serde_json::Value> = database.batch(statements).await?.first(1)?;
    there.map(|_| ()).ok_or_else(Failure::not_found)
}
