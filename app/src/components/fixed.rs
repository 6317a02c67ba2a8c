//! Views without their types, to keep the download small.
//!
//! Leptos compiles each view's type into code that builds it and code that compares it with its next version. Here a view is
//! built, and replaced as a whole when it changes: `Fixed` drops the second half, and lets all dynamic parts share one
//! machine. That halves the application.

use std::{future::Future, pin::Pin};

use leptos::{
    children::{ChildrenOptContainer, ToChildren},
    prelude::*,
    tachys::{
        html::attribute::{Attribute, any_attribute::AnyAttribute},
        hydration::Cursor,
        renderer::types::{Element, Node},
        view::{Mountable, Position, PositionState, Render, RenderHtml, add_attr::AddAnyAttr},
    },
};
use send_wrapper::SendWrapper;

/// Any view, built.
pub struct Fixed(SendWrapper<Box<dyn Mountable>>);

impl Fixed {
    /// Nothing to see, and a place for something.
    pub fn nothing() -> Self {
        "".fixed()
    }

    /// Something that is drawn already.
    pub fn element(element: Element) -> Self {
        Self(SendWrapper::new(Box::new(element)))
    }
}

/// Takes a view's type away.
pub trait Fix: IntoView + 'static {
    /// The same view without its type.
    fn fixed(self) -> Fixed {
        Fixed(SendWrapper::new(Box::new(self.build())))
    }
}

impl<V: IntoView + 'static> Fix for V {}

/// A part of a page that changes as a whole.
pub type Dynamic = Box<dyn FnMut() -> Fixed + Send>;

/// Draws what `view` answers, anew whenever a signal that it reads changes.
pub fn dynamic(view: impl FnMut() -> Fixed + Send + 'static) -> Dynamic {
    Box::new(view)
}

/// Draws what `view` answers, or nothing.
pub fn optional(mut view: impl FnMut() -> Option<Fixed> + Send + 'static) -> Dynamic {
    Box::new(move || view().unwrap_or_else(Fixed::nothing))
}

/// A text that changes.
pub fn text(text: impl Fn() -> String + Send + Sync + 'static) -> Signal<String> {
    Signal::derive(text)
}

/// `true` or `false`, for an ARIA attribute.
pub fn flag(on: impl Fn() -> bool + Send + Sync + 'static) -> Signal<String> {
    Signal::derive(move || on().to_string())
}

/// What an event does; boxed, so that all handlers are of one type.
pub fn on<E: 'static>(act: impl FnMut(E) + 'static) -> Box<dyn FnMut(E)> {
    Box::new(act)
}

/// Runs `act` now and whenever a signal that it reads changes; boxed for the same reason.
pub fn watch(act: impl FnMut() + 'static) {
    let mut act: Box<dyn FnMut()> = Box::new(act);
    Effect::new(move |_| act());
}

/// Runs a future; boxed for the same reason.
pub fn spawn(task: impl Future<Output = ()> + 'static) {
    let task: Pin<Box<dyn Future<Output = ()>>> = Box::pin(task);
    leptos::task::spawn_local(task);
}

/// What a press does.
pub fn press(act: impl Fn() + 'static) -> Box<dyn FnMut(leptos::ev::MouseEvent)> {
    Box::new(move |_| act())
}

/// Passes on what was typed.
pub fn typed(on_input: Callback<String>) -> Box<dyn FnMut(leptos::ev::Event)> {
    Box::new(move |event| on_input.run(event_target_value(&event)))
}

/// What stands inside a component.
pub struct Slot(Box<dyn FnOnce() -> Fixed + Send>);

impl Slot {
    /// Draws it.
    pub fn draw(self) -> Fixed {
        (self.0)()
    }
}

impl<F: FnOnce() -> V + Send + 'static, V: IntoView + 'static> ToChildren<F> for Slot {
    fn to_children(children: F) -> Self {
        Self(Box::new(move || children().fixed()))
    }
}

impl<V: IntoView + 'static> ToChildren<ChildrenOptContainer<V>> for Slot {
    fn to_children(ChildrenOptContainer(view): ChildrenOptContainer<V>) -> Self {
        Self(Box::new(move || view.fixed()))
    }
}

/// Where a view stands in the page.
pub struct FixedState(Box<dyn Mountable>);

impl Render for Fixed {
    type State = FixedState;

    fn build(self) -> FixedState {
        FixedState(self.0.take())
    }

    fn rebuild(self, state: &mut FixedState) {
        let mut new = self.0.take();
        state.0.insert_before_this(&mut *new);
        state.0.unmount();
        state.0 = new;
    }
}

impl Mountable for FixedState {
    fn unmount(&mut self) {
        self.0.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.0.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.0.insert_before_this(child)
    }

    fn elements(&self) -> Vec<Element> {
        self.0.elements()
    }
}

impl AddAnyAttr for Fixed {
    type Output<SomeNewAttr: Attribute> = Self;

    fn add_any_attr<NewAttr: Attribute>(self, _attr: NewAttr) -> Self {
        self
    }
}

// There is no server rendering: only what the trait demands.
impl RenderHtml for Fixed {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(self, _: &mut String, _: &mut Position, _: bool, _: bool, _: Vec<AnyAttribute>) {}

    fn hydrate<const FROM_SERVER: bool>(self, _: &Cursor, _: &PositionState) -> FixedState {
        self.build()
    }

    fn into_owned(self) -> Self {
        self
    }
}
