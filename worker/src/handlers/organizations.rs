//! Organizations: their own settings, and for system administrators all of them.

use claviger_core::{
    authorize::{Allow, Principal},
    envelope::{DEFAULT_PER_PAGE, MOST_PER_PAGE},
    input::{Fields, Problems, text},
    key::Role,
    organization::{NewOrganization, OrganizationChange, SYSTEM_ORGANIZATION},
    secret::SecretHash,
    text::Name,
    wire::organization::{InviteLink, OrganizationMade},
};
use http::StatusCode;
use serde_json::json;

use super::{
    invites::{LINK_LASTS, link},
    record, settled,
};
use crate::{
    answer::Answer,
    auth::session::new_token,
    call::Call,
    error::Failure,
    handlers::{
        api_keys::{number, order},
        idempotent::once,
        paging::part_in,
        usage::included,
    },
    store::organizations::{self, Filter, ORDERS},
};

/// What every change changes.
const ALWAYS: [&str; 2] = ["updated_at", "version"];

/// `GET /organizations`: all of them for a system administrator, one's own for others.
#[worker::send]
pub async fn list(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::organization_admin().check(&principal)?;
    let only = (principal.role() != Role::SystemAdmin).then_some(principal.organization_id);
    let order = order(&call, ORDERS)?;
    let per_page = number(&call, "per_page", 1..=MOST_PER_PAGE, "Must be a whole number from 1 to 1000.")?;
    let filter = Filter {
        only,
        name_contains: call.query("name_contains"),
        usage: included(&call)?,
        order,
        part: part_in(&call, order)?,
        per_page: per_page.unwrap_or(DEFAULT_PER_PAGE),
    };
    let (rows, page) = organizations::list(&call.database, &filter, call.incoming.now).await?;
    Ok(Answer::page(rows, page))
}

/// `GET /organizations/:organization_id`, with the version as `ETag`. Members see their own at the console: how long their
/// keys may live.
#[worker::send]
pub async fn show(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    let id = call.organization(&principal)?;
    Allow::organization_admin_or_own().in_organization(id).check(&principal)?;
    let shown = organizations::find_with_users(&call.database, id).await?;
    let version = shown.organization.version;
    Ok(Answer::ok(shown).version(version))
}

/// `POST /organizations`: for system administrators. The answer has the link of its first owner, once.
#[worker::send]
pub async fn create(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::system_admin().write().check(&principal)?;
    once(&call, &principal, async |attempt| {
        let new = NewOrganization::read(&call.incoming.json()?)?;
        let token = new_token()?;
        let ends_at = call.incoming.now.plus(LINK_LASTS);
        let actor = principal.actor();
        let record = record(
            &call,
            SYSTEM_ORGANIZATION,
            &actor,
            "organization.created",
            ("organization", None, new.name.as_str()),
            json!({ "plan": new.plan(), "key_limit": new.key_limit() }),
        );
        let invite = (SecretHash::of(&token), ends_at);
        let also = attempt.map(|attempt| attempt.founded(201, invite.0)).into_iter().collect();
        let organization = organizations::create(&call.database, &new, invite, &record, also).await?;
        let invite = InviteLink { link: link(&call, "invite", &token), ends_at };
        Ok(Answer::created(OrganizationMade { organization, invite }))
    })
    .await
}

/// `PUT` and `PATCH /organizations/:organization_id`: what is absent stays as it is. Plan and limit are for system
/// administrators, and the system organization is never on trial: 409 `system_organization`. The version that the caller has
/// seen, in `If-Match` or in the body, must still be the organization's: 409 `conflict`; without one the last write wins.
#[worker::send]
pub async fn change(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    let id = call.organization(&principal)?;
    Allow::organization_admin().plain_write().in_organization(id).check(&principal)?;
    let change = OrganizationChange::read(&call.incoming.json()?)?;
    let seen = call.seen(change.version)?;
    settled(seen, async || change_once(&call, &principal, id, &change, seen).await).await
}

async fn change_once(
    call: &Call,
    principal: &Principal,
    id: i64,
    change: &OrganizationChange,
    seen: Option<i64>,
) -> Result<Answer, Failure> {
    let before = organizations::find(&call.database, id).await?;
    if seen.is_some_and(|seen| seen != before.version) {
        return Err(Failure::conflict());
    }
    change.lifetimes_fit(before.default_key_lifetime_days, before.maximum_key_lifetime_days)?;
    change.prefix_fits(before.key_prefix.as_deref())?;
    let after = before.changed(change, call.incoming.now);
    let version = after.version;
    if after == before {
        return Ok(Answer::ok(after).version(version));
    }
    if before.is_for_system_administrators(&after) && !is_system_admin(principal) {
        let message = "Only a system administrator changes the plan and the limit. Ask whoever runs this Claviger.";
        return Err(Failure::forbidden("forbidden", message));
    }
    if before.shuts_the_system_out(&after) {
        let message =
            "The system organization cannot be on trial: nobody could call the API for any organization then.";
        return Err(Failure::new(StatusCode::CONFLICT, "system_organization", message));
    }
    let (old, new) = (json!(before), json!(after));
    let changes: serde_json::Map<_, _> = new
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, value)| old.get(name.as_str()) != Some(value) && !ALWAYS.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), json!([old.get(name.as_str()), value])))
        .collect();
    let actor = principal.actor();
    let target = ("organization", Some(id), after.name.as_str());
    let record = record(call, id, &actor, "organization.updated", target, json!({ "changes": changes }));
    organizations::update(&call.database, &before, &after, &record).await?;
    Ok(Answer::ok(after).version(version))
}

/// `DELETE /organizations/:organization_id {name}`: with everything in it but its audit log; the name must be typed.
///
/// 1. 403 for who is no system administrator; 409 `system_organization` for the one that administers the others.
/// 2. 400 when the name is not the organization's.
#[worker::send]
pub async fn delete(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    let id = call.organization(&principal)?;
    // 1.
    Allow::system_admin().write().in_organization(id).check(&principal)?;
    let organization = organizations::find(&call.database, id).await?;
    if id == SYSTEM_ORGANIZATION {
        return Err(Failure::new(
            StatusCode::CONFLICT,
            "system_organization",
            "The system organization administers all others and cannot be deleted.",
        ));
    }
    // 2.
    let mut fields = Fields::of(&call.incoming.json()?, "organization")?;
    let name = fields.required("name", |value| text(value, Name::parse));
    let name = fields.finish_with(name)?;
    if name.as_str() != organization.name {
        return Err(Problems::one("name", "Must be the organization's name, as a sign that this is meant.").into());
    }
    let actor = principal.actor();
    let target = ("organization", Some(id), organization.name.as_str());
    let details = json!({ "live_keys": organization.live_keys });
    let record = record(&call, id, &actor, "organization.deleted", target, details);
    organizations::delete(&call.database, id, &record).await?;
    Ok(Answer::empty())
}

fn is_system_admin(principal: &Principal) -> bool {
    Allow::system_admin().check(principal).is_ok()
}
