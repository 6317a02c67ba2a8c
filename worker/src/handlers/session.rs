//! Signing in and out.

use claviger_core::{
    authorize::{Allow, Principal, PrincipalUser},
    contact,
    input::{Fields, Problem},
    key::KeyKind,
    secret::{Secret, SecretHash, find_secret},
    verify::Code,
    wire::session::{Session, SessionKey},
};
use http::header::SET_COOKIE;
use serde_json::{Value, json};

use super::record;
use crate::{
    answer::Answer,
    auth::{
        self, cookie,
        session::{ABSOLUTE, Current, current, idle_at, new_token},
    },
    call::Call,
    error::Failure,
    log,
    store::{
        Statement, credentials,
        sessions::{self, NewSession, Way},
    },
    usage,
};

/// Longest `User-Agent` that is kept, in characters.
const USER_AGENT: usize = 200;

/// `POST /session {api_key}`.
///
/// 1. Another site's doing: 403 `cross_site_request`. Too many attempts: 429.
/// 2. Not a secret, or unknown: 401 `invalid_key`; revoked, expired or switched off: 401 with the reason, since whoever asks
///    holds it. A plan without API access does not matter here.
/// 3. Not a personal key: 403 `not_a_sign_in_key`.
/// 4. The session is stored by its token's hash, and its cookie set.
#[worker::send]
pub async fn sign_in(call: Call) -> Result<Answer, Failure> {
    let (incoming, database) = (&call.incoming, &call.database);
    // 1.
    auth::refuse_other_sites(incoming)?;
    auth::limit_attempts(incoming).await?;
    // 2.
    let invalid = || Failure::unauthorized("invalid_key", "This is not a valid API key.");
    let text = read_key(&incoming.json()?)?;
    let secret = Secret::parse(&text).map_err(|problem| invalid().because(problem))?;
    let credential = credentials::find(database, secret.hash()).await?.ok_or_else(invalid)?;
    log::caller(incoming, &credential);
    if let Some(code) = credential.standing.objection(incoming.now).filter(|code| *code != Code::ApiAccessDisabled) {
        return Err(Failure::objection(code));
    }
    auth::check_address(incoming, &credential)?;
    // 3.
    let (KeyKind::Personal, Some(user)) = (credential.key.kind, credential.user.clone()) else {
        return Err(Failure::forbidden(
            "not_a_sign_in_key",
            "This key belongs to an integration. Sign in with a personal key of your own.",
        ));
    };
    usage::called(&credential, incoming.now);
    // 4.
    let details = json!({ "key": credential.hint });
    let person = (credential.organization.id, &user);
    let opened = open(&call, person, Way::Key(secret.hash()), details, Vec::new()).await;
    // The key has gone since it was read.
    opened.map_err(|failure| if failure.is_not_found() { invalid().because("deleted meanwhile") } else { failure })
}

/// Opens a session and answers it with its cookie; `also` belongs to the batch that does so.
///
/// # Errors
/// 404 when the person, or what they came with, has gone meanwhile; 503.
pub async fn open(
    call: &Call,
    (organization_id, user): (i64, &PrincipalUser),
    way: Way<'_>,
    details: Value,
    also: Vec<Statement>,
) -> Result<Answer, Failure> {
    let incoming = &call.incoming;
    let token = new_token()?;
    // Shown to its person later on; a secret in it would be stored with it.
    let user_agent = incoming.header("User-Agent").filter(|text| find_secret(text).is_none()).unwrap_or_default();
    let user_agent: String = user_agent.chars().filter(|character| !character.is_control()).take(USER_AGENT).collect();
    let longest = incoming.now.plus(ABSOLUTE);
    let ends_at = match way {
        Way::Access(identity) => identity.until.min(longest),
        Way::Key(_) | Way::Passkey(_) => longest,
    };
    let new = NewSession { hash: SecretHash::of(&token), user_id: user.id, way, ends_at, user_agent: &user_agent };
    let actor = Principal::person(user.clone(), organization_id, 0).actor();
    let target = ("user", Some(user.id), user.name.as_str());
    let record = record(call, organization_id, &actor, "session.created", target, details);
    sessions::open(&call.database, &new, &record, also).await?;
    let lasts = ends_at.millis() - incoming.now.millis();
    let shown = show_session(call, current(&token, incoming, &call.database).await?);
    Ok(Answer::created(shown).header(SET_COOKIE, &cookie::set(incoming, &token, lasts / 1000)))
}

/// `GET /session`: who is signed in, and until when; 401 when nobody is.
#[worker::send]
pub async fn show(call: Call) -> Result<Answer, Failure> {
    Ok(Answer::ok(show_session(&call, signed_in(&call).await?)))
}

/// `DELETE /session`: ends it here, not only in the browser.
#[worker::send]
pub async fn sign_out(call: Call) -> Result<Answer, Failure> {
    let current = signed_in(&call).await?;
    auth::origin::check(&call.incoming)?;
    let principal = &current.principal;
    let actor = principal.actor();
    let target = ("user", principal.user.as_ref().map(|user| user.id), actor.name.as_str());
    let record = record(&call, principal.organization_id, &actor, "session.ended", target, json!({}));
    sessions::end(&call.database, current.session.id, &record).await?;
    Ok(Answer::empty().header(SET_COOKIE, &cookie::set(&call.incoming, "", 0)))
}

/// Who is signed in.
///
/// # Errors
/// 401 when nobody is.
pub async fn signed_in(call: &Call) -> Result<Current, Failure> {
    let token = cookie::read(&call.incoming)
        .ok_or_else(|| Failure::unauthorized("authentication_required", "You are not signed in."))?;
    let current = current(&token, &call.incoming, &call.database).await?;
    Allow::anyone().check(&current.principal)?;
    Ok(current)
}

fn read_key(body: &Value) -> Result<String, Failure> {
    // Not wrapped: here `api_key` is the attribute itself.
    let mut fields = Fields::of(body, "session")?;
    let text = fields.required("api_key", |value| {
        let text = value.as_str().ok_or_else(|| Problem::from("Must be text."))?;
        Ok(text.trim().to_owned())
    });
    Ok(fields.finish_with(text)?)
}

fn show_session(call: &Call, current: Current) -> Session {
    let Current { session, account, credential, principal } = current;
    Session {
        role: principal.role(),
        access: principal.key.access,
        user: account.user,
        organization: account.organization,
        key: credential.map(|credential| SessionKey {
            id: credential.id,
            name: credential.key.name,
            hint: credential.hint,
            expires_at: credential.key.expires_at,
        }),
        created_at: session.created_at,
        idle_at: idle_at(&session),
        ends_at: session.ends_at,
        contact: call.incoming.env.var("CONTACT").ok().and_then(|text| contact::link(&text.to_string())),
    }
}
