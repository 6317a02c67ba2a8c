//! What the form holds, and the request it becomes.

use claviger_core::{
    input::FieldError,
    text::{Email, Name, TextProblem},
};

use super::Purpose;
use crate::api::setup::Setup;

impl Purpose {
    /// Whether an organization is made.
    pub const fn asks_organization(&self) -> bool {
        matches!(self, Self::FirstRun)
    }

    /// Whether a person is.
    pub const fn asks_name(&self) -> bool {
        matches!(self, Self::FirstRun | Self::Invite(_))
    }
}

/// The fields as typed.
#[derive(Clone, Debug, Default)]
pub struct SetupFields {
    /// First run only.
    pub organization: String,
    /// Not for a recovery.
    pub name: String,
    /// Always.
    pub email: String,
}

impl SetupFields {
    /// What whoever invites has proposed; else empty.
    pub fn proposed(purpose: &Purpose) -> Self {
        let Purpose::Invite(invite) = purpose else { return Self::default() };
        let text = |proposal: &Option<String>| proposal.clone().unwrap_or_default();
        Self { organization: String::new(), name: text(&invite.name), email: text(&invite.email) }
    }
}

/// The fields with what the form knows beside them.
pub struct Filled<'a> {
    /// As typed.
    pub fields: &'a SetupFields,
    /// Which of them count.
    pub purpose: &'a Purpose,
    /// From the link.
    pub token: &'a str,
}

impl TryFrom<Filled<'_>> for Setup {
    type Error = Vec<FieldError>;

    fn try_from(Filled { fields, purpose, token }: Filled<'_>) -> Result<Self, Self::Error> {
        let mut errors = Vec::new();
        let organization =
            purpose.asks_organization().then(|| keep(&mut errors, "organization", Name::parse(&fields.organization)));
        let name = purpose.asks_name().then(|| keep(&mut errors, "name", Name::parse(&fields.name)));
        let email = keep(&mut errors, "email", Email::parse(&fields.email));
        if errors.is_empty() { Ok(Self { token: token.to_owned(), organization, name, email }) } else { Err(errors) }
    }
}

fn keep<T: Into<String>>(errors: &mut Vec<FieldError>, field: &str, parsed: Result<T, TextProblem>) -> String {
    match parsed {
        Ok(value) => value.into(),
        Err(problem) => {
            errors.push(FieldError { field: field.to_owned(), message: problem.to_string() });
            String::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &SetupFields, purpose: &Purpose) -> Result<Setup, Vec<String>> {
        let filled = Filled { fields, purpose, token: "t" };
        Setup::try_from(filled).map_err(|errors| errors.into_iter().map(|error| error.field).collect())
    }

    fn invited() -> Purpose {
        let invite =
            serde_json::json!({ "organization": "Acme", "role": "owner", "ends_at": "2027-01-01T00:00:00.000Z" });
        Purpose::Invite(serde_json::from_value(invite).unwrap())
    }

    #[test]
    fn each_field_that_does_not_fit_is_named() {
        let empty = SetupFields::default();
        assert_eq!(read(&empty, &Purpose::FirstRun).err().unwrap(), ["organization", "name", "email"]);
        assert_eq!(read(&empty, &Purpose::Recovery).err().unwrap(), ["email"]);
        assert_eq!(read(&empty, &invited()).err().unwrap(), ["name", "email"]);
    }

    #[test]
    fn what_was_proposed_is_filled_in() {
        let invite = serde_json::json!({
            "organization": "Acme", "role": "member", "email": "ada@example.com", "ends_at": "2027-01-01T00:00:00.000Z",
        });
        let fields = SetupFields::proposed(&Purpose::Invite(serde_json::from_value(invite).unwrap()));
        assert_eq!((fields.name.as_str(), fields.email.as_str()), ("", "ada@example.com"));
        assert_eq!(SetupFields::proposed(&Purpose::Recovery).email, "");
    }

    #[test]
    fn a_recovery_sends_no_names() {
        let fields = SetupFields { organization: "Acme".into(), name: "Ada".into(), email: " ada@example.com ".into() };
        let setup = read(&fields, &Purpose::Recovery).unwrap();
        assert_eq!((setup.organization, setup.name, setup.email.as_str()), (None, None, "ada@example.com"));
        let setup = read(&fields, &Purpose::FirstRun).unwrap();
        assert_eq!((setup.organization.as_deref(), setup.name.as_deref()), (Some("Acme"), Some("Ada")));
    }
}
