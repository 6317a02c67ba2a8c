//! What happened, bucket by bucket: stacked bars. The pointer reads them, and so does the keyboard: to it, and to a screen
//! reader, the chart is a slider that moves through time. A table of the same stands behind it.

use std::fmt::Write as _;

use claviger_core::{
    usage::Outcome,
    wire::usage::{Bucket, Usage, UsageRange},
};
use leptos::{
    ev::{KeyboardEvent, MouseEvent},
    prelude::*,
};
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::fixed::{Fix, Fixed, on, text};
use crate::{browser::intl, usage};

/// Of the bars, in units of the drawing.
const HEIGHT: f64 = 100.0;
/// Between bars, as a part of a bucket.
const GAP: f64 = 0.16;
/// So much is seen of what happened once.
const LEAST: f64 = 1.2;

/// The bars, what the chosen one says, and the legend.
#[component]
pub fn Chart(usage: Usage) -> impl IntoView {
    let count = usage.buckets.len();
    let last = count.saturating_sub(1);
    let (range, width) = (usage.range, if usage.range == UsageRange::Month { "day" } else { "hour" });
    let most = usage.buckets.iter().map(|bucket| bucket.total).max().unwrap_or_default();
    let begin = usage.buckets.first().map(|bucket| when(range, bucket)).unwrap_or_default();
    let bars = bars(&usage);
    let legend = legend(&usage);
    let each: Vec<String> =
        usage.buckets.iter().map(|bucket| format!("{}: {}", when(range, bucket), usage::told(bucket))).collect();
    let each = StoredValue::new(each);

    let chosen = RwSignal::new(None::<usize>);
    let place = move || chosen.get().unwrap_or(last);
    let said = move |place: usize| each.with_value(|each| each.get(place).cloned().unwrap_or_default());
    let shown = text(move || match chosen.get() {
        Some(place) => said(place),
        None => "Point at a bar, or go through them with the arrow keys.".to_owned(),
    });
    let at_pointer = on(move |event: MouseEvent| {
        let element = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
        if let Some(frame) = element.map(|element| element.get_bounding_client_rect()) {
            chosen.set(Some(bucket_at(f64::from(event.client_x()) - frame.left(), frame.width(), count)));
        }
    });
    let leave = on(move |_: MouseEvent| chosen.set(None));
    let by_key = on(move |event: KeyboardEvent| {
        if let Some(to) = moved(&event.key(), place_untracked(chosen, last), last) {
            event.prevent_default();
            chosen.set(Some(to));
        }
    });
    view! {
        <p class="quiet">"At most " {usage::of(most, "call")} {if width == "day" { " a day" } else { " an hour" }}</p>
        <div
            class="chart"
            role="slider"
            tabindex="0"
            aria-label=format!("Calls, {width} by {width}")
            aria-valuemin="0"
            aria-valuemax=last.to_string()
            aria-valuenow=text(move || place().to_string())
            aria-valuetext=text(move || said(place()))
            on:mousemove=at_pointer
            on:mouseleave=leave
            on:keydown=by_key
            on:focus=on(move |_| chosen.set(Some(place_untracked(chosen, last))))
            on:blur=on(move |_| chosen.set(None))
            style:border-bottom="1px solid var(--field-line)"
        >
            <svg
                aria-hidden="true"
                width="100%"
                height="160"
                viewBox=format!("0 0 {count} {HEIGHT}")
                preserveAspectRatio="none"
                style:display="block"
            >
                <rect
                    x=text(move || place().to_string())
                    width="1"
                    height=HEIGHT.to_string()
                    fill="var(--ink)"
                    fill-opacity=text(move || if chosen.get().is_some() { "0.1" } else { "0" }.to_owned())
                ></rect>
                <g inner_html=bars></g>
            </svg>
        </div>
        <p class="quiet" style:display="flex" style:justify-content="space-between">
            <span>{begin}</span>
            <span>"now"</span>
        </p>
        <p class="chart-said" style:min-height="40px" style:margin-top="var(--space-2)">{shown}</p>
        {legend}
    }
}

fn place_untracked(chosen: RwSignal<Option<usize>>, last: usize) -> usize {
    chosen.get_untracked().unwrap_or(last)
}

/// When a bucket was: days are those of UTC, hours are told by the reader's clock.
pub fn when(range: UsageRange, bucket: &Bucket) -> String {
    if range == UsageRange::Month { usage::utc_day(bucket.at) } else { intl::minute(bucket.at) }
}

/// Where a key leads, if it leads anywhere.
fn moved(key: &str, from: usize, last: usize) -> Option<usize> {
    let far = (last / 6).max(1);
    let to = match key {
        "ArrowLeft" | "ArrowDown" => from.saturating_sub(1),
        "ArrowRight" | "ArrowUp" => from + 1,
        "PageDown" => from.saturating_sub(far),
        "PageUp" => from + far,
        "Home" => 0,
        "End" => last,
        _ => return None,
    };
    Some(to.min(last))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a place of at most 168, clamped"
)]
fn bucket_at(x: f64, width: f64, count: usize) -> usize {
    let place = (x / width.max(1.0) * count as f64).floor().max(0.0) as usize;
    place.min(count.saturating_sub(1))
}

/// The bars as SVG: numbers and our own words only.
#[expect(clippy::cast_precision_loss, reason = "a drawing")]
fn bars(usage: &Usage) -> String {
    let most = usage.buckets.iter().map(|bucket| bucket.total).max().unwrap_or_default().max(1) as f64;
    let mut drawn = String::new();
    for (place, bucket) in usage.buckets.iter().enumerate() {
        let mut top = HEIGHT;
        for (outcome, n) in usage::stacked(&bucket.outcomes) {
            let height = (n as f64 / most * (HEIGHT - 4.0)).max(LEAST);
            top -= height;
            let (fill, opacity) = paint(outcome);
            let x = place as f64 + GAP / 2.0;
            let _ = write!(
                drawn,
                r#"<rect x="{x:.2}" y="{:.2}" width="{:.2}" height="{height:.2}" fill="{fill}" fill-opacity="{opacity}"/>"#,
                top.max(0.0),
                1.0 - GAP,
            );
        }
    }
    drawn
}

/// What was let in is brass; what was refused is red when the key has ended, slate when too much was asked of it, green when
/// it was asked too often. What each is says the legend, and with numbers the line below the bars.
fn paint(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome.word() {
        "VALID" => ("var(--brass)", "1"),
        "CALL" => ("var(--brass)", "0.5"),
        "REVOKED" => ("var(--bad-fill)", "1"),
        "EXPIRED" => ("var(--bad-fill)", "0.75"),
        "DISABLED" | "API_ACCESS_DISABLED" => ("var(--bad-fill)", "0.5"),
        "IP_NOT_ALLOWED" => ("var(--calm)", "1"),
        "INSUFFICIENT_ACCESS" => ("var(--calm)", "0.75"),
        "INSUFFICIENT_SCOPE" => ("var(--calm)", "0.55"),
        "RATE_LIMITED" => ("var(--ok)", "1"),
        "CREDITS_EXHAUSTED" => ("var(--ok)", "0.65"),
        _ => ("var(--ink)", "1"),
    }
}

fn legend(usage: &Usage) -> Fixed {
    let items: Vec<_> = usage::stacked(&usage.totals)
        .into_iter()
        .map(|(outcome, n)| {
            let (fill, opacity) = paint(outcome);
            view! {
                <li>
                    <svg width="10" height="10" aria-hidden="true">
                        <rect width="10" height="10" rx="2" fill=fill fill-opacity=opacity></rect>
                    </svg>
                    " "
                    {usage::label(outcome)}
                    " "
                    <strong>{usage::number(n)}</strong>
                </li>
            }
        })
        .collect();
    view! { <ul class="codes chart-legend" aria-label="By code" style:column-gap="var(--space-4)">{items}</ul> }.fixed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_through_time_and_not_beyond_its_ends() {
        for (key, from, to) in [
            ("ArrowLeft", 5, Some(4)),
            ("ArrowLeft", 0, Some(0)),
            ("ArrowRight", 23, Some(23)),
            ("ArrowUp", 5, Some(6)),
            ("PageDown", 5, Some(2)),
            ("PageUp", 22, Some(23)),
            ("Home", 5, Some(0)),
            ("End", 5, Some(23)),
            ("Tab", 5, None),
            ("a", 5, None),
        ] {
            assert_eq!(moved(key, from, 23), to, "{key}");
        }
    }

    #[test]
    fn the_pointer_is_at_a_bucket_wherever_it_is() {
        for (x, place) in [(-3.0, 0), (0.0, 0), (49.9, 11), (50.0, 12), (99.9, 23), (100.0, 23), (500.0, 23)] {
            assert_eq!(bucket_at(x, 100.0, 24), place, "{x}");
        }
        assert_eq!(bucket_at(5.0, 0.0, 24), 23);
    }
}
