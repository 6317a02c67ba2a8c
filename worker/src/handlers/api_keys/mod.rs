//! Keys: found, listed, made, changed, ended; one at a time or many at once.

mod bulk;
mod change;
mod create;
mod end;
mod filter;
mod import;
mod secrets;

use std::{collections::BTreeMap, time::Duration};

use claviger_core::{
    authorize::{Allow, Principal, passkeys_go},
    envelope::Page,
    input::Fields,
    key::Role,
    meter::Work as Ledger,
    passkey::PasskeyFate,
    wire::{
        import::{NOT_A_HASH, sha256},
        key::Key,
    },
};
use serde_json::{Value, json};
use worker::Delay;

pub use self::{
    bulk::bulk,
    change::change,
    create::create,
    end::{delete, resolve_leak, revoke},
    filter::{number, order},
    import::import,
    secrets::{mint, regenerate, rotate},
};
use super::record;
use crate::{
    answer::Answer,
    call::Call,
    error::Failure,
    meter,
    store::{
        Statement,
        api_keys::{self, Found, Paging, Step, Visible},
        audit::Record,
        passkeys::{self, Going},
    },
};

/// How often a change is tried when others change the same key at the same time.
const TRIES: u32 = 20;
/// The same for what takes from a key: nobody keeps a leaked key alive by changing it all the time.
const URGENT_TRIES: u32 = 60;
/// Before each further try as many times this, or less: those who collided once should not again.
const STEP_BACK: u64 = 20;

/// `GET /api_keys`, `GET /organizations/:organization_id/api_keys`.
#[worker::send]
pub async fn list(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    let organization = call.organization(&principal)?;
    Allow::organization_admin_or_own().in_organization(organization).check(&principal)?;
    call.assert_organization(&principal, organization).await?;
    let filter = filter::read(&call)?;
    let visible = Visible::in_organization(&principal, organization);
    let listed = api_keys::list(&call.database, visible, &filter, call.incoming.now).await?;
    let page = match (&filter.paging, listed.records) {
        (Paging::Page(page), Some(records)) => Page::of(*page, filter.per_page, records),
        _ => Page::after(filter.per_page, listed.next),
    };
    Ok(Answer::page(listed.keys, page))
}

/// `GET /api_keys/hygiene`, `GET /organizations/:organization_id/api_keys/hygiene`: how many keys deserve a look, and why.
#[worker::send]
pub async fn hygiene(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    let organization = call.organization(&principal)?;
    Allow::organization_admin_or_own().in_organization(organization).check(&principal)?;
    call.assert_organization(&principal, organization).await?;
    let visible = Visible::in_organization(&principal, organization);
    Ok(Answer::ok(api_keys::hygiene(&call.database, visible, call.incoming.now).await?))
}

/// `GET /api_keys/:id`, with the version as `ETag`. Its credits are what is left of them, where lists say what was set.
#[worker::send]
pub async fn show(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::organization_admin_or_own().check(&principal)?;
    let found = find(&call, &principal, &[call.id()?]).await?;
    let found = found.into_iter().next().ok_or_else(Failure::not_found)?;
    let credits = meter::credits(&call.incoming.env, found.key.id, &found.limits, Ledger::Tell).await;
    let key = Key { credits, ..found.key };
    let version = key.version;
    Ok(Answer::ok(key).version(version))
}

/// `POST /api_keys/lookup {sha256}`, `POST /organizations/:organization_id/api_keys/lookup`: the browser hashes a pasted secret itself, so that it never travels.
#[worker::send]
pub async fn lookup(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    let organization = call.organization(&principal)?;
    Allow::organization_admin_or_own().in_organization(organization).check(&principal)?;
    let mut fields = Fields::of(&call.incoming.json()?, "lookup")?;
    let hash = fields.required("sha256", |value| value.as_str().and_then(sha256).ok_or_else(|| NOT_A_HASH.into()));
    let hash = fields.finish_with(hash)?;
    let visible = Visible::in_organization(&principal, organization);
    Ok(Answer::ok(api_keys::find_by_secret(&call.database, visible, hash, organization, call.incoming.now).await?))
}

/// These keys, all of which the caller can see; 404 otherwise.
pub async fn find(call: &Call, principal: &Principal, ids: &[i64]) -> Result<Vec<Found>, Failure> {
    let found = api_keys::find(&call.database, Visible::anywhere(principal), ids, call.incoming.now).await?;
    for found in &found {
        Allow::anyone().in_organization(found.key.organization_id).check(principal)?;
    }
    if found.len() == ids.len() {
        return Ok(found);
    }
    let missing = ids.iter().filter(|id| !found.iter().any(|found| found.key.id == **id));
    let missing: Vec<String> = missing.map(ToString::to_string).collect();
    Err(if ids.len() == 1 {
        Failure::not_found()
    } else {
        Failure::not_found().field("ids", &format!("There are no such keys: {}.", missing.join(", ")))
    })
}

/// What an organization's plan or limit refuses; whoever can change them is not sent to somebody else.
fn refused_to(principal: &Principal, failure: Failure) -> Failure {
    if principal.role() == Role::SystemAdmin { failure.for_system_administrators() } else { failure }
}

/// What one request does to keys.
struct Work<'a> {
    call: &'a Call,
    principal: &'a Principal,
    ids: &'a [i64],
    /// The version that the caller has seen: then another one is a conflict, and not a reason to decide anew.
    version: Option<i64>,
    /// It takes from the keys, and goes before what others do: tried more often, and without stepping back.
    urgent: bool,
    /// What was asked for about the passkeys of personal keys that are ended; nothing else has any.
    passkeys: Option<PasskeyFate>,
    /// For the audit log.
    action: &'static str,
    details: Value,
}

impl Work<'_> {
    /// Reads the keys, lets `decide` say what becomes of each (nothing, if it is as asked already), and stores that; `also`
    /// belongs to the same batch. When somebody else changed one of them meanwhile, all of this again.
    async fn carry_out(
        &self,
        decide: impl Fn(Found) -> Result<Option<Step>, Failure>,
        also: impl Fn(&[Step]) -> Vec<Statement>,
    ) -> Result<Vec<Step>, Failure> {
        let actor = self.principal.actor();
        let most = if self.urgent { URGENT_TRIES } else { TRIES };
        let mut tries = 0;
        loop {
            tries += 1;
            let found = find(self.call, self.principal, self.ids).await?;
            let organization = found.first().map_or(self.principal.organization_id, |found| found.key.organization_id);
            if found.iter().any(|found| found.key.organization_id != organization) {
                return Err(claviger_core::input::Problems::one("ids", "Must all be keys of one organization.").into());
            }
            if self.version.is_some_and(|seen| found.iter().any(|found| found.key.version != seen)) {
                return Err(Failure::conflict());
            }
            let steps =
                found.into_iter().filter_map(|found| decide(found).transpose()).collect::<Result<Vec<_>, _>>()?;
            let target = ("api_key", None, "");
            let record = record(self.call, organization, &actor, self.action, target, self.details.clone());
            let mut also = also(&steps);
            also.extend(self.take_passkeys(&steps, &record)?);
            match api_keys::apply(&self.call.database, &steps, &record, also).await {
                Err(failure) if failure.is_conflict() && self.version.is_none() && tries < most => {
                    if !self.urgent {
                        step_back(tries).await;
                    }
                }
                done => return done.map(|()| steps),
            }
        }
    }
}

impl Work<'_> {
    /// The statements that remove the passkeys that go with the keys that these steps end.
    fn take_passkeys(&self, steps: &[Step], record: &Record<'_>) -> Result<Vec<Statement>, Failure> {
        let mut owners = BTreeMap::<i64, Vec<i64>>::new();
        for step in steps {
            let key = &step.before.key;
            // One that was revoked before and is deleted now too: its passkeys may have been kept then.
            let ends = step.after.as_ref().is_none_or(|after| key.revoked_at.is_none() && after.revoked_at.is_some());
            if let Some(owner) = key.user_id.filter(|_| ends)
                && passkeys_go(self.principal, owner, self.passkeys)?
            {
                owners.entry(owner).or_default().push(key.id);
            }
        }
        let lost = Record {
            action: "passkey.deleted",
            target_type: "user",
            details: json!({ "with_key": true }),
            ip: record.ip.clone(),
            ..*record
        };
        let database = &self.call.database;
        let removing = owners.iter().flat_map(|(owner, keys)| {
            passkeys::removing(database, Going::With(*owner, keys), self.principal.is_person(*owner), &lost)
        });
        Ok(removing.collect())
    }
}

/// The parameter `passkeys`, which says what becomes of the passkeys of keys that are ended.
///
/// # Errors
/// 400 for another word.
pub fn passkey_fate(call: &Call) -> Result<Option<PasskeyFate>, Failure> {
    let read = |word| PasskeyFate::parse(word).ok_or_else(|| Failure::parameter("passkeys", PasskeyFate::WANTED));
    call.query("passkeys").map(read).transpose()
}

async fn step_back(tries: u32) {
    let mut byte = [0];
    // Without chance all wait as long as each other, which is no worse than not to wait.
    let _ = getrandom::fill(&mut byte);
    let most = STEP_BACK * u64::from(tries.min(10));
    Delay::from(Duration::from_millis(most * u64::from(byte[0]) / 256)).await;
}
