//! What the settings form holds, and the change it becomes.

use claviger_core::{
    input::FieldError,
    leak::LeakPolicy,
    organization::{LARGEST_KEY_LIMIT, LONGEST_LIFETIME, Organization, OrganizationChange, Plan},
    secret::OrganizationPrefix,
    text::Name,
};

/// The fields as typed.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingsFields {
    /// The organization's name.
    pub name: String,
    /// What secrets begin with, or empty.
    pub key_prefix: String,
    /// In days, or empty.
    pub default_key_lifetime_days: String,
    /// In days, or empty.
    pub maximum_key_lifetime_days: String,
    /// Whether verification reads the primary database every time.
    pub strict: bool,
    /// What becomes of a key when GitHub reports its secret.
    pub leak_policy: LeakPolicy,
    /// What the organization has subscribed to.
    pub plan: Plan,
    /// Live service keys it may have.
    pub key_limit: String,
}

impl SettingsFields {
    /// A new organization's, as the API would make it.
    pub fn new() -> Self {
        Self {
            name: String::new(),
            key_prefix: String::new(),
            default_key_lifetime_days: String::new(),
            maximum_key_lifetime_days: String::new(),
            strict: false,
            leak_policy: LeakPolicy::Flag,
            plan: Plan::Paid,
            key_limit: "25".to_owned(),
        }
    }

    /// What is stored.
    pub fn of(organization: &Organization) -> Self {
        let days = |days: Option<u32>| days.map(|days| days.to_string()).unwrap_or_default();
        Self {
            name: organization.name.clone(),
            key_prefix: organization.key_prefix.clone().unwrap_or_default(),
            default_key_lifetime_days: days(organization.default_key_lifetime_days),
            maximum_key_lifetime_days: days(organization.maximum_key_lifetime_days),
            strict: organization.strict,
            leak_policy: organization.leak_policy,
            plan: organization.plan,
            key_limit: organization.key_limit.to_string(),
        }
    }
}

/// The fields, and what they were filled with: only what differs is sent.
pub struct Filled<'a> {
    /// As typed.
    pub fields: &'a SettingsFields,
    /// As they were.
    pub before: &'a SettingsFields,
}

impl TryFrom<Filled<'_>> for OrganizationChange {
    type Error = Vec<FieldError>;

    fn try_from(Filled { fields, before }: Filled<'_>) -> Result<Self, Self::Error> {
        let mut errors = Vec::new();
        let mut keep = |field: &str, problem: String| {
            errors.push(FieldError { field: field.to_owned(), message: problem });
        };
        let mut change = Self::default();
        if fields.name != before.name {
            match Name::parse(&fields.name) {
                Ok(name) => change.name = Some(name),
                Err(problem) => keep("name", problem.to_string()),
            }
        }
        if fields.key_prefix != before.key_prefix {
            match fields.key_prefix.trim() {
                "" => change.key_prefix = Some(None),
                text => match OrganizationPrefix::parse(text) {
                    Some(prefix) => change.key_prefix = Some(Some(prefix)),
                    None => keep("key_prefix", "Must be 2 to 12 lower-case letters and digits.".to_owned()),
                },
            }
        }
        let mut number = |field: &str, text: &str, before: &str, least: u32, most: u32| -> Option<Option<u32>> {
            let text = text.trim();
            if text == before {
                return None;
            }
            let number = text.parse().ok().filter(|number| (least..=most).contains(number));
            if number.is_none() && !(text.is_empty() && least > 0) {
                keep(field, format!("Must be a whole number from {least} to {most}."));
            }
            Some(number)
        };
        change.default_key_lifetime_days = number(
            "default_key_lifetime_days",
            &fields.default_key_lifetime_days,
            &before.default_key_lifetime_days,
            1,
            LONGEST_LIFETIME,
        );
        change.maximum_key_lifetime_days = number(
            "maximum_key_lifetime_days",
            &fields.maximum_key_lifetime_days,
            &before.maximum_key_lifetime_days,
            1,
            LONGEST_LIFETIME,
        );
        change.key_limit = number("key_limit", &fields.key_limit, &before.key_limit, 0, LARGEST_KEY_LIMIT).flatten();
        change.strict = (fields.strict != before.strict).then_some(fields.strict);
        change.leak_policy = (fields.leak_policy != before.leak_policy).then_some(fields.leak_policy);
        change.plan = (fields.plan != before.plan).then_some(fields.plan);
        if errors.is_empty() { Ok(change) } else { Err(errors) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(edit: impl FnOnce(&mut SettingsFields)) -> Result<serde_json::Value, Vec<String>> {
        let before = SettingsFields { name: "Acme".into(), key_prefix: "acme".into(), ..SettingsFields::new() };
        let mut fields = before.clone();
        edit(&mut fields);
        let change = OrganizationChange::try_from(Filled { fields: &fields, before: &before });
        change.map(|change| json!(change)).map_err(|errors| errors.into_iter().map(|error| error.field).collect())
    }

    #[test]
    fn only_what_was_changed_is_sent() {
        assert_eq!(read(|_| ()).unwrap(), json!({}));
        assert_eq!(read(|fields| fields.strict = true).unwrap(), json!({"strict": true}));
        assert_eq!(read(|fields| fields.leak_policy = LeakPolicy::Revoke).unwrap(), json!({"leak_policy": "revoke"}));
        assert_eq!(read(|fields| fields.key_limit = " 30 ".into()).unwrap(), json!({"key_limit": 30}));
        let both = read(|fields| {
            fields.name = " Acme Ltd ".into();
            fields.plan = Plan::Trial;
            fields.default_key_lifetime_days = "45".into();
        });
        assert_eq!(both.unwrap(), json!({"name": "Acme Ltd", "plan": "trial", "default_key_lifetime_days": 45}));
    }

    #[test]
    fn an_emptied_field_is_cleared_where_it_can_be() {
        assert_eq!(read(|fields| fields.key_prefix.clear()).unwrap(), json!({"key_prefix": null}));
        let was = SettingsFields { maximum_key_lifetime_days: "30".into(), ..SettingsFields::new() };
        let emptied = Filled { fields: &SettingsFields::new(), before: &was };
        let change = OrganizationChange::try_from(emptied).unwrap();
        assert_eq!(json!(change), json!({"maximum_key_lifetime_days": null}));
        assert_eq!(read(|fields| fields.key_limit.clear()).unwrap_err(), ["key_limit"]);
    }

    #[test]
    fn every_field_that_does_not_fit_is_named() {
        let errors = read(|fields| {
            fields.name = " ".into();
            fields.key_prefix = "ACME".into();
            fields.default_key_lifetime_days = "soon".into();
            fields.maximum_key_lifetime_days = "0".into();
            fields.key_limit = "-1".into();
        });
        let all = ["name", "key_prefix", "default_key_lifetime_days", "maximum_key_lifetime_days", "key_limit"];
        assert_eq!(errors.unwrap_err(), all);
    }
}
