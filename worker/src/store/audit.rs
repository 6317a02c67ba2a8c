//! The audit log: one record in the same batch as each change, and how it is read.

mod list;
pub mod seals;

use claviger_core::{secret::SecretHash, time::Timestamp, wire::key::Actor};
use serde_json::Value;

pub use self::list::{Filter, Visible, is_there, list};
use super::{Statement, sql};

/// Who did what to what.
pub struct Record<'a> {
    /// Whose log it is in.
    pub organization_id: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: &'a Actor,
    /// What, such as `api_key.revoked`.
    pub action: &'static str,
    /// `api_key`, `session`, `organization`…
    pub target_type: &'static str,
    /// Which one.
    pub target_id: Option<i64>,
    /// Its name then.
    pub target_name: &'a str,
    /// What changed; never a secret.
    pub details: Value,
    /// From where.
    pub ip: Option<String>,
    /// In which request.
    pub request_id: &'a str,
}

/// How a statement that writes a record begins.
pub const WRITES: &str = "INSERT INTO audit_log ";

const INTO: &str = "INSERT INTO audit_log (organization_id, at, actor_type, actor_id, actor_name, action, target_type, \
     details, ip, request_id, target_id, target_name) ";

impl Record<'_> {
    /// Writes the record.
    pub fn statement(&self) -> Statement {
        self.with_details(sql(format!("{INTO}VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")))
            .maybe_int(self.target_id)
            .text(self.target_name)
    }

    /// Writes a record about each of these keys: `{"id","name","details"}`.
    pub fn about_keys(&self, targets: &[Value]) -> Statement {
        self.values(sql(format!(
            "{INTO}SELECT ?, ?, ?, ?, ?, ?, ?, value -> 'details', ?, ?, value ->> 'id', value ->> 'name' FROM json_each(?) \
             ORDER BY key"
        )))
        .text(&serde_json::json!(targets).to_string())
    }

    /// Writes a record about each key that the batch has made so far and that has one of these secrets:
    /// `{"hash","details"}`.
    pub fn about_new_keys(&self, targets: &[Value]) -> Statement {
        self.values(sql(format!(
            "{INTO}SELECT ?, ?, ?, ?, ?, ?, ?, j.value -> 'details', ?, ?, k.id, k.name FROM json_each(?) j \
             CROSS JOIN secrets s ON s.hash = j.value ->> 'hash' CROSS JOIN api_keys k ON k.id = s.key_id ORDER BY j.key"
        )))
        .text(&serde_json::json!(targets).to_string())
    }

    /// Writes a record about each key for which `condition` holds at that point of the batch; `details` is SQL as well.
    pub fn about_keys_where(&self, details: &str, condition: Statement) -> Statement {
        self.values(sql(format!("{INTO}SELECT ?, ?, ?, ?, ?, ?, ?, {details}, ?, ?, id, name FROM api_keys WHERE ")))
            .then(condition)
    }

    /// Writes the same record about each key that fits.
    pub fn about_each_key(&self, condition: Statement) -> Statement {
        self.with_details(sql(format!("{INTO}SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, id, name FROM api_keys WHERE ")))
            .then(condition)
    }

    /// Writes the record about the person of its organization who has this folded address.
    pub fn about_user(&self, email: &str) -> Statement {
        let select = "SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, id, name FROM users WHERE organization_id = ? AND email = ?";
        self.with_details(sql(format!("{INTO}{select}"))).int(self.organization_id).text(email)
    }

    /// Writes the record about the webhook that the batch has made with this salt.
    pub fn about_webhook(&self, salt: &str) -> Statement {
        self.with_details(sql(format!("{INTO}SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, id, ? FROM webhooks WHERE salt = ?")))
            .text(self.target_name)
            .text(salt)
    }

    /// The same record for another organization's log.
    pub fn of(&self, organization_id: i64) -> Self {
        Self { organization_id, details: self.details.clone(), ip: self.ip.clone(), ..*self }
    }

    /// Writes the record about the organization that the batch has made with this invitation, into this log or its own.
    pub fn about_organization_of_invite(&self, hash: SecretHash, log: Option<i64>) -> Statement {
        let into = INTO.replacen("organization_id, ", "", 1).replacen("target_id,", "organization_id, target_id,", 1);
        let statement = sql(format!(
            "{into}SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, coalesce(?, o.id), o.id, o.name FROM invites i JOIN organizations o \
             ON o.id = i.organization_id WHERE i.hash = ?"
        ));
        let statement = statement
            .int(self.at.millis())
            .text(self.actor.kind.word())
            .maybe_int(self.actor.id)
            .text(&self.actor.name)
            .text(self.action)
            .text(self.target_type)
            .text(&self.details.to_string());
        self.origin(statement).maybe_int(log).text(&hash.to_hex())
    }

    /// Writes the record if `condition`, SQL with its values, holds at that point of the batch.
    pub fn only_if(&self, condition: Statement) -> Statement {
        self.with_details(sql(format!("{INTO}SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE ")))
            .maybe_int(self.target_id)
            .text(self.target_name)
            .then(condition)
    }

    fn who(&self, statement: Statement) -> Statement {
        statement
            .int(self.organization_id)
            .int(self.at.millis())
            .text(self.actor.kind.word())
            .maybe_int(self.actor.id)
            .text(&self.actor.name)
            .text(self.action)
            .text(self.target_type)
    }

    fn origin(&self, statement: Statement) -> Statement {
        statement.maybe_text(self.ip.as_deref()).text(self.request_id)
    }

    fn values(&self, statement: Statement) -> Statement {
        self.origin(self.who(statement))
    }

    fn with_details(&self, statement: Statement) -> Statement {
        self.origin(self.who(statement).text(&self.details.to_string()))
    }
}
