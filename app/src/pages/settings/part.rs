//! The parts of the settings, for when two people have changed them.

use claviger_core::{
    leak::LeakPolicy,
    organization::{Organization, Plan},
};

use super::SettingsFields;
use crate::components::conflict::FormPart;

/// A part of the settings that is decided about as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The organization's name.
    Name,
    /// What secrets begin with.
    KeyPrefix,
    /// What New key proposes.
    DefaultLifetime,
    /// How long keys can live.
    MaximumLifetime,
    /// Standard or strict.
    Mode,
    /// Flag or revoke.
    LeakPolicy,
    /// Paid or trial.
    Plan,
    /// How many live service keys.
    KeyLimit,
}

impl Part {
    /// Those that only a system administrator decides about.
    pub const OF_SYSTEM: [Self; 2] = [Self::Plan, Self::KeyLimit];
}

impl FormPart for Part {
    type Fields = SettingsFields;
    type Stored = Organization;

    const ALL: &'static [Self] = &[
        Self::Name,
        Self::KeyPrefix,
        Self::DefaultLifetime,
        Self::MaximumLifetime,
        Self::Mode,
        Self::LeakPolicy,
        Self::Plan,
        Self::KeyLimit,
    ];

    fn fill(stored: &Organization) -> SettingsFields {
        SettingsFields::of(stored)
    }

    fn label(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::KeyPrefix => "Key prefix",
            Self::DefaultLifetime => "Default key lifetime",
            Self::MaximumLifetime => "Maximum key lifetime",
            Self::Mode => "Mode",
            Self::LeakPolicy => "Leaked keys",
            Self::Plan => "Plan",
            Self::KeyLimit => "Key limit",
        }
    }

    fn told(self, fields: &SettingsFields) -> String {
        let or = |text: &str, empty: &str| if text.trim().is_empty() { empty.to_owned() } else { text.to_owned() };
        let days = |text: &str, empty: &str| or(&text.trim().parse().map_or_else(|_| text.to_owned(), in_days), empty);
        match self {
            Self::Name => or(&fields.name, "Empty"),
            Self::KeyPrefix => or(&fields.key_prefix, "None"),
            Self::DefaultLifetime => days(&fields.default_key_lifetime_days, "90 days"),
            Self::MaximumLifetime => days(&fields.maximum_key_lifetime_days, "No maximum"),
            Self::Mode => if fields.strict { "Strict" } else { "Standard" }.to_owned(),
            Self::LeakPolicy => match fields.leak_policy {
                LeakPolicy::Flag => "Flag".to_owned(),
                LeakPolicy::Revoke => "Revoke".to_owned(),
            },
            Self::Plan => match fields.plan {
                Plan::Paid => "Paid".to_owned(),
                Plan::Trial => "Trial".to_owned(),
            },
            Self::KeyLimit => or(&fields.key_limit, "Empty"),
        }
    }

    fn copy(self, from: &SettingsFields, to: &mut SettingsFields) {
        let set = |to: &mut String, from: &String| to.clone_from(from);
        match self {
            Self::Name => set(&mut to.name, &from.name),
            Self::KeyPrefix => set(&mut to.key_prefix, &from.key_prefix),
            Self::DefaultLifetime => set(&mut to.default_key_lifetime_days, &from.default_key_lifetime_days),
            Self::MaximumLifetime => set(&mut to.maximum_key_lifetime_days, &from.maximum_key_lifetime_days),
            Self::Mode => to.strict = from.strict,
            Self::LeakPolicy => to.leak_policy = from.leak_policy,
            Self::Plan => to.plan = from.plan,
            Self::KeyLimit => set(&mut to.key_limit, &from.key_limit),
        }
    }
}

fn in_days(days: u32) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}
