//! The key that each person has from the system: there is always one, and it is pending until they ask for its secret.

use claviger_core::{
    text::fold,
    user::DEFAULT_KEY_NAME,
    wire::key::{Actor, ActorKind},
};
use serde::Deserialize;
use serde_json::json;

use super::{Database, Statement, sql};
use crate::{error::Failure, store::audit};

/// Claviger itself, for the audit log.
pub fn system() -> Actor {
    Actor { kind: ActorKind::System, id: None, name: "System".to_owned() }
}

/// The id of a person's default key.
///
/// # Errors
/// 503.
pub async fn default_key(database: &Database, user: i64) -> Result<Option<i64>, Failure> {
    #[derive(Deserialize)]
    struct Id {
        id: i64,
    }
    let query = sql(
        "SELECT id FROM api_keys WHERE user_id = ? AND system_generated = 1 AND revoked_at IS NULL ORDER BY id LIMIT 1",
    );
    Ok(database.first::<Id>(query.int(user)).await?.map(|row| row.id))
}

/// Makes a new one, with its record, for those of these people who have none at that point of the batch.
pub fn remake_default_keys(users: &[i64], record: &audit::Record<'_>) -> [Statement; 2] {
    let (at, users) = (record.at.millis(), json!(users).to_string());
    let system = system();
    let made = sql("INSERT INTO api_keys (organization_id, kind, user_id, name, name_folded, role, access, system_generated, \
         created_by_type, created_by_name, created_at, updated_at) \
         SELECT organization_id, 'personal', id, ?1, ?2, CASE WHEN role = 'owner' AND organization_id = 1 THEN 'system_admin' \
         WHEN role = 'member' THEN 'integration' ELSE 'organization_admin' END, 'read_write', 1, ?3, ?4, ?5, ?5 \
         FROM users WHERE id IN (SELECT value FROM json_each(?6)) AND NOT EXISTS \
         (SELECT 1 FROM api_keys k WHERE k.user_id = users.id AND k.system_generated = 1 AND k.revoked_at IS NULL)")
    .text(DEFAULT_KEY_NAME)
    .text(&fold(DEFAULT_KEY_NAME))
    .text(system.kind.word())
    .text(&system.name)
    .int(at)
    .text(&users);
    let record = audit::Record {
        actor: &system,
        action: "api_key.created",
        target_type: "api_key",
        target_id: None,
        details: json!({}),
        ip: record.ip.clone(),
        ..*record
    };
    let new = "user_id IN (SELECT value FROM json_each(?)) AND system_generated = 1 AND has_secret = 0 AND revoked_at IS NULL \
         AND created_at = ? AND NOT EXISTS (SELECT 1 FROM audit_log WHERE organization_id = api_keys.organization_id \
         AND target_type = 'api_key' AND target_id = api_keys.id)";
    [made, record.about_keys_where("json_object('pending', json('true'))", sql(new).text(&users).int(at))]
}
