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
