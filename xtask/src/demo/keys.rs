//! The demo's sixty keys: every kind, status, role and access.

use claviger_core::key::{Access, KeyKind, Role};

use super::people::PEOPLE;

const DAY: i64 = claviger_core::time::DAY;
const HOUR: i64 = claviger_core::time::HOUR;
const MINUTE: i64 = claviger_core::time::MINUTE;

/// What became of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Works, and never expires.
    Lasting,
    /// Works, and expires in so many days.
    Until(i64),
    /// Switched off.
    Disabled,
    /// Its time is over.
    Expired,
    /// Ended, for this reason.
    Revoked(&'static str),
    /// Has no secret yet.
    Pending,
}

/// Who made a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    /// The person with this id.
    Person(i64),
    /// The service key with this name.
    Key(&'static str),
    /// Claviger itself.
    System,
}

/// A key, all its moments as milliseconds before now.
#[derive(Clone, Debug)]
pub struct DemoKey {
    /// Service or personal.
    pub kind: KeyKind,
    /// Whose, if personal.
    pub user: Option<i64>,
    /// Its name.
    pub name: &'static str,
    /// A note.
    pub description: &'static str,
    /// What it may do.
    pub role: Role,
    /// Whether it may change anything.
    pub access: Access,
    /// Scopes, separated by blanks.
    pub scopes: &'static str,
    /// What became of it.
    pub fate: Fate,
    /// Who made it.
    pub maker: Maker,
    /// How long ago it was made.
    pub age: i64,
    /// How long ago it was last used.
    pub used: Option<i64>,
    /// How long ago its secret was replaced, and how long ago that one was last used.
    pub rotated: Option<(i64, i64)>,
}

type Row = (&'static str, &'static str, Role, Access, &'static str, Fate);

use Access::{ReadOnly as R, ReadWrite as W};
use Fate::{Disabled, Expired, Lasting, Revoked, Until};
use Role::{Integration as I, OrganizationAdmin as A, SystemAdmin as S, Verifier as V};

/// Service keys, oldest first.
#[rustfmt::skip]
const SERVICE: [Row; 48] = [
    ("Edge gateway", "Checks every call at api.halvorsen.example", V, R, "", Lasting),
    ("Order intake (legacy)", "Replaced by Order intake", I, W, "orders.create", Revoked("Replaced by the new order intake")),
    ("Warehouse scanner, Oslo", "", I, W, "stock.read stock.update", Lasting),
    ("Customs filing", "Files declarations with the authorities", I, W, "customs.*", Until(120)),
    ("Billing export", "Nightly run to the accountants", I, R, "invoices.read", Lasting),
    ("Trade fair demo", "", I, R, "quotes.read", Expired),
    ("Terraform", "Creates keys for new services", A, W, "", Until(33)),
    ("Partner: Nordlys Shipping", "", I, W, "orders.create orders.read", Lasting),
    ("Partner: Baltic Lines", "Contract ended", I, R, "orders.read", Revoked("Contract ended")),
    ("Status page", "", I, R, "health.read", Lasting),
    ("Load test", "Only before the Christmas season", I, W, "orders.*", Disabled),
    ("Warehouse scanner, Bergen", "", I, W, "stock.read stock.update", Lasting),
    ("Price feed", "", I, R, "prices.read", Until(60)),
    ("Contractor access, Q1", "", I, R, "reports.read", Expired),
    ("Tracking page", "Read by every visitor who follows a parcel", I, R, "shipments.read", Lasting),
    ("Regional gateway, Rotterdam", "", V, R, "", Lasting),
    ("Driver app, Android", "", I, W, "routes.read proofs.create", Until(45)),
    ("Driver app, iOS", "", I, W, "routes.read proofs.create", Until(45)),
    ("Old CRM sync", "", I, W, "customers.*", Revoked("Found in a public repository")),
    ("Warehouse scanner, Gdańsk", "", I, W, "stock.read stock.update", Lasting),
    ("Data warehouse", "Reads everything, once an hour", I, R, "orders.read stock.read invoices.read", Until(200)),
    ("Audit, external", "For the yearly audit", A, R, "", Expired),
    ("Invoice printer", "", I, R, "invoices.read", Lasting),
    ("Address check", "", I, R, "addresses.read", Disabled),
    ("Fleet telemetry", "Positions of 214 trucks", I, W, "positions.create", Lasting),
    ("Partner: Østersund Cold Chain", "", I, W, "orders.create orders.read", Until(14)),
    ("Chat bot", "", I, R, "shipments.read", Revoked("Pilot ended")),
    ("Staging gateway", "", V, R, "", Until(9)),
    ("Staging, all services", "Never with production data", I, W, "*", Disabled),
    ("Fuel card import", "", I, W, "expenses.create", Lasting),
    ("Tenant provisioning", "Sets up organizations for subsidiaries", S, W, "", Until(21)),
    ("Contractor access, Q2", "", I, R, "reports.read", Expired),
    ("Partner: Rhein-Main Spedition", "", I, W, "orders.create orders.read", Lasting),
    ("Label printing", "", I, W, "labels.create", Lasting),
    ("Migration 2026", "Moved the archive; no longer needed", A, W, "", Revoked("Migration finished")),
    ("Dispatch board", "", I, W, "routes.*", Lasting),
    ("Weather alerts", "", I, R, "routes.read", Disabled),
    ("Order intake", "", I, W, "orders.create orders.read", Lasting),
    ("Hackathon", "", I, W, "sandbox.*", Expired),
    ("Returns portal", "", I, W, "returns.*", Until(88)),
    ("Forecasting notebook", "", I, R, "orders.read stock.read", Revoked("Pasted into a chat")),
    ("Grafana", "", A, R, "", Until(3)),
    ("Partner: Kvarken Ferries", "", I, R, "orders.read", Disabled),
    ("Email gateway", "", I, W, "messages.create", Until(75)),
    ("CI pipeline", "", I, W, "deployments.create", Until(30)),
    ("Customs filing, test", "", I, W, "customs.*", Until(7)),
    ("Kubernetes operator", "Mints keys for new namespaces", A, W, "", Until(90)),
    ("Customer portal", "", I, R, "shipments.read invoices.read", Until(90)),
];

/// What people made for themselves: whose, and the rest. Scopes and role follow the person.
const PERSONAL: [(i64, &str, Access, Fate, i64); 4] = [
    (3, "Amara's laptop", Access::ReadWrite, Until(52), 130),
    (5, "Spreadsheet add-in", Access::ReadOnly, Lasting, 96),
    (2, "Tomás, on the road", Access::ReadOnly, Disabled, 58),
    (7, "Onboarding script", Access::ReadWrite, Expired, 110),
];

/// How many keys there are.
pub const COUNT: usize = SERVICE.len() + PERSONAL.len() + PEOPLE.len();

/// The name of the key that everybody gets.
pub const SYSTEM_NAME: &str = "Auto-Generated API Key (Created By System)";

/// How long ago something was used, over and over: from now to never.
const USED: [Option<i64>; 11] = [
    Some(40_000),
    Some(7 * MINUTE),
    Some(25 * MINUTE),
    Some(2 * HOUR),
    Some(5 * HOUR),
    Some(19 * HOUR),
    Some(2 * DAY),
    Some(6 * DAY),
    Some(17 * DAY),
    Some(101 * DAY),
    None,
];

/// All of them, oldest first: their ids are their places, counted from 1.
pub fn all() -> Vec<DemoKey> {
    let mut keys: Vec<DemoKey> = (0_i64..).zip(SERVICE).map(|(place, row)| service(place, row)).collect();
    keys.extend(PERSONAL.map(personal));
    keys.extend((1_i64..).zip(&PEOPLE).map(|(id, person)| {
        let fate = match (person.active, person.api_access) {
            (false, _) => Revoked("Left the company"),
            (true, true) => Lasting,
            (true, false) => Fate::Pending,
        };
        DemoKey {
            kind: KeyKind::Personal,
            user: Some(id),
            name: SYSTEM_NAME,
            description: "",
            role: person.role.key_role(true),
            access: Access::ReadWrite,
            scopes: "",
            fate,
            maker: Maker::System,
            age: person.days * DAY,
            used: if fate == Fate::Pending { None } else { Some(id * 3 * HOUR) },
            rotated: None,
        }
    }));
    keys.sort_by_key(|key| std::cmp::Reverse(key.age));
    keys
}

fn service(place: i64, (name, description, role, access, scopes, fate): Row) -> DemoKey {
    // Denser towards today, as in a company that grows; never two at the same hour of the day.
    let from_end = 47 - place;
    let age = 355 * DAY * from_end * from_end / (47 * 47) + 5 * HOUR + (place * 37 % 23) * 11 * MINUTE;
    let used = usize::try_from(place * 7 % 11).ok().and_then(|index| USED.get(index).copied()).flatten();
    let works = matches!(fate, Lasting | Until(_));
    let rotated = match place {
        // Their old secrets still work for some hours: one is still used, the other no more.
        20 => Some((2 * HOUR, 20 * MINUTE)),
        33 => Some((5 * HOUR, 5 * HOUR + 12 * MINUTE)),
        _ if works && place % 9 == 4 => Some((age / 2, age / 2 - 20 * HOUR)),
        _ => None,
    };
    let used = used.filter(|used| *used < age);
    // Owners and administrators, in turn.
    let maker = Maker::Person(place % 4 + 1);
    DemoKey {
        kind: KeyKind::Service,
        user: None,
        name,
        description,
        role,
        access,
        scopes,
        fate,
        maker,
        age,
        used,
        rotated,
    }
}

fn personal((user, name, access, fate, days): (i64, &'static str, Access, Fate, i64)) -> DemoKey {
    let person = usize::try_from(user - 1).ok().and_then(|index| PEOPLE.get(index));
    DemoKey {
        kind: KeyKind::Personal,
        user: Some(user),
        name,
        description: "",
        role: person.map_or(Role::Integration, |person| person.role.key_role(true)),
        access,
        scopes: "",
        fate,
        maker: Maker::Person(user),
        age: days * DAY,
        used: Some(user * 4 * HOUR),
        rotated: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_sixty_keys_of_every_kind_status_role_and_access() {
        let keys = all();
        assert_eq!((keys.len(), PEOPLE.len()), (60, 8));
        for kind in KeyKind::ALL {
            assert!(keys.iter().any(|key| key.kind == *kind), "{kind}");
        }
        for role in Role::ALL {
            assert!(keys.iter().any(|key| key.role == *role), "{role}");
        }
        for access in Access::ALL {
            assert!(keys.iter().any(|key| key.access == *access), "{access}");
        }
        let has = |fits: fn(&Fate) -> bool| keys.iter().filter(|key| fits(&key.fate)).count();
        assert!(has(|fate| matches!(fate, Lasting | Until(_))) >= 30);
        assert!(has(|fate| *fate == Disabled) >= 5);
        assert!(has(|fate| *fate == Expired) >= 5);
        assert!(has(|fate| matches!(fate, Revoked(_))) >= 5);
        assert!(has(|fate| *fate == Fate::Pending) >= 2);
    }

    #[test]
    fn they_are_spread_over_a_year_and_nobody_is_older_than_their_maker() {
        let keys = all();
        assert!(keys.first().unwrap().age > 340 * DAY && keys.last().unwrap().age < DAY);
        assert!(keys.windows(2).all(|pair| pair[0].age >= pair[1].age));
        for key in &keys {
            if let Maker::Person(id) = key.maker {
                let person = &PEOPLE[usize::try_from(id).unwrap() - 1];
                assert!(person.days * DAY > key.age, "{} was made before {} came", key.name, person.name);
            }
        }
    }

    #[test]
    fn names_and_notes_are_ones_that_claviger_accepts() {
        use claviger_core::text::{Name, Note};
        for key in all() {
            assert!(Name::parse(key.name).is_ok() && Note::parse(key.description).is_ok(), "{}", key.name);
            for scope in key.scopes.split_whitespace() {
                assert!(claviger_core::scope::Scope::parse(scope).is_some(), "{scope}");
            }
        }
    }
}
