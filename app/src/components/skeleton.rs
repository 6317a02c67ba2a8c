//! What stands where something will be.

use leptos::prelude::*;

/// A page that is on its way: the frame, empty.
#[component]
pub fn PageSkeleton() -> impl IntoView {
    view! {
        <div class="frame" aria-busy="true">
            <div class="bar"></div>
            <main class="main">
                <p class="visually-hidden" role="status">"Loading"</p>
            </main>
        </div>
    }
}

/// A bar in place of a line of text; `width` is one of the lengths of `skeleton.css`.
#[component]
pub fn Bone(width: &'static str) -> impl IntoView {
    view! { <span class=format!("bone {width}")></span> }
}
