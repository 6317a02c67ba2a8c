//! People: listed, shown, changed, removed; their API access, their default key, and the link that lets them in again.

mod api_access;
mod api_key;
mod sign_in_link;
mod ways_in;

use claviger_core::{
    authorize::{Allow, Principal, may_change_address, may_change_person, may_remove_person, outgrows, vouches_for},
    envelope::{DEFAULT_PER_PAGE, MOST_PER_PAGE},
    user::{UserChange, UserRole},
    wire::user::User,
};
use serde_json::json;

pub use self::{
    api_access::{allow, end},
    api_key::{clear, show as show_key},
    sign_in_link::{create as link, withdraw as withdraw_link},
    ways_in::{end_sessions, passkeys, remove_passkeys, sessions},
};
use super::{
    api_keys::{number, order},
    paging::part_in,
    record, settled, settled_as,
};
use crate::{
    answer::Answer,
    auth,
    call::Call,
    error::Failure,
    store::users::{self, Filter, Meaning, ORDERS},
};

/// `GET /users`, `GET /organizations/:organization_id/users`. A member at the console finds themself.
#[worker::send]
pub async fn list(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    let organization = call.organization(&principal)?;
    Allow::organization_admin_or_own().in_organization(organization).check(&principal)?;
    call.assert_organization(&principal, organization).await?;
    let order = order(&call, ORDERS)?;
    let per_page = number(&call, "per_page", 1..=MOST_PER_PAGE, "Must be a whole number from 1 to 1000.")?;
    let role = call.query("role").map(|word| {
        UserRole::parse(word).ok_or_else(|| Failure::parameter("role", "Must be member, administrator or owner."))
    });
    let filter = Filter {
        organization,
        name: call.query("name"),
        name_contains: call.query("name_contains"),
        email: call.query("email"),
        role: role.transpose()?,
        active: flag(&call, "active")?,
        api_access: flag(&call, "api_access")?,
        order,
        part: part_in(&call, order)?,
        per_page: per_page.unwrap_or(DEFAULT_PER_PAGE),
    };
    let (rows, page) = users::list(&call.database, &principal, &filter).await?;
    Ok(Answer::page(rows, page))
}

fn flag(call: &Call, name: &'static str) -> Result<Option<bool>, Failure> {
    match call.query(name) {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(Failure::parameter(name, "Must be true or false.")),
    }
}

/// `GET /users/:id`, with the version as `ETag`.
#[worker::send]
pub async fn show(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::organization_admin_or_own().check(&principal)?;
    let user = users::find(&call.database, &principal, call.id()?).await?;
    Ok(answer(user))
}

/// `PUT` and `PATCH /users/:id`: what is absent stays as it is.
///
/// 1. 403 for who manages nobody or may only read; a member may change their own name and address.
/// 2. 400 names every field that does not fit. The version that the caller has seen must still be the person's: 409
///    `conflict`; without one the last write wins.
/// 3. 403 for a person of a higher role than the caller's, and for making anybody more than the caller is; `too_strong` for
///    what the caller's own key could not do. 409 `own_account` for role and activity of oneself. 403 `step_up_required` for
///    anything but a name.
///    Addresses are how people come in where Cloudflare Access is configured: [`may_change_address`]. One's own is changed so
///    many times a minute, for each attempt tells whether somebody has it: 429.
/// 4. A role that those who let the person in could not give: 409 `credentials_must_end` until the caller has said that what they
///    come in with ends, and 400 until they have written the address, where one comes in by it.
/// 5. 409 `last_owner`, `last_credential`. Deactivating ends sessions; keys follow their person's role.
#[worker::send]
pub async fn change(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    // 1.
    let allow = Allow::organization_admin_or_own().plain_write();
    allow.check(&principal)?;
    let id = call.id()?;
    users::find(&call.database, &principal, id).await?;
    // 2.
    let change = UserChange::read(&call.incoming.json()?)?;
    let seen = call.seen(change.version)?;
    settled_as(&call, &principal, allow, seen, async |principal| {
        let before = users::find(&call.database, principal, id).await?;
        if seen.is_some_and(|seen| seen != before.version) {
            return Err(Failure::conflict());
        }
        // 3.
        let after = before.changed(&change, call.incoming.now);
        if after == before && change.end_credentials != Some(true) {
            return Ok(answer(after));
        }
        may_change_person(principal, &before, &after)?;
        if after.email != before.email {
            address_may_change(&call, principal, &before, &after).await?;
        }
        if !before.only_renamed(&after) {
            principal.stepped_up()?;
        }
        // 4.
        let meaning = meaning(&call, principal, &change, &before, &after).await?;
        // 5.
        let actor = principal.actor();
        let details = json!({ "changes": after.changes(&before) });
        let target = ("user", Some(id), after.name.as_str());
        let record = record(&call, before.organization_id, &actor, "user.updated", target, details);
        users::store(&call.database, principal, &before, &after, meaning, &record).await?;
        Ok(answer(after))
    })
    .await
}

/// `DELETE /users/:id`: with keys, sessions and links; the audit trail stays. 409 `own_account`, `last_owner`,
/// `last_credential`.
#[worker::send]
pub async fn remove(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    let allow = Allow::organization_admin_or_own().write();
    allow.check(&principal)?;
    let id = call.id()?;
    let seen = call.if_match()?;
    settled_as(&call, &principal, allow, seen, async |principal| {
        let before = users::find(&call.database, principal, id).await?;
        if seen.is_some_and(|seen| seen != before.version) {
            return Err(Failure::conflict());
        }
        may_remove_person(principal, &before)?;
        let actor = principal.actor();
        let details = json!({ "role": before.role, "email": before.email, "live_keys": before.live_keys });
        let target = ("user", Some(id), before.name.as_str());
        let record = record(&call, before.organization_id, &actor, "user.deleted", target, details);
        users::remove(&call.database, principal, &before, &record).await?;
        Ok(Answer::empty())
    })
    .await
}

/// What a change means for how far its person is vouched for.
///
/// Whoever made their link may hold a key of theirs, or a passkey that was registered with it, and would rise with them: so far as
/// everybody could who let them in they rise as they are, and above that all of it ends.
async fn meaning(
    call: &Call,
    principal: &Principal,
    change: &UserChange,
    before: &User,
    after: &User,
) -> Result<Meaning, Failure> {
    let by = vouches_for(principal, before.organization_id);
    let rises = after.role > before.role;
    let asked = change.end_credentials == Some(true);
    if asked && !rises {
        return Err(Failure::ends_with_a_promotion());
    }
    if rises {
        let vouched = users::vouched(&call.database, before.id).await?;
        if outgrows(vouched.role, before, after) {
            if change.email.is_none() && auth::access::settings(&call.incoming)?.is_some() {
                return Err(Failure::address_unconfirmed());
            }
            if vouched.has_credentials && !asked {
                return Err(Failure::credentials_must_end());
            }
            return Ok(Meaning::Anew { by, alone: true });
        }
        if asked {
            // Who wrote the address did so no less.
            return Ok(Meaning::Anew { by, alone: false });
        }
    }
    // One's own address is written by who is in already.
    let written = after.email != before.email && !principal.is_person(before.id);
    Ok(if written { Meaning::AtMost(by) } else { Meaning::None })
}

async fn address_may_change(call: &Call, principal: &Principal, before: &User, after: &User) -> Result<(), Failure> {
    if auth::access::settings(&call.incoming)?.is_some() {
        may_change_address(principal, before, after)?;
    }
    // Who manages people sees all addresses anyway.
    if principal.own_keys_only().is_some() {
        auth::limit_attempts_at(&call.incoming, &format!("address of {}", before.id)).await?;
    }
    Ok(())
}

fn answer(user: User) -> Answer {
    let version = user.version;
    Answer::ok(user).version(version)
}
