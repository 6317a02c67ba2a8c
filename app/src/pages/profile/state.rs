//! What the parts of the profile share.

use claviger_core::{
    status::KeyStatus,
    wire::{key::Key, user::User},
};
use leptos::prelude::*;

use crate::{
    api::{self, ApiError, Minted},
    components::{
        confirm::Doing,
        fixed::{spawn, watch},
        toast::{ToastContext, use_toasts},
    },
    remote::Remote,
    session::SessionContext,
};

/// The dialog that is open.
#[derive(Clone)]
pub enum Ask {
    /// Another secret for the default key.
    Regenerate,
    /// Whether one's keys are to stop calling the API.
    Off,
    /// The one showing of a secret, with what holds beside it.
    Reveal(Box<Minted>, Option<String>),
}

/// Shared by reference: all of it is signals.
#[derive(Clone, Copy)]
pub struct Profile {
    /// What the server said last.
    pub answer: Remote<Result<User, ApiError>>,
    /// Oneself, as known last.
    pub user: RwSignal<Option<User>>,
    /// One's keys.
    pub keys: Remote<Result<Vec<Key>, ApiError>>,
    /// The dialog.
    pub open: RwSignal<Option<Ask>>,
    /// What is done at once, without a dialog: switching API access on.
    pub doing: Doing,
    /// For what a session's end interrupts.
    pub session: SessionContext,
    /// For what was done.
    pub toasts: ToastContext,
    /// All presses are one attempt under one `Idempotency-Key`, until it is known to be over.
    attempt: StoredValue<String>,
}

impl Profile {
    /// Starts asking.
    pub fn new(session: SessionContext) -> Self {
        let (id, organization) = (session.user_id(), session.organization_id());
        let answer = Remote::new(move || Box::pin(api::people::one(id)));
        let keys = Remote::new(move || Box::pin(api::people::keys(organization, id)));
        let user = RwSignal::new(None);
        let state = Self {
            answer,
            user,
            keys,
            open: RwSignal::new(None),
            doing: Doing::new(),
            session,
            toasts: use_toasts(),
            attempt: StoredValue::new(api::keys::attempt()),
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

    /// The key that the system has made, tracked.
    pub fn default_key(self) -> Option<Key> {
        let keys = self.keys.get()?.ok()?;
        keys.into_iter().find(|key| key.system_generated && key.status != KeyStatus::Revoked)
    }

    /// The secret was shown, and is gone.
    pub fn revealed(self) {
        self.open.set(None);
        self.refresh();
    }

    /// One is another now: told by the server, so that nothing has to be waited for.
    pub fn learn(self, user: User) {
        self.user.set(Some(user));
    }

    /// The default key has another secret. Told at once: the button that has the focus must not be drawn anew later.
    pub fn know(self, key: &Key) {
        self.keys.update(|keys| {
            if let Ok(keys) = keys {
                keys.retain(|known| known.id != key.id);
                keys.insert(0, key.clone());
            }
        });
    }

    /// Switches API access on, and shows the default key if nobody has seen it yet.
    pub fn allow(self) {
        if !self.doing.begins() {
            return;
        }
        let id = self.session.user_id();
        spawn(async move {
            let outcome = api::people::allow(id, &self.attempt.get_value()).await;
            if !self.doing.ended() {
                return;
            }
            match outcome {
                Ok((user, minted)) => {
                    self.attempt.set_value(api::keys::attempt());
                    self.learn(user);
                    match minted {
                        Some(minted) => {
                            self.know(&minted.key);
                            self.open.set(Some(Ask::Reveal(Box::new(minted), None)));
                        }
                        None => {
                            self.toasts.say("API access is on: your keys work");
                            self.keys.refetch();
                        }
                    }
                }
                Err(error) => self.not_allowed(error),
            }
        });
    }

    fn not_allowed(self, mut error: ApiError) {
        if self.session.interrupted(&error, Callback::new(move |()| self.allow())) {
            return;
        }
        if error.code == "already_created" {
            error.message = "API access is on, and your key was made, but it got lost on the way and cannot be shown again. Regenerate it to get another.".to_owned();
            self.attempt.set_value(api::keys::attempt());
            self.refresh();
        } else if error.is_uncertain() {
            error.message.push_str(" Your key may have been made. Press the button again: it will not be made twice.");
        }
        self.doing.failure.set(Some(error));
    }
}
