//! The demo as SQL statements.

use std::fmt::Write;

use claviger_core::{
    key::{KeyKind, KeySource},
    organization::Plan,
    secret::{OrganizationPrefix, Secret, SecretHash},
    text::fold,
    time::{DAY, HOUR, Timestamp},
};
use serde_json::{Value, json};

use super::{
    history::{self, Moments},
    keys::{DemoKey, Fate, Maker},
    leaks, more, passkeys,
    people::{CLEARED, COMPANY, INVITED, PEOPLE, name_of},
    tenants::{TENANTS, Tenant},
    usage::{self, LATE, Life},
    webhooks,
};
use crate::failure::{Failure, Result};

/// Live service keys that the company may have.
pub const KEY_LIMIT: i64 = 100;

/// Makes a secret with an organization's prefix.
type Mint<'a> = &'a mut dyn FnMut(Option<&OrganizationPrefix>) -> Result<Secret>;

/// The statements that fill an empty database at `now`, and the owner's secret. `token` is the setup token that is spent by
/// this: the demo is set up.
pub fn of(keys: &[DemoKey], now: i64, token: SecretHash, mint: Mint<'_>) -> Result<(String, Secret)> {
    let mut sql = String::new();
    let oldest = PEOPLE.iter().map(|person| person.days).max().unwrap_or_default();
    let founded = json!(now - oldest * DAY);
    let mut events = history::begun(now);
    insert(
        &mut sql,
        "organizations (id, name, key_limit, created_at, updated_at)",
        &[json!(1), json!(COMPANY), json!(KEY_LIMIT), founded.clone(), founded.clone()],
    );
    insert(&mut sql, "setup_tokens (hash, spent_at)", &[json!(token.to_hex()), founded]);
    for (id, person) in (1_i64..).zip(&PEOPLE) {
        let joined = json!(now - person.days * DAY);
        insert(
            &mut sql,
            "users (id, organization_id, name, email, role, active, api_access, created_at, updated_at)",
            &[
                json!(id),
                json!(1),
                json!(person.name),
                json!(format!("{}@halvorsen.example", person.mailbox)),
                json!(person.role.word()),
                json!(i64::from(person.active)),
                json!(i64::from(person.api_access)),
                joined.clone(),
                joined,
            ],
        );
    }
    add_invitations(&mut sql, now, mint)?;
    let (by, cleared, days) = CLEARED;
    let ended = json!({ "how": "cleared", "at": moment(now - days * DAY), "by": { "type": "user", "id": by, "name": name_of(by) } });
    let _ = writeln!(
        sql,
        "UPDATE users SET api_access_ended = {}, version = 2, updated_at = {} WHERE id = {cleared};",
        literal(&json!(ended.to_string())),
        now - days * DAY,
    );
    let mut owner = None;
    for (id, key) in (1_i64..).zip(keys) {
        let (secret, hints) = add(&mut sql, id, key, keys, now, mint)?;
        events.extend(history::of(id, key, keys, now, &hints));
        if key.user == Some(1) && owner.is_none() {
            owner = secret;
        }
    }
    let owner = owner.ok_or_else(|| Failure::Failed("The demo's owner has no key.".to_owned()))?;
    for (place, tenant) in (0_i64..).zip(&TENANTS) {
        add_tenant(&mut sql, place, tenant, now, mint)?;
        events.extend(history::of_tenant(place, tenant, now));
    }
    events.extend(webhooks::history(now));
    events.extend(leaks::history(keys, now));
    history::write(&mut sql, events);
    webhooks::add(&mut sql, now);
    passkeys::add(&mut sql, now);
    leaks::add(&mut sql, keys, now);
    usage::write_organizations(&mut sql, now);
    Ok((sql, owner))
}

/// Who was invited. Nobody has these links: their tokens are not kept.
fn add_invitations(sql: &mut String, now: i64, mint: Mint<'_>) -> Result<()> {
    for invited in &INVITED {
        let made = now - invited.hours * HOUR;
        insert(
            sql,
            "invites (hash, organization_id, role, name, email, created_by_type, created_by_id, created_by_name, made_by_user, \
             created_at, ends_at)",
            &[
                json!(mint(None)?.hash().to_hex()),
                json!(1),
                json!(invited.role.word()),
                json!(invited.name),
                json!(format!("{}@halvorsen.example", invited.mailbox)),
                json!("user"),
                json!(invited.by),
                json!(name_of(invited.by)),
                json!(invited.by),
                json!(made),
                json!(made + 3 * DAY),
            ],
        );
    }
    Ok(())
}

/// Another organization, its owner and its keys; their ids follow on.
fn add_tenant(sql: &mut String, place: i64, tenant: &Tenant, now: i64, mint: Mint<'_>) -> Result<()> {
    let (id, owner) = (place + 2, tenant.owner_id(place));
    let founded = now - tenant.days * DAY;
    insert(
        sql,
        "organizations (id, name, key_limit, key_prefix, created_at, updated_at)",
        &[
            json!(id),
            json!(tenant.name),
            json!(tenant.key_limit),
            json!(tenant.key_prefix),
            json!(founded),
            json!(founded),
        ],
    );
    let (name, email) = tenant.owner;
    insert(
        sql,
        "users (id, organization_id, name, email, role, active, api_access, created_at, updated_at)",
        &[
            json!(owner),
            json!(id),
            json!(name),
            json!(email),
            json!("owner"),
            json!(1),
            json!(1),
            json!(founded),
            json!(founded),
        ],
    );
    let prefix = tenant.key_prefix.and_then(OrganizationPrefix::parse);
    for (number, (key, after, (name, role, access))) in (1_i64..).zip(tenant.numbered_keys(place)) {
        let created = founded + after;
        insert(
            sql,
            "api_keys (id, organization_id, kind, name, name_folded, role, access, scopes, created_by_type, created_by_id, \
             created_by_name, created_at, updated_at)",
            &[
                json!(key),
                json!(id),
                json!(KeyKind::Service.word()),
                json!(name),
                json!(fold(name)),
                json!(role.word()),
                json!(access.word()),
                json!("[]"),
                json!("user"),
                json!(owner),
                json!(tenant.owner.0),
                json!(created),
                json!(created),
            ],
        );
        let secret = mint(prefix.as_ref())?;
        let _ = writeln!(
            sql,
            "INSERT INTO secrets (hash, key_id, hint, created_at, last_used_at) \
             VALUES ({}, {key}, {}, {created}, {});",
            literal(&json!(secret.hash().to_hex())),
            literal(&json!(secret.hint().as_str())),
            now - number * 5 * HOUR,
        );
        let (role, kind, used) = (*role, KeyKind::Service, Some(now - number * 5 * HOUR));
        usage::write(sql, &Life { id: key, name, role, kind, created, used, ended: None }, now);
    }
    // Afterwards: a trial makes no service keys, and keeps those it had.
    if tenant.plan == Plan::Trial {
        let _ = writeln!(sql, "UPDATE organizations SET plan = 'trial' WHERE id = {id};");
    }
    Ok(())
}

/// One key and its secrets; answers the newest of them, and the hints of all, the oldest first.
fn add(sql: &mut String, id: i64, key: &DemoKey, keys: &[DemoKey], now: i64, mint: Mint<'_>) -> Result<Made> {
    let (at, more) = (Moments::of(id, key, now), more::of(key.name));
    let maker = history::actor(key.maker, keys);
    let ender = at.revoked.map(|(_, by, _)| history::actor(by, keys));
    insert(
        sql,
        "api_keys (id, organization_id, kind, user_id, name, name_folded, description, role, access, scopes, active, \
         expires_at, system_generated, created_by_type, created_by_id, created_by_name, created_at, updated_at, rotated_at, \
         revoked_at, revoked_by_type, revoked_by_id, revoked_by_name, revoke_reason, version, source, allowed_ips, \
         rate_limit, credits, client_ip_header, metadata)",
        &[
            json!(id),
            json!(1),
            json!(key.kind.word()),
            json!(key.user),
            json!(key.name),
            json!(fold(key.name)),
            json!(key.description),
            json!(key.role.word()),
            json!(key.access.word()),
            json!(json!(key.scopes.split_whitespace().collect::<Vec<_>>()).to_string()),
            json!(i64::from(at.disabled.is_none())),
            json!(at.expires),
            json!(i64::from(key.maker == Maker::System)),
            json!(maker.0),
            json!(maker.1),
            json!(maker.2),
            json!(at.created),
            json!(at.updated),
            json!(at.rotated),
            json!(at.revoked.map(|(moment, ..)| moment)),
            json!(ender.map(|ender| ender.0)),
            json!(ender.and_then(|ender| ender.1)),
            json!(ender.map(|ender| ender.2)),
            json!(at.revoked.map(|(_, _, reason)| reason)),
            json!(at.version),
            json!(if more.imported.is_some() { KeySource::Imported } else { KeySource::Minted }),
            json!(json!(more.allowed_ips).to_string()),
            json!(more.rate_limit.map(history::rate_limit)),
            json!(more.credits.map(credits)),
            json!(more.client_ip_header),
            json!(more.metadata),
        ],
    );
    if key.fate == Fate::Pending {
        return Ok((None, Vec::new()));
    }
    // What has ended was last used shortly before, but for one.
    let revoked = at.revoked.map(|(moment, ..)| (moment, "REVOKED"));
    let disabled = at.disabled.map(|(moment, _)| (moment, "DISABLED"));
    let expired = at.expires.filter(|moment| *moment <= now).map(|moment| (moment, "EXPIRED"));
    let ended = [revoked, disabled, expired].into_iter().flatten().min();
    let used = match ended {
        Some((moment, _)) if key.name == LATE.0 => Some(moment + LATE.1),
        Some((moment, _)) => Some((moment - 3 * HOUR).max(at.created)),
        None => key.used.map(|ago| now - ago),
    };
    let old_used = key.rotated.map(|(_, ago)| now - ago);
    let newest_used = used.filter(|used| at.rotated.is_none_or(|rotated| *used >= rotated));
    let life = Life {
        id,
        name: key.name,
        role: key.role,
        kind: key.kind,
        created: at.created,
        used: newest_used.max(old_used),
        ended,
    };
    usage::write(sql, &life, now);
    let mut hints = Vec::new();
    let mut secret = |minted: i64, ends: Option<i64>, used: Option<i64>| -> Result<Secret> {
        let secret = mint(None)?;
        let hash = if more.imported.is_some() { secret.hash().imported_by(1) } else { secret.hash() };
        let hint = more.imported.map_or_else(|| secret.hint().as_str().to_owned(), str::to_owned);
        let used = used.filter(|used| *used >= minted);
        insert(
            sql,
            "secrets (hash, key_id, hint, created_at, ends_at, last_used_at)",
            &[json!(hash.to_hex()), json!(id), json!(hint), json!(minted), json!(ends), json!(used)],
        );
        hints.push(hint);
        Ok(secret)
    };
    // A person's own key is pending until they ask for it.
    let first = at.minted.unwrap_or(at.created);
    let newest = match (at.rotated, key.rotated) {
        (Some(moment), Some((_, old_used))) => {
            let ends = moment + history::GRACE;
            secret(first, Some(at.expires.map_or(ends, |expires| expires.min(ends))), Some(now - old_used))?;
            secret(moment, None, used)?
        }
        _ => secret(first, None, used)?,
    };
    Ok((Some(newest), hints))
}

/// What becomes of a new key.
type Made = (Option<Secret>, Vec<String>);

/// What is left, and to what it is set again how often, as it is stored.
pub fn credits((remaining, refill): (u64, Option<(u64, &str)>)) -> String {
    let (amount, interval) = refill.unzip();
    json!({ "remaining": remaining, "refill_amount": amount, "refill_interval": interval }).to_string()
}

/// A moment as audit records tell it.
pub fn moment(millis: i64) -> Value {
    json!(Timestamp::from_millis(millis))
}

/// A statement that inserts one row.
pub fn insert(sql: &mut String, into: &str, values: &[Value]) {
    let values: Vec<String> = values.iter().map(literal).collect();
    let _ = writeln!(sql, "INSERT INTO {into} VALUES ({});", values.join(", "));
}

/// A value as SQL writes it.
pub fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::keys;

    const NOW: i64 = 1_800_000_000_000;

    fn made() -> (String, Secret) {
        let mut mint = |prefix: Option<&OrganizationPrefix>| {
            Secret::mint(prefix, getrandom::fill).map_err(Failure::while_trying("mint"))
        };
        of(&keys::all(), NOW, SecretHash::of("token"), &mut mint).unwrap()
    }

    /// Without what is minted anew: hashes and hints.
    fn records(sql: &str) -> Vec<String> {
        let hintless = |line: &str| {
            let mut parts = line.split("clv_");
            let first = parts.next().unwrap_or_default().to_owned();
            parts.fold(first, |text, part| text + "clv_" + &part.chars().skip(9).collect::<String>())
        };
        let minted = |line: &&str| line.starts_with("INSERT INTO secrets") || line.starts_with("INSERT INTO invites");
        sql.lines().filter(|line| !minted(line)).map(hintless).collect()
    }

    #[test]
    fn records_are_the_same_every_time_and_secrets_never() {
        let ((one, first), (two, second)) = (made(), made());
        assert_eq!(records(&one), records(&two));
        assert!(first != second && one != two);
    }

    #[test]
    fn no_secret_is_in_the_statements() {
        let (sql, owner) = made();
        assert!(claviger_core::secret::find_secret(&sql).is_none());
        assert!(!sql.contains(owner.expose()));
        assert!(sql.contains(&owner.hash().to_hex()));
    }

    #[test]
    fn there_are_eight_people_and_sixty_keys_and_three_other_organizations() {
        let (sql, _) = made();
        let count = |table: &str| sql.matches(&format!("INSERT INTO {table} (")).count();
        let elsewhere: usize = TENANTS.iter().map(|tenant| tenant.keys.len()).sum();
        assert_eq!((count("organizations"), count("users"), count("api_keys")), (4, 8 + 3, 60 + elsewhere));
        assert!(sql.contains("nordlys_clv_") && sql.contains("SET plan = 'trial' WHERE id = 4"));
        assert_eq!((count("invites"), sql.matches("\"how\":\"cleared\"").count()), (2, 2));
        assert!(count("secrets") > 58 && count("passkeys") == 2 && count("webhooks") == 3);
        assert!(sql.contains("Zoë O''Brien"));
    }
}
