//! What stands where something will be.

use leptos::prelude::*;

use super::fixed::Fix;

/// A page that is on its way: the frame, and what stands for the page.
#[component]
pub fn PageSkeleton() -> impl IntoView {
    view! {
        <div class="frame" aria-busy="true">
            <div class="bar"></div>
            <main class="main">
                <Bones />
            </main>
        </div>
    }
}

/// A bar in place of a line of text; `width` is one of the lengths of `skeleton.css`.
#[component]
pub fn Bone(width: &'static str) -> impl IntoView {
    view! { <span class=format!("bone {width}")></span> }
}

/// In place of a page of which nothing is known yet.
#[component]
pub fn Bones() -> impl IntoView {
    let bones: Vec<_> = (0..6).map(|_| view! { <Bone width="long" /> }).collect();
    view! {
        <div aria-busy="true">
            <p class="visually-hidden" role="status">"Loading"</p>
            {bones}
        </div>
    }
    .fixed()
}
