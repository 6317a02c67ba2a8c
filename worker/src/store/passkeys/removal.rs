//! Passkeys that go: one by one, all of a person's, or with a key; and what must be left.

use claviger_core::{authorize::Principal, time::Timestamp};
use serde_json::json;

use super::{
    super::{Database, Statement, audit, callers::still_stands, sql},
    may_be_here,
};
use crate::error::Failure;

/// Which passkeys go.
#[derive(Clone, Copy)]
pub enum Going<'a> {
    /// One of this person's.
    One(i64, i64),
    /// All of this person's.
    AllOf(i64),
    /// Those of this person that were registered by way of one of these keys.
    With(i64, &'a [i64]),
}

impl Going<'_> {
    const fn user(self) -> i64 {
        match self {
            Self::One(user, _) | Self::AllOf(user) | Self::With(user, _) => user,
        }
    }

    /// The condition on `p`.
    fn condition(self) -> Statement {
        let theirs = |text: &str| sql(format!("p.user_id = ?{text}")).int(self.user());
        match self {
            Self::One(_, id) => theirs(" AND p.id = ?").int(id),
            Self::AllOf(_) => theirs(""),
            Self::With(_, keys) => {
                theirs(" AND p.origin_key_id IN (SELECT value FROM json_each(?))").text(&json!(keys).to_string())
            }
        }
    }
}

/// The statements that remove passkeys, and with them the sessions that they opened, each with its record; the last one answers
/// a row for each. To be placed after what the batch does to keys: what is left counts.
///
/// 1. Nothing is done when it takes the last way in of an organization's owners; nor, if they are `ones_own`, the last of their
///    person. Passkeys of other hosts are no way in here, and none that counts as another one.
pub fn removing(database: &Database, going: Going<'_>, ones_own: bool, record: &audit::Record<'_>) -> Vec<Statement> {
    let mut statements = vec![keep_an_owner(database, going, record.at)];
    if ones_own {
        statements.push(keep_oneself(database, going, record.at));
    }
    statements.push(record.about_passkeys(going.condition()));
    let gone = sql("DELETE FROM passkeys WHERE id IN (SELECT p.id FROM passkeys p WHERE ").then(going.condition());
    statements.push(gone.then(sql(") RETURNING id")));
    statements
}

/// Passkeys `p` that go and may be a way in here.
fn taken(database: &Database, going: Going<'_>) -> Statement {
    let reason = "INSERT INTO refusals (reason) SELECT 'last_credential' FROM passkeys p JOIN users u ON u.id = p.user_id WHERE ";
    sql(reason).then(going.condition()).then(sql(format!(" AND {}", may_be_here("p"))).maybe_text(database.host()))
}

/// Passkeys `p` that stay and are a way in here.
fn left(database: &Database, going: Going<'_>) -> Statement {
    let stays = sql("o.rp_id = ? AND o.id NOT IN (SELECT p.id FROM passkeys p WHERE ").maybe_text(database.host());
    stays.then(going.condition()).then(sql(")"))
}

fn keep_an_owner(database: &Database, going: Going<'_>, now: Timestamp) -> Statement {
    let another = " AND u.role = 'owner' AND u.active = 1 AND NOT EXISTS (SELECT 1 FROM passkeys o JOIN users v ON v.id = o.user_id \
         WHERE v.organization_id = u.organization_id AND v.role = 'owner' AND v.active = 1 AND ";
    // As long and as widely as a passkey.
    let key = ") AND NOT EXISTS (SELECT 1 FROM api_keys k JOIN users v ON v.id = k.user_id WHERE k.organization_id = u.organization_id \
         AND k.kind = 'personal' AND k.access = 'read_write' AND k.active = 1 AND k.revoked_at IS NULL AND k.expires_at IS NULL \
         AND k.allowed_ips = '[]' AND k.scopes = '[]' AND v.role = 'owner' AND v.active = 1 \
         AND EXISTS (SELECT 1 FROM secrets s WHERE s.key_id = k.id AND (s.ends_at IS NULL OR s.ends_at > ?)))";
    taken(database, going).then(sql(another)).then(left(database, going)).then(sql(key).int(now.millis()))
}

/// For who comes in by them, whatever their role: any key that signs in now will do.
fn keep_oneself(database: &Database, going: Going<'_>, now: Timestamp) -> Statement {
    let another = " AND NOT EXISTS (SELECT 1 FROM passkeys o WHERE o.user_id = u.id AND ";
    let key = ") AND NOT EXISTS (SELECT 1 FROM api_keys k WHERE k.user_id = u.id AND k.kind = 'personal' AND k.active = 1 \
         AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > ?) \
         AND EXISTS (SELECT 1 FROM secrets s WHERE s.key_id = k.id AND (s.ends_at IS NULL OR s.ends_at > ?)))";
    let key = sql(key).int(now.millis()).int(now.millis());
    taken(database, going).then(sql(another)).then(left(database, going)).then(key)
}

/// Removes passkeys as `principal` asks for; answers how many.
///
/// # Errors
/// 409 `last_credential` as [`removing`], and `conflict` when the caller is not any more who they were judged as; 503.
pub async fn remove(
    database: &Database,
    principal: &Principal,
    going: Going<'_>,
    ones_own: bool,
    record: &audit::Record<'_>,
) -> Result<u32, Failure> {
    let mut statements = vec![still_stands(principal)];
    statements.extend(removing(database, going, ones_own, record));
    let last = statements.len() - 1;
    let gone = database.batch(statements).await?.rows::<serde::de::IgnoredAny>(last)?.len();
    Ok(u32::try_from(gone).unwrap_or(u32::MAX))
}
