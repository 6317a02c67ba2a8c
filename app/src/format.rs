//! Facts about keys in words. Pure: the sentences are tested natively, `browser::intl` fills in the dates.

use claviger_core::{
    key::{Access, KeyKind, Role},
    status::KeyStatus,
    time::{DAY, HOUR, MINUTE, Timestamp},
    user::{DEFAULT_KEY_NAME, UserRole},
    wire::key::{Actor, ActorKind, Key},
};

/// How a moment is best told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// Less than a minute ago, or (clocks differ) a little in the future.
    JustNow,
    /// So many units from now; negative is ago.
    Relative(i64, &'static str),
    /// Better as a date.
    Date,
}

/// The past: to the minute within the hour, to the hour within the day, then the date.
pub const fn past(moment: Timestamp, now: Timestamp) -> Telling {
    let ago = now.millis() - moment.millis();
    if ago < MINUTE {
        Telling::JustNow
    } else if ago < HOUR {
        Telling::Relative(-(ago / MINUTE), "minute")
    } else if ago < DAY {
        Telling::Relative(-(ago / HOUR), "hour")
    } else {
        Telling::Date
    }
}

/// An expiry, as the list shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// It has none.
    Never,
    /// It is over.
    Past,
    /// Below 14 days: so many units from now; none when it is less than a minute.
    Soon(i64, &'static str),
    /// Later.
    Later,
}

/// When a key stops working, as seen from `now`. Units are rounded down: what is left is never told as more than it is.
pub const fn expiry(moment: Option<Timestamp>, now: Timestamp) -> Expiry {
    let Some(moment) = moment else { return Expiry::Never };
    let left = moment.millis() - now.millis();
    if left <= 0 {
        Expiry::Past
    } else if left < HOUR {
        Expiry::Soon(left / MINUTE, "minute")
    } else if left < 2 * DAY {
        Expiry::Soon(left / HOUR, "hour")
    } else if left < 14 * DAY {
        Expiry::Soon(left / DAY, "day")
    } else {
        Expiry::Later
    }
}

/// `Read only`.
pub const fn access(access: Access) -> &'static str {
    match access {
        Access::ReadOnly => "Read only",
        Access::ReadWrite => "Read and write",
    }
}

/// What a key may do, in one line: its role where it has one, else its access.
pub const fn capability(key: &Key) -> &'static str {
    match key.role {
        Role::Integration => access(key.access),
        Role::Verifier => "Verifies keys",
        Role::OrganizationAdmin => "Manages keys",
        Role::SystemAdmin => "Manages everything",
    }
}

/// The line beneath it, where there is more to say.
pub fn capability_note(key: &Key) -> Option<String> {
    let manages = key.role >= Role::OrganizationAdmin;
    let owner = key.user_name.as_deref();
    match (key.kind, manages) {
        (KeyKind::Personal, _) => {
            let only = if manages && key.access == Access::ReadOnly { ", read only" } else { "" };
            Some(format!("{} · personal{only}", owner.unwrap_or("Nobody")))
        }
        (KeyKind::Service, true) => Some(access(key.access).to_owned()),
        (KeyKind::Service, false) => None,
    }
}

/// What tells an organization from others of its name: `id 7`, `id 7 · keys begin with acme_`.
pub fn told_apart(id: i64, key_prefix: Option<&str>) -> String {
    match key_prefix {
        Some(prefix) => format!("id {id} · keys begin with {prefix}_"),
        None => format!("id {id}"),
    }
}

/// The name, with its person's for a personal key: everybody's first one has the same name.
pub fn distinct_name(key: &Key) -> String {
    match &key.user_name {
        Some(owner) => format!("{} of {owner}", key.name),
        None => key.name.clone(),
    }
}

/// A secret that was replaced and still works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldSecret {
    /// When it stops working.
    pub ends_at: Timestamp,
    /// When it was last used, if that was after it was replaced.
    pub used_at: Option<Timestamp>,
}

/// The secret that goes on working beside the newest one, while a rotation's grace runs.
pub fn old_secret(key: &Key, now: Timestamp) -> Option<OldSecret> {
    let works = !matches!(key.status, KeyStatus::Revoked | KeyStatus::Expired);
    let still = key.secrets.iter().filter_map(|secret| Some((secret, secret.ends_at.filter(|end| *end > now)?)));
    let (secret, ends_at) = still.max_by_key(|(_, end)| *end).filter(|_| works)?;
    let used_at = secret.last_used_at.filter(|used| key.rotated_at.is_none_or(|rotated| *used >= rotated));
    Some(OldSecret { ends_at, used_at })
}

/// `Active`.
pub const fn status(status: KeyStatus) -> &'static str {
    match status {
        KeyStatus::Pending => "Pending",
        KeyStatus::Active => "Active",
        KeyStatus::Disabled => "Disabled",
        KeyStatus::Expired => "Expired",
        KeyStatus::Revoked => "Revoked",
    }
}

/// `Administrator`.
pub const fn user_role(role: UserRole) -> &'static str {
    match role {
        UserRole::Member => "Member",
        UserRole::Administrator => "Administrator",
        UserRole::Owner => "Owner",
    }
}

/// Who did it, as seen by the person with id `me`.
pub fn actor(actor: &Actor, me: Option<i64>) -> String {
    match actor.kind {
        ActorKind::User if actor.id.is_some() && actor.id == me => "you".to_owned(),
        ActorKind::System => "Claviger".to_owned(),
        // "… of Ada Byron": whose it is says more than the name that everybody's first key has.
        ActorKind::Key => match actor.name.strip_prefix(DEFAULT_KEY_NAME).and_then(|rest| rest.strip_prefix(" of ")) {
            Some(person) => format!("{person}’s API key"),
            None => format!("key {}", actor.name),
        },
        ActorKind::User => actor.name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

    #[test]
    fn the_past_is_told_as_precisely_as_it_matters() {
        for (ago, telling) in [
            (-5_000, Telling::JustNow),
            (59_999, Telling::JustNow),
            (MINUTE, Telling::Relative(-1, "minute")),
            (HOUR - 1, Telling::Relative(-59, "minute")),
            (HOUR, Telling::Relative(-1, "hour")),
            (DAY - 1, Telling::Relative(-23, "hour")),
            (DAY, Telling::Date),
        ] {
            assert_eq!(past(NOW.plus(-ago), NOW), telling, "{ago}");
        }
    }

    #[test]
    fn an_expiry_is_soon_below_14_days_and_never_told_as_more_than_is_left() {
        for (left, told) in [
            (0, Expiry::Past),
            (1, Expiry::Soon(0, "minute")),
            (MINUTE, Expiry::Soon(1, "minute")),
            (2 * HOUR - 1, Expiry::Soon(1, "hour")),
            (2 * DAY - 1, Expiry::Soon(47, "hour")),
            (4 * DAY - 1, Expiry::Soon(3, "day")),
            (14 * DAY - 1, Expiry::Soon(13, "day")),
            (14 * DAY, Expiry::Later),
        ] {
            assert_eq!(expiry(Some(NOW.plus(left)), NOW), told, "{left}");
        }
        assert_eq!(expiry(None, NOW), Expiry::Never);
    }

    #[test]
    fn an_old_secret_is_told_of_while_it_works() {
        let at = |millis: i64| NOW.plus(millis).to_string();
        let key = |status: &str, secrets: serde_json::Value| -> Key {
            serde_json::from_value(serde_json::json!({
                "id": 7, "organization_id": 1, "kind": "service", "name": "Billing", "description": "", "role": "integration",
                "access": "read_only", "scopes": [], "active": true, "status": status, "hint": "clv_4fGh…9aZ1", "api_key": null,
                "secrets": secrets, "user_id": null, "user_name": null, "created_by": {"type": "system", "id": null, "name": "Claviger"},
                "created_at": at(-DAY), "updated_at": at(0), "expires_at": null, "last_used_at": null, "rotated_at": at(-HOUR),
                "revoked_at": null, "revoked_by": null, "revoke_reason": null, "system_generated": false, "source": "minted",
                "allowed_ips": [], "rate_limit": null, "credits": null, "metadata": {}, "version": 2,
            }))
            .unwrap()
        };
        let secret = |ends: Option<i64>, used: Option<i64>| serde_json::json!({"hint": "clv_4fGh…9aZ1", "created_at": at(-DAY), "ends_at": ends.map(at), "last_used_at": used.map(at)});
        let new = secret(None, Some(-1));
        for (status, old, told) in [
            ("active", secret(Some(HOUR), Some(-MINUTE)), Some((HOUR, Some(-MINUTE)))),
            ("disabled", secret(Some(HOUR), None), Some((HOUR, None))),
            // Before the rotation everybody used it.
            ("active", secret(Some(HOUR), Some(-2 * HOUR)), Some((HOUR, None))),
            ("active", secret(Some(0), Some(-MINUTE)), None),
            ("revoked", secret(Some(HOUR), None), None),
        ] {
            let found = old_secret(&key(status, serde_json::json!([new.clone(), old])), NOW);
            let told = told.map(|(ends, used): (i64, Option<i64>)| OldSecret {
                ends_at: NOW.plus(ends),
                used_at: used.map(|used| NOW.plus(used)),
            });
            assert_eq!(found, told, "{status}");
        }
        assert_eq!(old_secret(&key("active", serde_json::json!([new])), NOW), None);
    }

    #[test]
    fn you_are_told_apart_from_others() {
        let ada = Actor { kind: ActorKind::User, id: Some(7), name: "Ada".into() };
        assert_eq!((actor(&ada, Some(7)).as_str(), actor(&ada, Some(8)).as_str()), ("you", "Ada"));
        let named = |name: &str| Actor { kind: ActorKind::Key, id: Some(9), name: name.into() };
        assert_eq!(
            actor(&named("Auto-Generated API Key (Created By System) of Ada Byron"), None),
            "Ada Byron’s API key"
        );
        assert_eq!(actor(&named("Export of invoices"), None), "key Export of invoices");
        let system = Actor { kind: ActorKind::System, id: None, name: "system".into() };
        assert_eq!(actor(&system, None), "Claviger");
    }
}
