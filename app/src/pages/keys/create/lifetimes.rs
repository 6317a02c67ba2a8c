//! How long the organization lets keys live, and what follows for the choices of the form.

use claviger_core::organization::Organization;

use super::model::Expiry;

/// In days; what is not set does not bind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lifetimes {
    standard: Option<u16>,
    longest: Option<u16>,
}

const STANDARD: u16 = 90;

impl Lifetimes {
    /// Those of an organization.
    pub fn of(organization: &Organization) -> Self {
        let days = |days: Option<u32>| days.map(|days| u16::try_from(days).unwrap_or(u16::MAX));
        Self {
            standard: days(organization.default_key_lifetime_days),
            longest: days(organization.maximum_key_lifetime_days),
        }
    }

    /// What is chosen to begin with: the organization's default, else 90 days, and never more than is allowed.
    pub fn proposed(self) -> Expiry {
        let days = self.standard.unwrap_or(STANDARD);
        Expiry::Days(days.min(self.longest.unwrap_or(days)))
    }

    /// Whether a key may live so long; a moment typed in is judged by the server.
    pub fn allow(self, expiry: Expiry) -> bool {
        let hours = match expiry {
            Expiry::Hours(hours) => u32::from(hours),
            Expiry::Days(days) => u32::from(days) * 24,
            Expiry::Custom => 0,
            Expiry::Never => u32::MAX,
        };
        self.longest.is_none_or(|longest| hours <= u32::from(longest) * 24)
    }

    /// The choices, shortest first, among them what is proposed.
    pub fn choices(self) -> Vec<(Expiry, String)> {
        let allowed = Expiry::CHOICES.into_iter().filter(|(expiry, _)| self.allow(*expiry));
        let mut choices: Vec<_> = allowed.map(|(expiry, name)| (expiry, name.to_owned())).collect();
        let proposed = self.proposed();
        if let Expiry::Days(days) = proposed
            && !choices.iter().any(|(expiry, _)| *expiry == proposed)
        {
            let shorter = |expiry: &Expiry| match expiry {
                Expiry::Hours(_) => true,
                Expiry::Days(other) => *other < days,
                Expiry::Custom | Expiry::Never => false,
            };
            let at = choices.iter().take_while(|(expiry, _)| shorter(expiry)).count();
            choices.insert(at, (proposed, if days == 1 { "1 day".to_owned() } else { format!("{days} days") }));
        }
        choices
    }

    /// Why there is nothing longer.
    pub fn note(self) -> String {
        match self.longest {
            Some(1) => " Keys of this organization live at most 1 day.".to_owned(),
            Some(days) => format!(" Keys of this organization live at most {days} days."),
            None => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(standard: Option<u16>, longest: Option<u16>) -> Vec<String> {
        Lifetimes { standard, longest }.choices().into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn without_settings_the_choices_are_as_they_are_and_90_days_is_proposed() {
        let free = Lifetimes::default();
        assert_eq!(free.choices().len(), Expiry::CHOICES.len());
        assert_eq!((free.proposed(), free.note().as_str()), (Expiry::Days(90), ""));
        assert!(free.allow(Expiry::Never));
    }

    #[test]
    fn a_default_is_proposed_in_its_place() {
        assert_eq!(Lifetimes { standard: Some(30), longest: None }.proposed(), Expiry::Days(30));
        assert_eq!(names(Some(45), None)[3..6], ["30 days", "45 days", "60 days"]);
        assert_eq!(names(Some(400), None)[6..], ["400 days", "Custom", "Never"]);
    }

    #[test]
    fn nothing_beyond_the_maximum_is_offered() {
        assert_eq!(names(None, Some(45)), ["1 hour", "24 hours", "7 days", "30 days", "45 days", "Custom"]);
        assert_eq!(Lifetimes { standard: Some(60), longest: Some(14) }.proposed(), Expiry::Days(14));
        assert!(!Lifetimes { standard: None, longest: Some(14) }.allow(Expiry::Never));
        assert_eq!(names(None, Some(1)), ["1 hour", "24 hours", "1 day", "Custom"]);
    }
}
