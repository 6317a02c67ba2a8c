//! Reading the log: newest first, a part of it. It only grows, so nothing is counted and nothing skipped.

use claviger_core::{
    authorize::Principal,
    key::Role,
    organization::SYSTEM_ORGANIZATION,
    time::{MINUTE, Timestamp},
    wire::{
        audit::{AuditRecord, Change, StoredRecord, Target, TargetKind},
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

/// Longer than any request takes, and than clocks of the platform differ.
const UNDER_WAY: i64 = 10 * MINUTE;

/// Which records a caller can see at all.
#[derive(Clone, Copy)]
pub struct Visible {
    pub(super) organization: i64,
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

    /// Whether records are kept from the caller: of the system organization alone, for nothing of a tenant is for others than its
    /// own people. Which they are is not sealed, so elsewhere a note about a record must not hide it.
    pub(super) const fn hides(self) -> bool {
        !self.system && self.organization == SYSTEM_ORGANIZATION
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

fn shown(stored: StoredRecord) -> Result<AuditRecord, Failure> {
    let mut details = json("details", &stored.details)?;
    Ok(AuditRecord {
        id: stored.id,
        organization_id: stored.organization_id,
        at: Timestamp::from_millis(stored.at),
        actor: actor(&stored.actor_type, stored.actor_id, stored.actor_name)?,
        action: stored.action,
        target: Target {
            kind: word("target_type", &stored.target_type)?,
            id: stored.target_id,
            name: stored.target_name,
        },
        changes: Change::taken_from(&mut details),
        details,
        ip: stored.ip,
        request_id: stored.request_id,
    })
}

/// Whether there is a log of this organization: of one that is gone it stays.
///
/// # Errors
/// 503.
pub async fn is_there(database: &Database, organization: i64) -> Result<bool, Failure> {
    #[derive(Deserialize)]
    struct There {
        there: i64,
    }
    let query = sql("SELECT EXISTS (SELECT 1 FROM organizations WHERE id = ?1) \
         OR EXISTS (SELECT 1 FROM audit_log WHERE organization_id = ?1) AS there")
    .int(organization);
    Ok(database.first::<There>(query).await?.is_some_and(|row| row.there == 1))
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
    let mut rows = database.batch(vec![query]).await?.rows::<StoredRecord>(0)?;
    let asked = usize::try_from(filter.per_page).unwrap_or(usize::MAX);
    let more = rows.len() > asked;
    rows.truncate(asked);
    let next = rows.last().map(|row| row.id).filter(|_| more);
    Ok((rows.into_iter().map(shown).collect::<Result<_, _>>()?, next))
}

fn matching(visible: Visible, filter: &Filter) -> Statement {
    // Named, for SQLite has no figures about how many records each of them leaves, and would guess.
    let index = if filter.target_id.is_some() || visible.owner.is_some() {
        "audit_log_by_target"
    } else if filter.actor_id.is_some() {
        "audit_log_by_actor"
    } else if filter.action.is_some() {
        "audit_log_by_action"
    } else if filter.actor_type.is_some_and(|kind| kind != ActorKind::User) {
        "audit_log_by_actor_type"
    } else if filter.target_type.is_some() {
        "audit_log_by_target_type"
    } else if filter.actor_type.is_some() {
        "audit_log_by_actor_type"
    } else {
        "audit_log_by_organization"
    };
    let mut query = sql(format!("SELECT a.* FROM audit_log a INDEXED BY {index} WHERE a.organization_id = ?"))
        .int(visible.organization);
    if let Some(owner) = visible.owner {
        let own = " AND a.target_type = 'api_key' AND a.target_id IN (SELECT id FROM api_keys WHERE user_id = ?)";
        query = query.then(sql(own).int(owner));
    }
    if visible.hides() {
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
    // Ids are in the order of time but for requests under way at once: with a margin for those a moment is a bound of ids,
    // so that no index has to be read up to it.
    if let Some(since) = filter.since {
        let last_before = " AND a.id > coalesce((SELECT id FROM audit_log INDEXED BY audit_log_by_time \
             WHERE organization_id = ? AND at < ? ORDER BY at DESC LIMIT 1), 0)";
        query = query.then(sql(last_before).int(visible.organization).int(since.plus(-UNDER_WAY).millis()));
    }
    if let Some(until) = filter.until {
        let first_behind = " AND a.id < coalesce((SELECT id FROM audit_log INDEXED BY audit_log_by_time \
             WHERE organization_id = ? AND at >= ? ORDER BY at LIMIT 1), 9007199254740991)";
        query = query.then(sql(first_behind).int(visible.organization).int(until.plus(UNDER_WAY).millis()));
    }
    query
}
