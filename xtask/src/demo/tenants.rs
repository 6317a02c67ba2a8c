//! The demo's other organizations, which its system administrators look after.

use claviger_core::{
    key::{Access, Role},
    organization::Plan,
    time::DAY,
};

use super::{keys, people::PEOPLE};

/// An organization with its owner and its keys. Its id is its place in [`TENANTS`], counted from 2.
pub struct Tenant {
    /// Its name.
    pub name: &'static str,
    /// What it has subscribed to.
    pub plan: Plan,
    /// Live service keys it may have.
    pub key_limit: i64,
    /// What its secrets begin with.
    pub key_prefix: Option<&'static str>,
    /// Its owner's name and address.
    pub owner: (&'static str, &'static str),
    /// How many days ago it was made.
    pub days: i64,
    /// Its service keys, oldest first.
    pub keys: &'static [Row],
}

type Row = (&'static str, Role, Access);

impl Tenant {
    /// The id of the owner of the tenant at this place: behind those of the company's people.
    pub fn owner_id(&self, place: i64) -> i64 {
        i64::try_from(PEOPLE.len()).unwrap_or_default() + place + 1
    }

    /// Its keys, each with its id, behind those of the company and of the tenants before, and how long after the organization it
    /// was made, in milliseconds.
    pub fn numbered_keys(&self, place: i64) -> impl Iterator<Item = (i64, i64, &'static Row)> {
        let before = TENANTS.iter().zip(0..place).map(|(tenant, _)| tenant.keys.len()).sum::<usize>();
        let first = i64::try_from(keys::COUNT + before).unwrap_or_default();
        let step = self.days * DAY / 8;
        (1_i64..).zip(self.keys).map(move |(number, row)| (first + number, number * step, row))
    }
}

use Access::{ReadOnly as R, ReadWrite as W};
use Role::{Integration as I, OrganizationAdmin as A, Verifier as V};

/// One with a prefix, one near its limit, one on trial.
pub const TENANTS: [Tenant; 3] = [
    Tenant {
        name: "Nordlys Shipping",
        plan: Plan::Paid,
        key_limit: 25,
        key_prefix: Some("nordlys"),
        owner: ("Solveig Nordlys", "solveig@nordlys.example"),
        days: 214,
        keys: &[("Gateway", V, R), ("Booking portal", I, W), ("Container tracking", I, R), ("Provisioning", A, W)],
    },
    Tenant {
        name: "Baltic Lines",
        plan: Plan::Paid,
        key_limit: 6,
        key_prefix: None,
        owner: ("Andris Kalniņš", "andris@balticlines.example"),
        days: 151,
        keys: &[
            ("Gateway", V, R),
            ("Ticket sales", I, W),
            ("Crew planning", I, W),
            ("Timetable", I, R),
            ("Cargo manifest", I, R),
        ],
    },
    Tenant {
        name: "Kvarken Ferries",
        plan: Plan::Trial,
        key_limit: 25,
        key_prefix: None,
        owner: ("Elin Sjöberg", "elin@kvarken.example"),
        days: 12,
        keys: &[("Gateway, first try", V, R), ("Booking test", I, W)],
    },
];
