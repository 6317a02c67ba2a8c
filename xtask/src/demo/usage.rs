//! How often the demo's keys were used: busy days, quiet nights and Sundays, callers that go on after their key has ended, and
//! one bad deployment. The same every time, but for the moments.

use std::fmt::Write;

use claviger_core::{
    key::{KeyKind, Role},
    time::HOUR,
};
use serde_json::json;

/// As far back as the chart goes.
const HOURS: i64 = 31 * 24;
/// The key whose new version asked for a scope that it has not, some hours ago.
pub const BROKEN: &str = "Data warehouse";
/// The key that was used in the seconds after its revoke, and how long after, in milliseconds.
pub const LATE: (&str, i64) = ("Old CRM sync", 2_300);

/// What is to be known of a key.
pub struct Life<'a> {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: &'a str,
    /// What it may do.
    pub role: Role,
    /// Whose.
    pub kind: KeyKind,
    /// When it was made, in milliseconds.
    pub created: i64,
    /// When it was last used, in milliseconds.
    pub used: Option<i64>,
    /// When it was ended, in milliseconds, and what who asks is told since.
    pub ended: Option<(i64, &'static str)>,
}

/// Hour, outcome, how often.
type Count = (i64, &'static str, i64);

/// Writes what was counted.
pub fn write(sql: &mut String, life: &Life<'_>, now: i64) {
    let counts = counts(life, now);
    if !counts.is_empty() {
        let _ = writeln!(
            sql,
            "INSERT INTO usage_hourly (key_id, hour, outcome, n) \
             SELECT {}, value ->> 0, value ->> 1, value ->> 2 FROM json_each('{}');",
            life.id,
            json!(counts),
        );
    }
}

/// Adds up the organizations; behind all keys. What nobody has is asked for as well, now and then.
pub fn write_organizations(sql: &mut String, now: i64) {
    let _ = writeln!(
        sql,
        "INSERT INTO organization_usage_hourly (organization_id, hour, outcome, n) \
         SELECT k.organization_id, u.hour, u.outcome, sum(u.n) FROM usage_hourly u JOIN api_keys k ON k.id = u.key_id \
         WHERE u.outcome <> 'CALL' GROUP BY 1, 2, 3;"
    );
    let last = now / HOUR;
    let unknown: Vec<Count> = (last - HOURS..=last)
        .filter(|hour| chance(0, *hour, 1) < 60)
        .map(|hour| (hour, "NOT_FOUND", 1 + chance(0, hour, 2) % 9))
        .collect();
    let _ = writeln!(
        sql,
        "INSERT INTO organization_usage_hourly (organization_id, hour, outcome, n) \
         SELECT 1, value ->> 0, value ->> 1, value ->> 2 FROM json_each('{}');",
        json!(unknown),
    );
}

fn counts(life: &Life<'_>, now: i64) -> Vec<Count> {
    let (this, first) = (now / HOUR, life.created / HOUR);
    let mut counts = Vec::new();
    let Some(used) = life.used else { return counts };
    let last = used / HOUR;
    let good = if life.role == Role::Integration { "VALID" } else { "CALL" };
    for hour in first.max(this - HOURS)..=last.min(this) {
        let n = traffic(life, hour);
        // It was used last in that hour, so it was used.
        let n = if hour == last { n.max(1) } else { n };
        counts.push((hour, good, n));
        if good == "VALID" {
            counts.push((hour, "INSUFFICIENT_SCOPE", refused(life, hour, this, n)));
            counts.push((hour, "IP_NOT_ALLOWED", if chance(life.id, hour, 4) < 6 { 1 } else { 0 }));
        }
    }
    if let Some((ended, outcome)) = life.ended {
        // Callers that nobody has told: fewer by the day.
        for hour in (ended / HOUR + 1).max(this - HOURS)..=(ended / HOUR + 72).min(this) {
            let day = (hour - ended / HOUR) / 24;
            counts.push((hour, outcome, traffic(life, hour) / (2 + 3 * day)));
        }
        if life.name == LATE.0 {
            counts.push((ended / HOUR, "AFTER_REVOKE", 3));
            if !counts.iter().any(|(hour, outcome, _)| *hour == ended / HOUR && *outcome == "VALID") {
                counts.push((ended / HOUR, "VALID", 3));
            }
        }
    }
    counts.retain(|(.., n)| *n > 0);
    counts
}

/// Calls in an hour: people work by day, machines always, and all of them less on Sundays.
fn traffic(life: &Life<'_>, hour: i64) -> i64 {
    let (of_day, weekday) = (hour.rem_euclid(24), (hour / 24 + 4).rem_euclid(7));
    let by_day = match of_day {
        0..=4 => 12,
        5 | 6 | 20..=23 => 35,
        7 | 18 | 19 => 70,
        12 => 80,
        _ => 100,
    };
    let (most, percent) = match (life.kind, life.role) {
        (KeyKind::Personal, _) if by_day < 70 || weekday == 0 || weekday == 6 => (0, 0),
        (KeyKind::Personal, _) => (5, by_day),
        (_, Role::Verifier) => (2_600, 20 + by_day * 4 / 5),
        (_, Role::OrganizationAdmin | Role::SystemAdmin) => (7, by_day),
        (_, Role::Integration) => match life.id % 6 {
            0 => (14, by_day),
            // Once an hour, come what may.
            1 => (24, 100),
            2 => (55, by_day),
            3 => (120, by_day),
            4 => (310, 30 + by_day * 7 / 10),
            _ => (38, by_day),
        },
    };
    let percent = if weekday == 0 { percent / 2 } else { percent };
    most * percent * (80 + chance(life.id, hour, 0) % 41) / 10_000
}

/// A scope that is missing: seldom, and for three hours all the time.
fn refused(life: &Life<'_>, hour: i64, now: i64, n: i64) -> i64 {
    let ago = now - hour;
    if life.name == BROKEN && (7..=9).contains(&ago) {
        return 140 - (8 - ago).abs() * 60;
    }
    if chance(life.id, hour, 3) < 90 { 1 + n / 60 } else { 0 }
}

/// From 0 to 999, the same for the same.
fn chance(id: i64, hour: i64, what: i64) -> i64 {
    // SplitMix64. Of the hour's place in a week, so that the demo does not look like another one every hour.
    let mut z =
        (id * 1_000_003 + hour.rem_euclid(24 * 7) * 31 + what).unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    i64::try_from((z ^ (z >> 31)) % 1_000).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use claviger_core::time::DAY;

    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    fn life(used: Option<i64>, ended: Option<(i64, &'static str)>) -> Life<'static> {
        let created = NOW - 20 * DAY;
        Life { id: 9, name: "Some", role: Role::Integration, kind: KeyKind::Service, created, used, ended }
    }

    #[test]
    fn what_was_never_used_has_no_counts_and_what_was_used_has_some_in_its_last_hour() {
        assert_eq!(counts(&life(None, None), NOW), []);
        let used = NOW - 5 * HOUR;
        let counts = counts(&life(Some(used), None), NOW);
        assert!(counts.contains(&(used / HOUR, "VALID", traffic(&life(Some(used), None), used / HOUR).max(1))));
        assert!(counts.iter().all(|(hour, ..)| ((NOW - 20 * DAY) / HOUR..=used / HOUR).contains(hour)));
    }

    #[test]
    fn nothing_is_accepted_after_the_end_and_something_refused() {
        let ended = NOW - 3 * DAY;
        let counts = counts(&life(Some(ended - HOUR), Some((ended, "REVOKED"))), NOW);
        assert!(counts.iter().all(|(hour, outcome, _)| (*outcome == "VALID") <= (*hour <= ended / HOUR)));
        assert!(counts.iter().any(|(hour, outcome, _)| *outcome == "REVOKED" && *hour > ended / HOUR));
    }

    #[test]
    fn nights_are_quieter_than_days_and_the_same_hour_is_the_same_every_time() {
        let life = life(Some(NOW), None);
        let day = NOW / DAY * 24;
        assert!(traffic(&life, day + 3) * 2 < traffic(&life, day + 10));
        assert_eq!(counts(&life, NOW), counts(&life, NOW));
    }
}
