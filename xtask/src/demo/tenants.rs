//! The demo's other organizations, which its system administrators look after.

use claviger_core::{
    key::{Access, Role},
    organization::Plan,
};

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
    pub keys: &'static [(&'static str, Role, Access)],
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
