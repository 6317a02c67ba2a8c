//! How often keys were used, in buckets of time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    key::words,
    time::{HOUR, Timestamp},
    usage::Outcome,
};

/// Hours of `usage_36h`, the current one included.
pub const SPARK_HOURS: i64 = 36;

words! {
    /// How far back.
    UsageRange {
        /// 24 hours, each a bucket.
        Day = "24h",
        /// 168 hours, each a bucket.
        Week = "7d",
        /// 30 days of UTC, each a bucket.
        Month = "30d",
    }
}

impl UsageRange {
    /// Hours of a bucket.
    #[must_use]
    pub const fn bucket_hours(self) -> i64 {
        match self {
            Self::Day | Self::Week => 1,
            Self::Month => 24,
        }
    }

    const fn buckets(self) -> i64 {
        match self {
            Self::Day => 24,
            Self::Week => 7 * 24,
            Self::Month => 30,
        }
    }

    /// The first hour and the one behind the last, since 1970. The last bucket is the one that is under way.
    #[must_use]
    pub const fn hours(self, now: Timestamp) -> (i64, i64) {
        let width = self.bucket_hours();
        let end = (now.millis().div_euclid(width * HOUR) + 1) * width;
        (end - self.buckets() * width, end)
    }
}

/// `usage_36h` of what was counted (hour, how often).
#[must_use]
pub fn spark(now: Timestamp, counted: impl IntoIterator<Item = (i64, u64)>) -> Vec<u64> {
    let last = now.millis().div_euclid(HOUR);
    let counted: BTreeMap<i64, u64> = counted.into_iter().collect();
    (last + 1 - SPARK_HOURS..=last).map(|hour| counted.get(&hour).copied().unwrap_or_default()).collect()
}

/// How often each thing happened; what did not happen is left out.
pub type Outcomes = BTreeMap<Outcome, u64>;

/// `GET /api_keys/:id/usage`, `GET /usage`.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// As it was asked for.
    pub range: UsageRange,
    /// Seconds of a bucket.
    pub bucket_seconds: i64,
    /// Where the first bucket begins.
    pub from: Timestamp,
    /// Where the last one ends: after now, for it is under way.
    pub to: Timestamp,
    /// All of them, also those in which nothing happened.
    pub buckets: Vec<Bucket>,
    /// Sums of the buckets.
    pub totals: Outcomes,
    /// Verifications that were accepted, in the seconds that it may take, after their key had been revoked: of a key ever, of
    /// an organization in these buckets. They are among `VALID` as well.
    pub valid_after_revoke: u64,
}

/// What happened in an hour, or a day.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    /// Where it begins.
    pub at: Timestamp,
    /// Sum of the outcomes.
    pub total: u64,
    /// By what it came to.
    pub outcomes: Outcomes,
}

impl Usage {
    /// Puts what was counted (hour, outcome, how often) into buckets.
    #[must_use]
    pub fn of(
        range: UsageRange,
        now: Timestamp,
        counted: impl IntoIterator<Item = (i64, Outcome, u64)>,
        valid_after_revoke: u64,
    ) -> Self {
        let (from, to) = range.hours(now);
        let width = range.bucket_hours();
        let mut sums: BTreeMap<i64, Outcomes> = BTreeMap::new();
        let mut totals = Outcomes::new();
        for (hour, outcome, n) in counted.into_iter().filter(|(hour, ..)| (from..to).contains(hour)) {
            *sums.entry((hour - from) / width).or_default().entry(outcome).or_default() += n;
            *totals.entry(outcome).or_default() += n;
        }
        let at = |hour: i64| Timestamp::from_millis(hour * HOUR);
        let bucket = |index: i64| {
            let outcomes = sums.remove(&index).unwrap_or_default();
            Bucket { at: at(from + index * width), total: outcomes.values().sum(), outcomes }
        };
        Self {
            range,
            bucket_seconds: width * 3_600,
            from: at(from),
            to: at(to),
            buckets: (0..range.buckets()).map(bucket).collect(),
            totals,
            valid_after_revoke,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::DAY;

    /// 2026-11-21T09:30:00Z.
    const NOW: Timestamp = Timestamp::from_millis(1_795_253_400_000);

    #[test]
    fn every_bucket_is_there_and_the_last_one_is_under_way() {
        for (range, buckets, seconds, from) in [
            (UsageRange::Day, 24, 3_600, "2026-11-20T10:00:00.000Z"),
            (UsageRange::Week, 168, 3_600, "2026-11-14T10:00:00.000Z"),
            (UsageRange::Month, 30, 86_400, "2026-10-23T00:00:00.000Z"),
        ] {
            let usage = Usage::of(range, NOW, [], 0);
            assert_eq!(
                (usage.buckets.len(), usage.bucket_seconds, usage.from.to_string()),
                (buckets, seconds, from.into())
            );
            assert_eq!(usage.buckets[0].at, usage.from);
            assert!(usage.buckets.windows(2).all(|two| two[0].at.plus(seconds * 1_000) == two[1].at));
            assert!(usage.buckets.last().unwrap().at <= NOW && NOW < usage.to);
            assert!(usage.buckets.iter().all(|bucket| bucket.total == 0 && bucket.outcomes.is_empty()));
        }
    }

    #[test]
    fn a_spark_ends_with_the_current_hour() {
        let hour = NOW.millis() / HOUR;
        let spark = spark(NOW, [(hour, 5), (hour - 35, 7), (hour - 36, 9), (hour + 1, 9)]);
        assert_eq!((spark.len(), spark[0], spark[35], spark.iter().sum::<u64>()), (36, 7, 5, 12));
    }

    #[test]
    fn what_was_counted_is_in_its_bucket_and_nowhere_else() {
        let hour = NOW.millis() / HOUR;
        let (day, first) = (DAY / HOUR, UsageRange::Day.hours(NOW).0);
        let counted = [
            (hour, Outcome::Valid, 3),
            (hour, Outcome::Revoked, 2),
            (first, Outcome::Valid, 1),
            (first - 1, Outcome::Valid, 50),
            (hour + 1, Outcome::Valid, 60),
            (hour - 2 * day, Outcome::Call, 7),
        ];
        let usage = Usage::of(UsageRange::Day, NOW, counted, 4);
        assert_eq!(usage.totals, [(Outcome::Valid, 4), (Outcome::Revoked, 2)].into());
        assert_eq!((usage.buckets[0].total, usage.buckets[23].total, usage.valid_after_revoke), (1, 5, 4));
        assert_eq!(usage.buckets[23].outcomes, [(Outcome::Valid, 3), (Outcome::Revoked, 2)].into());
        assert_eq!(usage.buckets.iter().map(|bucket| bucket.total).sum::<u64>(), 6);
        let days = Usage::of(UsageRange::Month, NOW, counted, 0);
        assert_eq!(days.buckets[29].total + days.buckets[28].total + days.buckets[27].total, 3 + 2 + 1 + 50 + 60 + 7);
    }
}
