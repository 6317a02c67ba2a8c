//! `Idempotency-Key`: what a POST with one did, written in the same batch as what it did.

use claviger_core::{
    secret::SecretHash,
    time::{DAY, Timestamp},
};
use serde::Deserialize;
use serde_json::json;

use super::{Database, Statement, sql};
use crate::error::Failure;

/// One POST that may come again.
pub struct Attempt {
    /// The caller's organization.
    pub organization_id: i64,
    /// The caller: `user:3`, `key:7`.
    pub principal: String,
    /// Method and path.
    pub request: String,
    /// The header's value.
    pub key: String,
    /// Of the body.
    pub body: SecretHash,
    /// When it came.
    pub at: Timestamp,
}

/// What an earlier request with the same key did.
#[derive(Deserialize)]
pub struct Done {
    /// Of its body.
    pub body_hash: String,
    /// Its status.
    pub status: u16,
    /// Its answer, unless that carried a secret.
    pub answer: Option<String>,
    /// What it made, if it carried a secret: the ids of keys, or that of an organization, an invitation, a webhook or a person.
    pub ids: Option<String>,
}

const INTO: &str =
    "INSERT INTO idempotency (organization_id, principal, request, key, body_hash, at, status, answer, key_ids) ";

impl Attempt {
    /// What the first request with this key did, if there was one. One whose day is over is forgotten, whether it was swept
    /// away already or not.
    ///
    /// # Errors
    /// 503.
    pub async fn find(&self, database: &Database) -> Result<Option<Done>, Failure> {
        let forgotten = self.same(sql("DELETE FROM idempotency \
             WHERE organization_id = ? AND principal = ? AND request = ? AND key = ? AND at <= ?"));
        let query = sql("SELECT body_hash, status, answer, key_ids AS ids FROM idempotency \
             WHERE organization_id = ? AND principal = ? AND request = ? AND key = ?");
        let statements = vec![forgotten.int(self.at.plus(-DAY).millis()), self.same(query)];
        database.batch(statements).await?.first(1)
    }

    /// Remembers which organization was made with this invitation; the answer itself is not kept.
    pub fn founded(&self, status: u16, invite: SecretHash) -> Statement {
        self.values(sql(format!("{INTO}SELECT ?, ?, ?, ?, ?, ?, ?, NULL, organization_id FROM invites WHERE hash = ?")))
            .int(status.into())
            .text(&invite.to_hex())
    }

    /// Remembers which invitation was made; the answer, with its link, is not kept.
    pub fn invited(&self, status: u16, hash: SecretHash) -> Statement {
        self.values(sql(format!("{INTO}SELECT ?, ?, ?, ?, ?, ?, ?, NULL, id FROM invites WHERE hash = ?")))
            .int(status.into())
            .text(&hash.to_hex())
    }

    /// Remembers for whom a sign-in link was made; the answer, with the link, is not kept.
    pub fn linked(&self, status: u16, hash: SecretHash) -> Statement {
        self.values(sql(format!("{INTO}SELECT ?, ?, ?, ?, ?, ?, ?, NULL, user_id FROM sign_in_links WHERE hash = ?")))
            .int(status.into())
            .text(&hash.to_hex())
    }

    /// Remembers which webhook got a secret; the answer, with it, is not kept.
    pub fn signed(&self, status: u16, salt: &str) -> Statement {
        self.values(sql(format!("{INTO}SELECT ?, ?, ?, ?, ?, ?, ?, NULL, id FROM webhooks WHERE salt = ?")))
            .int(status.into())
            .text(salt)
    }

    /// Remembers an answer that may be given again.
    pub fn answered(&self, status: u16, answer: &str) -> Statement {
        self.values(sql(format!("{INTO}VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)"))).int(status.into()).text(answer)
    }

    /// Remembers which keys got these secrets; the answer itself is not kept.
    pub fn revealed(&self, status: u16, secrets: &[SecretHash]) -> Statement {
        let hashes: Vec<String> = secrets.iter().map(|hash| hash.to_hex()).collect();
        self.values(sql(format!(
            "{INTO}SELECT ?, ?, ?, ?, ?, ?, ?, NULL, \
             (SELECT group_concat(s.key_id) FROM json_each(?) j CROSS JOIN secrets s ON s.hash = j.value)"
        )))
        .int(status.into())
        .text(&json!(hashes).to_string())
    }

    /// Remembers an answer that lists what was imported, which only the database can number.
    pub fn imported(&self, status: u16, hashes: &[SecretHash]) -> Statement {
        let hashes: Vec<String> = hashes.iter().map(|hash| hash.to_hex()).collect();
        self.values(sql(format!(
            "{INTO}SELECT ?, ?, ?, ?, ?, ?, ?, json_object('success', json('true'), 'data', json_object('imported', count(*), \
             'api_keys', json_group_array(json_object('id', k.id, 'name', k.name, 'hint', s.hint) ORDER BY j.key)), \
             'error_code', NULL, 'error_message', NULL), NULL \
             FROM json_each(?) j CROSS JOIN secrets s ON s.hash = j.value CROSS JOIN api_keys k ON k.id = s.key_id"
        )))
        .int(status.into())
        .text(&json!(hashes).to_string())
    }

    fn same(&self, statement: Statement) -> Statement {
        statement.int(self.organization_id).text(&self.principal).text(&self.request).text(&self.key)
    }

    fn values(&self, statement: Statement) -> Statement {
        self.same(statement).text(&self.body.to_hex()).int(self.at.millis())
    }
}
