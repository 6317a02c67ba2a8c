//! In place of a page that is not there, or not for this person.

use leptos::prelude::*;

use crate::{
    chunks::chunk,
    components::fixed::{Fix, Fixed},
    routes::Page,
};

/// Why a page is not shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It is about all organizations.
    NotSystemAdmin,
    /// The settings are for owners and administrators.
    Member,
    /// So are the people.
    MemberOfPeople,
    /// And what was done.
    MemberOfLog,
    /// No organization has this id; or it is another's, which is said in the same words.
    NoSuchOrganization,
}

chunk! {
    /// Says so, and leads on.
    Page refused: pub fn refused(why: Refused) => why.view()
}

impl Refused {
    fn view(self) -> Fixed {
        let (heading, sentence) = match self {
            Self::NotSystemAdmin => {
                ("Organizations", "Only system administrators see all organizations. Yours is on the Settings page.")
            }
            Self::Member => {
                ("Settings", "Your organization’s settings are for its owners and administrators. Ask one of them.")
            }
            Self::MemberOfPeople => (
                "People",
                "Your organization’s owners and administrators manage its people. What is yours is on your profile, in the account menu.",
            ),
            Self::MemberOfLog => (
                "Audit log",
                "Your organization’s owners and administrators read what was done in it. What was done to your own keys is on the page of each.",
            ),
            Self::NoSuchOrganization => {
                ("There is no such organization", "It was deleted, or the address has a mistake in it.")
            }
        };
        view! {
            <div class="page-head">
                <h1>{heading}</h1>
            </div>
            <p class="page-lead">{sentence}</p>
            <p>
                <a class="button" href=Page::Keys.path()>
                    "Go to Keys"
                </a>
            </p>
        }
        .fixed()
    }
}
