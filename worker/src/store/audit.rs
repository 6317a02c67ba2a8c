//! The audit log: one record in the same batch as each change.

use claviger_core::{time::Timestamp, wire::key::Actor};
use serde_json::Value;

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

const INTO: &str = "INSERT INTO audit_log (organization_id, at, actor_type, actor_id, actor_name, action, target_type, \
     details, ip, request_id, target_id, target_name) ";

impl Record<'_> {
    /// Writes the record.
    pub fn statement(&self) -> Statement {
        self.values(sql(format!("{INTO}VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")))
            .maybe_int(self.target_id)
            .text(self.target_name)
    }

    /// Writes the record about the key that `which` (SQL behind `WHERE`, with its values) finds at that point of the batch,
    /// and nothing when it finds none.
    pub fn about_key(&self, which: Statement) -> Statement {
        self.values(sql(format!("{INTO}SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, k.id, k.name FROM api_keys k WHERE ")))
            .then(which)
    }

    /// Writes the record if `condition`, SQL with its values, holds at that point of the batch.
    pub fn only_if(&self, condition: Statement) -> Statement {
        self.values(sql(format!("{INTO}SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE ")))
            .maybe_int(self.target_id)
            .text(self.target_name)
            .then(condition)
    }

    fn values(&self, statement: Statement) -> Statement {
        statement
            .int(self.organization_id)
            .int(self.at.millis())
            .text(self.actor.kind.word())
            .maybe_int(self.actor.id)
            .text(&self.actor.name)
            .text(self.action)
            .text(self.target_type)
            .text(&self.details.to_string())
            .maybe_text(self.ip.as_deref())
            .text(self.request_id)
    }
}
