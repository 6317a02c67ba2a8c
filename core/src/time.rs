//! Moments in UTC, in milliseconds, and their RFC 3339 form.
//!
//! Our own hundred lines and not a date crate: this is compiled into the console too, where `jiff` costs 44 KB and
//! `chrono` 10 KB of a 200 KB budget. The `time` crate checks it in the tests.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Milliseconds in a second, a minute, an hour and a day.
pub const SECOND: i64 = 1_000;
/// Milliseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Milliseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Milliseconds in a day.
pub const DAY: i64 = 24 * HOUR;

/// A moment: milliseconds since 1970-01-01T00:00:00Z, within the years 1 to 9999 that RFC 3339 can write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// 0001-01-01T00:00:00.000Z.
const FIRST: i64 = -62_135_596_800_000;
/// 9999-12-31T23:59:59.999Z.
const LAST: i64 = 253_402_300_799_999;

impl Timestamp {
    /// From milliseconds since the epoch; moments outside the years 1 to 9999 become the nearest one inside.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        if millis < FIRST {
            Self(FIRST)
        } else if millis > LAST {
            Self(LAST)
        } else {
            Self(millis)
        }
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This moment moved by `millis`, which may be negative.
    #[must_use]
    pub const fn plus(self, millis: i64) -> Self {
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// Days since 1970-01-01 in UTC.
    #[must_use]
    pub const fn day(self) -> i64 {
        self.0.div_euclid(DAY)
    }

    /// The next midnight after this moment, in UTC.
    #[must_use]
    pub const fn next_day(self) -> Self {
        Self::from_millis((self.0.div_euclid(DAY) + 1) * DAY)
    }

    /// The next midnight after this moment with which a month begins, in UTC.
    #[must_use]
    pub const fn next_month(self) -> Self {
        let (year, month, _) = civil_from_days(self.0.div_euclid(DAY));
        let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        Self::from_millis(days_from_civil(year, month, 1) * DAY)
    }

    /// Reads RFC 3339: `2027-02-18T09:30:00Z`, with an optional fraction (cut to milliseconds) and any offset.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let year = number(bytes.get(0..4)?)?;
        let month = number(bytes.get(5..7)?)?;
        let day = number(bytes.get(8..10)?)?;
        let hour = number(bytes.get(11..13)?)?;
        let minute = number(bytes.get(14..16)?)?;
        let second = number(bytes.get(17..19)?)?;
        let marks = [bytes.get(4)?, bytes.get(7)?, bytes.get(10)?, bytes.get(13)?, bytes.get(16)?];
        if !matches!(marks, [b'-', b'-', b'T' | b't', b':', b':']) {
            return None;
        }
        let in_range = year >= 1 && (1..=12).contains(&month) && day >= 1 && hour < 24 && minute < 60 && second < 60;
        if !in_range || day > days_in_month(year, month) {
            return None;
        }
        let (fraction, rest) = fraction(bytes.get(19..)?)?;
        let offset = offset(rest)?;
        let millis =
            days_from_civil(year, month, day) * DAY + hour * HOUR + minute * MINUTE + second * SECOND + fraction
                - offset;
        (FIRST..=LAST).contains(&millis).then_some(Self(millis))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0.div_euclid(DAY));
        let rest = self.0.rem_euclid(DAY);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
            rest / HOUR,
            rest % HOUR / MINUTE,
            rest % MINUTE / SECOND,
            rest % SECOND
        )
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an RFC 3339 time"))
    }
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0_i64, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
}

/// `.123456Z` → (123, `Z`); without a point, zero.
fn fraction(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let Some((b'.', rest)) = bytes.split_first() else {
        return Some((0, bytes));
    };
    let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 {
        return None;
    }
    let (digits, rest) = rest.split_at(length);
    let millis = [100, 10, 1].iter().zip(digits).map(|(unit, digit)| unit * i64::from(digit - b'0')).sum();
    Some((millis, rest))
}

fn offset(bytes: &[u8]) -> Option<i64> {
    match bytes {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?);
            let millis = (hours < 24 && minutes < 60).then_some(hours * HOUR + minutes * MINUTE)?;
            Some(if *sign == b'+' { millis } else { -millis })
        }
        _ => None,
    }
}

const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since the epoch of a date in the proleptic Gregorian calendar
/// (<https://howardhinnant.github.io/date_algorithms.html#days_from_civil>).
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The inverse of [`days_from_civil`].
const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::{OffsetDateTime, format_description::well_known::Rfc3339};

    use super::*;

    proptest! {
        #[test]
        fn writes_what_the_time_crate_reads(millis in FIRST..=LAST) {
            let text = Timestamp(millis).to_string();
            let theirs = OffsetDateTime::parse(&text, &Rfc3339).unwrap();
            prop_assert_eq!(theirs.unix_timestamp_nanos() / 1_000_000, i128::from(millis));
            prop_assert_eq!(Timestamp::parse(&text), Some(Timestamp(millis)));
        }

        #[test]
        fn reads_what_the_time_crate_reads(
            text in "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-][0-2][0-9]:[0-5][0-9])"
        ) {
            let theirs = OffsetDateTime::parse(&text, &Rfc3339).ok()
                .map(|moment| moment.unix_timestamp_nanos().div_euclid(1_000_000) as i64)
                .filter(|millis| (FIRST..=LAST).contains(millis));
            prop_assert_eq!(Timestamp::parse(&text).map(Timestamp::millis), theirs);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = Timestamp::parse(&text);
        }
    }

    #[test]
    fn days_and_months_begin_at_midnight_utc() {
        for (moment, day, month) in [
            ("2026-11-21T09:30:00Z", "2026-11-22", "2026-12-01"),
            ("2026-12-31T23:59:59.999Z", "2027-01-01", "2027-01-01"),
            ("2027-01-01T00:00:00Z", "2027-01-02", "2027-02-01"),
            ("2028-02-28T12:00:00Z", "2028-02-29", "2028-03-01"),
            ("1969-12-31T12:00:00Z", "1970-01-01", "1970-01-01"),
        ] {
            let moment = Timestamp::parse(moment).unwrap();
            let midnight = |date: &str| Timestamp::parse(&format!("{date}T00:00:00Z")).unwrap();
            assert_eq!((moment.next_day(), moment.next_month()), (midnight(day), midnight(month)), "{moment}");
        }
        let last = Timestamp(LAST);
        assert_eq!((last.next_day(), last.next_month()), (last, last));
    }

    #[test]
    fn refuses_what_is_not_a_moment() {
        for text in [
            "",
            "2027-02-18",
            "2027-02-29T00:00:00Z",
            "2027-13-01T00:00:00Z",
            "2027-02-18T24:00:00Z",
            "2027-02-18T00:00:00",
            "2027-02-18T00:00:00.Z",
            "10000-01-01T00:00:00Z",
            "+10000-01-01T00:00:00Z",
            "9999-12-31T23:59:59-01:00",
            "0000-01-01T00:00:00Z",
            "2027-02-18T00:00:00+24:00",
            "tomorrow",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }
}
