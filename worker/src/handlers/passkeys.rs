//! Passkeys: made, listed, named, removed, and used for signing in and for stepping up.
//!
//! Changing them is for the console alone: a key that leaked must neither add one nor take one away.

use claviger_core::{
    authorize::{Allow, Denied, Principal, PrincipalUser, may_add_passkey},
    input::Fields,
    passkey::{self, Algorithm, Answered, Assertion, CHALLENGE_LASTS, Flaw, MOST_PASSKEYS, Made, Rename, challenge},
    secret::SecretHash,
    wire::passkey::{AskedPasskey, NewPasskey, Passkey},
};
use http::StatusCode;
use serde_json::json;

use super::{
    paging::whole,
    record,
    session::{open, signed_in},
    settled, settled_as,
};
use crate::{
    answer::Answer,
    auth::{
        self,
        passkey::{Site, check_key, check_signature},
        session::new_token,
    },
    call::Call,
    error::Failure,
    log,
    store::{
        callers::still_stands,
        passkeys::{self, Going, New, Purpose, Stored},
        sessions::Way,
    },
};

/// `GET /passkeys`: the caller's own. 403 for a key that is nobody's own.
#[worker::send]
pub async fn list(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::anyone().check(&principal)?;
    let user = principal.user.as_ref().ok_or(Denied::Role)?;
    let rows = passkeys::list(&call.database, (user.id, principal.session_id)).await?;
    let page = whole(&call, MOST_PASSKEYS, rows.len())?;
    Ok(Answer::page(rows, page))
}

/// `POST /passkeys/options`: what a browser needs to make one.
///
/// 1. 403 for who is not at the console, may only read, has one and was not asked for it lately, and `too_strong` when the key
///    that they signed in with is less than they themselves are.
/// 2. 409 `passkeys_need_a_name` where browsers make none.
/// 3. The challenge is bound to this session.
#[worker::send]
pub async fn options(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    // 1.
    Allow::at_console().write().check(&principal)?;
    may_add_passkey(&principal)?;
    let (user, session) = at_console(&principal)?;
    Fields::of(&call.incoming.json()?, "passkey")?.finish()?;
    // 2.
    let site = Site::of(&call.incoming)?;
    // 3.
    let email = signed_in(&call).await?.account.user.email;
    let answer = NewPasskey {
        challenge: give_out(&call, Purpose::Register(session)).await?,
        rp_id: site.host().to_owned(),
        user_handle: passkeys::handle(&call.database, user.id, &new_token()?).await?,
        user_name: email,
        user_display_name: user.name.clone(),
        algorithms: Algorithm::ALL.map(Algorithm::number).to_vec(),
        exclude: passkeys::known(&call.database, user.id).await?,
    };
    Ok(Answer::ok(answer))
}

/// `POST /passkeys {name?, client_data, attestation_object, transports?}`.
///
/// 1. As for the options.
/// 2. 400 names every field that does not fit. 403 `challenge_spent`, `passkey_refused` with the reason.
/// 3. 409 `passkey_exists`, `passkey_limit`.
#[worker::send]
pub async fn create(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    // 1.
    Allow::at_console().write().check(&principal)?;
    may_add_passkey(&principal)?;
    let (user, session) = at_console(&principal)?;
    // 2.
    let made = Made::read(&call.incoming.json()?)?;
    let site = Site::of(&call.incoming)?;
    let challenge = spend(&call, &made.client_data, Purpose::Register(session)).await?;
    let registered =
        site.judge(|party| passkey::register(party, &challenge, &made.client_data, &made.attestation_object))?;
    check_key(&registered.key).await?;
    // 3.
    let new = New { made: &registered, name: &made.name, transports: &made.transports, host: site.host() };
    settled_as(&call, &principal, Allow::at_console().write(), None, async |principal| {
        may_add_passkey(principal)?;
        let actor = principal.actor();
        let details = json!({ "passkey": made.name, "synced": registered.backup_eligible });
        let target = ("user", Some(user.id), user.name.as_str());
        let record = record(&call, principal.organization_id, &actor, "passkey.created", target, details);
        Ok(Answer::created(passkeys::add(&call.database, principal, (user.id, session), &new, &record).await?))
    })
    .await
}

/// `PUT /passkeys/:id {name}`: one of the caller's own; 404 for any other.
#[worker::send]
pub async fn rename(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::anyone().check(&principal)?;
    let (user, before) = own(&call, &principal).await?;
    Allow::at_console().write().check(&principal)?;
    let change = Rename::read(&call.incoming.json()?)?;
    let name = change.name.as_str();
    if name == before.name {
        return Ok(Answer::ok(before));
    }
    settled_as(&call, &principal, Allow::at_console().write(), None, async |principal| {
        let actor = principal.actor();
        let details = json!({ "changes": { "name": [before.name, name] } });
        let target = ("user", Some(user.id), user.name.as_str());
        let record = record(&call, principal.organization_id, &actor, "passkey.updated", target, details);
        passkeys::rename(&call.database, principal, user.id, (before.id, name), &record).await
    })
    .await?;
    Ok(Answer::ok(Passkey { name: name.to_owned(), ..before }))
}

/// `DELETE /passkeys/:id`: one of the caller's own, with the sessions that it opened. 404 for any other; 409 `last_credential` when
/// nothing is left to come in by, for them or for the owners of their organization.
#[worker::send]
pub async fn remove(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::anyone().check(&principal)?;
    let (user, before) = own(&call, &principal).await?;
    Allow::at_console().write().check(&principal)?;
    settled_as(&call, &principal, Allow::at_console().write(), None, async |principal| {
        let actor = principal.actor();
        let target = ("user", Some(user.id), user.name.as_str());
        let record = record(&call, principal.organization_id, &actor, "passkey.deleted", target, json!({}));
        let going = Going::One(user.id, before.id);
        match passkeys::remove(&call.database, principal, going, true, &record).await {
            Ok(0) => Err(Failure::not_found()),
            done => done.map_err(Failure::about_last_passkey),
        }
    })
    .await?;
    Ok(Answer::empty())
}

/// `POST /session/passkey/options`: what a browser needs to sign in; it finds the passkey itself, so nobody is named. 403
/// `cross_site_request`, 409 `passkeys_need_a_name`, 429.
#[worker::send]
pub async fn sign_in_options(call: Call) -> Result<Answer, Failure> {
    auth::refuse_other_sites(&call.incoming)?;
    auth::limit_attempts(&call.incoming).await?;
    Fields::of(&call.incoming.json()?, "passkey")?.finish()?;
    let site = Site::of(&call.incoming)?;
    let challenge = give_out(&call, Purpose::SignIn).await?;
    Ok(Answer::ok(AskedPasskey { challenge, rp_id: site.host().to_owned(), allow: Vec::new() }))
}

/// `POST /session/passkey {credential_id, client_data, authenticator_data, signature, user_handle}`.
///
/// 1. Another site's doing: 403 `cross_site_request`. Too many attempts: 429.
/// 2. 400 names every field that does not fit. 403 `challenge_spent`.
/// 3. 403 `passkey_refused`: nobody's, of somebody who may not come in, or not good, with the reason. A count that has not grown
///    is recorded, also when the same was used at the same moment: who was second is judged anew.
/// 4. The session has all that its person may, and its cookie is set.
#[worker::send]
pub async fn sign_in(call: Call) -> Result<Answer, Failure> {
    // 1.
    auth::refuse_other_sites(&call.incoming)?;
    auth::limit_attempts(&call.incoming).await?;
    // 2.
    let answered = Answered::read(&call.incoming.json()?)?;
    let challenge = spend(&call, &answered.client_data, Purpose::SignIn).await?;
    let opened = settled(None, async || {
        // 3.
        let stored = passkeys::find(&call.database, &answered.credential_id).await?;
        let stored = stored.ok_or_else(Failure::passkey_unknown)?;
        if stored.handle.is_none() || answered.user_handle != stored.handle {
            return Err(Failure::passkey_unknown().because("another person's handle"));
        }
        let assertion = check(&call, &stored, &answered, &challenge).await?;
        if !stored.active {
            return Err(Failure::passkey_unknown().because("deactivated"));
        }
        // 4.
        let details = json!({ "passkey": stored.name });
        let used = passkeys::used(&stored, &assertion, call.database.host(), call.incoming.now);
        open(&call, (stored.organization_id, &stored.user), Way::Passkey(stored.id), details, used).await
    });
    opened.await.map_err(|failure| if failure.is_not_found() { Failure::passkey_unknown() } else { failure })
}

/// `POST /session/step_up/options`: what a browser needs to be asked again. 401 without a session, 409 `no_passkey`.
#[worker::send]
pub async fn step_up_options(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::at_console().check(&principal)?;
    let (user, session) = at_console(&principal)?;
    Fields::of(&call.incoming.json()?, "passkey")?.finish()?;
    let site = Site::of(&call.incoming)?;
    let allow = passkeys::known(&call.database, user.id).await?;
    if allow.is_empty() {
        return Err(Failure::new(StatusCode::CONFLICT, "no_passkey", "You have no passkey. Add one in your profile."));
    }
    let challenge = give_out(&call, Purpose::StepUp(session)).await?;
    Ok(Answer::ok(AskedPasskey { challenge, rp_id: site.host().to_owned(), allow }))
}

/// `POST /session/step_up {credential_id, client_data, authenticator_data, signature}`: for the next 15 minutes this session is
/// not asked.
///
/// 1. 400 names every field that does not fit. 403 `challenge_spent`.
/// 2. 403 `passkey_refused`: not one of the caller's own, or not good, with the reason. As for signing in.
#[worker::send]
pub async fn step_up(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::at_console().check(&principal)?;
    let (user, session) = at_console(&principal)?;
    // 1.
    let answered = Answered::read(&call.incoming.json()?)?;
    let challenge = spend(&call, &answered.client_data, Purpose::StepUp(session)).await?;
    settled_as(&call, &principal, Allow::at_console(), None, async |principal| {
        // 2.
        let stored = passkeys::find(&call.database, &answered.credential_id).await?;
        let stored = stored.filter(|stored| stored.user.id == user.id).ok_or_else(Failure::passkey_unknown)?;
        // Authenticators leave it out where they were told which passkeys may be used.
        if answered.user_handle.is_some() && answered.user_handle != stored.handle {
            return Err(Failure::passkey_unknown().because("another person's handle"));
        }
        let assertion = check(&call, &stored, &answered, &challenge).await?;
        let actor = principal.actor();
        let target = ("user", Some(user.id), user.name.as_str());
        let details = json!({ "passkey": stored.name, "session": session });
        let record = record(&call, principal.organization_id, &actor, "session.verified", target, details);
        let mut statements = vec![still_stands(principal)];
        statements.extend(passkeys::used(&stored, &assertion, call.database.host(), call.incoming.now));
        statements.extend([passkeys::verified(session, call.incoming.now), record.statement()]);
        call.database.batch(statements).await?;
        Ok(Answer::empty())
    })
    .await
}

/// The passkey that the path names, if it is the caller's own; for a key nobody's is.
async fn own<'a>(call: &Call, principal: &'a Principal) -> Result<(&'a PrincipalUser, Passkey), Failure> {
    let (user, session) = at_console(principal).map_err(|_| Failure::not_found())?;
    Ok((user, passkeys::one(&call.database, (user.id, Some(session)), call.id()?).await?))
}

fn at_console(principal: &Principal) -> Result<(&PrincipalUser, i64), Denied> {
    principal.user.as_ref().zip(principal.session_id).ok_or(Denied::Role)
}

async fn give_out(call: &Call, purpose: Purpose) -> Result<String, Failure> {
    let challenge = new_token()?;
    let ends_at = call.incoming.now.plus(CHALLENGE_LASTS);
    passkeys::give_out(&call.database, SecretHash::of(&challenge), purpose, ends_at).await?;
    Ok(challenge)
}

/// The challenge that was answered, which is spent by that.
async fn spend(call: &Call, client_data: &[u8], purpose: Purpose) -> Result<String, Failure> {
    let challenge = challenge(client_data).map_err(Failure::passkey_refused)?;
    passkeys::spend(&call.database, SecretHash::of(&challenge), purpose, call.incoming.now).await?;
    Ok(challenge)
}

async fn check(call: &Call, stored: &Stored, answered: &Answered, challenge: &str) -> Result<Assertion, Failure> {
    log::caller(&call.incoming, stored);
    let Answered { client_data, authenticator_data, signature, .. } = answered;
    let site = Site::of(&call.incoming)?;
    if stored.host.as_deref().is_some_and(|host| host != site.host()) {
        return Err(Failure::passkey_refused(Flaw::Party));
    }
    let assertion = site
        .judge(|party| passkey::assert(party, challenge, stored.known, client_data, authenticator_data, signature))?;
    check_signature(stored.known.algorithm, &stored.jwk, &assertion.signed, &assertion.signature).await?;
    if assertion.check_counter().is_err() {
        let actor = Principal::person(stored.user.clone(), stored.organization_id, 0).actor();
        let target = ("user", Some(stored.user.id), stored.user.name.as_str());
        let counts = json!({ "passkey": stored.name, "sign_count": [stored.known.sign_count, assertion.sign_count] });
        let record = record(call, stored.organization_id, &actor, "passkey.refused", target, counts);
        call.database.batch(vec![record.statement()]).await?;
        return Err(Failure::passkey_refused(Flaw::Counter));
    }
    Ok(assertion)
}
