//! The database: the only place with SQL.
//!
//! `batch` is D1's only transaction: whatever belongs together is one batch. A batch does not stop at a statement that
//! touches no row, so what must not happen is raised by a trigger (`refused:<reason>`) and comes back as a [`Failure`].

pub mod api_keys;
pub mod audit;
pub mod callers;
pub mod copies;
pub mod credentials;
pub mod feed;
pub mod housekeeping;
pub mod idempotency;
pub mod invites;
pub mod leaks;
pub mod ledgers;
pub mod order;
pub mod organizations;
pub mod passkeys;
mod row;
pub mod sessions;
pub mod setup;
pub mod sign_in_links;
pub mod usage;
pub mod users;
pub mod webhooks;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::{Either, select};
use http::StatusCode;
use serde::de::DeserializeOwned;
use worker::{D1Database, D1PreparedStatement, D1Result, D1SessionConstraint, Delay, Env, wasm_bindgen::JsValue};

use crate::{auth::passkey::Site, error::Failure, incoming::Incoming, lab};

/// Longer than this nobody waits: D1 is known to stall for up to 25 s.
const PATIENCE: Duration = Duration::from_secs(8);

/// The D1 database.
pub struct Database {
    database: D1Database,
    rows_read: Arc<AtomicUsize>,
    host: Option<Arc<str>>,
}

/// One statement with its values.
pub struct Statement {
    sql: String,
    values: Vec<JsValue>,
}

/// Starts a statement.
pub fn sql(text: impl Into<String>) -> Statement {
    Statement { sql: text.into(), values: Vec::new() }
}

impl Statement {
    /// Binds the next `?`.
    pub fn text(mut self, value: &str) -> Self {
        self.values.push(JsValue::from_str(value));
        self
    }

    /// Binds the next `?`. As a JavaScript number, since D1 takes no BigInt: exact up to 2^53.
    pub fn int(mut self, value: i64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "ids and times stay below 2^53")]
        self.values.push(JsValue::from_f64(value as f64));
        self
    }

    /// Binds the next `?`.
    pub fn flag(self, value: bool) -> Self {
        self.int(i64::from(value))
    }

    /// Binds the next `?`, NULL for `None`.
    pub fn maybe_int(mut self, value: Option<i64>) -> Self {
        match value {
            Some(value) => self.int(value),
            None => {
                self.values.push(JsValue::NULL);
                self
            }
        }
    }

    /// Binds the next `?`, NULL for `None`.
    pub fn maybe_text(mut self, value: Option<&str>) -> Self {
        self.values.push(value.map_or(JsValue::NULL, JsValue::from_str));
        self
    }

    /// Appends SQL and its values.
    pub fn then(mut self, other: Self) -> Self {
        self.sql.push_str(&other.sql);
        self.values.extend(other.values);
        self
    }
}

/// What the statements of a batch returned, in their order.
pub struct Results(Vec<D1Result>);

impl Results {
    /// The rows of the statement at `index`.
    pub fn rows<T: DeserializeOwned>(&self, index: usize) -> Result<Vec<T>, Failure> {
        let result = self.0.get(index).ok_or_else(|| Failure::internal("a batch has fewer results than statements"))?;
        result.results().map_err(Failure::internal)
    }

    /// The first row of the statement at `index`.
    pub fn first<T: DeserializeOwned>(&self, index: usize) -> Result<Option<T>, Failure> {
        Ok(self.rows(index)?.into_iter().next())
    }
}

impl Database {
    /// The database bound to the Worker.
    ///
    /// # Errors
    /// 503 when it is not.
    pub fn of(env: &Env) -> Result<Self, Failure> {
        let database = env.d1("DB").map_err(Failure::unavailable)?;
        Ok(Self { database, rows_read: Arc::default(), host: None })
    }

    /// The database; the rows that D1 reads, which it charges for, are added to the request's `rows_read`, and passkeys are judged
    /// by the host that it came to.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn of_request(incoming: &Incoming) -> Result<Self, Failure> {
        let host = Site::of(incoming).ok().map(|site| Arc::from(site.host()));
        Ok(Self { rows_read: Arc::clone(&incoming.rows_read), host, ..Self::of(&incoming.env)? })
    }

    /// The host that was asked: passkeys that were made for another one are of no use here. `None` at an address, which has no
    /// passkeys, and where nobody asks.
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// The rows that it has read so far.
    pub fn rows_read(&self) -> usize {
        self.rows_read.load(Ordering::Relaxed)
    }

    /// Runs all statements as one transaction.
    ///
    /// # Errors
    /// What a trigger refused; 503 when the database does not answer.
    pub async fn batch(&self, mut statements: Vec<Statement>) -> Result<Results, Failure> {
        // What webhooks are told of a change is how things stand at its end.
        if statements.iter().any(|statement| statement.sql.starts_with(audit::WRITES)) {
            statements.push(webhooks::settle());
        }
        let prepared = bound(statements, |sql| self.database.prepare(sql))?;
        self.results(self.database.batch(prepared), PATIENCE).await
    }

    /// Runs all statements as one transaction that is as new as `from` says; with the bookmark of what it saw.
    ///
    /// # Errors
    /// 503 when the database does not answer `within` that time.
    pub async fn session(
        &self,
        from: feed::From<'_>,
        statements: Vec<Statement>,
        within: Duration,
    ) -> Result<(Results, Option<String>), Failure> {
        let session = match from {
            feed::From::Primary => self.database.with_session_constraint(D1SessionConstraint::FirstPrimary),
            feed::From::NoOlderThan(bookmark) => self.database.with_session(Some(bookmark)),
            feed::From::Anywhere => self.database.with_session_constraint(D1SessionConstraint::FirstUnconstrained),
        };
        let session = session.map_err(Failure::unavailable)?;
        let prepared = bound(statements, |sql| session.prepare(sql))?;
        let results = self.results(session.batch(prepared), within).await?;
        Ok((results, session.get_bookmark().map_err(Failure::unavailable)?))
    }

    async fn results(
        &self,
        answer: impl Future<Output = worker::Result<Vec<D1Result>>>,
        within: Duration,
    ) -> Result<Results, Failure> {
        let answer = async {
            lab::database().await?;
            answer.await.map_err(|error| failure(&error))
        };
        match select(std::pin::pin!(answer), Delay::from(within)).await {
            Either::Left((results, _)) => {
                let results = results?;
                self.rows_read.fetch_add(results.iter().map(rows_read).sum(), Ordering::Relaxed);
                Ok(Results(results))
            }
            Either::Right(_) => Err(Failure::unavailable("D1 did not answer in time")),
        }
    }

    /// Runs one statement and gives its first row.
    ///
    /// # Errors
    /// As [`Self::batch`].
    pub async fn first<T: DeserializeOwned>(&self, statement: Statement) -> Result<Option<T>, Failure> {
        self.batch(vec![statement]).await?.first(0)
    }
}

fn bound(
    statements: Vec<Statement>,
    prepare: impl Fn(String) -> D1PreparedStatement,
) -> Result<Vec<D1PreparedStatement>, Failure> {
    let bind = |statement: Statement| prepare(statement.sql).bind(&statement.values);
    statements.into_iter().map(bind).collect::<worker::Result<_>>().map_err(Failure::internal)
}

fn rows_read(result: &D1Result) -> usize {
    result.meta().ok().flatten().and_then(|meta| meta.rows_read).unwrap_or_default()
}

/// D1 tells constraint errors apart by their text alone.
fn failure(error: &worker::Error) -> Failure {
    let text = error.to_string();
    let conflict = |code, outside| Failure::new(StatusCode::CONFLICT, code, outside).because(&text);
    let refused = |reason: &str| text.contains(&format!("refused:{reason}"));
    if refused("key_limit") {
        conflict(
            "key_limit",
            "This organization has as many live keys as it may have. Revoke one, or ask for a higher limit.",
        )
    } else if refused("trial") {
        Failure::forbidden(
            "api_access_disabled",
            "This organization is on trial, so it cannot make keys for integrations yet. Ask your system administrator.",
        )
    } else if refused("personal_key_limit") {
        conflict("key_limit", "You have as many live personal keys as you may have. Revoke one first.")
    } else if refused("passkey_limit") {
        conflict("passkey_limit", "You have as many passkeys as you may have. Remove one first.")
    } else if text.contains("UNIQUE constraint failed: passkeys.credential_id") {
        conflict("passkey_exists", "This passkey is registered already.")
    } else if refused("last_credential") {
        conflict(
            "last_credential",
            "This is the last key or passkey with which an owner can sign in: without it nobody could manage this organization. Make another one first, of your own, that lasts as long and works from anywhere.",
        )
    } else if refused("last_owner") {
        conflict(
            "last_owner",
            "This is the last active owner: without one nobody could manage this organization. Make somebody else an owner first.",
        )
    } else if refused("webhook_limit") {
        conflict(
            "webhook_limit",
            "There are as many webhooks as there may be: 100 in an organization, 10 of one person. Delete one first.",
        )
    } else if refused("invite_limit") {
        conflict(
            "invite_limit",
            "This organization has 100 invitations that nobody has used yet. Withdraw some, or wait until they are over.",
        )
    } else if refused("removed") {
        Failure::access_ended().because(text)
    } else if refused("link_spent") {
        Failure::link_closed()
    } else if refused("conflict") {
        Failure::conflict()
    } else if refused("invite_spent") {
        Failure::invite_closed()
    } else if refused("already_revoked") {
        conflict("already_revoked", "This key is already revoked.")
    } else if text.contains("FOREIGN KEY constraint failed") || refused("foreign_user") {
        // What this belongs to has gone since it was read: the organization, the person or the key.
        Failure::not_found().because(text)
    } else if text.contains("UNIQUE constraint failed: secrets.hash") {
        Failure::already_imported().because(text)
    } else if text.contains("UNIQUE constraint failed: idempotency") {
        Failure::same_request_under_way()
    } else if text.contains("UNIQUE constraint failed: usage_flushes") {
        Failure::already_counted()
    } else if text.contains("UNIQUE constraint failed: setup_tokens")
        || text.contains("UNIQUE constraint failed: organizations.id")
    {
        // Two set-ups at once: the other one was first.
        Failure::forbidden("setup_closed", "Setup is closed.").because(&text)
    } else if text.contains("UNIQUE constraint failed: users") {
        Failure::email_taken().because(&text)
    } else if text.contains("constraint failed")
        || text.contains("TOOBIG")
        || text.contains("too big")
        || text.contains("refused:")
        || text.contains("SQLITE_ERROR")
    {
        Failure::internal(text)
    } else {
        Failure::unavailable(text)
    }
}
