//! Saving: only what was changed, against the version that was seen.

use claviger_core::organization::{Organization, OrganizationChange, Plan};
use leptos::prelude::*;

use super::{Filled, Problems, SettingsFields, focus_first, part::Part};
use crate::{
    api::{self, ApiError},
    components::{
        conflict::Conflict,
        fixed::spawn,
        toast::{ToastContext, use_toasts},
    },
    session::SessionContext,
    viewed::{Viewed, use_viewed},
};

/// The form and what becomes of it. Signals only, so that it can be tried again after signing in.
#[derive(Clone, Copy)]
pub struct Saving {
    session: SessionContext,
    toasts: ToastContext,
    /// Whose settings they are.
    pub viewed: Viewed,
    /// As filled in.
    pub fields: RwSignal<SettingsFields>,
    /// What the form was filled from.
    pub before: RwSignal<Organization>,
    /// Whether the form is another than that.
    pub changed: Memo<bool>,
    /// What does not fit.
    pub problems: Problems,
    /// What else went wrong.
    pub failure: RwSignal<Option<ApiError>>,
    /// While an answer is on its way.
    pub busy: RwSignal<bool>,
    /// Whether it is asked if all keys are meant to stop.
    pub asks_about_trial: RwSignal<bool>,
    /// Two versions, to be decided about.
    pub conflict: RwSignal<Option<Conflict<Part>>>,
    /// Whether there are.
    pub has_conflict: Memo<bool>,
}

impl Saving {
    /// The form, filled from `organization`.
    pub fn new(session: SessionContext, organization: Organization) -> Self {
        let fields = RwSignal::new(SettingsFields::of(&organization));
        let before = RwSignal::new(organization);
        let conflict = RwSignal::new(None::<Conflict<Part>>);
        Self {
            session,
            toasts: use_toasts(),
            viewed: use_viewed(),
            fields,
            before,
            changed: Memo::new(move |_| {
                before.with(|before| fields.with(|fields| *fields != SettingsFields::of(before)))
            }),
            problems: RwSignal::new(Vec::new()),
            failure: RwSignal::new(None),
            busy: RwSignal::new(false),
            asks_about_trial: RwSignal::new(false),
            conflict,
            has_conflict: Memo::new(move |_| conflict.with(Option::is_some)),
        }
    }

    /// Saves; asks first when that stops every key. A second press while the first is under way does nothing.
    pub fn send(self) {
        self.begin(false);
    }

    /// Saves what stops every key.
    pub fn send_as_meant(self) {
        self.asks_about_trial.set(false);
        self.begin(true);
    }

    fn begin(self, meant: bool) {
        if self.busy.get_untracked() {
            return;
        }
        self.problems.set(Vec::new());
        self.failure.set(None);
        let (fields, before) = (self.fields.get_untracked(), self.before.get_untracked());
        let stored = SettingsFields::of(&before);
        let change = match OrganizationChange::try_from(Filled { fields: &fields, before: &stored }) {
            Ok(change) if change == OrganizationChange::default() => {
                self.fields.set(stored);
                self.viewed.refresh();
                return self.toasts.say("Nothing was changed");
            }
            Ok(change) => change,
            Err(errors) => return self.refuse(ApiError { errors, ..ApiError::network() }),
        };
        if change.plan == Some(Plan::Trial) && !meant {
            return self.asks_about_trial.set(true);
        }
        self.busy.set(true);
        spawn(async move {
            let mut outcome = api::organizations::change(before.id, &change, before.version).await;
            let mut conflict = None;
            if outcome.as_ref().is_err_and(|error| error.code == "conflict") {
                (outcome, conflict) = self.compare(&change, fields.clone(), &before).await;
            }
            if self.busy.try_set(false).is_some() {
                return;
            }
            match outcome {
                Ok(_) if conflict.is_some() => self.conflict.set(conflict),
                Ok(organization) => {
                    // What was typed while it was on its way is not saved yet, and stays.
                    if self.fields.with_untracked(|now| *now == fields) {
                        self.fields.set(SettingsFields::of(&organization));
                    }
                    self.before.set(organization);
                    self.toasts.say("Saved");
                    self.viewed.refresh();
                    self.session.refresh();
                }
                Err(error) if self.session.interrupted(&error, Callback::new(move |()| self.begin(meant))) => {}
                Err(error) if !error.errors.is_empty() => self.refuse(error),
                Err(mut error) => {
                    if error.status == 404 {
                        error.message =
                            "This organization was deleted while you were editing it: nothing can be saved any more."
                                .to_owned();
                    }
                    self.failure.set(Some(error));
                }
            }
        });
    }

    /// Somebody else was faster: reads what they have saved, and saves over it if that takes nothing of theirs away.
    async fn compare(
        self,
        change: &OrganizationChange,
        fields: SettingsFields,
        before: &Organization,
    ) -> (Result<Organization, ApiError>, Option<Conflict<Part>>) {
        let theirs = match api::organizations::find(before.id).await {
            Ok(theirs) => theirs,
            Err(error) => return (Err(error), None),
        };
        let mut conflict = Conflict::of(fields, before, theirs.clone());
        if !untrack(|| self.session.is_system_admin()) {
            for part in Part::OF_SYSTEM {
                conflict.give_way(part);
            }
        }
        if !conflict.is_harmless() {
            let edit =
                api::audit::last_edit(before.id, &format!("&target_type=organization&target_id={}", before.id)).await;
            return (Ok(theirs), Some(conflict.told_by(edit, self.session.user_id())));
        }
        match api::organizations::change(before.id, change, theirs.version).await {
            Err(error) if error.code == "conflict" => (Ok(theirs), Some(conflict)),
            outcome => (outcome, None),
        }
    }

    /// Takes what was decided, and saves it against their version.
    pub fn decide(self) {
        let Some(conflict) = self.conflict.get_untracked() else { return };
        self.fields.set(conflict.decided());
        self.before.set(conflict.theirs);
        self.conflict.set(None);
        self.send();
    }

    /// Shows what is wrong beside each field, with the focus on the first.
    fn refuse(self, error: ApiError) {
        focus_first(&error.errors);
        self.problems.set(error.errors);
    }
}
