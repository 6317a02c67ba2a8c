//! Changing people: exactly what `core` made of them, and what follows for their keys, in one batch.

use claviger_core::{
    authorize::Principal,
    organization::SYSTEM_ORGANIZATION,
    text::{Email, fold},
    time::Timestamp,
    user::UserRole,
    wire::user::User,
};
use serde_json::json;

use super::{
    Database, Statement, sql,
    vouched::{end_credentials, vouched_at_most, vouched_for},
};
use crate::{
    error::Failure,
    store::{
        api_keys::remake_default_keys,
        audit,
        callers::still_stands,
        passkeys::{Going, may_be_here, removing},
    },
};

/// What is said of a key that went with all the others of its person.
const CLEARED: &str = "All keys of this person were cleared.";

/// The statements that turn `before` into `after`, if they are still as they were read.
///
/// 1. The way in of an owner who loses that role, or is deactivated, must not be the last one.
/// 2. Their keys' roles follow theirs, each with its record.
///
/// Their sessions, and the links that they made or that were made for them, are ended by triggers.
pub fn change(database: &Database, before: &User, after: &User, record: &audit::Record<'_>) -> Vec<Statement> {
    let mut statements = vec![same(before)];
    // 1.
    if (after.role, after.active) != (before.role, before.active) {
        statements.push(keep_a_way_in(database, before.id, record.at, Loses::All));
    }
    statements.push(
        sql("UPDATE users SET name = ?, name_folded = ?, email = ?, role = ?, active = ?, api_access = ?, api_access_ended = ?, \
             personal_key_limit = ?, updated_at = ?, version = ? WHERE id = ?")
        .text(&after.name)
        .text(&fold(&after.name))
        .text(&after.email)
        .text(after.role.word())
        .flag(after.active)
        .flag(after.api_access)
        .maybe_text(after.api_access_ended.as_ref().map(|ended| json!(ended).to_string()).as_deref())
        .int(after.personal_key_limit.into())
        .int(after.updated_at.millis())
        .int(after.version)
        .int(after.id),
    );
    // 2.
    if after.role != before.role {
        let role = after.role.key_role(after.organization_id == SYSTEM_ORGANIZATION).word();
        let theirs = || sql("user_id = ? AND role <> ? AND revoked_at IS NULL").int(after.id).text(role);
        let follows = audit::Record {
            action: "api_key.updated",
            target_type: "api_key",
            target_id: None,
            details: json!({}),
            ip: record.ip.clone(),
            ..*record
        };
        let details = format!("json_object('changes', json_object('role', json_array(role, '{role}')))");
        statements.push(follows.about_keys_where(&details, theirs()));
        let set = sql("UPDATE api_keys SET role = ?, version = version + 1, updated_at = ? WHERE ");
        statements.push(set.text(role).int(record.at.millis()).then(theirs()));
    }
    statements.push(record.statement());
    statements
}

/// What a change means for how far its person is vouched for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Nothing.
    None,
    /// Somebody wrote their address who could give no more than this role.
    AtMost(UserRole),
    /// They come in anew: what they came in with until now ends.
    Anew {
        /// What the one who asks for it could give.
        by: UserRole,
        /// Whether they are vouched for by that one alone from now on, and by nobody from before.
        alone: bool,
    },
}

/// Stores a change that `principal` makes.
///
/// # Errors
/// 409 `conflict`, `last_owner`, `last_credential`; 400 when the address is taken; 503.
pub async fn store(
    database: &Database,
    principal: &Principal,
    before: &User,
    after: &User,
    meaning: Meaning,
    record: &audit::Record<'_>,
) -> Result<(), Failure> {
    let mut statements = vec![still_stands(principal)];
    if matches!(meaning, Meaning::Anew { .. }) {
        statements.extend(end_credentials(before.id, record));
    }
    statements.extend(change(database, before, after, record));
    match meaning {
        Meaning::None => {}
        Meaning::AtMost(role) | Meaning::Anew { by: role, alone: false } => {
            statements.push(vouched_at_most(before.id, role));
        }
        Meaning::Anew { by, alone: true } => statements.push(vouched_for(before.id, by)),
    }
    database.batch(statements).await?;
    Ok(())
}

/// Revokes all keys of a person, each with its record; the second statement answers their ids. A key without a secret is of no use
/// to anybody, and the default key waits like this. `why` is what is said of each, and the word for it in the record.
pub fn revoke_all(user: i64, why: (&str, &str), record: &audit::Record<'_>) -> [Statement; 2] {
    let (reason, word) = why;
    let theirs = || sql("user_id = ? AND revoked_at IS NULL AND has_secret = 1").int(user);
    let revoked = audit::Record {
        action: "api_key.revoked",
        target_type: "api_key",
        target_id: None,
        details: json!({
            "reason": reason,
            word: true,
            "changes": { "revoked_at": [null, record.at], "revoked_by": [null, record.actor], "revoke_reason": [null, reason] },
        }),
        ip: record.ip.clone(),
        ..*record
    };
    let revoke =
        sql("UPDATE api_keys SET revoked_at = ?, revoked_by_type = ?, revoked_by_id = ?, revoked_by_name = ?, \
         revoke_reason = ?, updated_at = ?, version = version + 1, \
         leak = CASE leak_open WHEN 1 THEN json_set(leak, '$.resolved_at', ?) ELSE leak END WHERE ")
        .int(record.at.millis())
        .text(record.actor.kind.word())
        .maybe_int(record.actor.id)
        .text(&record.actor.name)
        .text(reason)
        .int(record.at.millis())
        .text(&record.at.to_string())
        .then(theirs())
        .then(sql(" RETURNING id"));
    [revoked.about_each_key(theirs()), revoke]
}

/// Revokes all keys of a person, and removes all their passkeys if they are to go as well, makes their default key anew and stores
/// the change; answers how many of both went.
///
/// # Errors
/// 409 `conflict`, `last_credential`; 503.
pub async fn clear(
    database: &Database,
    principal: &Principal,
    before: &User,
    after: &User,
    passkeys_go: bool,
    record: &audit::Record<'_>,
) -> Result<(u32, u32), Failure> {
    let loses = if passkeys_go { Loses::KeysAndPasskeys } else { Loses::Keys };
    let mut statements = vec![still_stands(principal), keep_a_way_in(database, before.id, record.at, loses)];
    statements.extend(revoke_all(before.id, (CLEARED, "cleared"), record));
    let mut removed = None;
    if passkeys_go {
        let lost = audit::Record {
            action: "passkey.deleted",
            details: json!({ "cleared": true }),
            ip: record.ip.clone(),
            ..*record
        };
        statements.extend(removing(database, Going::AllOf(before.id), principal.is_person(before.id), &lost));
        removed = Some(statements.len() - 1);
    }
    statements.extend(remake_default_keys(&[before.id], record));
    statements.extend(change(database, before, after, record));
    let results = database.batch(statements).await?;
    let rows = |index: usize| {
        results.rows::<serde::de::IgnoredAny>(index).map(|rows| u32::try_from(rows.len()).unwrap_or(u32::MAX))
    };
    Ok((rows(3)?, removed.map(rows).transpose()?.unwrap_or_default()))
}

/// Removes a person with their keys and sessions; the records of all that stay.
///
/// # Errors
/// 409 `conflict`, `last_owner`, `last_credential`; 503.
pub async fn remove(
    database: &Database,
    principal: &Principal,
    before: &User,
    record: &audit::Record<'_>,
) -> Result<(), Failure> {
    let keys = audit::Record {
        action: "api_key.deleted",
        target_type: "api_key",
        target_id: None,
        details: json!({}),
        ip: record.ip.clone(),
        ..*record
    };
    let hint =
        "(SELECT hint FROM secrets WHERE key_id = api_keys.id ORDER BY ends_at IS NOT NULL, created_at DESC LIMIT 1)";
    let details = format!("json_object('hint', {hint}, 'kind', kind)");
    let statements = vec![
        still_stands(principal),
        same(before),
        keep_a_way_in(database, before.id, record.at, Loses::All),
        keys.about_keys_where(&details, sql("user_id = ?").int(before.id)),
        record.statement(),
        sql("DELETE FROM users WHERE id = ?").int(before.id),
    ];
    database.batch(statements).await?;
    Ok(())
}

/// Refuses an address that somebody in the organization has already.
///
/// # Errors
/// 400; 503.
pub async fn refuse_taken(database: &Database, organization: i64, email: &Email) -> Result<(), Failure> {
    let taken = sql("SELECT 1 AS taken FROM users WHERE organization_id = ? AND email = ?")
        .int(organization)
        .text(&fold(email.as_str()));
    match database.first::<serde_json::Value>(taken).await? {
        Some(_) => Err(Failure::email_taken()),
        None => Ok(()),
    }
}

fn same(before: &User) -> Statement {
    sql("INSERT INTO refusals (reason) SELECT 'conflict' WHERE NOT EXISTS (SELECT 1 FROM users WHERE id = ? AND version = ?)")
        .int(before.id)
        .int(before.version)
}

/// What a person loses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Loses {
    /// Their keys.
    Keys,
    /// Their passkeys as well.
    KeysAndPasskeys,
    /// Being an active owner. Where there is no other owner at all, `last_owner` is for the trigger to say.
    All,
}

/// Refuses the batch when this person is an owner with keys or passkeys to come in by that they lose, and nobody keeps for each of
/// them one that lasts as long and works as widely, or a passkey, which does. Passkeys of other hosts are no way in.
fn keep_a_way_in(database: &Database, user: i64, now: Timestamp, loses: Loses) -> Statement {
    let way_in = |key: &str, person: &str| {
        let good = sql(format!(
            "{key}.kind = 'personal' AND {key}.access = 'read_write' AND {key}.active = 1 AND {key}.revoked_at IS NULL \
             AND (({key}.expires_at > ?) IS NOT 0) AND {person}.role = 'owner' AND {person}.active = 1 \
             AND ({key}.id IS NULL OR EXISTS (SELECT 1 FROM secrets s WHERE s.key_id = {key}.id AND (s.ends_at > ?) IS NOT 0))"
        ));
        good.int(now.millis()).int(now.millis())
    };
    let keys =
        "organization_id, user_id, kind, access, active, revoked_at, expires_at, allowed_ips, scopes, id FROM api_keys";
    let mut ways = sql(format!("INSERT INTO refusals (reason) SELECT 'last_credential' FROM (SELECT {keys}"));
    if loses != Loses::Keys {
        let passkeys = " UNION ALL SELECT u.organization_id, p.user_id, 'personal', 'read_write', 1, NULL, NULL, '[]', '[]', NULL \
             FROM passkeys p JOIN users u ON u.id = p.user_id WHERE u.id = ? AND ";
        ways = ways.then(sql(passkeys).int(user)).then(sql(may_be_here("p")).maybe_text(database.host()));
    }
    let owners = if loses == Loses::All {
        " AND EXISTS (SELECT 1 FROM users w WHERE w.organization_id = k.organization_id AND w.role = 'owner' AND w.active = 1 \
         AND w.id <> k.user_id)"
    } else {
        ""
    };
    // Who stays keeps their own passkeys.
    let others = sql("SELECT 1 FROM passkeys p JOIN users v ON v.id = p.user_id WHERE p.rp_id = ? AND v.id IS NOT ?")
        .maybe_text(database.host())
        .maybe_int((loses != Loses::Keys).then_some(user));
    ways.then(sql(") k JOIN users u ON u.id = k.user_id WHERE k.user_id = ? AND ").int(user))
        .then(way_in("k", "u"))
        .then(sql(format!("{owners} AND NOT EXISTS (")))
        .then(others)
        .then(sql(" AND v.organization_id = k.organization_id AND v.role = 'owner' AND v.active = 1) \
             AND NOT EXISTS (SELECT 1 FROM api_keys o JOIN users v ON v.id = o.user_id \
             WHERE o.organization_id = k.organization_id AND o.user_id <> k.user_id AND "))
        .then(way_in("o", "v"))
        .then(sql(
            " AND (o.expires_at IS NULL OR o.expires_at >= k.expires_at) AND o.allowed_ips IN ('[]', k.allowed_ips) \
             AND o.scopes IN ('[]', k.scopes))",
        ))
}
