//! Scopes: free-form `resource.action` strings that a key carries and a verifier asks for.

use serde::{Deserialize, Serialize};

/// Most scopes on one key or in one request.
pub const MOST_SCOPES: usize = 50;

/// One scope: 1 to 100 characters of `A-Za-z0-9_:-` in segments separated by points; the last segment may be `*`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope(String);

impl Scope {
    /// `None` when the text is not a scope.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut segments: Vec<&str> = text.split('.').collect();
        if segments.last() == Some(&"*") {
            segments.pop();
        }
        let plain = |segment: &&str| {
            !segment.is_empty()
                && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'-'))
        };
        let secret = crate::secret::find_secret(text).is_some();
        (text.len() <= 100 && !secret && segments.iter().all(plain)).then(|| Self(text.to_owned()))
    }

    /// The scope as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether holding this scope is enough where `wanted` is asked: equal, or a `*` that stands for the rest.
    #[must_use]
    pub fn covers(&self, wanted: &Self) -> bool {
        match self.0.strip_suffix('*') {
            Some(stem) => wanted.0.starts_with(stem) && wanted.0.len() > stem.len(),
            None => self.0 == wanted.0,
        }
    }
}

impl TryFrom<String> for Scope {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a scope such as invoices.read or invoices.*")
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.0
    }
}

/// Whether every scope that is wanted is covered by one that is held.
#[must_use]
pub fn cover(held: &[Scope], wanted: &[Scope]) -> bool {
    wanted.iter().all(|wanted| held.iter().any(|held| held.covers(wanted)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(text: &str) -> Scope {
        Scope::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn a_star_stands_for_the_rest_only_at_the_end() {
        for (held, wanted, covered) in [
            ("invoices.read", "invoices.read", true),
            ("invoices.read", "invoices.write", false),
            ("invoices.*", "invoices.read", true),
            ("invoices.*", "invoices.items.read", true),
            ("invoices.*", "invoices", false),
            ("invoices.*", "invoicesx.read", false),
            ("*", "anything.at.all", true),
            ("invoices.read", "invoices.*", false),
            ("invoices.*", "invoices.*", true),
        ] {
            assert_eq!(scope(held).covers(&scope(wanted)), covered, "{held} {wanted}");
        }
        for bad in ["", ".", "a..b", "a.*.b", "**", "a b", "ä", &"a".repeat(101)] {
            assert_eq!(Scope::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_wanted_scope_must_be_covered() {
        let held = [scope("a.*"), scope("b.read")];
        assert!(cover(&held, &[]));
        assert!(cover(&held, &[scope("a.x"), scope("b.read")]));
        assert!(!cover(&held, &[scope("a.x"), scope("b.write")]));
        assert!(!cover(&[], &[scope("a")]));
    }
}
