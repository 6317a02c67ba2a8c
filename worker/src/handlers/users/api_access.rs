//! Whether a person's keys call the API and are verified: their own to say, and for administrators.

use claviger_core::{
    authorize::{Allow, Principal, may_make, may_reveal, may_set_api_access},
    input::Fields,
    key::{Access, NewKey},
    organization::SYSTEM_ORGANIZATION,
    secret::Secret,
    status::KeyStatus,
    text::Name,
    user::DEFAULT_KEY_NAME,
    wire::{
        key::MintedKey,
        user::{ApiAccessEnd, ApiAccessOn, User},
    },
};
use serde_json::json;

use super::{super::idempotent::once, answer, record, settled_as};
use crate::{
    answer::Answer,
    call::Call,
    error::Failure,
    handlers::{mint, system},
    store::{
        Statement,
        api_keys::{self, Found, Owner, Ownership, Step, Visible},
        audit::Record,
        callers::still_stands,
        organizations,
        users::{self, Meaning},
    },
};

/// `POST /users/:id/api_access`: on.
///
/// 1. 403 for who manages nobody or may only read, and for a person of a higher role; everybody at the console may for
///    themself.
/// 2. Who does it for themself, and whose default key is still pending, gets its secret: in this response and nowhere else.
///    403 `too_strong` when the key they signed in with could not make it.
#[worker::send]
pub async fn allow(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    // 1.
    let allow = Allow::organization_admin_or_own().write();
    allow.check(&principal)?;
    let id = call.id()?;
    once(&call, &principal, async |attempt| {
        settled_as(&call, &principal, allow, None, async |principal| {
            let before = users::find(&call.database, principal, id).await?;
            Fields::of(&call.incoming.json()?, "user")?.finish()?;
            may_set_api_access(principal, &before)?;
            let after = before.with_api_access(call.incoming.now);
            let actor = principal.actor();
            let details = json!({ "changes": after.changes(&before) });
            let target = ("user", Some(id), after.name.as_str());
            let record = record(&call, before.organization_id, &actor, "user.updated", target, details);
            let mut changed = vec![still_stands(principal)];
            if after != before {
                changed.extend(users::change(&call.database, &before, &after, &record));
            }
            // 2.
            let organization = organizations::find(&call.database, before.organization_id).await?;
            let secret = mint(organization.key_prefix.as_deref())?;
            let also = |statement: Option<Statement>| changed.into_iter().chain(statement).collect::<Vec<_>>();
            let revealed = || attempt.map(|attempt| attempt.revealed(200, &[secret.hash()]));
            let key = match default_of(&call, principal, &before).await? {
                Default::Pending(found) => {
                    Some(reveal(&call, principal, *found, &secret, &record, also(revealed())).await?)
                }
                Default::Missing => Some(make(&call, principal, &after, &secret, &record, also(revealed())).await?),
                Default::NothingToShow => {
                    let answer = Answer::ok(ApiAccessOn { user: after.clone(), key: None });
                    let also = also(attempt.map(|attempt| attempt.answered(200, &answer.text())));
                    api_keys::apply(&call.database, &[], &record, also).await?;
                    None
                }
            };
            Ok(Answer::ok(ApiAccessOn { user: after, key }))
        })
        .await
    })
    .await
}

/// `DELETE /users/:id/api_access`: off. Their keys are kept, and work again when it is on; they sign in as before.
#[worker::send]
pub async fn end(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    let allow = Allow::organization_admin_or_own().write();
    allow.check(&principal)?;
    let id = call.id()?;
    settled_as(&call, &principal, allow, None, async |principal| {
        let before = users::find(&call.database, principal, id).await?;
        may_set_api_access(principal, &before)?;
        let actor = principal.actor();
        let after = before.without_api_access(ApiAccessEnd::Off, &actor, call.incoming.now);
        if after != before {
            let details = json!({ "changes": after.changes(&before), "how": ApiAccessEnd::Off });
            let target = ("user", Some(id), after.name.as_str());
            let record = record(&call, before.organization_id, &actor, "user.updated", target, details);
            users::store(&call.database, principal, &before, &after, Meaning::None, &record).await?;
        }
        Ok(answer(after))
    })
    .await
}

/// What there is to show to who asks for API access.
enum Default {
    /// The default key, which has no secret yet.
    Pending(Box<Found>),
    /// There is no default key.
    Missing,
    /// It has a secret, which was shown, or it is not the caller's to see.
    NothingToShow,
}

async fn default_of(call: &Call, principal: &Principal, user: &User) -> Result<Default, Failure> {
    if !principal.is_person(user.id) {
        return Ok(Default::NothingToShow);
    }
    let Some(id) = api_keys::default_key(&call.database, user.id).await? else {
        return Ok(Default::Missing);
    };
    let found = api_keys::find(&call.database, Visible::anywhere(principal), &[id], call.incoming.now).await?;
    let pending = found.into_iter().find(|found| found.key.status == KeyStatus::Pending);
    Ok(pending.map_or(Default::NothingToShow, |found| Default::Pending(Box::new(found))))
}

async fn reveal(
    call: &Call,
    principal: &Principal,
    before: Found,
    secret: &Secret,
    record: &Record<'_>,
    also: Vec<Statement>,
) -> Result<MintedKey, Failure> {
    may_reveal(principal, &before.key)?;
    let key = before.key.minted(secret.hint(), call.incoming.now)?;
    let minted = about_key(record, "api_key.minted");
    let step = Step { before, after: Some(key.clone()), secret: Some(secret.hash()) };
    api_keys::apply(&call.database, &[step], &minted, also).await?;
    Ok(MintedKey { api_key: secret.expose().to_owned(), key })
}

async fn make(
    call: &Call,
    principal: &Principal,
    user: &User,
    secret: &Secret,
    record: &Record<'_>,
    also: Vec<Statement>,
) -> Result<MintedKey, Failure> {
    let role = user.role.key_role(user.organization_id == SYSTEM_ORGANIZATION);
    let new = NewKey::named(Name::parse(DEFAULT_KEY_NAME).map_err(Failure::internal)?, role, Access::ReadWrite);
    may_make(principal, &new, user.organization_id)?;
    let system = system();
    let created = Record { actor: &system, ..about_key(record, "api_key.created") };
    let ownership =
        Ownership { organization_id: user.organization_id, owner: Owner::User(user.id), system_generated: true };
    let key = api_keys::create(&call.database, principal, &new, ownership, secret, &created, also).await?;
    Ok(MintedKey { api_key: secret.expose().to_owned(), key })
}

fn about_key<'a>(record: &Record<'a>, action: &'static str) -> Record<'a> {
    Record {
        action,
        target_type: "api_key",
        target_id: None,
        target_name: "",
        details: json!({}),
        ip: record.ip.clone(),
        ..*record
    }
}
