//! The audit log, read.

use claviger_core::{
    audit::MOST_IN_RANGE,
    authorize::{Allow, Principal},
    envelope::{DEFAULT_PER_PAGE, MOST_PER_PAGE, Page},
    time::Timestamp,
    wire::{
        audit::{AuditRecord, TargetKind},
        key::ActorKind,
    },
};

use super::api_keys::number;
use crate::{
    answer::Answer,
    call::Call,
    error::Failure,
    seals,
    store::audit::{self, Filter, Visible, seals as chain},
};

/// The longest name of an action.
const LONGEST_ACTION: usize = 64;

/// `GET /audit_log`, `GET /organizations/:organization_id/audit_log`: newest first, always with a cursor. Also about what is
/// gone, and of an organization that is gone: that is for system administrators, who alone are let in there.
///
/// 1. 403 for who manages no keys. A member at the console reads about their own keys, as long as these are there.
/// 2. 400 names the parameter that does not fit.
#[worker::send]
pub async fn list(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    let organization = call.organization(&principal)?;
    // 1.
    Allow::organization_admin_or_own().in_organization(organization).check(&principal)?;
    assert_log(&call, &principal, organization).await?;
    // 2.
    let filter = read(&call)?;
    let visible = Visible::in_organization(&principal, organization);
    let (records, next) = audit::list(&call.database, visible, &filter).await?;
    let records: Vec<AuditRecord> = records.into_iter().map(|record| without_others_ip(record, &principal)).collect();
    Ok(Answer::page(records, Page::after(filter.per_page, next.map(|id| id.to_string()))))
}

/// `GET /audit_log/verify`, `GET /organizations/:organization_id/audit_log/verify`: a range of the chain, with all that is needed
/// to check it. What the caller may not see is in it as a digest.
///
/// 1. 403 for who manages no keys; members cannot check what they cannot see.
/// 2. 400 names the parameter that does not fit.
#[worker::send]
pub async fn verify(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    let organization = call.organization(&principal)?;
    // 1.
    Allow::organization_admin().in_organization(organization).check(&principal)?;
    assert_log(&call, &principal, organization).await?;
    // 2.
    let after = one(&call, "after", place, "Must be a next_after that was given out, or 0.")?.unwrap_or(0);
    let per_page = number(&call, "per_page", 1..=MOST_IN_RANGE, "Must be a whole number from 1 to 1000.")?
        .unwrap_or(DEFAULT_PER_PAGE);
    let visible = Visible::in_organization(&principal, organization);
    let keys = seals::keys(&call.incoming.env).await?;
    Ok(Answer::ok(chain::range(&call.database, visible, keys, after, per_page).await?))
}

/// # Errors
/// 404 for an organization that never was.
async fn assert_log(call: &Call, principal: &Principal, organization: i64) -> Result<(), Failure> {
    let own = organization == principal.organization_id;
    if own || audit::is_there(&call.database, organization).await? { Ok(()) } else { Err(Failure::not_found()) }
}

/// Where an administrator works from is not for members to know.
fn without_others_ip(record: AuditRecord, principal: &Principal) -> AuditRecord {
    let own = principal.actor();
    let others = (record.actor.kind, record.actor.id) != (own.kind, own.id);
    if others && principal.own_keys_only().is_some() { AuditRecord { ip: None, ..record } } else { record }
}

fn read(call: &Call) -> Result<Filter, Failure> {
    const MOMENT: &str = "Must be a time such as 2027-02-18T09:30:00Z.";
    let filter = Filter {
        target_type: one(call, "target_type", TargetKind::parse, "Must be api_key, user, organization or webhook.")?,
        target_id: one(call, "target_id", id, "Must be an id.")?,
        actor_type: one(call, "actor_type", ActorKind::parse, "Must be user, key or system.")?,
        actor_id: one(call, "actor_id", id, "Must be an id.")?,
        action: one(call, "action", action, "Must be an action such as api_key.revoked.")?,
        since: one(call, "since", Timestamp::parse, MOMENT)?,
        until: one(call, "until", Timestamp::parse, MOMENT)?,
        after: one(call, "after", id, "Must be a next_after that was given out.")?,
        per_page: number(call, "per_page", 1..=MOST_PER_PAGE, "Must be a whole number from 1 to 1000.")?
            .unwrap_or(DEFAULT_PER_PAGE),
    };
    if filter.target_id.is_some() && filter.target_type.is_none() {
        return Err(Failure::parameter(
            "target_id",
            "Needs target_type: keys, people and organizations have ids of their own.",
        ));
    }
    if filter.actor_id.is_some() && filter.actor_type.is_none() {
        return Err(Failure::parameter("actor_id", "Needs actor_type: people and keys have ids of their own."));
    }
    Ok(filter)
}

fn one<T>(call: &Call, name: &'static str, parse: fn(&str) -> Option<T>, message: &str) -> Result<Option<T>, Failure> {
    call.query(name).map(|text| parse(text).ok_or_else(|| Failure::parameter(name, message))).transpose()
}

fn id(text: &str) -> Option<i64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|id| digits && (1..=9_007_199_254_740_991).contains(id))
}

fn place(text: &str) -> Option<i64> {
    if text == "0" { Some(0) } else { id(text) }
}

fn action(text: &str) -> Option<String> {
    let (noun, verb) = text.split_once('.')?;
    let word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase());
    (text.len() <= LONGEST_ACTION && word(noun) && word(verb)).then(|| text.to_owned())
}
