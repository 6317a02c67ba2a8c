//! How far people are vouched for: who let somebody in may hold a key of theirs, and would be with it whatever they become.

use claviger_core::user::UserRole;
use serde::Deserialize;
use serde_json::json;

use super::{Database, Statement, sql, word, write::revoke_all};
use crate::{
    error::Failure,
    store::{api_keys::remake_default_keys, audit::Record},
};

/// What is said of a key that ended with its person's promotion.
const OUTGROWN: &str =
    "Its person got a role that those who let them in could not give, and who may have held this key.";

/// What is known of how a person came in.
pub struct Vouched {
    /// The highest role that everybody could give who let them in or wrote their address; `None` of before that was kept.
    pub role: Option<UserRole>,
    /// Whether they have a key with a secret, a passkey or a session.
    pub has_credentials: bool,
}

/// How far a person is vouched for.
///
/// # Errors
/// 404; 503.
pub async fn vouched(database: &Database, user: i64) -> Result<Vouched, Failure> {
    #[derive(Deserialize)]
    struct Row {
        vouched: Option<String>,
        has_credentials: i64,
    }
    let query = sql("SELECT vouched, \
         EXISTS (SELECT 1 FROM api_keys WHERE user_id = users.id AND revoked_at IS NULL AND has_secret = 1) \
         OR EXISTS (SELECT 1 FROM passkeys WHERE user_id = users.id) \
         OR EXISTS (SELECT 1 FROM sessions WHERE user_id = users.id) AS has_credentials FROM users WHERE id = ?")
    .int(user);
    let row = database.first::<Row>(query).await?.ok_or_else(Failure::not_found)?;
    let role = row.vouched.map(|role| word("vouched", &role)).transpose()?;
    Ok(Vouched { role, has_credentials: row.has_credentials == 1 })
}

/// Notes that somebody has let this person in, or written their address, who could give no more than `role`.
pub fn vouched_at_most(user: i64, role: UserRole) -> Statement {
    let rank = |role: &str| format!("CASE {role} WHEN 'owner' THEN 2 WHEN 'administrator' THEN 1 ELSE 0 END");
    let less = format!("({}) > ({})", rank("coalesce(vouched, role)"), rank("?1"));
    sql(format!("UPDATE users SET vouched = ?1 WHERE id = ?2 AND {less}")).text(role.word()).int(user)
}

/// Notes that nothing from before vouches for this person any more, and that somebody does who can give no more than `role`: who
/// made them what they are may make more of them, or of their address. For the end of a batch of [`end_credentials`].
pub fn vouched_for(user: i64, role: UserRole) -> Statement {
    sql("UPDATE users SET vouched = ? WHERE id = ?").text(role.word()).int(user)
}

/// Ends all that somebody comes in with, each with its record: the keys, of which a new default one waits, passkeys, sessions.
pub fn end_credentials(user: i64, record: &Record<'_>) -> Vec<Statement> {
    let passkeys = Record {
        action: "passkey.deleted",
        details: json!({ "all": true, "outgrown": true }),
        ip: record.ip.clone(),
        ..*record
    };
    let mut statements = Vec::from(revoke_all(user, (OUTGROWN, "outgrown"), record));
    statements.extend([
        passkeys.only_if(sql("EXISTS (SELECT 1 FROM passkeys WHERE user_id = ?)").int(user)),
        sql("DELETE FROM passkeys WHERE user_id = ?").int(user),
        sql("DELETE FROM sessions WHERE user_id = ?").int(user),
    ]);
    statements.extend(remake_default_keys(&[user], record));
    statements
}
