//! Seals and signed heads: written by the schedule, and read for who checks them.

use claviger_core::{
    audit::{MOST_IN_RANGE, Tip, check::Keys},
    time::Timestamp,
    wire::audit::{ChainRange, Head, Seal, SealedRecord, StoredRecord},
};
use serde::Deserialize;
use serde_json::json;

use super::{
    super::{Database, Statement, sql},
    Visible,
};
use crate::error::Failure;

/// The columns of [`StoredRecord`].
const RECORD: &str = "a.id, a.organization_id, a.at, a.actor_type, a.actor_id, a.actor_name, a.action, a.target_type, \
     a.target_id, a.target_name, a.details, a.ip, a.request_id";

/// Ids are given in the order of commits, and seals in the order of ids: what has none is behind the last one.
const UNSEALED: &str = "a.id > coalesce((SELECT max(audit_id) FROM audit_seals), 0) ORDER BY a.id LIMIT ?";

#[derive(Deserialize)]
struct TipRow {
    organization_id: i64,
    position: i64,
    audit_id: i64,
    hash: String,
}

impl TipRow {
    fn into_tip(self) -> (i64, Tip) {
        (self.organization_id, Tip { position: self.position, audit_id: self.audit_id, hash: self.hash })
    }
}

/// The oldest records of all organizations that have no seal, and the seals that theirs follow.
///
/// # Errors
/// 503.
pub async fn unsealed(database: &Database, most: u32) -> Result<(Vec<StoredRecord>, Vec<(i64, Tip)>), Failure> {
    let records = sql(format!("SELECT {RECORD} FROM audit_log a WHERE {UNSEALED}")).int(most.into());
    let tips = sql(format!(
        "SELECT s.organization_id, s.position, s.audit_id, s.hash FROM \
         (SELECT DISTINCT organization_id FROM (SELECT a.organization_id FROM audit_log a WHERE {UNSEALED})) o \
         JOIN audit_seals s ON s.organization_id = o.organization_id \
         AND s.position = (SELECT max(position) FROM audit_seals WHERE organization_id = o.organization_id)"
    ))
    .int(most.into());
    let results = database.batch(vec![records, tips]).await?;
    Ok((results.rows(0)?, results.rows::<TipRow>(1)?.into_iter().map(TipRow::into_tip).collect()))
}

/// Adds seals, of records of these organizations and with these salts.
///
/// # Errors
/// 409 `conflict` when somebody else has sealed meanwhile: nothing was written. 503.
pub async fn add(database: &Database, seals: &[(i64, Seal, String)]) -> Result<(), Failure> {
    let rows = seals.iter().map(|(organization_id, seal, salt)| json!([organization_id, seal, salt]));
    let statement = sql("INSERT INTO audit_seals (organization_id, audit_id, position, previous, hash, salt) \
         SELECT value ->> 0, value ->> '$[1].audit_id', value ->> '$[1].position', value ->> '$[1].previous', \
         value ->> '$[1].hash', value ->> 2 FROM json_each(?) ORDER BY key")
    .text(&serde_json::Value::from_iter(rows).to_string());
    database.batch(vec![statement]).await.map(drop)
}

/// The last seals that are to be signed by now. Where a head stands already (a log that was cut off behind it, and has grown again)
/// nothing is signed: the check names it, and the heads of others are not to wait for it.
///
/// # Errors
/// 503.
pub async fn due(database: &Database, now: Timestamp, most: u32) -> Result<Vec<(i64, Tip)>, Failure> {
    let due = sql("SELECT s.organization_id, s.position, s.audit_id, s.hash FROM audit_unsigned u \
         JOIN audit_seals s ON s.organization_id = u.organization_id \
         AND s.position = (SELECT max(position) FROM audit_seals WHERE organization_id = u.organization_id) \
         WHERE u.due_at <= ? AND NOT EXISTS (SELECT 1 FROM audit_heads h \
         WHERE h.organization_id = s.organization_id AND h.position = s.position) ORDER BY u.due_at LIMIT ?")
    .int(now.millis())
    .int(most.into());
    Ok(database.batch(vec![due]).await?.rows::<TipRow>(0)?.into_iter().map(TipRow::into_tip).collect())
}

/// Keeps signed heads.
///
/// # Errors
/// 409 `conflict` when somebody else has signed meanwhile: nothing was written. 503.
pub async fn keep(database: &Database, heads: &[Head]) -> Result<(), Failure> {
    let keep = |head: &Head| {
        sql("INSERT INTO audit_heads (organization_id, position, audit_id, hash, signed_at, public_key, signature) \
             VALUES (?, ?, ?, ?, ?, ?, ?)")
        .int(head.organization_id)
        .int(head.position)
        .int(head.audit_id)
        .text(&head.hash)
        .int(head.signed_at.millis())
        .text(&head.public_key)
        .text(&head.signature)
    };
    database.batch(heads.iter().map(keep).collect()).await.map(drop)
}

#[derive(Deserialize)]
struct SealRow {
    position: i64,
    sealed_id: i64,
    previous: String,
    hash: String,
    salt: String,
    hidden: i64,
    /// A record, or nulls.
    record: Option<String>,
}

#[derive(Deserialize)]
struct HeadRow {
    organization_id: i64,
    position: i64,
    audit_id: i64,
    hash: String,
    signed_at: i64,
    public_key: String,
    signature: String,
}

#[derive(Deserialize)]
struct Number {
    n: i64,
}

/// The part of the chain of an organization behind the place `after`.
///
/// # Errors
/// 503.
pub async fn range(
    database: &Database,
    visible: Visible,
    keys: Keys,
    after: i64,
    per_page: u32,
) -> Result<ChainRange, Failure> {
    let organization = visible.organization;
    let results = database.batch(range_queries(organization, after, per_page)).await?;
    let number = |index| Ok::<i64, Failure>(results.first::<Number>(index)?.map_or(0, |row| row.n));
    let records: Vec<SealedRecord> = results
        .rows::<SealRow>(0)?
        .into_iter()
        .map(|row| row.into_sealed(visible.hides()))
        .collect::<Result<_, _>>()?;
    let sealed = number(1)?;
    let next_after = records.last().map(|last| last.seal.position).filter(|last| *last < sealed);
    let head = |row: HeadRow| Head {
        organization_id: row.organization_id,
        position: row.position,
        audit_id: row.audit_id,
        hash: row.hash,
        signed_at: Timestamp::from_millis(row.signed_at),
        public_key: row.public_key,
        signature: row.signature,
    };
    let in_range = |head: &Head| next_after.is_none_or(|end| head.position <= end);
    Ok(ChainRange {
        organization_id: organization,
        public_key: keys.current,
        former_keys: keys.former,
        sealed,
        unsealed: results.rows::<Number>(2)?.into_iter().map(|row| row.n).collect(),
        heads: results.rows::<HeadRow>(3)?.into_iter().map(head).filter(in_range).collect(),
        waiting: if next_after.is_none() { number(4)? } else { 0 },
        records,
        next_after,
    })
}

fn range_queries(organization: i64, after: i64, per_page: u32) -> Vec<Statement> {
    let most = i64::from(MOST_IN_RANGE);
    // As text where it is there, so that a record whose columns are null is not taken for none.
    let seals = sql("SELECT s.position, s.audit_id AS sealed_id, s.previous, s.hash, s.salt, \
         EXISTS (SELECT 1 FROM audit_for_system WHERE audit_id = s.audit_id) AS hidden, \
         iif(a.id IS NULL, NULL, json_object('id', a.id, 'organization_id', a.organization_id, 'at', a.at, \
         'actor_type', a.actor_type, 'actor_id', a.actor_id, 'actor_name', a.actor_name, 'action', a.action, \
         'target_type', a.target_type, 'target_id', a.target_id, 'target_name', a.target_name, \
         'details', a.details, 'ip', a.ip, 'request_id', a.request_id)) AS record \
         FROM audit_seals s LEFT JOIN audit_log a ON a.id = s.audit_id \
         WHERE s.organization_id = ? AND s.position > ? ORDER BY s.position LIMIT ?")
    .int(organization)
    .int(after)
    .int(per_page.into());
    let sealed =
        sql("SELECT coalesce(max(position), 0) AS n FROM audit_seals WHERE organization_id = ?").int(organization);
    // Whatever has no seal and is not behind the last one of all was put in by hand, wherever that is: before all others, between
    // them, or behind the organization's last seal. Each range has those behind its predecessor, the last one also what is left.
    let end = "(SELECT max(position) FROM (SELECT position FROM audit_seals WHERE organization_id = ?1 AND position > ?2 \
         ORDER BY position LIMIT ?3))";
    let last = "(SELECT max(position) FROM audit_seals WHERE organization_id = ?1)";
    let unsealed = sql(format!(
        "SELECT a.id AS n FROM audit_log a INDEXED BY audit_log_by_organization WHERE a.organization_id = ?1 \
         AND a.id > coalesce((SELECT audit_id FROM audit_seals WHERE organization_id = ?1 AND position <= ?2 \
           ORDER BY position DESC LIMIT 1), -9007199254740992) \
         AND a.id <= iif({end} < {last}, (SELECT audit_id FROM audit_seals WHERE organization_id = ?1 AND position = {end}), \
           coalesce((SELECT max(audit_id) FROM audit_seals), 0)) \
         AND NOT EXISTS (SELECT 1 FROM audit_seals s WHERE s.audit_id = a.id AND s.organization_id = a.organization_id) \
         ORDER BY a.id LIMIT ?4"
    ))
    .int(organization)
    .int(after)
    .int(per_page.into())
    .int(most);
    let heads = sql("SELECT * FROM audit_heads WHERE organization_id = ? AND position > ? ORDER BY position LIMIT ?")
        .int(organization)
        .int(after)
        .int(most);
    let waiting = sql("SELECT count(*) AS n FROM (SELECT 1 FROM audit_log WHERE organization_id = ? AND id > \
         coalesce((SELECT max(audit_id) FROM audit_seals), 0) LIMIT ?)")
    .int(organization)
    .int(most);
    vec![seals, sealed, unsealed, heads, waiting]
}

impl SealRow {
    fn into_sealed(self, hides: bool) -> Result<SealedRecord, Failure> {
        let seal = Seal { position: self.position, audit_id: self.sealed_id, previous: self.previous, hash: self.hash };
        let record: Option<StoredRecord> =
            self.record.as_deref().map(|text| super::super::row::json("audit_log", text)).transpose()?;
        Ok(match record {
            None => SealedRecord { seal, record: None, salt: None, digest: None },
            Some(record) if self.hidden == 1 && hides => {
                let digest = record.digest(&self.salt);
                SealedRecord { seal, record: None, salt: None, digest: Some(digest) }
            }
            record => SealedRecord { seal, record, salt: Some(self.salt), digest: None },
        })
    }
}
