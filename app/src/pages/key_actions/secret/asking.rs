//! Asking for a new secret so that it is made once, whatever becomes of the answers.

use claviger_core::{status::KeyStatus, wire::key::Key};
use leptos::prelude::*;

use crate::{
    api::{self, ApiError, Minted},
    browser::page,
    components::{
        fixed::spawn,
        toast::{ToastContext, use_toasts},
    },
    pages::key_actions::{Asked, Grace, Outcome},
    session::{SessionContext, use_session},
};

/// What the stages of the dialog share: all of it is signals.
#[derive(Clone, Copy)]
pub struct Asking {
    /// The key, as it was seen last.
    pub key: RwSignal<Key>,
    /// How long the old secret works on.
    pub grace: RwSignal<Grace>,
    /// The answer is on its way.
    pub busy: RwSignal<bool>,
    /// Why there is none.
    pub failure: RwSignal<Option<ApiError>>,
    /// Nobody knows what became of the last attempt: the next one asks for the same.
    pub uncertain: RwSignal<bool>,
    /// It was made, and the answer got lost.
    pub lost: RwSignal<bool>,
    /// The secret.
    pub minted: RwSignal<Option<Minted>>,
    /// All presses are one attempt under one `Idempotency-Key`, until it is known to be over.
    attempt: StoredValue<String>,
    /// Whether the key is another than the opener knows.
    moved: StoredValue<bool>,
    on_outcome: Callback<Outcome>,
    session: SessionContext,
    toasts: ToastContext,
}

impl Asking {
    /// Nothing was asked yet.
    pub fn new(asked: Asked) -> Self {
        Self {
            key: RwSignal::new(asked.key),
            grace: RwSignal::new(Grace::default()),
            busy: RwSignal::new(false),
            failure: RwSignal::new(None),
            uncertain: RwSignal::new(false),
            lost: RwSignal::new(false),
            minted: RwSignal::new(None),
            attempt: StoredValue::new(api::keys::attempt()),
            moved: StoredValue::new(false),
            on_outcome: asked.on_outcome,
            session: use_session(),
            toasts: use_toasts(),
        }
    }

    /// What came of it if it is left now.
    pub fn left(self) -> Outcome {
        if self.lost.get_untracked() {
            Outcome::Changed(Box::new(self.key.get_untracked()))
        } else if self.uncertain.get_untracked() || self.moved.get_value() {
            Outcome::Stale
        } else {
            Outcome::Dismissed
        }
    }

    /// From the beginning, with the key as it is now.
    pub fn afresh(self) {
        self.attempt.set_value(api::keys::attempt());
        self.uncertain.set(false);
        self.lost.set(false);
    }

    /// A second press while the first is under way does nothing.
    pub fn send(self) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.failure.set(None);
        let (id, status) = self.key.with_untracked(|key| (key.id, key.status));
        let (grace, attempt) = (self.grace.get_untracked().seconds(), self.attempt.get_value());
        spawn(async move {
            let mut outcome = match status {
                KeyStatus::Pending => api::keys::mint(id, &attempt).await,
                _ => api::keys::rotate(id, grace, &attempt).await,
            };
            // It was made; what the key is now tells until when the old secret works.
            let mut now = None;
            if let Err(error) = &outcome
                && error.already_created().is_some()
            {
                match api::keys::one(id).await {
                    Ok(key) => now = Some(key),
                    Err(error) => outcome = Err(error),
                }
            }
            if self.busy.try_set(false).is_some() {
                return;
            }
            match (outcome, now) {
                (Ok(minted), _) => self.minted.set(Some(minted)),
                (_, Some(key)) => {
                    self.moved.set_value(true);
                    self.key.set(key);
                    self.lost.set(true);
                }
                (Err(error), None) => self.failed(error),
            }
        });
    }

    fn failed(self, mut error: ApiError) {
        if self.session.interrupted(&error, Callback::new(move |()| self.send())) {
            return;
        }
        if error.status == 404 {
            self.toasts.say(format!("{} was deleted already", self.key.with_untracked(|key| key.name.clone())));
            self.on_outcome.run(Outcome::Gone);
            return;
        }
        if error.is_uncertain() {
            self.uncertain.set(true);
            error
                .message
                .push_str(" The secret may have been made. Press the button again: it will not be made twice.");
        } else {
            self.moved.set_value(error.status == 409);
        }
        self.failure.set(Some(error));
        page::scroll_to(".dialog .note.bad");
    }
}
