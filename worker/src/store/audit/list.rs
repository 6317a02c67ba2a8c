//! Reading the log: newest first, a part of it. It only grows, so nothing is counted and nothing skipped.

use claviger_core::{
    authorize::Principal,
    key::Role,
    time::Timestamp,
    wire::{
        audit::{AuditRecord, Change, Target, TargetKind},
        key::ActorKind,
    },
};
use serde::Deserialize;

use super::super::{
    Database, Statement,
    row::{actor, json, word},
    sql,
};
use crate::error::Failure;

/// Which records a caller can see at all.
#[derive(Clone, Copy)]
pub struct Visible {
    organization: i64,
    /// Only those about this person's personal keys.
    owner: Option<i64>,
    /// Also those about what only system administrators see.
    system: bool,
}

impl Visible {
    /// In one organization, which the caller may act in.
    pub fn in_organization(principal: &Principal, id: i64) -> Self {
        Self { organization: id, owner: principal.own_keys_only(), system: principal.role() == Role::SystemAdmin }
    }
}

/// What is asked for.
pub struct Filter {
    /// About things of this kind.
    pub target_type: Option<TargetKind>,
    /// About this one.
    pub target_id: Option<i64>,
    /// By actors of this kind.
    pub actor_type: Option<ActorKind>,
    /// By this one.
    pub actor_id: Option<i64>,
    /// Exactly this.
    pub action: Option<String>,
    /// From this moment on.
    pub since: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// Older than this record.
    pub after: Option<i64>,
    /// Rows in the answer.
    pub per_page: u32,
}

#[derive(Deserialize)]
struct Row {
    id: i64,
    organization_id: i64,
    at: i64,
    actor_type: String,
    actor_id: Option<i64>,
    actor_name: String,
    action: String,
    target_type: String,
    target_id: Option<i64>,
    target_name: String,
    details: String,
    ip: Option<String>,
    request_id: String,
}

impl Row {
    fn into_record(self) -> Result<AuditRecord, Failure> {
        let mut details = json("details", &self.details)?;
        Ok(AuditRecord {
            id: self.id,
            organization_id: self.organization_id,
            at: Timestamp::from_millis(self.at),
            actor: actor(&self.actor_type, self.actor_id, self.actor_name)?,
            action: self.action,
            target: Target {
                kind: word("target_type", &self.target_type)?,
                id: self.target_id,
                name: self.target_name,
            },
            changes: Change::taken_from(&mut details),
            details,
            ip: self.ip,
            request_id: self.request_id,
        })
    }
}

/// A part of the log, and the id behind which it goes on, if it does.
///
/// # Errors
/// 503.
pub async fn list(
    database: &Database,
    visible: Visible,
    filter: &Filter,
) -> Result<(Vec<AuditRecord>, Option<i64>), Failure> {
    // One row more than asked tells whether there is more.
    let query = matching(visible, filter).then(sql(" ORDER BY a.id DESC LIMIT ?").int(i64::from(filter.per_page) + 1));
    let mut rows = database.batch(vec![query]).await?.rows::<Row>(0)?;
    let asked = usize::try_from(filter.per_page).unwrap_or(usize::MAX);
    let more = rows.len() > asked;
    rows.truncate(asked);
    let next = rows.last().map(|row| row.id).filter(|_| more);
    Ok((rows.into_iter().map(Row::into_record).collect::<Result<_, _>>()?, next))
}

fn matching(visible: Visible, filter: &Filter) -> Statement {
    // Named, for SQLite has no figures about how many records each of them leaves, and would guess.
    let index = if filter.target_id.is_some() || visible.owner.is_some() {
        "audit_log_by_target"
    } else if filter.actor_id.is_some() {
        "audit_log_by_actor"
    } else {
        "audit_log_by_organization"
    };
    let mut query = sql(format!("SELECT a.* FROM audit_log a INDEXED BY {index} WHERE a.organization_id = ?"))
        .int(visible.organization);
    if let Some(owner) = visible.owner {
        let own = " AND a.target_type = 'api_key' AND a.target_id IN (SELECT id FROM api_keys WHERE user_id = ?)";
        query = query.then(sql(own).int(owner));
    }
    if !visible.system {
        query = query.then(sql(" AND NOT EXISTS (SELECT 1 FROM audit_for_system WHERE audit_id = a.id)"));
    }
    let texts = [
        ("a.target_type", filter.target_type.map(TargetKind::word)),
        ("a.actor_type", filter.actor_type.map(ActorKind::word)),
        ("a.action", filter.action.as_deref()),
    ];
    for (column, text) in texts {
        if let Some(text) = text {
            query = query.then(sql(format!(" AND {column} = ?")).text(text));
        }
    }
    let numbers = [
        ("a.target_id =", filter.target_id),
        ("a.actor_id =", filter.actor_id),
        ("a.at >=", filter.since.map(Timestamp::millis)),
        ("a.at <", filter.until.map(Timestamp::millis)),
        ("a.id <", filter.after),
    ];
    for (comparison, number) in numbers {
        if let Some(number) = number {
            query = query.then(sql(format!(" AND {comparison} ?")).int(number));
        }
    }
    query
}
