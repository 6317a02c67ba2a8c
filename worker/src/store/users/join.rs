//! People as Cloudflare Access names them: by their address alone.

use claviger_core::{
    authorize::PrincipalUser,
    cloudflare_access::{Candidate, Identity},
    text::Name,
};
use serde::Deserialize;
use serde_json::json;

use super::{Database, Statement, sql, word};
use crate::{
    error::Failure,
    store::{
        api_keys::{first_default_key, system},
        audit,
    },
};

/// Somebody who has the address.
pub struct Known {
    /// For the decision.
    pub candidate: Candidate,
    /// The person.
    pub user: PrincipalUser,
    /// Their organization's name.
    pub organization: String,
}

/// Everybody who has this folded address: one in each organization at most.
///
/// # Errors
/// 503.
pub async fn by_email(database: &Database, email: &str) -> Result<Vec<Known>, Failure> {
    #[derive(Deserialize)]
    struct Row {
        id: i64,
        name: String,
        role: String,
        active: i64,
        organization_id: i64,
        organization_name: String,
    }
    let query =
        sql("SELECT u.id, u.name, u.role, u.active, u.organization_id, o.name AS organization_name FROM users u \
         JOIN organizations o ON o.id = u.organization_id WHERE u.email = ? ORDER BY o.id LIMIT 100")
        .text(email);
    let rows = database.batch(vec![query]).await?.rows::<Row>(0)?.into_iter();
    let known = rows.map(|row| {
        Ok(Known {
            candidate: Candidate { user: row.id, organization: row.organization_id, active: row.active == 1 },
            user: PrincipalUser { id: row.id, name: row.name, role: word("role", &row.role)? },
            organization: row.organization_name,
        })
    });
    known.collect()
}

/// Refuses the batch when this person may not come in any more, or has another address by now.
pub fn still(user: i64, email: &str) -> Statement {
    sql("INSERT INTO refusals (reason) SELECT 'conflict' WHERE NOT EXISTS \
         (SELECT 1 FROM users WHERE id = ? AND email = ? AND active = 1)")
    .int(user)
    .text(email)
}

/// Makes a member with a default key that waits. Who was removed once, under whatever address they ever had, comes back by an
/// invitation only: what an administrator did is not undone by signing in. Nobody here has let them in, so nobody here can hold a
/// key of theirs: they are vouched for without limit.
///
/// # Errors
/// 409 `conflict` when somebody has the address by now; 403 when they were removed; 404 without the organization; 503.
pub async fn join(
    database: &Database,
    organization: i64,
    identity: &Identity,
    name: &Name,
    record: &audit::Record<'_>,
) -> Result<(), Failure> {
    let (at, email) = (record.at.millis(), identity.email.as_str());
    let removed = sql("INSERT INTO refusals (reason) SELECT 'removed' WHERE EXISTS \
         (SELECT 1 FROM audit_log d WHERE d.organization_id = ?1 AND d.target_type = 'user' AND d.action = 'user.deleted' \
         AND (d.details ->> 'email' = ?2 OR EXISTS (SELECT 1 FROM audit_log c WHERE c.organization_id = ?1 \
         AND c.target_type = 'user' AND c.target_id = d.target_id AND c.action = 'user.updated' \
         AND c.details -> 'changes' -> 'email' ->> 0 = ?2)))")
    .int(organization)
    .text(email);
    let taken = sql("INSERT INTO refusals (reason) SELECT 'conflict' WHERE EXISTS \
         (SELECT 1 FROM users WHERE organization_id = ? AND email = ?)")
    .int(organization)
    .text(email);
    let user =
        sql("INSERT INTO users (organization_id, name, name_folded, email, role, vouched, api_access, created_at, updated_at) \
         VALUES (?, ?, ?, ?, 'member', 'owner', 0, ?, ?)")
        .int(organization)
        .text(name.as_str())
        .text(&name.folded())
        .text(email)
        .int(at)
        .int(at);
    let system = system();
    let joined = audit::Record {
        actor: &system,
        action: "user.created",
        target_type: "user",
        details: json!({ "role": "member", "cloudflare_access": true, "email": email }),
        ip: record.ip.clone(),
        ..*record
    };
    let mut statements = vec![removed, taken, user, joined.about_user(email)];
    statements.extend(first_default_key(organization, email, record));
    database.batch(statements).await?;
    Ok(())
}
