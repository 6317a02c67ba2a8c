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
    let users = json!(users).to_string();
    make(&|| sql("SELECT value FROM json_each(?)").text(&users), record)
}

/// Makes the first one of the person with this folded address, whom the same batch makes.
pub fn first_default_key(organization: i64, email: &str, record: &audit::Record<'_>) -> [Statement; 2] {
    make(&|| sql("SELECT id FROM users WHERE organization_id = ? AND email = ?").int(organization).text(email), record)
}

/// For the people whose ids `of` selects.
fn make(of: &dyn Fn() -> Statement, record: &audit::Record<'_>) -> [Statement; 2] {
    let at = record.at.millis();
    let system = system();
    let made = sql("INSERT INTO api_keys (organization_id, kind, user_id, name, name_folded, role, access, system_generated, \
         created_by_type, created_by_name, created_at, updated_at) \
         SELECT organization_id, 'personal', id, ?, ?, CASE WHEN role = 'owner' AND organization_id = 1 THEN 'system_admin' \
         WHEN role = 'member' THEN 'integration' ELSE 'organization_admin' END, 'read_write', 1, ?, ?, ?, ? \
         FROM users WHERE id IN (")
    .text(DEFAULT_KEY_NAME)
    .text(&fold(DEFAULT_KEY_NAME))
    .text(system.kind.word())
    .text(&system.name)
    .int(at)
    .int(at)
    .then(of())
    .then(sql(
        ") AND NOT EXISTS (SELECT 1 FROM api_keys k WHERE k.user_id = users.id AND k.system_generated = 1 \
         AND k.revoked_at IS NULL)",
    ));
    let record = audit::Record {
        actor: &system,
        action: "api_key.created",
        target_type: "api_key",
        target_id: None,
        details: json!({}),
        ip: record.ip.clone(),
        ..*record
    };
    let new = ") AND system_generated = 1 AND has_secret = 0 AND revoked_at IS NULL AND created_at = ? AND NOT EXISTS \
         (SELECT 1 FROM audit_log WHERE organization_id = api_keys.organization_id \
         AND target_type = 'api_key' AND target_id = api_keys.id)";
    let theirs = sql("user_id IN (").then(of()).then(sql(new)).int(at);
    [made, record.about_keys_where("json_object('pending', json('true'))", theirs)]
}
