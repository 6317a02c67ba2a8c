//! What is seen while a chunk is on its way, and when it does not come.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use leptos::{prelude::*, wasm_split::SplitLoaderError};

use crate::{
    api::ApiError,
    browser::{failure, page},
    components::{
        button::{Button, ButtonKind},
        dialog::Dialog,
        error::ErrorState,
        fixed::{Fix, Fixed, dynamic, spawn},
        skeleton::Bones,
    },
};

/// What a chunk draws.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// All there is below the frame, or without one.
    Page,
    /// A dialog, or another part that comes on top of what is there.
    Part,
    /// What stands among other things on a page.
    Section,
    /// What nobody asked for: if it does not come, nothing is said.
    Extra,
}

type Doing<T> = Pin<Box<dyn Future<Output = Result<T, SplitLoaderError>>>>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Arrival {
    Waiting,
    Here,
    Failed,
    /// Failed, and that was read.
    Dismissed,
}

/// Loads the chunk, then draws it.
pub fn show(kind: Kind, load: fn() -> Doing<()>, draw: Box<dyn FnOnce() -> Doing<Fixed>>) -> Fixed {
    let arrival = RwSignal::new(Arrival::Waiting);
    let draw = StoredValue::new_local(Some(draw));
    let begin = move || match ready(&mut load()) {
        // Loaded before: drawn at once, so that nothing flickers.
        Some(loaded) => settle(kind, arrival, loaded),
        None => spawn(async move { settle(kind, arrival, load().await) }),
    };
    begin();
    let again = Callback::new(move |()| {
        arrival.set(Arrival::Waiting);
        begin();
    });
    dynamic(move || match arrival.get() {
        Arrival::Waiting => waiting(kind),
        Arrival::Failed => failed(kind, arrival, again),
        Arrival::Dismissed => Fixed::nothing(),
        Arrival::Here => {
            if kind == Kind::Page {
                request_animation_frame(page::focus_awaited_heading);
            }
            let draw = draw.try_update_value(Option::take).flatten();
            // Not tracked: what is drawn watches for itself.
            let drawn = untrack(|| draw.and_then(|draw| ready(&mut draw()))).and_then(Result::ok);
            drawn.unwrap_or_else(Fixed::nothing)
        }
    })
    .fixed()
}

/// What the future answers without waiting.
fn ready<T>(doing: &mut Doing<T>) -> Option<Result<T, SplitLoaderError>> {
    match doing.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

fn settle(kind: Kind, arrival: RwSignal<Arrival>, loaded: Result<(), SplitLoaderError>) {
    if loaded.is_err() {
        if kind == Kind::Extra {
            return;
        }
        failure::chunk_missing();
    }
    // Whoever waited may have gone on to another page.
    let _ = arrival.try_set(if loaded.is_ok() { Arrival::Here } else { Arrival::Failed });
}

fn waiting(kind: Kind) -> Fixed {
    match kind {
        Kind::Page => view! { <Bones /> }.fixed(),
        Kind::Part | Kind::Section | Kind::Extra => Fixed::nothing(),
    }
}

fn failed(kind: Kind, arrival: RwSignal<Arrival>, again: Callback<()>) -> Fixed {
    const TITLE: &str = "A part of the console could not be loaded";
    let error = ApiError::unloaded();
    if kind == Kind::Page {
        return view! { <ErrorState title=TITLE error=error on_retry=again /> }.fixed();
    }
    if kind == Kind::Section {
        return view! {
            <div class="notice" role="alert">
                {TITLE} ". " {error.message} " "
                <Button kind=ButtonKind::Text on_press=again>"Retry"</Button>
            </div>
        }
        .fixed();
    }
    let close = Callback::new(move |()| arrival.set(Arrival::Dismissed));
    view! {
        <Dialog title=TITLE on_dismiss=close>
            <p>{error.message}</p>
            <div class="dialog-actions">
                <Button on_press=close>"Close"</Button>
                <Button kind=ButtonKind::Primary autofocus=true on_press=again>"Retry"</Button>
            </div>
        </Dialog>
    }
    .fixed()
}
