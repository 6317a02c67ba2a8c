//! What the server was asked for: nothing yet, an answer, or a failure; asked again when what it depends on changes, and after an outage.
//!
//! A smaller `LocalResource`: there is no server rendering and no suspense here, and each of those costs 10 KB.

use std::{future::Future, pin::Pin};

use leptos::prelude::*;

use crate::{
    components::fixed::{spawn, watch},
    outage,
};

/// A question, boxed so that all of them share one machine.
type Asking<T> = Pin<Box<dyn Future<Output = T>>>;

/// The latest answer. It stays until the next is there; an answer that comes after a later question is dropped.
pub struct Remote<T: Send + Sync + 'static> {
    answer: RwSignal<Option<T>>,
    again: RwSignal<u32>,
}

impl<T: Send + Sync + 'static> Clone for Remote<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Remote<T> {}

impl<T: Clone + Send + Sync + 'static> Remote<T> {
    /// Asks now, and again whenever a signal that `ask` reads changes.
    pub fn new(ask: impl Fn() -> Asking<T> + 'static) -> Self {
        Self::of(Box::new(ask))
    }

    fn of(ask: Box<dyn Fn() -> Asking<T>>) -> Self {
        let remote = Self { answer: RwSignal::new(None), again: RwSignal::new(0) };
        let latest = StoredValue::new(0_u32);
        watch(move || {
            remote.again.track();
            outage::track_end();
            let number = latest.get_value() + 1;
            latest.set_value(number);
            let asking = ask();
            spawn(async move {
                let answer = asking.await;
                // Both are gone when the page is.
                if latest.try_get_value() == Some(number) {
                    remote.answer.try_set(Some(answer));
                }
            });
        });
        remote
    }

    /// Asks again.
    pub fn refetch(self) {
        self.again.update(|again| *again += 1);
    }

    /// Changes the latest answer: what is known without asking again.
    pub fn update(self, change: impl FnOnce(&mut T)) {
        self.answer.update(|answer| {
            if let Some(answer) = answer {
                change(answer);
            }
        });
    }

    /// The latest answer, tracked.
    pub fn get(self) -> Option<T> {
        self.answer.get()
    }

    /// Reads the latest answer in place, tracked.
    pub fn with<U>(self, read: impl FnOnce(Option<&T>) -> U) -> U {
        self.answer.with(|answer| read(answer.as_ref()))
    }
}
