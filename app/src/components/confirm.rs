//! A question before something is done: what it means, Cancel, and the button that does it.

use leptos::prelude::*;

use super::{
    button::{Button, ButtonKind},
    dialog::Dialog,
    error::ErrorNote,
    fixed::Slot,
};
use crate::api::ApiError;

/// What becomes of what was asked. Signals only, so that it can be tried again after signing in.
#[derive(Clone, Copy)]
pub struct Doing {
    /// The answer is on its way.
    pub busy: RwSignal<bool>,
    /// Why it was not done.
    pub failure: RwSignal<Option<ApiError>>,
}

impl Doing {
    /// Nothing was asked yet.
    pub fn new() -> Self {
        Self { busy: RwSignal::new(false), failure: RwSignal::new(None) }
    }

    /// Whether it may begin; a second press while the first is under way does nothing.
    pub fn begins(self) -> bool {
        if self.busy.get_untracked() {
            return false;
        }
        self.busy.set(true);
        self.failure.set(None);
        true
    }

    /// The answer is there. False when nobody waits for it any more: the page was left.
    pub fn ended(self) -> bool {
        self.busy.try_set(false).is_none()
    }
}

/// Asks. Cancel has the focus, and Esc is Cancel; neither goes while the answer is on its way.
#[component]
pub fn Confirm(
    #[prop(into)] title: String,
    /// The button that does it.
    yes: &'static str,
    #[prop(optional)] kind: ButtonKind,
    doing: Doing,
    on_yes: Callback<()>,
    on_cancel: Callback<()>,
    /// The id of what has the focus afterwards.
    #[prop(into)]
    return_to: String,
    children: Slot,
) -> impl IntoView {
    let Doing { busy, failure } = doing;
    let cancel = Callback::new(move |()| {
        if !busy.get_untracked() {
            on_cancel.run(());
        }
    });
    view! {
        <Dialog title=title on_dismiss=cancel return_to=return_to>
            {children.draw()}
            <ErrorNote error=failure />
            <div class="dialog-actions">
                <Button on_press=cancel autofocus=true>
                    "Cancel"
                </Button>
                <Button kind=kind on_press=on_yes busy=busy>
                    {yes}
                </Button>
            </div>
        </Dialog>
    }
}
