//! `/audit_log`.

use claviger_core::{
    audit::MOST_IN_RANGE,
    wire::audit::{AuditRecord, ChainRange},
};
use gloo_net::http::Method;
use serde_json::Value;

use super::{ApiError, ask, data, list, parameter};
use crate::entries::Part;

/// Records of a page of history.
const PER_PAGE: u32 = 20;

/// What became of one key, newest first, from `after` on; and what to ask with for what was before that, if anything was.
pub async fn of_key(organization: i64, key: i64, after: Option<&str>) -> Part {
    page(organization, &format!("&target_type=api_key&target_id={key}"), PER_PAGE, after).await
}

/// The last edit of something, if the log can be read: `filters` name it.
pub async fn last_edit(organization: i64, filters: &str) -> Option<AuditRecord> {
    let (records, _) = page(organization, filters, PER_PAGE, None).await.ok()?;
    records.into_iter().find(|record| record.action.ends_with(".updated"))
}

/// What `filters`, parameters of a query, leave of an organization's log, newest first.
pub async fn page(organization: i64, filters: &str, per_page: u32, after: Option<&str>) -> Part {
    let after = after.map(|after| parameter("after", after)).unwrap_or_default();
    let path = format!("/organizations/{organization}/audit_log?per_page={per_page}{filters}{after}");
    let mut answer = ask(Method::GET, &path, None).await?;
    let records: Vec<AuditRecord> = list(answer.data.take())?;
    Ok((records, answer.page().and_then(|page| page.next_after).flatten()))
}

/// A range of the chain behind the place `after`; its records are not read yet, for that takes long enough to be done in parts.
pub async fn range(organization: i64, after: i64) -> Result<(ChainRange, Vec<Value>), ApiError> {
    let path = format!("/organizations/{organization}/audit_log/verify?per_page={MOST_IN_RANGE}&after={after}");
    let mut answer = ask(Method::GET, &path, None).await?;
    let records = answer.data.get_mut("records").map(|records| std::mem::replace(records, Value::Array(Vec::new())));
    let range = data(answer.data)?;
    match records {
        Some(Value::Array(records)) => Ok((range, records)),
        _ => Err(ApiError::unreadable(200, None)),
    }
}
