//! Changing keys: exactly what `core` made of them, all of them or none.

use claviger_core::{authorize::takes_way_in, secret::SecretHash, time::Timestamp, wire::key::Key};
use serde_json::{Map, Value, json};

use super::{Database, Found, Statement, remake_default_keys, sql};
use crate::{error::Failure, store::audit};

/// Rows in one statement: 64 of the largest keys stay below D1's 2 MB for a bound value.
const CHUNK: usize = 64;

/// What happens to one key.
pub struct Step {
    /// As it was read.
    pub before: Found,
    /// As it will be; `None` is deleted.
    pub after: Option<Key>,
    /// A secret that it gets; its hint is `after`'s.
    pub secret: Option<SecretHash>,
}

/// Takes the steps, each with its audit record; `also` belongs to the same batch.
///
/// 1. Nothing is done unless every key still has the version it was read with.
/// 2. Old secrets get their end, then new ones are stored.
/// 3. Whose default key is ended gets another one.
/// 4. The last credential with which an active owner can sign in and change things stays.
///
/// # Errors
/// 409 `conflict`, `last_credential`; 503.
pub async fn apply(
    database: &Database,
    steps: &[Step],
    record: &audit::Record<'_>,
    also: Vec<Statement>,
) -> Result<(), Failure> {
    if steps.is_empty() && also.is_empty() {
        return Ok(());
    }
    let mut statements: Vec<Statement> = steps.chunks(CHUNK).map(assert_versions).collect();
    for steps in steps.chunks(CHUNK) {
        statements.push(record_steps(steps, record));
        let removed: Vec<i64> =
            steps.iter().filter(|step| step.after.is_none()).map(|step| step.before.key.id).collect();
        if !removed.is_empty() {
            let ids = json!(removed).to_string();
            statements.push(sql("DELETE FROM api_keys WHERE id IN (SELECT value FROM json_each(?))").text(&ids));
        }
        let changed: Vec<Value> = steps.iter().filter_map(|step| step.after.as_ref()).map(row).collect();
        if !changed.is_empty() {
            statements.push(update(&json!(changed).to_string()));
        }
        statements.extend(replace_secrets(steps, record.at));
    }
    let without: Vec<i64> = steps.iter().filter_map(ends_default_key).collect();
    if !without.is_empty() {
        statements.extend(remake_default_keys(&without, record));
    }
    statements.extend(keep_a_way_in(steps, record.at));
    statements.extend(also);
    database.batch(statements).await?;
    Ok(())
}

/// Whose default key this step ends.
fn ends_default_key(step: &Step) -> Option<i64> {
    let before = &step.before.key;
    let ends = before.revoked_at.is_none() && step.after.as_ref().is_none_or(|after| after.revoked_at.is_some());
    before.user_id.filter(|_| before.system_generated && ends)
}

/// The number of credits that this key is given counts, even if it is the one that it was given before.
pub fn set_credits(id: i64) -> Statement {
    sql("UPDATE api_keys SET credits_version = credits_version + 1 WHERE id = ?").int(id)
}

fn assert_versions(steps: &[Step]) -> Statement {
    let read: Vec<[i64; 2]> = steps.iter().map(|step| [step.before.key.id, step.before.key.version]).collect();
    sql("INSERT INTO refusals (reason) SELECT 'conflict' FROM json_each(?) j \
         WHERE NOT EXISTS (SELECT 1 FROM api_keys WHERE id = j.value ->> 0 AND version = j.value ->> 1)")
    .text(&json!(read).to_string())
}

fn row(key: &Key) -> Value {
    let by = key.revoked_by.as_ref();
    json!({
        "id": key.id, "name": key.name, "name_folded": claviger_core::text::fold(&key.name),
        "description": key.description, "role": key.role, "access": key.access,
        "scopes": json!(key.scopes).to_string(), "active": i64::from(key.active),
        "expires_at": key.expires_at.map(Timestamp::millis), "metadata": json!(key.metadata).to_string(),
        "allowed_ips": json!(key.allowed_ips).to_string(),
        "rate_limit": key.rate_limit.map(|limit| json!(limit).to_string()),
        "credits": key.credits.map(|credits| json!(credits).to_string()),
        "client_ip_header": key.client_ip_header, "leak": key.leak.as_ref().map(|leak| json!(leak).to_string()),
        "updated_at": key.updated_at.millis(), "rotated_at": key.rotated_at.map(Timestamp::millis),
        "revoked_at": key.revoked_at.map(Timestamp::millis), "revoked_by_type": by.map(|actor| actor.kind),
        "revoked_by_id": by.and_then(|actor| actor.id), "revoked_by_name": by.map(|actor| &actor.name),
        "revoke_reason": key.revoke_reason, "version": key.version,
    })
}

fn update(rows: &str) -> Statement {
    const COLUMNS: [&str; 22] = [
        "name",
        "name_folded",
        "description",
        "role",
        "access",
        "scopes",
        "active",
        "expires_at",
        "metadata",
        "allowed_ips",
        "rate_limit",
        "credits",
        "client_ip_header",
        "leak",
        "updated_at",
        "rotated_at",
        "revoked_at",
        "revoked_by_type",
        "revoked_by_id",
        "revoked_by_name",
        "revoke_reason",
        "version",
    ];
    let set = COLUMNS.map(|column| format!("{column} = j.value ->> '{column}'")).join(", ");
    sql(format!("UPDATE api_keys SET {set} FROM json_each(?) j WHERE api_keys.id = j.value ->> 'id'")).text(rows)
}

/// The secret that is replaced has no end yet, and gets one; a still older one that has not ended yet ends now.
fn replace_secrets(steps: &[Step], now: Timestamp) -> Vec<Statement> {
    let new: Vec<Value> = steps
        .iter()
        .filter_map(|step| Some((step.after.as_ref()?, step.secret?)))
        .map(|(key, hash)| {
            let ends_at = key.secrets.get(1).and_then(|old| old.ends_at);
            json!({"id": key.id, "hash": hash.to_hex(), "hint": key.hint, "ends_at": ends_at.map(Timestamp::millis)})
        })
        .collect();
    if new.is_empty() {
        return Vec::new();
    }
    let new = json!(new).to_string();
    vec![
        sql("UPDATE secrets SET ends_at = ? FROM json_each(?) j WHERE key_id = j.value ->> 'id' AND ends_at > ?")
            .int(now.millis())
            .text(&new)
            .int(now.millis()),
        sql("UPDATE secrets SET ends_at = j.value ->> 'ends_at' FROM json_each(?) j \
             WHERE key_id = j.value ->> 'id' AND ends_at IS NULL")
        .text(&new),
        sql("INSERT INTO secrets (hash, key_id, hint, created_at) \
             SELECT value ->> 'hash', value ->> 'id', value ->> 'hint', ? FROM json_each(?)")
        .int(now.millis())
        .text(&new),
    ]
}

fn record_steps(steps: &[Step], record: &audit::Record<'_>) -> Statement {
    let targets: Vec<Value> = steps
        .iter()
        .map(|step| {
            let (before, mut details) = (&step.before.key, record.details.clone());
            if let Some(details) = details.as_object_mut() {
                details.extend(told(step));
            }
            let name = step.after.as_ref().map_or(&before.name, |after| &after.name);
            json!({"id": before.id, "name": name, "details": details})
        })
        .collect();
    record.about_keys(&targets)
}

/// What the record says beside what the request asked for. The same whether a key came alone or with others.
fn told(step: &Step) -> Map<String, Value> {
    let before = &step.before.key;
    let mut told = Map::new();
    let Some(after) = &step.after else {
        told.insert("hint".to_owned(), json!(before.hint));
        told.insert("kind".to_owned(), json!(before.kind));
        return told;
    };
    told.insert("changes".to_owned(), changes(before, after));
    if step.secret.is_some()
        && let Some(old) = after.secrets.get(1)
    {
        told.insert("old_secret_ends_at".to_owned(), json!(old.ends_at));
    }
    if before.revoked_at.is_none() && after.revoked_at.is_some() {
        told.insert("reason".to_owned(), json!(after.revoke_reason));
    }
    told
}

/// Old and new value of each attribute that differs. A key's attributes hold no secret.
fn changes(before: &Key, after: &Key) -> Value {
    // They follow from others.
    const DERIVED: [&str; 3] = ["secrets", "status", "rotated_at"];
    let (old, new) = (json!(before), json!(after));
    let names = after.differences(before).into_iter().filter(|name| !DERIVED.contains(&name.as_str()));
    names.map(|name| (name.clone(), json!([old.get(&name), new.get(&name)]))).collect::<Map<_, _>>().into()
}

/// Refuses the batch when it takes a way in and, after it, its organization has no other that lasts as long and works from
/// as many places.
fn keep_a_way_in(steps: &[Step], now: Timestamp) -> Option<Statement> {
    let taken: Vec<Value> = steps
        .iter()
        .filter(|step| takes_way_in(&step.before.key, step.after.as_ref(), step.before.user_role, now))
        .map(|step| {
            let key = &step.before.key;
            json!({
                "organization_id": key.organization_id, "expires_at": key.expires_at.map(Timestamp::millis),
                "allowed_ips": json!(key.allowed_ips).to_string(), "scopes": json!(key.scopes).to_string(),
            })
        })
        .collect();
    if taken.is_empty() {
        return None;
    }
    // From the owners, who are few, to their keys: SQLite would rather begin with all people or all their keys.
    let statement = sql("INSERT INTO refusals (reason) SELECT 'last_credential' FROM json_each(?) j WHERE NOT EXISTS \
         (SELECT 1 FROM users u INDEXED BY users_owners CROSS JOIN api_keys k ON k.user_id = u.id \
          WHERE u.organization_id = j.value ->> 'organization_id' \
          AND k.kind = 'personal' AND k.access = 'read_write' AND k.active = 1 AND k.revoked_at IS NULL \
          AND (k.expires_at IS NULL OR k.expires_at >= j.value ->> 'expires_at') \
          AND k.allowed_ips IN ('[]', j.value ->> 'allowed_ips') AND k.scopes IN ('[]', j.value ->> 'scopes') AND u.role = 'owner' AND u.active = 1 \
          AND EXISTS (SELECT 1 FROM secrets s WHERE s.key_id = k.id AND (s.ends_at IS NULL OR s.ends_at > ?))) \
          AND NOT EXISTS (SELECT 1 FROM users u INDEXED BY users_owners CROSS JOIN passkeys p ON p.user_id = u.id \
          WHERE u.organization_id = j.value ->> 'organization_id' AND u.role = 'owner' AND u.active = 1)");
    Some(statement.text(&json!(taken).to_string()).int(now.millis()))
}
