//! Invitations: made, listed, withdrawn, and how one comes in by them.

use claviger_core::{
    authorize::{Allow, Denied, Principal, may_arrive_with, may_let_in, vouches_for},
    envelope::{DEFAULT_PER_PAGE, MOST_PER_PAGE, Page},
    input::{Fields, Problem, text},
    key::{Access, NewKey},
    organization::SYSTEM_ORGANIZATION,
    secret::SecretHash,
    text::{Email, Name},
    time::DAY,
    user::{DEFAULT_KEY_NAME, Invitation, UserRole},
    wire::{key::MintedKey, user::InviteMade},
};
use serde_json::json;

use super::{api_keys::number, idempotent::once, mint, record, system};
use crate::{
    answer::Answer,
    auth::{self, session::new_token},
    call::Call,
    error::Failure,
    store::{
        invites::{self, Found},
        sign_in_links::Maker,
    },
};

/// How long invitations and sign-in links are good.
pub const LINK_LASTS: i64 = 3 * DAY;

/// `GET /invites`, `GET /organizations/:organization_id/invites`: those that can still be used; their links are not told again.
#[worker::send]
pub async fn list(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    let organization = call.organization(&principal)?;
    Allow::organization_admin().in_organization(organization).check(&principal)?;
    call.assert_organization(&principal, organization).await?;
    let page = number(&call, "page", 0..=1_000_000, "Must be a whole number from 0 to 1000000.")?.unwrap_or(0);
    let per_page = number(&call, "per_page", 1..=MOST_PER_PAGE, "Must be a whole number from 1 to 1000.")?;
    let per_page = per_page.unwrap_or(DEFAULT_PER_PAGE);
    let (rows, records) = invites::list(&call.database, organization, (page, per_page), call.incoming.now).await?;
    Ok(Answer::page(rows, Page::of(page, per_page, records)))
}

/// `POST /invites {role?, name?, email?}`, `POST /organizations/:organization_id/invites`: single use, 72 hours.
///
/// 1. 403 for who does not manage the organization or may only read.
/// 2. 400 names every field that does not fit, also the address of somebody who is there already, and none for a member where
///    Cloudflare Access is configured.
/// 3. 403 for a role above the caller's own, `too_strong` when the caller's key could not do what the new person's will.
/// 4. The link is in this response and nowhere else.
#[worker::send]
pub async fn create(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    let organization = call.organization(&principal)?;
    // 1.
    Allow::organization_admin().write().in_organization(organization).check(&principal)?;
    call.assert_organization(&principal, organization).await?;
    once(&call, &principal, async |attempt| {
        // 2.
        let asked = Invitation::read(&call.incoming.json()?)?;
        if asked.role == UserRole::Member && asked.email.is_none() && by_address(&call)? {
            return Err(Failure::email_needed());
        }
        // 3.
        may_let_in(&principal, asked.role, organization)?;
        // 4.
        let token = new_token()?;
        let (hash, ends_at) = (SecretHash::of(&token), call.incoming.now.plus(LINK_LASTS));
        let actor = principal.actor();
        let name = whom(asked.name.as_ref().map(Name::as_str), asked.email.as_ref().map(Email::as_str), asked.role);
        let details = json!({ "role": asked.role, "email": asked.email, "ends_at": ends_at });
        let record = record(&call, organization, &actor, "invite.created", ("user", None, name), details);
        let also = attempt.map(|attempt| attempt.invited(201, hash)).into_iter().collect();
        let invite = invites::create(
            &call.database,
            organization,
            &asked,
            (hash, ends_at),
            maker(&principal, organization),
            &record,
            also,
        )
        .await?;
        Ok(Answer::created(InviteMade { invite, link: link(&call, "invite", &token) }))
    })
    .await
}

/// `DELETE /invites/:id`: its link opens nothing any more. 403 for one to a role above the caller's own.
#[worker::send]
pub async fn delete(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::organization_admin().write().check(&principal)?;
    let invite = invites::find_pending(&call.database, &principal, call.id()?, call.incoming.now).await?;
    if principal.rank() < invite.role {
        return Err(Denied::Role.into());
    }
    let actor = principal.actor();
    let name = whom(invite.name.as_deref(), invite.email.as_deref(), invite.role);
    let details = json!({ "role": invite.role, "email": invite.email });
    let record = record(&call, invite.organization_id, &actor, "invite.deleted", ("user", None, name), details);
    invites::delete(&call.database, invite.id, &record).await?;
    Ok(Answer::empty())
}

/// The page of the console that takes this token. Behind #, which browsers do not send.
pub fn link(call: &Call, page: &str, token: &str) -> String {
    let origin = call.incoming.url.origin().ascii_serialization();
    format!("{origin}/{page}#token={token}")
}

/// Whose link it is: it ends with them, and lets in no further than they could.
pub fn maker(principal: &Principal, organization: i64) -> Maker {
    Maker {
        key: principal.key.id,
        user: principal.user.as_ref().map(|user| user.id),
        vouches: vouches_for(principal, organization),
    }
}

fn whom<'a>(name: Option<&'a str>, email: Option<&'a str>, role: UserRole) -> &'a str {
    name.or(email).unwrap_or(role.word())
}

/// `POST /invites/lookup {token}`: what an invitation is good for.
#[worker::send]
pub async fn lookup(call: Call) -> Result<Answer, Failure> {
    admit(&call).await?;
    let mut fields = Fields::of(&call.incoming.json()?, "invite")?;
    let token = token(&mut fields);
    let hash = fields.finish_with(token)?;
    Ok(Answer::ok(find(&call, hash).await?.invite))
}

/// `POST /invites/accept {token, name, email}`.
///
/// 1. Another site's doing: 403 `cross_site_request`. Too many attempts: 429.
/// 2. 400 names every field that does not fit. Used, over or unknown: 403 `invite_closed`. Another address than a member was
///    invited with, where Cloudflare Access is configured: 400 too.
/// 3. The person and their sign-in key, whose secret is in this response and nowhere else; the invitation is spent.
#[worker::send]
pub async fn accept(call: Call) -> Result<Answer, Failure> {
    // 1.
    admit(&call).await?;
    // 2.
    let mut fields = Fields::of(&call.incoming.json()?, "invite")?;
    let token = token(&mut fields);
    let name = fields.required("name", |value| text(value, Name::parse));
    let email = fields.required("email", |value| text(value, Email::parse));
    let (hash, (name, email)) = fields.finish_with(token.zip(name.zip(email)))?;
    let found = find(&call, hash).await?;
    let invited = found.invite.email.as_deref();
    if !may_arrive_with(found.invite.role, invited, &email) && by_address(&call)? {
        return Err(Failure::email_not_invited(invited.is_some()));
    }
    // 3.
    let organization = found.organization_id;
    let role = found.invite.role.key_role(organization == SYSTEM_ORGANIZATION);
    let new = NewKey::named(Name::parse(DEFAULT_KEY_NAME).map_err(Failure::internal)?, role, Access::ReadWrite);
    let secret = mint(found.key_prefix.as_deref())?;
    let system = system();
    let record = record(&call, organization, &system, "api_key.created", ("api_key", None, ""), json!({}));
    let key = invites::accept(&call.database, hash, &found, (&name, &email), (&new, &secret), &record).await?;
    Ok(Answer::created(MintedKey { api_key: secret.expose().to_owned(), key }))
}

/// Whether an address is how people come in.
fn by_address(call: &Call) -> Result<bool, Failure> {
    Ok(auth::access::settings(&call.incoming)?.is_some())
}

/// 403 for another site's doing, 429 for too many attempts.
pub async fn admit(call: &Call) -> Result<(), Failure> {
    auth::refuse_other_sites(&call.incoming)?;
    auth::limit_attempts(&call.incoming).await
}

async fn find(call: &Call, hash: SecretHash) -> Result<Found, Failure> {
    invites::find(&call.database, hash, call.incoming.now).await?.ok_or_else(Failure::invite_closed)
}

/// The hash of the token that a link carries.
pub fn token(fields: &mut Fields) -> Option<SecretHash> {
    fields.required("token", |value| value.as_str().map(SecretHash::of).ok_or_else(|| Problem::from("Must be text.")))
}
