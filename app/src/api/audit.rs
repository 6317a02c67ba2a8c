//! `/audit_log`.

use claviger_core::wire::audit::AuditRecord;
use gloo_net::http::Method;

use super::{ApiError, ask, list, parameter};

/// Records of a page of history.
const PER_PAGE: u32 = 20;

/// What became of one key, newest first, from `after` on; and what to ask with for what was before that, if anything was.
pub async fn of_key(
    organization: i64,
    key: i64,
    after: Option<&str>,
) -> Result<(Vec<AuditRecord>, Option<String>), ApiError> {
    let after = after.map(|after| parameter("after", after)).unwrap_or_default();
    let path = format!(
        "/organizations/{organization}/audit_log?target_type=api_key&target_id={key}&per_page={PER_PAGE}{after}"
    );
    let mut answer = ask(Method::GET, &path, None).await?;
    let records = list(answer.data.take())?;
    Ok((records, answer.page().and_then(|page| page.next_after).flatten()))
}
