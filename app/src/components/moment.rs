//! Moments in words, exact in the tooltip.

use claviger_core::{status::KeyStatus, time::Timestamp};
use leptos::prelude::*;

use super::fixed::{Fix, Fixed, text};
use crate::{
    browser::intl,
    format::{self, Expiry, Telling},
};

/// Moves the moments of a page on, where a page has one.
#[derive(Clone, Copy)]
pub struct Clock(pub ReadSignal<Timestamp>);

/// Now, tracked where there is a clock.
fn now(clock: Option<Clock>) -> Timestamp {
    clock.and_then(|Clock(now)| now.try_get()).unwrap_or_else(intl::now)
}

/// A text that changes where there is a clock: a list has a hundred that need not be watched.
fn telling(clock: Option<Clock>, told: impl Fn() -> String + Send + Sync + 'static) -> Fixed {
    if clock.is_some() { text(told).fixed() } else { told().fixed() }
}

/// A moment in the past: "just now", "5 minutes ago", "12 Oct".
#[component]
pub fn Moment(at: Timestamp) -> impl IntoView {
    let clock = use_context::<Clock>();
    let told = telling(clock, move || match format::past(at, now(clock)) {
        Telling::JustNow => "just now".to_owned(),
        Telling::Relative(value, unit) => intl::relative(value, unit),
        Telling::Date => intl::day(at),
    });
    view! {
        <time datetime=at.to_string() title=intl::exact(at)>
            {told}
        </time>
    }
}

/// When something was used last, if ever.
#[component]
pub fn UsedMoment(at: Option<Timestamp>) -> impl IntoView {
    match at {
        Some(at) => view! { <Moment at=at /> }.fixed(),
        None => view! { <span class="quiet">"Never used"</span> }.fixed(),
    }
}

/// When a key stops working: "Never", "Expires in 3 days", "18 Feb 2027"; a dash for a revoked one.
#[component]
pub fn ExpiryMoment(at: Option<Timestamp>, status: KeyStatus) -> impl IntoView {
    // It has stopped working already.
    if status == KeyStatus::Revoked {
        return view! { <span class="quiet">"–"</span> }.fixed();
    }
    let Some(at) = at else {
        return view! { <span class="quiet">"Never"</span> }.fixed();
    };
    let clock = use_context::<Clock>();
    let expiry = move || format::expiry(Some(at), now(clock));
    let told = telling(clock, move || match expiry() {
        Expiry::Soon(0, _) => "Expires in less than a minute".to_owned(),
        Expiry::Soon(value, unit) => format!("Expires {}", intl::relative(value, unit)),
        Expiry::Past => format!("Expired {}", intl::day(at)),
        Expiry::Never | Expiry::Later => intl::full_date(at),
    });
    let class = text(move || if matches!(expiry(), Expiry::Soon(..)) { "warn-text" } else { "" }.to_owned());
    view! {
        <time datetime=at.to_string() title=intl::exact(at) class=class>
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
