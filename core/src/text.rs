//! Rules for text that people type: names, descriptions, e-mail addresses.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::secret::find_secret;

/// Why a text was refused. Its `Display` is the sentence shown beside the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextProblem {
    /// Nothing but white space.
    Empty,
    /// More characters than the limit given.
    TooLong(usize),
    /// A control character, a line break in a one-line field, or an invisible direction mark.
    ControlCharacter,
    /// A well-formed secret is in it: it would be stored in plain text.
    ContainsSecret,
    /// Not of the form `somebody@example.com`.
    NotAnEmail,
}

impl fmt::Display for TextProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Must not be empty."),
            Self::TooLong(limit) => write!(f, "Must be at most {limit} characters."),
            Self::ControlCharacter => {
                f.write_str("Must not contain line breaks, control characters or invisible direction marks.")
            }
            Self::ContainsSecret => f.write_str(
                "Contains an API key. Names and notes are visible to others: remove it, and rotate that key.",
            ),
            Self::NotAnEmail => f.write_str("Must be an e-mail address such as ada@example.com."),
        }
    }
}

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Trims and checks.
            ///
            /// # Errors
            /// [`TextProblem`]: what is wrong, never what was given.
            pub fn parse(text: &str) -> Result<Self, TextProblem> {
                let check: fn(&str) -> Result<(), TextProblem> = $check;
                let text = text.trim();
                check(text)?;
                Ok(Self(text.to_owned()))
            }

            /// The text, trimmed.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                Self::parse(&text).map_err(|problem| problem.to_string())
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
    };
}

text_type!(
    /// The name of a key, an organization or a person: 1 to 100 characters after trimming, on one line.
    Name,
    |text| {
        if text.trim_matches(|character: char| character.is_whitespace() || JOINERS.contains(&character)).is_empty() {
            return Err(TextProblem::Empty);
        }
        check(text, 100, is_hazard)
    }
);

text_type!(
    /// A note of up to 500 characters, which may be empty and may have line breaks.
    Note,
    |text| check(text, 500, |character| character != '\n' && is_hazard(character))
);

text_type!(
    /// An e-mail address, checked for its rough form only: the one proof is a mail that arrives.
    Email,
    |text| {
        check(text, 254, is_hazard)?;
        let fits = !text.contains(char::is_whitespace) && text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.contains('@') && domain.len() > 2 && domain.trim_matches('.') == domain && domain.contains('.')
        });
        if fits { Ok(()) } else { Err(TextProblem::NotAnEmail) }
    }
);

impl Note {
    /// No note.
    #[must_use]
    pub const fn empty() -> Self {
        Self(String::new())
    }
}

impl Name {
    /// The form that is compared when case does not matter.
    #[must_use]
    pub fn folded(&self) -> String {
        fold(&self.0)
    }
}

/// Lower case in Unicode's sense; what names and searches are compared by.
#[must_use]
pub fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

/// Zero-width joiners: Persian and emoji need them, so they are allowed, but they are nothing by themselves.
const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

fn check(text: &str, limit: usize, hazard: fn(char) -> bool) -> Result<(), TextProblem> {
    if text.chars().any(hazard) {
        Err(TextProblem::ControlCharacter)
    } else if find_secret(text).is_some() || find_secret(&text.replace(JOINERS, "")).is_some() {
        Err(TextProblem::ContainsSecret)
    } else if text.chars().count() > limit {
        Err(TextProblem::TooLong(limit))
    } else {
        Ok(())
    }
}

/// Control characters, line separators, and the invisible ones that make a text look like another: direction overrides
/// and isolates, zero-width space, soft hyphen, fillers, tags, byte order mark.
fn is_hazard(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_trimmed_and_may_be_of_any_script() {
        for (given, kept) in [
            ("  Billing export ", "Billing export"),
            ("👩‍👩‍👧 family", "👩‍👩‍👧 family"),
            ("مفتاح الفوترة", "مفتاح الفوترة"),
            ("می‌خواهم", "می‌خواهم"),
            ("=1+1", "=1+1"),
        ] {
            assert_eq!(Name::parse(given).map(String::from).as_deref(), Ok(kept));
        }
        assert!(Name::parse(&"ä".repeat(100)).is_ok());
    }

    #[test]
    fn names_refuse_what_misleads() {
        use TextProblem::{ContainsSecret, ControlCharacter, Empty, TooLong};
        let secret = crate::secret::Secret::mint(None, |bytes| {
            bytes.fill(7);
            Ok::<_, ()>(())
        })
        .unwrap();
        for (given, problem) in [
            (String::new(), Empty),
            (" \t\n ".into(), Empty),
            ("\u{200d}".into(), Empty),
            ("\u{3164}".into(), ControlCharacter),
            ("a\u{61c}b".into(), ControlCharacter),
            ("a\u{ad}b".into(), ControlCharacter),
            ("ä".repeat(101), TooLong(100)),
            ("a\u{0}b".into(), ControlCharacter),
            ("a\nb".into(), ControlCharacter),
            ("a\u{202e}b".into(), ControlCharacter),
            ("a\u{200b}b".into(), ControlCharacter),
            (secret.expose().into(), ContainsSecret),
            (format!("my key is {}!", secret.expose()), ContainsSecret),
        ] {
            assert_eq!(Name::parse(&given), Err(problem));
        }
    }

    #[test]
    fn email_addresses_have_two_sides() {
        for good in ["ada@example.com", "a.b+c@sub.example.org", "ä@exämple.de"] {
            assert!(Email::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@localhost",
            "a b@example.com",
            "a@b@example.com",
            "a@.com.",
            "a@example.com\u{0}",
        ] {
            assert!(Email::parse(bad).is_err(), "{bad}");
        }
        // What a person who typed a space is to be told.
        assert_eq!(Email::parse("ada lovelace@example.com"), Err(TextProblem::NotAnEmail));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,120}") {
            let _ = (Name::parse(&text), Note::parse(&text), Email::parse(&text));
        }
    }
}
