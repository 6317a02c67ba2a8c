//! The demo's company and its eight people.

use claviger_core::user::UserRole;

/// The organization.
pub const COMPANY: &str = "Halvorsen Freight";
/// The person whose key is printed.
pub const OWNER: &str = "Ingrid Halvorsen";

/// A person. Their id is their place in [`PEOPLE`], counted from 1.
pub struct Person {
    /// Their name.
    pub name: &'static str,
    /// The part of the address before the company's domain.
    pub mailbox: &'static str,
    /// What they may do.
    pub role: UserRole,
    /// How many days ago they joined.
    pub days: i64,
    /// Whether they still work here.
    pub active: bool,
    /// Whether they have enabled API access: without it their own key stays pending.
    pub api_access: bool,
}

const fn person(
    name: &'static str,
    mailbox: &'static str,
    role: UserRole,
    days: i64,
    active: bool,
    api_access: bool,
) -> Person {
    Person { name, mailbox, role, days, active, api_access }
}

/// Who cleared whose API key, and how many days ago. Of both the id.
pub const CLEARED: (i64, i64, i64) = (3, 8, 3);

/// Somebody who was invited and has not come in yet.
pub struct Invited {
    /// Their name.
    pub name: &'static str,
    /// The part of the address before the company's domain.
    pub mailbox: &'static str,
    /// What they will be.
    pub role: UserRole,
    /// Who invited them, by id.
    pub by: i64,
    /// How many hours ago.
    pub hours: i64,
}

/// Everybody who was.
pub const INVITED: [Invited; 2] = [
    Invited { name: "Nadia Haddad", mailbox: "nadia", role: UserRole::Administrator, by: 1, hours: 5 },
    Invited { name: "Lars Nygård", mailbox: "lars", role: UserRole::Member, by: 3, hours: 26 },
];

/// The name of the person with this id.
pub fn name_of(id: i64) -> &'static str {
    usize::try_from(id - 1).ok().and_then(|place| PEOPLE.get(place)).map_or("", |person| person.name)
}

/// Everybody.
pub const PEOPLE: [Person; 8] = [
    person(OWNER, "ingrid", UserRole::Owner, 372, true, true),
    person("Tomás Ferreira", "tomas", UserRole::Owner, 371, true, true),
    person("Amara Okafor", "amara", UserRole::Administrator, 364, true, true),
    person("Jonas Lindqvist", "jonas", UserRole::Administrator, 338, true, false),
    person("Mei-Lin Chen", "mei-lin", UserRole::Member, 301, true, true),
    person("Zoë O'Brien", "zoe", UserRole::Member, 249, false, false),
    person("Priya Raghavan", "priya", UserRole::Member, 118, true, true),
    person("Kofi Mensah", "kofi", UserRole::Member, 41, true, false),
];
