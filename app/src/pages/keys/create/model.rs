//! What the form holds, and the key it asks for.

use claviger_core::{
    input::FieldError,
    key::{Access, NewKey, Role},
    scope::{MOST_SCOPES, Scope},
    text::{Name, Note},
    time::{DAY, HOUR, Timestamp},
};

use crate::components::extras::{self, At, Extras};

/// What a key is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// A program presents it to your services.
    #[default]
    Integration,
    /// A service asks about others' keys with it.
    Verifier,
    /// A program manages keys with it.
    Manager,
    /// A program manages all organizations with it.
    System,
    /// It is one's own: a personal key.
    Own,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Integration, Self::Verifier, Self::Manager, Self::System, Self::Own];

    /// The role that fits; `own` is that of one's own keys.
    pub const fn role(self, own: Role) -> Role {
        match self {
            Self::Integration => Role::Integration,
            Self::Verifier => Role::Verifier,
            Self::Manager => Role::OrganizationAdmin,
            Self::System => Role::SystemAdmin,
            Self::Own => own,
        }
    }

    /// For the draft.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Integration => "integration",
            Self::Verifier => "verifier",
            Self::Manager => "manager",
            Self::System => "system",
            Self::Own => "own",
        }
    }

    /// What a key of this role is for.
    pub const fn of(role: Role) -> Self {
        match role {
            Role::Integration => Self::Integration,
            Role::Verifier => Self::Verifier,
            Role::OrganizationAdmin | Role::SystemAdmin => Self::Manager,
        }
    }
}

/// When a key stops working, as it is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// In so many hours.
    Hours(u16),
    /// In so many days.
    Days(u16),
    /// At a moment typed in.
    Custom,
    /// Never.
    Never,
}

impl Expiry {
    /// Every choice with its name.
    pub const CHOICES: [(Self, &'static str); 8] = [
        (Self::Hours(1), "1 hour"),
        (Self::Hours(24), "24 hours"),
        (Self::Days(7), "7 days"),
        (Self::Days(30), "30 days"),
        (Self::Days(60), "60 days"),
        (Self::Days(90), "90 days"),
        (Self::Custom, "Custom"),
        (Self::Never, "Never"),
    ];

    /// For the draft.
    pub fn word(self) -> String {
        match self {
            Self::Hours(hours) => format!("h{hours}"),
            Self::Days(days) => format!("d{days}"),
            Self::Custom => "custom".to_owned(),
            Self::Never => "never".to_owned(),
        }
    }

    /// From a draft.
    pub fn parse(word: &str) -> Option<Self> {
        let number = |text: &str| text.parse().ok();
        match word {
            "custom" => Some(Self::Custom),
            "never" => Some(Self::Never),
            word => match word.strip_prefix('d') {
                Some(days) => number(days).map(Self::Days),
                None => word.strip_prefix('h').and_then(number).map(Self::Hours),
            },
        }
    }

    /// The moment; `custom` is the one typed in, if it is one.
    pub fn resolve(self, now: Timestamp, custom: Option<Timestamp>) -> Option<Timestamp> {
        match self {
            Self::Hours(hours) => Some(now.plus(i64::from(hours) * HOUR)),
            Self::Days(days) => Some(now.plus(i64::from(days) * DAY)),
            Self::Custom => custom,
            Self::Never => None,
        }
    }
}

/// The form as it is filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct NewKeyForm {
    /// What it is for.
    pub purpose: Purpose,
    /// As typed.
    pub name: String,
    /// Whether it may change anything.
    pub access: Access,
    /// Whether it works at once.
    pub active: bool,
    /// When it stops working.
    pub expiry: Expiry,
    /// The value of the `datetime-local` field.
    pub custom: String,
    /// As typed.
    pub description: String,
    /// As typed, separated by spaces, commas or line breaks.
    pub scopes: String,
    /// What most keys do without.
    pub extras: Extras,
}

impl NewKeyForm {
    /// The least a key can be, for 90 days.
    pub fn new(purpose: Purpose) -> Self {
        Self {
            purpose,
            name: String::new(),
            access: Access::ReadOnly,
            active: true,
            expiry: Expiry::Days(90),
            custom: String::new(),
            description: String::new(),
            scopes: String::new(),
            extras: Extras::default(),
        }
    }
}

/// The form with what only the browser knows.
pub struct Filled<'a> {
    /// As filled in.
    pub form: &'a NewKeyForm,
    /// The browser's clock.
    pub now: Timestamp,
    /// `form.custom` in the browser's time zone.
    pub custom: Option<Timestamp>,
    /// The role of one's own keys.
    pub own: Role,
}

impl TryFrom<Filled<'_>> for NewKey {
    type Error = Vec<FieldError>;

    fn try_from(Filled { form, now, custom, own }: Filled<'_>) -> Result<Self, Self::Error> {
        let mut errors = Vec::new();
        let name = keep(&mut errors, "name", Name::parse(&form.name).map_err(|problem| problem.to_string()));
        let expires_at = keep(&mut errors, "expires_at", expires_at(form, now, custom));
        let description = Note::parse(&form.description).map_err(|problem| problem.to_string());
        let description = keep(&mut errors, "description", description);
        let scopes = keep(&mut errors, "scopes", scopes(&form.scopes));
        let extras = &form.extras;
        let allowed_ips = keep(&mut errors, "allowed_ips", extras::allowed_ips(&extras.allowed_ips));
        let rate_limit = keep_at(&mut errors, extras::rate_limit(extras));
        let credits = keep_at(&mut errors, extras::credits(extras));
        // Asked for, and sent, only where it means something.
        let header = if form.purpose == Purpose::Verifier { extras.client_ip_header.as_str() } else { "" };
        let client_ip_header = keep(&mut errors, "client_ip_header", extras::client_ip_header(header));
        let metadata = keep(&mut errors, "metadata", extras::metadata(&extras.metadata));
        match (name, expires_at, description, scopes) {
            (Some(name), Some(expires_at), Some(description), Some(scopes)) if errors.is_empty() => Ok(Self {
                description,
                scopes,
                active: form.active,
                expires_at,
                allowed_ips: allowed_ips.unwrap_or_default(),
                rate_limit: rate_limit.flatten(),
                credits: credits.flatten(),
                client_ip_header: client_ip_header.flatten(),
                metadata: metadata.unwrap_or_default(),
                ..Self::named(name, form.purpose.role(own), form.access)
            }),
            _ => Err(errors),
        }
    }
}

fn keep<T>(errors: &mut Vec<FieldError>, field: &'static str, result: Result<T, String>) -> Option<T> {
    keep_at(errors, result.map_err(|message| (field, message)))
}

fn keep_at<T>(errors: &mut Vec<FieldError>, result: At<T>) -> Option<T> {
    result.map_err(|(field, message)| errors.push(FieldError { field: field.to_owned(), message })).ok()
}

fn expires_at(form: &NewKeyForm, now: Timestamp, custom: Option<Timestamp>) -> Result<Option<Timestamp>, String> {
    let moment = form.expiry.resolve(now, custom);
    match (form.expiry, moment) {
        (Expiry::Custom, None) => Err("Choose a day and a time.".to_owned()),
        (_, Some(moment)) if moment <= now => Err("Must be in the future.".to_owned()),
        _ => Ok(moment),
    }
}

/// Reads scopes that are separated by anything that separates.
pub fn scopes(text: &str) -> Result<Vec<Scope>, String> {
    let words =
        text.split(|character: char| character.is_whitespace() || character == ',').filter(|word| !word.is_empty());
    let scopes: Option<Vec<Scope>> = words.map(Scope::parse).collect();
    match scopes {
        None => Err("Each scope is letters, digits, _ : and - with dots between, such as invoices.read or invoices.*"
            .to_owned()),
        Some(scopes) if scopes.len() > MOST_SCOPES => Err(format!("Must be at most {MOST_SCOPES} scopes.")),
        Some(scopes) => Ok(scopes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

    fn read(form: &NewKeyForm, custom: Option<Timestamp>) -> Result<NewKey, Vec<String>> {
        let filled = Filled { form, now: NOW, custom, own: Role::SystemAdmin };
        NewKey::try_from(filled).map_err(|errors| errors.into_iter().map(|error| error.field).collect())
    }

    fn named() -> NewKeyForm {
        NewKeyForm { name: " Billing ".into(), ..NewKeyForm::new(Purpose::Integration) }
    }

    #[test]
    fn the_form_proposes_the_least_for_90_days() {
        let key = read(&named(), None).unwrap();
        assert_eq!((key.name.as_str(), key.role, key.access), ("Billing", Role::Integration, Access::ReadOnly));
        assert_eq!((key.active, key.expires_at), (true, Some(NOW.plus(90 * DAY))));
    }

    #[test]
    fn each_purpose_has_its_role() {
        for (purpose, role) in [
            (Purpose::Integration, Role::Integration),
            (Purpose::Verifier, Role::Verifier),
            (Purpose::Manager, Role::OrganizationAdmin),
        ] {
            assert_eq!(read(&NewKeyForm { purpose, ..named() }, None).unwrap().role, role);
            assert_eq!(Purpose::of(role), purpose);
        }
        for purpose in [Purpose::System, Purpose::Own] {
            assert_eq!(read(&NewKeyForm { purpose, ..named() }, None).unwrap().role, Role::SystemAdmin);
        }
    }

    #[test]
    fn every_field_that_does_not_fit_is_named_in_the_order_of_the_form() {
        let form = NewKeyForm {
            name: " ".into(),
            expiry: Expiry::Custom,
            description: "\u{7}".into(),
            scopes: "a b..c".into(),
            extras: Extras {
                allowed_ips: "x".into(),
                limit: "5".into(),
                remaining: "-1".into(),
                metadata: "{".into(),
                ..Extras::default()
            },
            ..named()
        };
        let all = ["name", "expires_at", "description", "scopes", "allowed_ips", "window", "credits", "metadata"];
        assert_eq!(read(&form, None).unwrap_err(), all);
        assert_eq!(read(&NewKeyForm { expiry: Expiry::Custom, ..named() }, Some(NOW)).unwrap_err(), ["expires_at"]);
    }

    #[test]
    fn a_custom_moment_counts_only_when_it_is_chosen() {
        let moment = Some(NOW.plus(HOUR));
        assert_eq!(read(&NewKeyForm { expiry: Expiry::Custom, ..named() }, moment).unwrap().expires_at, moment);
        assert_eq!(read(&NewKeyForm { expiry: Expiry::Never, ..named() }, moment).unwrap().expires_at, None);
    }

    #[test]
    fn what_most_keys_do_without_is_asked_for_too_and_a_header_of_verifiers_only() {
        let extras = Extras {
            allowed_ips: "10.0.0.0/8".into(),
            limit: "5".into(),
            window: "60".into(),
            remaining: "9".into(),
            client_ip_header: "x-client".into(),
            metadata: "{\"team\":\"billing\"}".into(),
            ..Extras::default()
        };
        let form = NewKeyForm { extras, ..named() };
        let key = read(&form, None).unwrap();
        assert_eq!((key.allowed_ips.len(), key.rate_limit.map(|rate| rate.window_seconds)), (1, Some(60)));
        assert_eq!((key.credits.map(|credits| credits.remaining), key.metadata.len()), (Some(9), 1));
        assert!(key.client_ip_header.is_none());
        let verifier = read(&NewKeyForm { purpose: Purpose::Verifier, ..form }, None).unwrap();
        assert!(verifier.client_ip_header.is_some());
    }

    #[test]
    fn scopes_are_separated_by_anything_that_separates() {
        let key =
            read(&NewKeyForm { scopes: "invoices.read, invoices.*\n users.read".into(), ..named() }, None).unwrap();
        assert_eq!(key.scopes.len(), 3);
    }
}
