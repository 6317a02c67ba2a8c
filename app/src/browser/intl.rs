//! Dates and times in words, by the browser's own `Intl`: a date crate would cost 10 to 44 KB.
//!
//! The console speaks English, and so do its dates, whatever the browser's language: `18 Feb 2027` is read the same
//! everywhere.

use claviger_core::time::Timestamp;
use js_sys::{Date, JSON};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Intl)]
    type DateTimeFormat;
    #[wasm_bindgen(constructor, js_namespace = Intl)]
    fn new(locale: &str, options: &JsValue) -> DateTimeFormat;
    #[wasm_bindgen(method, structural)]
    fn format(this: &DateTimeFormat, date: &Date) -> String;
    #[wasm_bindgen(method, structural, js_name = resolvedOptions)]
    fn resolved_options(this: &DateTimeFormat) -> Resolved;

    type Resolved;
    #[wasm_bindgen(method, getter, structural, js_name = timeZone)]
    fn time_zone(this: &Resolved) -> Option<String>;

    #[wasm_bindgen(js_namespace = Intl)]
    type RelativeTimeFormat;
    #[wasm_bindgen(constructor, js_namespace = Intl)]
    fn new(locale: &str, options: &JsValue) -> RelativeTimeFormat;
    #[wasm_bindgen(method, structural)]
    fn format(this: &RelativeTimeFormat, value: f64, unit: &str) -> String;
}

const LOCALE: &str = "en-GB";

thread_local! {
    static DAY: DateTimeFormat = formatter(r#"{"day":"numeric","month":"short"}"#);
    static DATE: DateTimeFormat = formatter(r#"{"day":"numeric","month":"short","year":"numeric"}"#);
    static EXACT: DateTimeFormat = formatter(r#"{"dateStyle":"medium","timeStyle":"long"}"#);
    static MINUTE: DateTimeFormat =
        formatter(r#"{"weekday":"short","day":"numeric","month":"short","year":"numeric","hour":"2-digit","minute":"2-digit"}"#);
    static SHORT: DateTimeFormat = formatter(r#"{"day":"numeric","month":"short","hour":"2-digit","minute":"2-digit"}"#);
    static CLOCK: DateTimeFormat = formatter(r#"{"hour":"2-digit","minute":"2-digit"}"#);
    static RELATIVE: RelativeTimeFormat = RelativeTimeFormat::new(LOCALE, &options(r#"{"numeric":"always"}"#));
}

fn options(json: &str) -> JsValue {
    JSON::parse(json).unwrap_or_default()
}

fn formatter(json: &str) -> DateTimeFormat {
    DateTimeFormat::new(LOCALE, &options(json))
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of the years 1 to 9999 are exact in an f64")]
fn date(moment: Timestamp) -> Date {
    Date::new(&JsValue::from_f64(moment.millis() as f64))
}

/// Now, by the browser's clock.
#[expect(clippy::cast_possible_truncation, reason = "whole milliseconds")]
pub fn now() -> Timestamp {
    Timestamp::from_millis(Date::now() as i64)
}

/// `12 Oct`, or `12 Oct 2025` when that is another year.
pub fn day(moment: Timestamp) -> String {
    let date = date(moment);
    let style = if date.get_full_year() == Date::new_0().get_full_year() { &DAY } else { &DATE };
    style.with(|style| style.format(&date))
}

/// `14:05`, or `12 Oct, 14:05` when that is another day.
pub fn clock(moment: Timestamp) -> String {
    let time = CLOCK.with(|style| style.format(&date(moment)));
    let (day, today) = (full_date(moment), full_date(now()));
    if day == today { time } else { format!("{}, {time}", self::day(moment)) }
}

/// `18 Feb 2027`.
pub fn full_date(moment: Timestamp) -> String {
    DATE.with(|style| style.format(&date(moment)))
}

/// `18 Feb, 09:30`.
pub fn minute(moment: Timestamp) -> String {
    SHORT.with(|style| style.format(&date(moment)))
}

/// To the second and with the zone, for tooltips.
pub fn exact(moment: Timestamp) -> String {
    EXACT.with(|style| style.format(&date(moment)))
}

/// `Thu, 18 Feb 2027, 09:30 (Europe/Berlin)`.
pub fn with_zone(moment: Timestamp) -> String {
    MINUTE.with(|style| format!("{} ({})", style.format(&date(moment)), zone()))
}

/// In lower case, by the browser: Rust brings tables of its own for that.
pub fn lower(text: &str) -> String {
    js_sys::JsString::from(text).to_lower_case().into()
}

/// The time zone of this browser: `Europe/Berlin`.
pub fn zone() -> String {
    MINUTE.with(|style| style.resolved_options().time_zone().unwrap_or_else(|| "local time".to_owned()))
}

/// `3 days ago`, `in 3 days`.
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
pub fn relative(value: i64, unit: &str) -> String {
    RELATIVE.with(|style| style.format(value as f64, unit))
}

/// Reads the value of a `datetime-local` field in the browser's time zone.
#[expect(clippy::cast_possible_truncation, reason = "whole milliseconds, checked to be finite")]
pub fn from_local(text: &str) -> Option<Timestamp> {
    let millis = Date::new(&JsValue::from_str(text)).get_time();
    millis.is_finite().then(|| Timestamp::from_millis(millis as i64))
}
