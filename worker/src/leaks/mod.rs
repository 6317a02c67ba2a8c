//! What becomes of keys whose secrets are reported as leaked: decided by `claviger_core::leak`, carried out here, whoever reports.

pub mod github_keys;

use std::collections::{BTreeMap, BTreeSet};

use claviger_core::{
    authorize::takes_way_in,
    leak::{Leak, LeakSource, Response},
    secret::SecretHash,
    wire::key::{Actor, Key},
};
use serde_json::{Value, json};

use crate::{
    error::Failure,
    incoming::Incoming,
    store::{
        Database,
        api_keys::{self, Found, Step, Visible},
        audit::Record,
        leaks::{self, Holder},
    },
};

/// Secrets that are looked up at once.
const CHUNK: usize = 500;
/// How often a change is tried when others change the same key at the same time: nobody keeps a leaked key alive so.
const TRIES: u32 = 60;

/// A report of one secret.
pub struct Sighting {
    /// Which.
    pub secret: SecretHash,
    /// Where it was found, if that was said.
    pub url: Option<String>,
}

/// Whether each of these secrets that is of a key here works on.
///
/// 1. Who has them is looked up, and what becomes of each key decided.
/// 2. In one batch for each organization the keys are revoked or flagged, with the records of it and what webhooks are told. The
///    key without which nobody could manage its organization is flagged only.
///
/// Said again it comes to the same, so what was broken off can be sent again.
///
/// # Errors
/// 503; what was done before stays done.
pub async fn respond(
    incoming: &Incoming,
    source: LeakSource,
    sightings: &[Sighting],
) -> Result<BTreeMap<SecretHash, bool>, Failure> {
    let database = Database::of_request(incoming)?;
    let urls: BTreeMap<_, _> =
        sightings.iter().rev().map(|sighting| (sighting.secret, sighting.url.as_deref())).collect();
    let secrets: Vec<SecretHash> = urls.keys().copied().collect();
    let report = Report { incoming, database, source, urls, actor: api_keys::system() };
    let mut works = BTreeMap::new();
    for chunk in secrets.chunks(CHUNK) {
        let holders = leaks::holders(&report.database, chunk, source).await?;
        let organizations: BTreeSet<i64> = holders.iter().map(|holder| holder.organization_id).collect();
        for organization in organizations {
            let theirs = holders.iter().filter(|holder| holder.organization_id == organization);
            report.settle(organization, &theirs.map(|holder| holder.secret).collect::<Vec<_>>(), &mut works).await?;
        }
    }
    Ok(works)
}

/// One request's report.
struct Report<'a> {
    incoming: &'a Incoming,
    database: Database,
    source: LeakSource,
    urls: BTreeMap<SecretHash, Option<&'a str>>,
    actor: Actor,
}

/// What becomes of one key.
struct Decided {
    found: Found,
    response: Response,
    secrets: Vec<SecretHash>,
    leak: Leak,
}

impl Report<'_> {
    /// Decides about the keys of one organization, and does it; anew when somebody else changed one of them meanwhile.
    async fn settle(
        &self,
        organization: i64,
        secrets: &[SecretHash],
        works: &mut BTreeMap<SecretHash, bool>,
    ) -> Result<(), Failure> {
        let mut tries = 0;
        loop {
            tries += 1;
            let holders = leaks::holders(&self.database, secrets, self.source).await?;
            match self.carry_out(organization, &self.decide(&holders).await?).await {
                Err(failure) if failure.is_conflict() && tries < TRIES => {}
                done => {
                    let live = done?;
                    let now = self.incoming.now;
                    works.extend(holders.iter().map(|holder| {
                        let retired = holder.reported.ends_at.is_some_and(|moment| moment <= now);
                        (holder.secret, !retired && live.contains(&holder.key_id))
                    }));
                    return Ok(());
                }
            }
        }
    }

    /// One decision for each key, however many of its secrets are reported: the strongest.
    async fn decide(&self, holders: &[Holder]) -> Result<Vec<Decided>, Failure> {
        let now = self.incoming.now;
        let ids: Vec<i64> = holders.iter().map(|holder| holder.key_id).collect::<BTreeSet<_>>().into_iter().collect();
        let found = api_keys::find(&self.database, Visible::to_everybody(), &ids, now).await?;
        let decide = |found: Found| {
            let theirs = || holders.iter().filter(|holder| holder.key_id == found.key.id);
            let url = theirs().find_map(|holder| self.urls.get(&holder.secret).copied().flatten());
            Decided {
                response: theirs()
                    .map(|holder| holder.reported.response(&found.key, now))
                    .max()
                    .unwrap_or(Response::Nothing),
                secrets: theirs().map(|holder| holder.secret).collect(),
                leak: Leak::reported(self.source, url, now),
                found,
            }
        };
        Ok(found.into_iter().map(decide).collect())
    }

    /// Does it; the keys that are not revoked.
    async fn carry_out(&self, organization: i64, decided: &[Decided]) -> Result<BTreeSet<i64>, Failure> {
        let now = self.incoming.now;
        let is_live = |one: &&Decided| one.found.key.revoked_at.is_none();
        let mut live: BTreeSet<i64> = decided.iter().filter(is_live).map(|one| one.found.key.id).collect();
        let (mut revoked, mut flagged) = (Vec::new(), Vec::new());
        for one in decided {
            match one.response {
                Response::Nothing => {}
                Response::Flag => flagged.push(one),
                Response::Revoke => {
                    let after = one.found.key.ended_by(&one.leak, &self.actor, now)?;
                    let step = Step { before: one.found.clone(), after: Some(after), secret: None };
                    if !takes_way_in(&one.found.key, step.after.as_ref(), one.found.user_role, now) {
                        revoked.push((one, step));
                        continue;
                    }
                    // Alone, for it may be refused.
                    match self.revoke(organization, vec![(one, step)]).await {
                        Err(failure) if failure.is_last_credential() => {
                            if one.found.key.leak.as_ref().is_none_or(|leak| !leak.is_open()) {
                                flagged.push(one);
                            }
                        }
                        done => {
                            done?;
                            live.remove(&one.found.key.id);
                        }
                    }
                }
            }
        }
        live.retain(|id| !revoked.iter().any(|(one, _)| one.found.key.id == *id));
        self.revoke(organization, revoked).await?;
        self.flag(organization, &flagged).await?;
        Ok(live)
    }

    async fn revoke(&self, organization: i64, steps: Vec<(&Decided, Step)>) -> Result<(), Failure> {
        if steps.is_empty() {
            return Ok(());
        }
        let leaked = self.record(organization, "api_key.leaked", Value::Null);
        let targets: Vec<Value> = steps.iter().map(|(one, step)| self.leaked(one, step.after.as_ref())).collect();
        let secrets: Vec<SecretHash> = steps.iter().flat_map(|(one, _)| one.secrets.clone()).collect();
        let also = vec![leaked.about_keys(&targets), leaks::note(&secrets, self.incoming.now)];
        let record = self.record(organization, "api_key.revoked", json!({}));
        let steps: Vec<Step> = steps.into_iter().map(|(_, step)| step).collect();
        api_keys::apply(&self.database, &steps, &record, also).await
    }

    async fn flag(&self, organization: i64, flagged: &[&Decided]) -> Result<(), Failure> {
        if flagged.is_empty() {
            return Ok(());
        }
        let now = self.incoming.now;
        let step = |one: &&Decided| {
            let after = one.found.key.leaked(&one.leak, now);
            Step { before: one.found.clone(), after: Some(after), secret: None }
        };
        let steps: Vec<Step> = flagged.iter().map(step).collect();
        let secrets: Vec<SecretHash> = flagged.iter().flat_map(|one| one.secrets.clone()).collect();
        let record = self.record(organization, "api_key.leaked", json!({ "source": self.source }));
        api_keys::apply(&self.database, &steps, &record, vec![leaks::note(&secrets, now)]).await
    }

    /// The record that a key's secret leaked.
    fn leaked(&self, one: &Decided, after: Option<&Key>) -> Value {
        let leak = |key: Option<&Key>| key.and_then(|key| key.leak.clone());
        let changes = json!({ "leak": [leak(Some(&one.found.key)), leak(after)] });
        json!({ "id": one.found.key.id, "name": one.found.key.name, "details": { "source": self.source, "changes": changes } })
    }

    fn record(&self, organization_id: i64, action: &'static str, details: Value) -> Record<'_> {
        Record {
            organization_id,
            at: self.incoming.now,
            actor: &self.actor,
            action,
            target_type: "api_key",
            target_id: None,
            target_name: "",
            details,
            ip: self.incoming.ip(),
            request_id: &self.incoming.request_id,
        }
    }
}
