//! Asking for something to be done to many keys, once, whatever becomes of the answers.

use claviger_core::{
    text::Note,
    wire::bulk::{Bulk, BulkAction},
};
use leptos::prelude::*;

use super::words;
use crate::{
    api::{self, ApiError, Minted},
    browser::{intl, page},
    components::{
        fixed::spawn,
        stopping::Stopping,
        toast::{ToastContext, use_toasts},
    },
    pages::{key_actions::Grace, keys::selection::Picked},
    session::{SessionContext, use_session},
    viewed::{Viewed, use_viewed},
};

/// The id of the reason's field.
pub const REASON: &str = "bulk-reason";

/// What the stages of the dialog share: all of it is signals.
#[derive(Clone, Copy)]
pub struct Asking {
    /// What is done.
    pub action: BulkAction,
    /// To which keys.
    pub keys: RwSignal<Vec<Picked>>,
    /// Rotate: how long the old secrets work on.
    pub grace: RwSignal<Grace>,
    /// Revoke: why.
    pub reason: RwSignal<String>,
    /// What is wrong with the reason.
    pub problem: RwSignal<String>,
    /// The answer is on its way.
    pub busy: RwSignal<bool>,
    /// Why nothing was done.
    pub failure: RwSignal<Option<ApiError>>,
    /// The keys that stood in the way.
    pub blamed: RwSignal<Vec<i64>>,
    /// Rotate: the new secrets.
    pub minted: RwSignal<Option<Vec<Minted>>>,
    /// What was asked for when nobody knows what became of it: that, and nothing else, is asked for again.
    pub uncertain: RwSignal<Option<Bulk>>,
    attempt: StoredValue<String>,
    /// Whether the list may be another by now.
    changed: StoredValue<bool>,
    on_closed: Callback<bool>,
    session: SessionContext,
    viewed: Viewed,
    toasts: ToastContext,
}

impl Asking {
    /// Nothing was asked yet.
    pub fn new(action: BulkAction, picked: Vec<Picked>, on_closed: Callback<bool>) -> Self {
        Self {
            action,
            keys: RwSignal::new(picked),
            grace: RwSignal::new(Grace::default()),
            reason: RwSignal::new(String::new()),
            problem: RwSignal::new(String::new()),
            busy: RwSignal::new(false),
            failure: RwSignal::new(None),
            blamed: RwSignal::new(Vec::new()),
            minted: RwSignal::new(None),
            uncertain: RwSignal::new(None),
            attempt: StoredValue::new(api::keys::attempt()),
            changed: StoredValue::new(false),
            on_closed,
            session: use_session(),
            viewed: use_viewed(),
            toasts: use_toasts(),
        }
    }

    /// Closes the dialog, unless the answer is on its way.
    pub fn close(self) {
        if !self.busy.get_untracked() {
            self.on_closed.run(self.changed.get_value() || self.uncertain.with_untracked(Option::is_some));
        }
    }

    /// Goes on without these.
    pub fn leave_out(self, out: impl Fn(&Picked) -> bool) {
        self.keys.update(|keys| keys.retain(|key| !out(key)));
        self.failure.set(None);
        self.blamed.set(Vec::new());
    }

    /// Whether one is signed in with one of them, and will not be any more.
    pub fn ends_own(self) -> bool {
        let ends = !matches!(self.action, BulkAction::Enable | BulkAction::Rotate);
        ends && self.keys.with(|keys| keys.iter().any(|key| key.own))
    }

    /// A second press while the first is under way does nothing.
    pub fn send(self) {
        if self.busy.get_untracked() {
            return;
        }
        self.failure.set(None);
        self.blamed.set(Vec::new());
        self.problem.set(String::new());
        let bulk = match self.uncertain.get_untracked().map_or_else(|| self.asked(), Ok) {
            Ok(bulk) => bulk,
            Err(wrong) => return self.refuse(wrong),
        };
        self.busy.set(true);
        let attempt = self.attempt.get_value();
        spawn(async move {
            let outcome = api::keys::bulk(&bulk, &attempt).await;
            if self.busy.try_set(false).is_some() {
                return;
            }
            match outcome {
                Ok(_) if untrack(|| self.ends_own()) => self.session.leave(),
                Ok(done) => {
                    self.changed.set_value(true);
                    self.uncertain.set(None);
                    self.say(done.changed, bulk.ids.len());
                    if done.minted.is_empty() {
                        self.close();
                    } else {
                        self.minted.set(Some(done.minted));
                    }
                }
                Err(error) => self.failed(error, bulk),
            }
        });
    }

    fn say(self, changed: usize, asked: usize) {
        let done = words::done(self.action, changed, asked);
        if self.action != BulkAction::Revoke || changed == 0 {
            return self.toasts.say(done);
        }
        let strict = untrack(|| self.viewed.record()).is_some_and(|organization| organization.strict);
        let subject = format!("{} {}", words::keys(changed), if changed == 1 { "is" } else { "are" });
        Stopping { done, subject, strict }.say(self.toasts);
    }

    fn asked(self) -> Result<Bulk, String> {
        let reason = Note::parse(&self.reason.get_untracked()).map_err(|wrong| wrong.to_string())?;
        Ok(Bulk {
            ids: self.keys.with_untracked(|keys| keys.iter().map(|key| key.id).collect()),
            action: self.action,
            grace_seconds: (self.action == BulkAction::Rotate).then(|| self.grace.get_untracked().seconds()),
            reason: (self.action == BulkAction::Revoke).then_some(reason),
        })
    }

    fn failed(self, mut error: ApiError, bulk: Bulk) {
        if self.session.interrupted(&error, Callback::new(move |()| self.send())) {
            return;
        }
        if !error.field("reason").is_empty() {
            return self.refuse(error.field("reason"));
        }
        if error.code == "already_created" {
            // Another press is another rotation.
            self.attempt.set_value(api::keys::attempt());
            self.uncertain.set(None);
            self.changed.set_value(true);
            let old = untrack(|| self.grace_says());
            error.message = format!(
                "The secrets were replaced, but the answer with them got lost on the way: nobody has them. {old} Rotating again gives others, and ends the old ones at once."
            );
        } else if error.is_uncertain() {
            error.message.push_str(" It may have been done. Press the button again: it will not be done twice.");
            self.uncertain.set(Some(bulk));
        } else {
            self.uncertain.set(None);
            let blamed = self.keys.with_untracked(|keys| words::blamed(&error, keys));
            let names = self.keys.with_untracked(|keys| {
                let named = keys.iter().filter(|key| blamed.contains(&key.id)).map(|key| key.name.clone());
                named.collect::<Vec<_>>()
            });
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            error.message = match names.as_slice() {
                [] => format!("{} Nothing was changed.", error.message),
                [name] if error.status == 404 => format!("{name} was deleted already. Nothing was changed."),
                names if error.status == 404 => {
                    format!("{} were deleted already. Nothing was changed.", words::some(names))
                }
                names => format!("{}: {} Nothing was changed.", words::some(names), error.message),
            };
            self.blamed.set(blamed);
        }
        self.failure.set(Some(error));
        page::scroll_to(".dialog .note.bad");
    }

    fn refuse(self, wrong: String) {
        self.problem.set(wrong);
        page::focus(REASON);
    }

    /// Until when the old secrets work, in a sentence.
    pub fn grace_says(self) -> String {
        let grace = self.grace.get();
        if grace.seconds() == 0 {
            return "The old keys stop working at once.".to_owned();
        }
        let until = intl::with_zone(intl::now().plus(grace.seconds() * claviger_core::time::SECOND));
        format!("The old keys work until {until}, but none past its own expiry.")
    }
}
