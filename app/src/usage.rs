//! How often keys are used, in words and numbers. Pure: tested natively.

use claviger_core::{
    time::Timestamp,
    usage::Outcome,
    wire::usage::{Bucket, Outcomes},
};

/// `1,204`.
pub fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 call`, `1,204 calls`.
pub fn of(n: u64, one: &str) -> String {
    match n {
        1 => format!("1 {one}"),
        n => format!("{} {one}s", number(n)),
    }
}

/// What it came to, as its legend and its column say it.
pub fn label(outcome: Outcome) -> String {
    let label = match outcome.word() {
        "VALID" => "Accepted",
        "CALL" => "Calls of Claviger",
        "NOT_FOUND" => "Not found",
        "REVOKED" => "Revoked",
        "EXPIRED" => "Expired",
        "DISABLED" => "Disabled",
        "API_ACCESS_DISABLED" => "API access off",
        "IP_NOT_ALLOWED" => "Address not allowed",
        "INSUFFICIENT_ACCESS" => "Too little access",
        "INSUFFICIENT_SCOPE" => "Scope missing",
        "RATE_LIMITED" => "Rate limited",
        "CREDITS_EXHAUSTED" => "Credits used up",
        "UNAVAILABLE" => "Not looked up",
        other => other,
    };
    label.to_owned()
}

/// Whether it was let in.
const fn is_good(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Valid | Outcome::Call)
}

/// All of it, and what was refused of that.
pub fn sums(outcomes: &Outcomes) -> (u64, u64) {
    let refused = outcomes.iter().filter(|(outcome, _)| !is_good(**outcome)).map(|(_, n)| n).sum();
    (outcomes.values().sum(), refused)
}

/// `1.2% refused`, never told as none when there was some.
pub fn share_refused(all: u64, refused: u64) -> String {
    let thousandths = (refused * 1_000 + all / 2).checked_div(all).unwrap_or(0);
    match (refused, thousandths) {
        (0, _) => "none refused".to_owned(),
        (_, 0) => "under 0.1% refused".to_owned(),
        // Not all, but nearly.
        (_, 1_000) if refused < all => "over 99.9% refused".to_owned(),
        (_, 1..=99) => format!("{}.{}% refused", thousandths / 10, thousandths % 10),
        _ => format!("{}% refused", (thousandths + 5) / 10),
    }
}

/// In the order in which they are stacked, from the bottom: what was let in, then what was refused.
pub fn stacked(outcomes: &Outcomes) -> Vec<(Outcome, u64)> {
    let mut all: Vec<_> = outcomes.iter().map(|(outcome, n)| (*outcome, *n)).collect();
    all.sort_by_key(|(outcome, _)| match outcome {
        Outcome::Valid => 0,
        Outcome::Call => 1,
        _ => 2,
    });
    all
}

/// `42 calls: 40 accepted, 2 revoked`.
pub fn told(bucket: &Bucket) -> String {
    if bucket.total == 0 {
        return "no calls".to_owned();
    }
    let parts: Vec<String> = stacked(&bucket.outcomes)
        .into_iter()
        .map(|(outcome, n)| {
            let label = label(outcome);
            // "API" and "Claviger" keep their letters.
            let first = if label.starts_with("API") { label } else { lower_first(&label) };
            format!("{} {first}", number(n))
        })
        .collect();
    format!("{}: {}", of(bucket.total, "call"), parts.join(", "))
}

fn lower_first(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(rest).collect()
}

/// `21 Nov`, of UTC.
pub fn utc_day(at: Timestamp) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let text = at.to_string();
    let part = |range| text.get(range).and_then(|part: &str| part.parse::<usize>().ok()).unwrap_or_default();
    let month = MONTHS.get(part(5..7).saturating_sub(1)).copied().unwrap_or_default();
    format!("{} {month}", part(8..10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_utc() {
        for (at, day) in
            [("2026-11-21T00:00:00Z", "21 Nov"), ("2026-01-01T23:59:59Z", "1 Jan"), ("2026-12-31T12:00:00Z", "31 Dec")]
        {
            assert_eq!(utc_day(Timestamp::parse(at).unwrap()), day);
        }
    }

    #[test]
    fn numbers_have_commas() {
        for (n, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_204, "1,204"), (12_345_678, "12,345,678")] {
            assert_eq!(number(n), text);
        }
        assert_eq!(
            (of(0, "call"), of(1, "call"), of(1_204, "call")),
            ("0 calls".into(), "1 call".into(), "1,204 calls".into())
        );
    }

    #[test]
    fn every_outcome_has_a_label() {
        for outcome in Outcome::ALL.iter().filter(|outcome| **outcome != Outcome::AfterRevoke) {
            assert_ne!(label(*outcome), outcome.word());
        }
    }

    #[test]
    fn a_share_is_neither_none_nor_all_when_it_is_not() {
        for (all, refused, told) in [
            (0, 0, "none refused"),
            (10, 0, "none refused"),
            (100_000, 1, "under 0.1% refused"),
            (1_000, 12, "1.2% refused"),
            (1_000, 96, "9.6% refused"),
            (1_000, 125, "13% refused"),
            (100_000, 99_999, "over 99.9% refused"),
            (3, 3, "100% refused"),
        ] {
            assert_eq!(share_refused(all, refused), told, "{refused} of {all}");
        }
    }

    #[test]
    fn a_bucket_is_told_with_what_was_let_in_first() {
        let bucket = |outcomes: &[(Outcome, u64)]| {
            let outcomes: Outcomes = outcomes.iter().copied().collect();
            Bucket { at: Timestamp::from_millis(0), total: outcomes.values().sum(), outcomes }
        };
        assert_eq!(told(&bucket(&[])), "no calls");
        assert_eq!(told(&bucket(&[(Outcome::Valid, 1)])), "1 call: 1 accepted");
        let mixed = bucket(&[
            (Outcome::Revoked, 2),
            (Outcome::ApiAccessDisabled, 1),
            (Outcome::Call, 3),
            (Outcome::Valid, 1_204),
        ]);
        assert_eq!(told(&mixed), "1,210 calls: 1,204 accepted, 3 calls of Claviger, 2 revoked, 1 API access off");
        assert_eq!(sums(&mixed.outcomes), (1_210, 3));
    }
}
