//! What the setup form holds, and the request it becomes.

use claviger_core::{
    input::FieldError,
    text::{Email, Name, TextProblem},
    wire::setup::SetupMode,
};

use crate::api::setup::Setup;

/// The fields as typed.
#[derive(Clone, Debug, Default)]
pub struct SetupFields {
    /// First run only.
    pub organization: String,
    /// First run only.
    pub name: String,
    /// Always.
    pub email: String,
}

/// The fields with what the form knows beside them.
pub struct Filled<'a> {
    /// As typed.
    pub fields: &'a SetupFields,
    /// Which of them count.
    pub mode: SetupMode,
    /// From the link.
    pub token: &'a str,
}

impl TryFrom<Filled<'_>> for Setup {
    type Error = Vec<FieldError>;

    fn try_from(Filled { fields, mode, token }: Filled<'_>) -> Result<Self, Self::Error> {
        let mut errors = Vec::new();
        let first_run = mode == SetupMode::FirstRun;
        let organization = first_run.then(|| keep(&mut errors, "organization", Name::parse(&fields.organization)));
        let name = first_run.then(|| keep(&mut errors, "name", Name::parse(&fields.name)));
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

    fn read(fields: &SetupFields, mode: SetupMode) -> Result<Setup, Vec<String>> {
        let filled = Filled { fields, mode, token: "t" };
        Setup::try_from(filled).map_err(|errors| errors.into_iter().map(|error| error.field).collect())
    }

    #[test]
    fn each_field_that_does_not_fit_is_named() {
        let empty = SetupFields::default();
        assert_eq!(read(&empty, SetupMode::FirstRun).err().unwrap(), ["organization", "name", "email"]);
        assert_eq!(read(&empty, SetupMode::Recovery).err().unwrap(), ["email"]);
    }

    #[test]
    fn a_recovery_sends_no_names() {
        let fields = SetupFields { organization: "Acme".into(), name: "Ada".into(), email: " ada@example.com ".into() };
        let setup = read(&fields, SetupMode::Recovery).unwrap();
        assert_eq!((setup.organization, setup.name, setup.email.as_str()), (None, None, "ada@example.com"));
        let setup = read(&fields, SetupMode::FirstRun).unwrap();
        assert_eq!((setup.organization.as_deref(), setup.name.as_deref()), (Some("Acme"), Some("Ada")));
    }
}
