//! Who is signed in, for every page; and what happens when a session ends in the middle of work.

use claviger_core::{
    key::{Access, Role},
    user::UserRole,
    wire::session::Session,
};
use leptos::prelude::*;

use crate::{
    api::{self, ApiError},
    browser::storage,
    components::fixed::spawn,
};

/// What is known about the visitor.
#[derive(Clone, Debug, PartialEq)]
pub enum SessionState {
    /// Not asked yet.
    Loading,
    /// Nobody.
    SignedOut,
    /// Somebody. Their session may end at any time: only the server's answers count.
    SignedIn(Session),
    /// The server did not say.
    Failed(ApiError),
}

/// The session, shared by all pages.
#[derive(Clone, Copy)]
pub struct SessionContext {
    state: RwSignal<SessionState>,
    ended: RwSignal<Option<Callback<()>>>,
    left: RwSignal<bool>,
    why: RwSignal<String>,
}

impl SessionContext {
    /// Nothing is asked before [`Self::load`].
    pub fn new() -> Self {
        Self {
            state: RwSignal::new(SessionState::Loading),
            ended: RwSignal::new(None),
            left: RwSignal::new(false),
            why: RwSignal::new(String::new()),
        }
    }

    /// Asks the server who is signed in.
    pub fn load(self) {
        self.state.set(SessionState::Loading);
        spawn(async move {
            let answer = api::session::current().await;
            // Whoever signed in or out meanwhile is not who the answer is about.
            if self.state.with_untracked(|state| *state != SessionState::Loading) {
                return;
            }
            self.state.set(match answer {
                Ok(session) => SessionState::SignedIn(session),
                Err(error) if error.is_signed_out() => {
                    if error.code == "session_ended" {
                        self.why.set(error.message);
                    }
                    SessionState::SignedOut
                }
                Err(error) => SessionState::Failed(error),
            });
        });
    }

    /// Asks again without anybody seeing it: the organization's name has changed.
    pub fn refresh(self) {
        let before = self.user_id();
        spawn(async move {
            if let Ok(session) = api::session::current().await
                && self.user_id() == before
            {
                self.state.set(SessionState::SignedIn(session));
            }
        });
    }

    /// What is known, tracked.
    pub fn state(self) -> SessionState {
        self.state.get()
    }

    /// The signed-in person's session, tracked.
    pub fn current(self) -> Option<Session> {
        self.state.with(|state| match state {
            SessionState::SignedIn(session) => Some(session.clone()),
            _ => None,
        })
    }

    /// The signed-in person, not tracked; 0 for nobody.
    pub fn user_id(self) -> i64 {
        self.state.with_untracked(|state| match state {
            SessionState::SignedIn(session) => session.user.id,
            _ => 0,
        })
    }

    /// The organization of the signed-in person, not tracked; 0 for nobody.
    pub fn organization_id(self) -> i64 {
        self.state.with_untracked(|state| match state {
            SessionState::SignedIn(session) => session.organization.id,
            _ => 0,
        })
    }

    /// Whether this session administers all organizations.
    pub fn is_system_admin(self) -> bool {
        self.current().is_some_and(|session| session.role == Role::SystemAdmin)
    }

    /// Whom to ask, where whoever runs this Claviger says so; tracked.
    pub fn contact(self) -> Option<String> {
        self.current()?.contact
    }

    /// Whether this session may change anything.
    pub fn may_write(self) -> bool {
        self.current().is_some_and(|session| session.access == Access::ReadWrite)
    }

    /// Whether this session manages the organization's keys, and not only the person's own.
    pub fn manages(self) -> bool {
        self.current()
            .is_some_and(|session| session.role >= Role::OrganizationAdmin && session.user.role != UserRole::Member)
    }

    /// Whether the person owns the organization, and this session may do all that they may; tracked.
    pub fn is_owner(self) -> bool {
        self.manages() && self.current().is_some_and(|session| session.user.role == UserRole::Owner)
    }

    /// Whether the person is a member, who sees and makes personal keys only.
    pub fn is_member(self) -> bool {
        self.current().is_some_and(|session| session.user.role == UserRole::Member)
    }

    /// Somebody signed in.
    pub fn signed_in(self, session: Session) {
        self.left.set(false);
        self.state.set(SessionState::SignedIn(session));
    }

    /// The person signed out.
    pub fn sign_out(self) {
        self.leave();
        self.why.set(String::new());
    }

    /// The person has ended the key or passkey that they were signed in with.
    pub fn leave(self) {
        self.left.set(true);
        self.why.set("What you were signed in with does not work any more.".to_owned());
        storage::forget_drafts();
        self.signed_out();
    }

    /// Why nobody is signed in any more, if there is more to say than that; tracked.
    pub fn why_out(self) -> String {
        self.why.get()
    }

    /// Whether the person signed out, and did not merely lose the session.
    pub fn left_on_purpose(self) -> bool {
        self.left.get_untracked()
    }

    /// Nobody is signed in any more.
    pub fn signed_out(self) {
        self.ended.set(None);
        self.state.set(SessionState::SignedOut);
    }

    /// If `error` says that the session ended, asks for a key over the page and runs `go_on` afterwards; the page stays as
    /// it is. Answers whether it did.
    pub fn interrupted(self, error: &ApiError, go_on: Callback<()>) -> bool {
        let ended = error.is_signed_out();
        if ended {
            self.ended.set(Some(go_on));
        }
        ended
    }

    /// What waits for a new session, tracked.
    pub fn waiting(self) -> Option<Callback<()>> {
        self.ended.get()
    }

    /// A new session for the same person goes on with what was interrupted. For another person nothing is continued: the
    /// page starts afresh.
    pub fn resume(self, session: Session) {
        let same = self.current().is_some_and(|before| before.user.id == session.user.id);
        let waiting = self.ended.get_untracked();
        self.ended.set(None);
        if same {
            self.signed_in(session);
            if let Some(go_on) = waiting {
                go_on.run(());
            }
        } else {
            crate::browser::page::reload();
        }
    }
}

/// The session of the page.
pub fn use_session() -> SessionContext {
    expect_context()
}
