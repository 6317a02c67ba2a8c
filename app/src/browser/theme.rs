//! Light, dark, or as the system has it. `public/boot.js` applies the choice before the first paint, by the same two names.

use leptos::prelude::document;

use super::storage;

const KEY: &str = "claviger.theme";
const ATTRIBUTE: &str = "data-theme";

/// A choice of colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// Every choice, in the order of the switch.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// What the switch says.
    pub const fn label(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    const fn word(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    /// What was chosen in this browser.
    pub fn chosen() -> Self {
        let kept = storage::local_get(KEY);
        Self::ALL.into_iter().find(|theme| theme.word() == kept.as_deref()).unwrap_or(Self::System)
    }

    /// The address of the API reference, which cannot read what was chosen and is told.
    pub fn reference() -> String {
        let word = Self::chosen().word();
        word.map_or_else(|| "/docs".to_owned(), |word| format!("/docs?theme={word}"))
    }

    /// Applies it and keeps it.
    pub fn choose(self) {
        storage::local_set(KEY, self.word());
        if let Some(root) = document().document_element() {
            let _ = match self.word() {
                Some(word) => root.set_attribute(ATTRIBUTE, word),
                None => root.remove_attribute(ATTRIBUTE),
            };
        }
    }
}
