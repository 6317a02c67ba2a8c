//! Saving: only what was changed, against the version that was seen.

use claviger_core::{input::FieldError, key::KeyChange, time::Timestamp, wire::key::Key};
use leptos::prelude::*;

use super::{
    change::Filled,
    fields::{KeyFields, Part, Until},
    inputs::{Problems, focus_first, has_field},
    own,
};
use crate::{
    api::{self, ApiError},
    browser::{intl, page},
    components::{
        conflict::Conflict,
        fixed::spawn,
        toast::{ToastContext, use_toasts},
    },
    pages::{key::state::OneKey, keys::create::Expiry},
};

/// The form and what becomes of it. Signals only, so that it can be tried again after signing in.
#[derive(Clone, Copy)]
pub struct Saving {
    state: OneKey,
    toasts: ToastContext,
    /// As filled in.
    pub fields: RwSignal<KeyFields>,
    /// The key that the form was filled from.
    pub before: RwSignal<Key>,
    /// Whether the form is another than that key.
    pub changed: Memo<bool>,
    /// What does not fit.
    pub problems: Problems,
    /// What else went wrong.
    pub failure: RwSignal<Option<ApiError>>,
    /// What it does to one's own session, while that is asked about.
    pub asking: RwSignal<Option<String>>,
    /// While an answer is on its way.
    pub busy: RwSignal<bool>,
    /// Two versions, to be decided about.
    pub conflict: RwSignal<Option<Conflict<Part>>>,
    /// Whether there are.
    pub has_conflict: Memo<bool>,
}

impl Saving {
    /// The form, filled from `key`.
    pub fn new(state: OneKey, key: Key) -> Self {
        let fields = RwSignal::new(KeyFields::of(&key));
        let before = RwSignal::new(key);
        let conflict = RwSignal::new(None::<Conflict<Part>>);
        Self {
            state,
            toasts: use_toasts(),
            fields,
            before,
            changed: Memo::new(move |_| before.with(|before| fields.with(|fields| *fields != KeyFields::of(before)))),
            problems: RwSignal::new(Vec::new()),
            failure: RwSignal::new(None),
            asking: RwSignal::new(None),
            busy: RwSignal::new(false),
            conflict,
            has_conflict: Memo::new(move |_| conflict.with(Option::is_some)),
        }
    }

    /// Saves, and asks first where it would end one's own session. A second press while the first is under way does nothing.
    pub fn send(self) {
        self.attempt(false);
    }

    /// The same, `asked` or not.
    pub fn attempt(self, asked: bool) {
        if self.busy.get_untracked() {
            return;
        }
        self.problems.set(Vec::new());
        self.failure.set(None);
        let (fields, before) = (self.fields.get_untracked(), self.before.get_untracked());
        let custom = intl::from_local(&fields.custom);
        match KeyChange::try_from(Filled { fields: &fields, before: &before, now: intl::now(), custom }) {
            Ok(change) if change == KeyChange::default() => self.finish(before, "Nothing was changed"),
            Ok(change) => match self.own_effect(&change, &before).filter(|_| !asked) {
                Some(effect) => self.asking.set(Some(effect)),
                None => self.ask(change, fields, before),
            },
            Err(errors) => self.refuse(errors),
        }
    }

    /// What it does to the session, if that was opened with this key.
    fn own_effect(self, change: &KeyChange, before: &Key) -> Option<String> {
        let session = untrack(|| self.state.session.current())
            .filter(|session| session.key.as_ref().is_some_and(|key| key.id == before.id))?;
        own::effect(change, before, session.ends_at, intl::with_zone)
    }

    fn ask(self, change: KeyChange, fields: KeyFields, before: Key) {
        self.busy.set(true);
        spawn(async move {
            let mut outcome = api::keys::change(before.id, &change, before.version).await;
            let mut conflict = None;
            if outcome.as_ref().is_err_and(|error| error.code == "conflict") {
                (outcome, conflict) = self.compare(&change, fields, &before).await;
            }
            if self.busy.try_set(false).is_some() {
                return;
            }
            match outcome {
                Ok(_) if conflict.is_some() => self.conflict.set(conflict),
                // As it is by now, and stays: there is nothing left to edit.
                Ok(key) if key.revoked_at.is_some() => {
                    self.finish(key, "Not saved: somebody has revoked this key meanwhile");
                }
                Ok(key) => {
                    let effect = self.own_effect(&change, &self.before.get_untracked());
                    let ended = effect.is_some() && change.active == Some(false);
                    self.finish(key, "Saved");
                    if ended {
                        self.state.session.leave();
                    } else if effect.is_some() {
                        self.state.session.refresh();
                    }
                }
                Err(error) if self.state.session.interrupted(&error, Callback::new(move |()| self.attempt(true))) => {}
                Err(error) if !error.errors.is_empty() => self.refuse(error.errors),
                Err(error) => self.fail(error),
            }
        });
    }

    /// Somebody else was faster: reads what they have saved, and saves over it if that takes nothing of theirs away.
    async fn compare(
        self,
        change: &KeyChange,
        fields: KeyFields,
        before: &Key,
    ) -> (Result<Key, ApiError>, Option<Conflict<Part>>) {
        let theirs = match api::keys::one(before.id).await {
            Ok(theirs) => theirs,
            Err(error) => return (Err(error), None),
        };
        if theirs.revoked_at.is_some() {
            return (Ok(theirs), None);
        }
        let conflict = Conflict::of(fields, before, theirs.clone());
        if !conflict.is_harmless() {
            let edit =
                api::audit::last_edit(theirs.organization_id, &format!("&target_type=api_key&target_id={}", theirs.id))
                    .await;
            return (Ok(theirs), Some(conflict.told_by(edit, self.state.session.user_id())));
        }
        let version = theirs.version;
        match api::keys::change(before.id, change, version).await {
            Err(error) if error.code == "conflict" => (Ok(theirs), Some(conflict)),
            outcome => (outcome, None),
        }
    }

    /// Takes what was decided, and saves it against their version.
    pub fn decide(self) {
        let Some(conflict) = self.conflict.get_untracked() else { return };
        self.fields.set(conflict.decided());
        self.state.learn(conflict.theirs.clone());
        self.before.set(conflict.theirs);
        self.conflict.set(None);
        self.send();
    }

    fn finish(self, key: Key, says: &str) {
        // Not changed any more, before the form goes: the guard would ask.
        self.fields.set(KeyFields::of(&key));
        self.before.set(key.clone());
        self.state.learn(key);
        self.state.viewed.refresh();
        self.toasts.say(says);
        self.state.edit(false);
    }

    /// Shows what is wrong beside each field, with the focus on the first.
    fn refuse(self, errors: Vec<FieldError>) {
        // What has no field of its own is said above the buttons.
        if let Some(other) = errors.iter().find(|error| !has_field(&error.field)) {
            self.fail(ApiError::own_words(&format!("{} {}", other.field, other.message)));
        }
        let custom = self.fields.with_untracked(|fields| fields.until == Until::Chosen(Expiry::Custom));
        focus_first(&errors, custom);
        self.problems.set(errors);
    }

    fn fail(self, mut error: ApiError) {
        if error.status == 404 {
            error.message = "This key was deleted while you were editing it: nothing can be saved any more.".to_owned();
        }
        self.failure.set(Some(error));
        page::scroll_to(".key-form .note.bad");
    }

    /// What the form's expiry is called when it stays as it is stored, tracked.
    pub fn stored_expiry(self) -> Option<Timestamp> {
        match self.fields.with(|fields| fields.until) {
            Until::Stored(moment) => moment,
            Until::Chosen(_) => self.before.with(|before| before.expires_at),
        }
    }
}
