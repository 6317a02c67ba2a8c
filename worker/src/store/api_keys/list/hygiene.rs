//! Keys that deserve a look, each kind by an index of its own: migration 0018 has the same conditions, word for word.

use claviger_core::{
    hygiene::{COUNTED_TO, Hygiene, HygieneReport, NEVER_USED_AFTER, SOON, UNUSED_DAYS},
    time::Timestamp,
};
use serde::Deserialize;

use super::super::{Database, Statement, Visible, sql};
use crate::error::Failure;

/// The index that has these keys and, but for few, no others.
pub(super) const fn index(kind: Hygiene) -> &'static str {
    match kind {
        Hygiene::Leaked => "leaked",
        Hygiene::ExpiringSoon => "expiring",
        Hygiene::NeverExpires => "lasting",
        Hygiene::Unused => "used",
        Hygiene::NeverUsed => "never_used",
        Hygiene::AllPowerful => "powerful",
    }
}

/// The same rule as [`Hygiene::is_said_of`], which a test holds it to.
pub(super) fn condition(kind: Hygiene, now: Timestamp) -> Statement {
    const ACTIVE: &str = "k.settled_status = 'active'";
    // Few: keys whose end has passed unnoticed by the schedule.
    let lasting = || sql("(k.due_at IS NULL OR k.due_at > ?)").int(now.millis());
    let active = |more: &str| sql(format!("{ACTIVE}{more} AND ")).then(lasting());
    match kind {
        Hygiene::Leaked => sql("k.leak_open = 1"),
        Hygiene::ExpiringSoon => {
            let due = sql(format!("{ACTIVE} AND k.due_at IS NOT NULL AND k.due_at > ? AND k.due_at <= ?"));
            due.int(now.millis()).int(now.plus(SOON).millis())
        }
        Hygiene::NeverExpires => sql(format!("{ACTIVE} AND k.kind = 'service' AND k.expires_at IS NULL")),
        Hygiene::Unused => {
            active(" AND k.used_day IS NOT NULL").then(sql(" AND k.used_day < ?").int(now.day() - UNUSED_DAYS))
        }
        Hygiene::NeverUsed => active(" AND k.used_day IS NULL")
            .then(sql(" AND k.created_at < ?").int(now.plus(-NEVER_USED_AFTER).millis())),
        Hygiene::AllPowerful => active(
            " AND k.kind = 'service' AND k.access = 'read_write' AND k.scopes = '[]' AND k.allowed_ips = '[]' \
             AND k.role IN ('organization_admin', 'system_admin')",
        ),
    }
}

/// How many keys of each kind there are, as far as [`COUNTED_TO`]: whatever the organization has, no more are read.
///
/// # Errors
/// 503.
pub async fn hygiene(database: &Database, visible: Visible, now: Timestamp) -> Result<HygieneReport, Failure> {
    #[derive(Deserialize)]
    struct Count {
        n: u32,
    }
    let count = |kind: &Hygiene| {
        // A person has few keys.
        let index = if visible.owner.is_some() { "by_user" } else { index(*kind) };
        sql(format!("SELECT count(*) AS n FROM (SELECT 1 FROM api_keys k INDEXED BY api_keys_{index} WHERE "))
            .then(visible.condition())
            .then(sql(" AND "))
            .then(condition(*kind, now))
            .then(sql(" LIMIT ?)").int(COUNTED_TO.into()))
    };
    let results = database.batch(Hygiene::ALL.iter().map(count).collect()).await?;
    let counts = (0..Hygiene::ALL.len()).map(|place| Ok(results.first::<Count>(place)?.map_or(0, |count| count.n)));
    Ok(HygieneReport::of(&counts.collect::<Result<Vec<_>, Failure>>()?))
}
