//! The demo as SQL statements.

use std::fmt::Write;

use claviger_core::{
    key::KeyKind,
    organization::Plan,
    secret::{OrganizationPrefix, Secret, SecretHash},
    text::fold,
    time::{DAY, HOUR},
};
use serde_json::{Value, json};

use super::{
    keys::{DemoKey, Fate, Maker},
    people::{COMPANY, PEOPLE},
    tenants::{TENANTS, Tenant},
};
use crate::failure::{Failure, Result};

const KEY_LIMIT: i64 = 100;

/// Makes a secret with an organization's prefix.
type Mint<'a> = &'a mut dyn FnMut(Option<&OrganizationPrefix>) -> Result<Secret>;

/// The statements that fill an empty database at `now`, and the owner's secret. `token` is the setup token that is spent by
/// this: the demo is set up.
pub fn of(keys: &[DemoKey], now: i64, token: SecretHash, mint: Mint<'_>) -> Result<(String, Secret)> {
    let mut sql = String::new();
    let oldest = PEOPLE.iter().map(|person| person.days).max().unwrap_or_default();
    let founded = json!(now - oldest * DAY);
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
    let mut owner = None;
    for (id, key) in (1_i64..).zip(keys) {
        let secret = add(&mut sql, id, key, now, mint)?;
        if key.user == Some(1) && owner.is_none() {
            owner = secret;
        }
    }
    let owner = owner.ok_or_else(|| Failure::Failed("The demo's owner has no key.".to_owned()))?;
    for (place, tenant) in (0_i64..).zip(&TENANTS) {
        add_tenant(&mut sql, place, tenant, now, mint)?;
    }
    Ok((sql, owner))
}

/// Another organization, its owner and its keys; their ids follow on.
fn add_tenant(sql: &mut String, place: i64, tenant: &Tenant, now: i64, mint: Mint<'_>) -> Result<()> {
    let (id, owner) = (place + 2, i64::try_from(PEOPLE.len()).unwrap_or_default() + place + 1);
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
    for (number, (name, role, access)) in (1_i64..).zip(tenant.keys) {
        let created = founded + number * tenant.days * DAY / 8;
        insert(
            sql,
            "api_keys (organization_id, kind, name, name_folded, role, access, scopes, created_by_type, created_by_id, \
             created_by_name, created_at, updated_at)",
            &[
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
             VALUES ({}, (SELECT max(id) FROM api_keys), {}, {created}, {});",
            literal(&json!(secret.hash().to_hex())),
            literal(&json!(secret.hint().as_str())),
            now - number * 5 * HOUR,
        );
    }
    // Afterwards: a trial makes no service keys, and keeps those it had.
    if tenant.plan == Plan::Trial {
        let _ = writeln!(sql, "UPDATE organizations SET plan = 'trial' WHERE id = {id};");
    }
    Ok(())
}

/// One key and its secrets; answers the newest of them.
fn add(sql: &mut String, id: i64, key: &DemoKey, now: i64, mint: Mint<'_>) -> Result<Option<Secret>> {
    let created = now - key.age;
    let (expires, revoked, reason) = match key.fate {
        Fate::Until(days) => (Some(now + days * DAY), None, None),
        Fate::Expired => (Some(created + (key.age / 2).min(90 * DAY)), None, None),
        Fate::Revoked(reason) => (None, Some(created + key.age * 2 / 3), Some(reason)),
        Fate::Lasting | Fate::Disabled | Fate::Pending => (None, None, None),
    };
    let rotated = key.rotated.map(|ago| now - ago);
    let disabled = (key.fate == Fate::Disabled).then_some(created + key.age * 3 / 4);
    let changes = [rotated, revoked, disabled];
    let updated = changes.iter().flatten().max().copied().unwrap_or(created);
    let version = 1 + changes.iter().flatten().count();
    let maker = maker(key.maker);
    let ender = revoked.map(|_| self::maker(Maker::Person(3)));
    insert(
        sql,
        "api_keys (id, organization_id, kind, user_id, name, name_folded, description, role, access, scopes, active, \
         expires_at, system_generated, created_by_type, created_by_id, created_by_name, created_at, updated_at, rotated_at, \
         revoked_at, revoked_by_type, revoked_by_id, revoked_by_name, revoke_reason, version)",
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
            json!(i64::from(disabled.is_none())),
            json!(expires),
            json!(i64::from(key.maker == Maker::System)),
            maker.0,
            maker.1,
            maker.2,
            json!(created),
            json!(updated),
            json!(rotated),
            json!(revoked),
            ender.as_ref().map_or(Value::Null, |ender| ender.0.clone()),
            ender.as_ref().map_or(Value::Null, |ender| ender.1.clone()),
            ender.map_or(Value::Null, |ender| ender.2),
            json!(reason),
            json!(version),
        ],
    );
    if key.fate == Fate::Pending {
        return Ok(None);
    }
    // What has ended was last used shortly before.
    let ended = [revoked, disabled, expires.filter(|moment| *moment <= now)].into_iter().flatten().min();
    let used = match ended {
        Some(moment) => Some((moment - 3 * HOUR).max(created)),
        None => key.used.map(|ago| now - ago),
    };
    let mut secret = |minted: i64, ends: Option<i64>, used: Option<i64>| -> Result<Secret> {
        let secret = mint(None)?;
        let used = used.filter(|used| *used >= minted);
        insert(
            sql,
            "secrets (hash, key_id, hint, created_at, ends_at, last_used_at)",
            &[
                json!(secret.hash().to_hex()),
                json!(id),
                json!(secret.hint().as_str()),
                json!(minted),
                json!(ends),
                json!(used),
            ],
        );
        Ok(secret)
    };
    // A person's own key is pending until they ask for it.
    let first = if key.kind == KeyKind::Personal && key.maker == Maker::System { created + HOUR } else { created };
    match rotated {
        None => secret(first, None, used).map(Some),
        Some(moment) => {
            let ends = moment + DAY;
            secret(first, Some(ends), Some((ends - 4 * HOUR).min(now - 20 * 60 * 1000)))?;
            secret(moment, None, used).map(Some)
        }
    }
}

fn maker(maker: Maker) -> (Value, Value, Value) {
    match maker {
        Maker::System => (json!("system"), Value::Null, json!("System")),
        Maker::Person(id) => {
            let person = usize::try_from(id - 1).ok().and_then(|index| PEOPLE.get(index));
            (json!("user"), json!(id), json!(person.map_or("", |person| person.name)))
        }
    }
}

fn insert(sql: &mut String, into: &str, values: &[Value]) {
    let values: Vec<String> = values.iter().map(literal).collect();
    let _ = writeln!(sql, "INSERT INTO {into} VALUES ({});", values.join(", "));
}

fn literal(value: &Value) -> String {
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
        let no_secret = |line: &str| !line.starts_with("INSERT INTO secrets");
        sql.lines().filter(|line| no_secret(line)).map(str::to_owned).collect()
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
        assert!(count("secrets") > 58);
        assert!(sql.contains("Zoë O''Brien"));
    }
}
