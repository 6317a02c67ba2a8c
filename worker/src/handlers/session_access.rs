//! Signing in by Cloudflare Access: its assertion is exchanged for a session, once.
//!
//! From then on the session counts and not the assertion, as with every other way to sign in. It lasts no longer than Access has
//! vouched, and ends with its person, their address, and the configuration.

use claviger_core::{
    cloudflare_access::{Candidate, Entry, Identity, enter, joins},
    input::{Fields, Problem},
    text::Name,
    wire::session::{AccessIdentity, AccessOrganization},
};
use serde_json::json;

use super::{record, session::open, settled, system};
use crate::{
    answer::Answer,
    auth::{self, access},
    call::Call,
    error::Failure,
    store::{
        organizations,
        sessions::Way,
        users::{self, Known},
    },
};

/// `GET /session/access`: whom Access vouches for, and the organizations that let them in, that of newcomers among them.
///
/// 1. Not configured: 404. Too many attempts: 429.
/// 2. No assertion, or one that is not good: 401. The team's keys cannot be had: 503.
#[worker::send]
pub async fn show(call: Call) -> Result<Answer, Failure> {
    // 1.
    let settings = access::settings(&call.incoming)?.ok_or_else(Failure::not_found)?;
    auth::limit_attempts(&call.incoming).await?;
    // 2.
    let identity = access::identity(&call.incoming, &settings).await?;
    let known = users::by_email(&call.database, &identity.email).await?;
    let candidates: Vec<Candidate> = known.iter().map(|known| known.candidate).collect();
    let open = known.into_iter().filter(|known| known.candidate.active);
    let mut organizations: Vec<AccessOrganization> = open
        .map(|known| AccessOrganization { id: known.candidate.organization, name: known.organization, joins: false })
        .collect();
    if let Some(id) = joins(&candidates, &settings) {
        let name = organizations::name(&call.database, id).await?;
        organizations.extend(name.map(|name| AccessOrganization { id, name, joins: true }));
    }
    Ok(Answer::ok(AccessIdentity { email: identity.email, organizations }))
}

/// `POST /session/access {organization_id?}`.
///
/// 1. Not configured: 404. Another site's doing: 403 `cross_site_request`. Too many attempts: 429.
/// 2. 400 names every field that does not fit.
/// 3. No assertion, or one that is not good: 401. The team's keys cannot be had: 503.
/// 4. Several organizations, that of newcomers counted: 409 `choose_organization`. Somebody deactivated, or removed: 403 `access_ended`. Nobody here: 403
///    `not_invited`, unless newcomers are to become members.
/// 5. The session has all that its person may, and its cookie is set.
#[worker::send]
pub async fn sign_in(call: Call) -> Result<Answer, Failure> {
    let incoming = &call.incoming;
    // 1.
    let settings = access::settings(incoming)?.ok_or_else(Failure::not_found)?;
    auth::refuse_other_sites(incoming)?;
    auth::limit_attempts(incoming).await?;
    // 2.
    let wanted = read(&call)?;
    // 3.
    let identity = access::identity(incoming, &settings).await?;
    settled(None, async || {
        // 4.
        let known = users::by_email(&call.database, &identity.email).await?;
        let candidates: Vec<Candidate> = known.iter().map(|known| known.candidate).collect();
        let user = match enter(&candidates, wanted, &settings) {
            Entry::As(user) => user,
            Entry::Join(organization) => {
                join(&call, organization, &identity).await?;
                // Read again, as anybody else who is there.
                return Err(Failure::conflict());
            }
            Entry::Choose => return Err(Failure::choose_organization()),
            Entry::Deactivated => return Err(Failure::access_ended()),
            Entry::Unknown => return Err(Failure::not_invited()),
        };
        let Some(Known { candidate, user, .. }) = known.into_iter().find(|known| known.candidate.user == user) else {
            return Err(Failure::internal("an entry of nobody"));
        };
        // 5.
        let details = json!({ "cloudflare_access": true });
        let still = vec![users::still(user.id, &identity.email)];
        open(&call, (candidate.organization, &user), Way::Access(&identity), details, still).await
    })
    .await
}

async fn join(call: &Call, organization: i64, identity: &Identity) -> Result<(), Failure> {
    let system = system();
    let record = record(call, organization, &system, "user.created", ("user", None, ""), json!({}));
    let name = name_of(&identity.email)?;
    let joined = users::join(&call.database, organization, identity, &name, &record).await;
    joined.map_err(|failure| match failure {
        failure if failure.is_not_found() => Failure::internal("ACCESS_PROVISION names no organization"),
        failure => failure,
    })
}

/// Access tells no name: the address without its domain, until its person writes another one; with it where nothing is left.
fn name_of(email: &str) -> Result<Name, Failure> {
    let name = |text: &str| Name::parse(&text.chars().take(100).collect::<String>());
    name(email.split('@').next().unwrap_or_default()).or_else(|_| name(email)).map_err(Failure::internal)
}

fn read(call: &Call) -> Result<Option<i64>, Failure> {
    let mut fields = Fields::of(&call.incoming.json()?, "session")?;
    let wanted = fields.optional("organization_id", |value| {
        value.as_i64().filter(|id| *id > 0).ok_or_else(|| Problem::from("Must be the id of an organization."))
    });
    fields.finish()?;
    Ok(wanted)
}
