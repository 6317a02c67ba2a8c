//! Moments in words, exact in the tooltip.

use claviger_core::{status::KeyStatus, time::Timestamp};
use leptos::prelude::*;

use super::fixed::Fix;
use crate::{
    browser::intl,
    format::{self, Expiry, Telling},
};

/// A moment in the past: "just now", "5 minutes ago", "12 Oct".
#[component]
pub fn Moment(at: Timestamp) -> impl IntoView {
    let told = match format::past(at, intl::now()) {
        Telling::JustNow => "just now".to_owned(),
        Telling::Relative(value, unit) => intl::relative(value, unit),
        Telling::Date => intl::day(at),
    };
    view! {
        <time datetime=at.to_string() title=intl::exact(at)>
            {told}
        </time>
    }
}

/// When a key stops working: "Never", "Expires in 3 days", "18 Feb 2027"; a dash for a revoked one.
#[component]
pub fn ExpiryMoment(at: Option<Timestamp>, status: KeyStatus) -> impl IntoView {
    // It has stopped working already.
    if status == KeyStatus::Revoked {
        return view! { <span class="quiet">"–"</span> }.fixed();
    }
    let expiry = format::expiry(at, intl::now());
    let Some(at) = at else {
        return view! { <span class="quiet">"Never"</span> }.fixed();
    };
    let (told, soon) = match expiry {
        Expiry::Soon(value, unit) => (format!("Expires {}", intl::relative(value, unit)), true),
        Expiry::Past => (format!("Expired {}", intl::day(at)), false),
        Expiry::Never | Expiry::Later => (intl::full_date(at), false),
    };
    view! {
        <time datetime=at.to_string() title=intl::exact(at) class=if soon { "warn-text" } else { "" }>
            {told}
        </time>
    }
    .fixed()
}

/// A moment that matters to the minute: "Works until 21 Nov 2026, 14:30".
#[component]
pub fn Deadline(at: Timestamp, before: &'static str) -> impl IntoView {
    view! {
        <time datetime=at.to_string() title=intl::exact(at)>
            {before}
            {intl::minute(at)}
        </time>
    }
}
