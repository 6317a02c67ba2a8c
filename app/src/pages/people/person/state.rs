//! What the parts of a person's page share.

use claviger_core::{
    status::KeyStatus,
    wire::{key::Key, user::User},
};
use leptos::prelude::*;

use super::super::rank;
use crate::{
    api::{self, ApiError},
    components::{
        confirm::Doing,
        fixed::watch,
        toast::{ToastContext, use_toasts},
    },
    remote::Remote,
    session::SessionContext,
    viewed::{Viewed, use_viewed},
};

/// The dialog that is open.
#[derive(Clone, PartialEq)]
pub enum Ask {
    /// Another name, address or number of keys.
    Edit,
    /// Another role.
    Role,
    /// Whether a sign-in link is to be made.
    Link,
    /// The one showing of it.
    LinkShown(String),
    /// Whether somebody is to stay out.
    Deactivate,
    /// Whether somebody is to go.
    Remove,
    /// Whether their keys are to stop calling the API.
    Off,
    /// Whether their keys are to end.
    Clear,
}

/// Shared by reference: all of it is signals.
#[derive(Clone, Copy)]
pub struct OnePerson {
    /// Their id.
    pub id: i64,
    /// What the server said last.
    pub answer: Remote<Result<User, ApiError>>,
    /// The person, as they were known last.
    pub user: RwSignal<Option<User>>,
    /// Their keys.
    pub keys: Remote<Result<Vec<Key>, ApiError>>,
    /// The dialog.
    pub open: RwSignal<Option<Ask>>,
    /// What is done at once, without a dialog.
    pub doing: Doing,
    /// For what a session's end interrupts.
    pub session: SessionContext,
    /// Whose person it is.
    pub viewed: Viewed,
    /// For what was done.
    pub toasts: ToastContext,
}

/// What this session can do to the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct May {
    /// It is the one who is signed in.
    pub oneself: bool,
    /// The person's role is higher.
    pub too_high: bool,
    /// Role, activity, removal: of others whose role is not higher.
    pub change: bool,
    /// A link to come in by.
    pub link: bool,
    /// API access of others. Switching on one's own shows a secret: that is for the profile.
    pub access: bool,
    /// There is something to clear.
    pub clear: bool,
}

impl OnePerson {
    /// Starts asking.
    pub fn new(id: i64, session: SessionContext) -> Self {
        let viewed = use_viewed();
        let answer = Remote::new(move || Box::pin(api::people::one(id)));
        // Of the person's own organization, whichever is looked at.
        let keys = Remote::new(move || {
            Box::pin(async move { api::people::keys(api::people::one(id).await?.organization_id, id).await })
        });
        let user = RwSignal::new(None);
        let state = Self {
            id,
            answer,
            user,
            keys,
            open: RwSignal::new(None),
            doing: Doing::new(),
            session,
            viewed,
            toasts: use_toasts(),
        };
        watch(move || match answer.get() {
            Some(Ok(found)) => user.set(Some(found)),
            Some(Err(error)) => {
                session.interrupted(&error, Callback::new(move |()| state.refresh()));
            }
            None => {}
        });
        state
    }

    /// Asks for everything again.
    pub fn refresh(self) {
        self.answer.refetch();
        self.keys.refetch();
    }

    /// What this session can do, tracked.
    pub fn may(self) -> May {
        let oneself = self.session.user_id() == self.id;
        let (writes, rank) = (self.session.may_write(), rank(self.session));
        let has_keys = self.has_keys();
        self.user.with(|user| {
            let Some(user) = user else {
                return May { oneself, too_high: false, change: false, link: false, access: false, clear: false };
            };
            let reaches = user.role <= rank;
            May {
                oneself,
                too_high: !oneself && !reaches,
                change: writes && reaches && !oneself,
                link: writes && reaches && !oneself && user.active,
                access: writes && reaches && !oneself,
                clear: writes && reaches && !oneself && (user.api_access || has_keys),
            }
        })
    }

    /// Whether any of their keys has a secret that was not revoked, tracked.
    fn has_keys(self) -> bool {
        self.live_keys().is_some_and(|keys| !keys.is_empty())
    }

    /// Their keys with a secret that were not revoked; nothing while they are not known. Tracked.
    pub fn live_keys(self) -> Option<Vec<Key>> {
        let keys = self.keys.get()?.ok()?;
        Some(keys.into_iter().filter(|key| !matches!(key.status, KeyStatus::Pending | KeyStatus::Revoked)).collect())
    }

    /// Whether they have no key to sign in with, tracked.
    pub fn is_locked_out(self) -> bool {
        let works = |key: &Key| matches!(key.status, KeyStatus::Active);
        self.user.with(|user| user.as_ref().is_some_and(|user| user.active))
            && self.live_keys().is_some_and(|keys| !keys.iter().any(works))
    }

    /// The dialog goes.
    pub fn close(self) {
        self.open.set(None);
    }

    /// The person is another one now: told by the server, so that nothing has to be waited for.
    pub fn learn(self, user: User) {
        self.user.set(Some(user));
        self.close();
        self.keys.refetch();
        self.viewed.refresh();
    }

    /// All their keys have ended. Told at once, for what had the focus must not go when that is too late to say where the
    /// focus belongs.
    pub fn cleared(self, user: User) {
        self.keys.update(|keys| {
            for key in keys.iter_mut().flatten().filter(|key| key.status != KeyStatus::Pending) {
                key.status = KeyStatus::Revoked;
            }
        });
        self.learn(user);
    }

    /// What did not work, for the dialog that asked, or for a toast.
    pub fn failed(self, error: ApiError, doing: Option<Doing>) {
        // Pressing the button again goes on.
        if self.session.interrupted(&error, Callback::new(|()| ())) {
            return;
        }
        if error.status == 404 {
            self.toasts.say("That person was removed already");
            self.close();
            return self.answer.refetch();
        }
        if error.code == "conflict" {
            self.refresh();
        }
        match doing {
            Some(doing) => doing.failure.set(Some(error)),
            None => self.toasts.fail(error.message),
        }
    }

    /// Their name.
    pub fn name_tracked(self) -> String {
        self.user.with(|user| user.as_ref().map(|user| user.name.clone())).unwrap_or_default()
    }

    /// Their name, not tracked.
    pub fn name(self) -> String {
        self.user.with_untracked(|user| user.as_ref().map(|user| user.name.clone())).unwrap_or_default()
    }
}
