//! What the parts of a webhook's page share.

use claviger_core::wire::webhook::Webhook;
use leptos::prelude::*;

use crate::{
    api::{self, ApiError},
    components::{
        confirm::Doing,
        fixed::watch,
        toast::{ToastContext, use_toasts},
    },
    remote::Remote,
    session::SessionContext,
};

/// The dialog that is open.
#[derive(Clone)]
pub enum Ask {
    /// What it is to be.
    Edit(Box<Webhook>),
    /// Whether its secret is to be replaced.
    Rotate,
    /// The one showing of the new one.
    Secret(String),
    /// Whether it is to send nothing.
    Off,
    /// Whether it is to go.
    Delete,
}

/// Shared by reference: all of it is signals.
#[derive(Clone, Copy)]
pub struct OneWebhook {
    /// Its id.
    pub id: i64,
    /// What the server said last.
    pub answer: Remote<Result<Webhook, ApiError>>,
    /// The webhook, as it was known last.
    pub webhook: RwSignal<Option<Webhook>>,
    /// The dialog.
    pub open: RwSignal<Option<Ask>>,
    /// What is done at once, without a dialog.
    pub doing: Doing,
    /// Raised when something was sent.
    pub sent: RwSignal<u32>,
    /// For what a session's end interrupts.
    pub session: SessionContext,
    /// For what was done.
    pub toasts: ToastContext,
}

impl OneWebhook {
    /// Starts asking.
    pub fn new(id: i64, session: SessionContext) -> Self {
        let answer = Remote::new(move || Box::pin(api::webhooks::one(id)));
        let webhook = RwSignal::new(None);
        let state = Self {
            id,
            answer,
            webhook,
            open: RwSignal::new(None),
            doing: Doing::new(),
            sent: RwSignal::new(0),
            session,
            toasts: use_toasts(),
        };
        watch(move || match answer.get() {
            Some(Ok(found)) => webhook.set(Some(found)),
            Some(Err(error)) => {
                session.interrupted(&error, Callback::new(move |()| answer.refetch()));
            }
            None => {}
        });
        state
    }

    /// Whether this session says what it does: the organization's, or one's own. Tracked.
    pub fn is_mine(self) -> bool {
        let me = self.session.user_id();
        self.webhook.with(|webhook| webhook.as_ref().is_some_and(|webhook| webhook.user_id.is_none_or(|id| id == me)))
    }

    /// Whether it sends, tracked.
    pub fn is_on(self) -> bool {
        self.webhook.with(|webhook| webhook.as_ref().is_some_and(|webhook| webhook.active))
    }

    /// Its version, not tracked.
    pub fn version(self) -> i64 {
        self.webhook.with_untracked(|webhook| webhook.as_ref().map_or(0, |webhook| webhook.version))
    }

    /// It is another one now: told by the server, so that nothing has to be waited for.
    pub fn learn(self, webhook: Webhook) {
        self.webhook.set(Some(webhook));
        self.open.set(None);
    }

    /// Something is on its way to it.
    pub fn has_sent(self) {
        self.sent.update(|sent| *sent += 1);
        self.answer.refetch();
    }

    /// What did not work, for the dialog that asked, or for a toast.
    pub fn failed(self, error: ApiError, doing: Option<Doing>) {
        // Pressing the button again goes on.
        if self.session.interrupted(&error, Callback::new(|()| ())) {
            return;
        }
        if error.status == 404 || error.code == "conflict" || error.code == "webhook_off" {
            self.answer.refetch();
        }
        match doing {
            Some(doing) => doing.failure.set(Some(error)),
            None => self.toasts.fail(error.message),
        }
    }
}
