//! The mark and the few icons, drawn in the text's colour. Beside text they say nothing of their own to a screen reader.

use std::cell::RefCell;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::fixed::Fixed;

/// An icon of 16 by 16.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    /// Something went wrong, or might.
    Alert,
    /// Done.
    Check,
    /// A choice opens below.
    ChevronDown,
    /// Take the text along.
    Copy,
    /// More actions.
    Dots,
    /// Show what is masked.
    Eye,
    /// Mask it.
    EyeOff,
    /// A key.
    Key,
    /// What was done.
    Log,
    /// The navigation.
    Menu,
    /// All tenants.
    Organizations,
    /// Persons.
    People,
    /// One more.
    Plus,
    /// Find.
    Search,
    /// Account, with choices above and below.
    Selector,
    /// What can be set.
    Settings,
    /// Who is told.
    Webhooks,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Alert => "M8 1.9 14.6 13.4H1.4ZM8 6.3v3.2M8 11.4v.1",
            Self::Check => "m2.8 8.6 3.4 3.4 7-7.8",
            Self::ChevronDown => "m4 6.2 4 4 4-4",
            Self::Copy => {
                "M5.8 5.8V3.3A1 1 0 0 1 6.8 2.3h5.9a1 1 0 0 1 1 1v5.9a1 1 0 0 1-1 1h-2.5M3.3 5.8h5.9a1 1 0 0 1 1 1v5.9a1 1 0 0 1-1 1H3.3a1 1 0 0 1-1-1V6.8a1 1 0 0 1 1-1"
            }
            Self::Dots => "M3.2 8h.1M8 8h.1M12.8 8h.1",
            Self::Eye => {
                "M1.5 8S3.9 3.6 8 3.6 14.5 8 14.5 8 12.1 12.4 8 12.4 1.5 8 1.5 8ZM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4"
            }
            Self::EyeOff => {
                "M2.4 2.4 13.6 13.6M6.6 3.8A6 6 0 0 1 8 3.6c4.1 0 6.5 4.4 6.5 4.4a11 11 0 0 1-2 2.5M4 5A11 11 0 0 0 1.5 8S3.9 12.4 8 12.4a6 6 0 0 0 3-.8M6.6 6.6a2 2 0 0 0 2.8 2.8"
            }
            Self::Key => "M5.2 14a3.4 3.4 0 1 0 0-6.8 3.4 3.4 0 0 0 0 6.8M7.6 8.2 13.8 2M11 4.8l2.2 2.2",
            Self::Log => "M3 2.3h10v11.4H3ZM5.6 5.4h4.8M5.6 8h4.8M5.6 10.6h2.6",
            Self::Menu => "M2 4h12M2 8h12M2 12h12",
            Self::Organizations => {
                "M2.5 14V3.5h6V14M8.5 7h5v7M1.5 14h13M4.8 6.2h1.4M4.8 8.8h1.4M4.8 11.4h1.4M11 9.6h.1M11 11.8h.1"
            }
            Self::People => {
                "M6 7.4a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2M1.4 13.8a4.6 4.6 0 0 1 9.2 0M10.6 2.5a2.5 2.5 0 0 1 0 4.7M12.2 9.7a4.6 4.6 0 0 1 2.4 4.1"
            }
            Self::Plus => "M8 2.8v10.4M2.8 8h10.4",
            Self::Search => "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10M10.6 10.6 14 14",
            Self::Selector => "m5 6.2 3-3 3 3M5 9.8l3 3 3-3",
            Self::Webhooks => "M2 8h9M8 4.5 11.5 8 8 11.5M14 3v10",
            Self::Settings => {
                "M2 4.5h6.4M12.6 4.5H14M10.5 6.6a2.1 2.1 0 1 0 0-4.2 2.1 2.1 0 0 0 0 4.2M2 11.5h1.4M7.6 11.5H14M5.5 13.6a2.1 2.1 0 1 0 0-4.2 2.1 2.1 0 0 0 0 4.2"
            }
        }
    }

    /// The icon as a picture that means nothing without the text beside it.
    pub fn view(self) -> Fixed {
        // Parsed once and then copied: a list has one at each row.
        let copy = DRAWN.with_borrow_mut(|drawn| {
            let known = drawn.iter().find(|(icon, _)| *icon == self).map(|(_, element)| element.clone());
            let element = known.or_else(|| {
                let element = self.draw()?;
                drawn.push((self, element.clone()));
                Some(element)
            });
            element?.clone_node_with_deep(true).ok()?.dyn_into().ok()
        });
        copy.map_or_else(Fixed::nothing, Fixed::element)
    }

    fn draw(self) -> Option<Element> {
        let holder = document().create_element("div").ok()?;
        holder.set_inner_html(&format!(
            r#"<svg class="icon" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true"><path d="{}"/></svg>"#,
            self.path()
        ));
        holder.first_element_child()
    }
}

thread_local! {
    static DRAWN: RefCell<Vec<(Icon, Element)>> = const { RefCell::new(Vec::new()) };
}

const LOGO: &str =
    r#"<path d="M19.6 8.6a10 10 0 1 0 0 14.8M12.5 16H29M23.5 16v4.6M28.2 16v6.2"/><circle cx="12.5" cy="16" r="2.6"/>"#;

/// The mark: a C that bears a key.
#[component]
pub fn Logo() -> impl IntoView {
    view! {
        <svg class="logo" width="32" height="32" viewBox="0 0 32 32" aria-hidden="true" inner_html=LOGO></svg>
    }
}
