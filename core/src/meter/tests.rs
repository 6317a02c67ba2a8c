use super::*;
use crate::{
    key::RefillInterval,
    time::{DAY, MINUTE, Timestamp},
};

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn now() -> Timestamp {
    at("2026-11-21T09:30:00Z")
}

fn rate(limit: u64) -> Settings {
    Settings { rate_limit: Some(RateLimit { limit, window_seconds: 60 }), version: 1, ..Settings::default() }
}

fn credits(remaining: u64, refill: Option<(u64, RefillInterval)>) -> Settings {
    let credits = Credits {
        remaining,
        refill_amount: refill.map(|(amount, _)| amount),
        refill_interval: refill.map(|(_, interval)| interval),
    };
    Settings { credits: Some(credits), version: 1, credits_version: 1, ..Settings::default() }
}

fn spend(ledger: &mut Ledger, settings: &Settings, costs: &[u64], now: Timestamp) -> Vec<Code> {
    let reply = ledger.answer(&Call { settings: *settings, work: Work::Spend(costs.to_vec()) }, now);
    reply.spent.iter().map(|spent| spent.code).collect()
}

fn look(ledger: &mut Ledger, settings: &Settings, now: Timestamp) -> Option<u64> {
    let reply = ledger.answer(&Call { settings: *settings, work: Work::Look }, now);
    reply.credits.map(|balance| balance.remaining)
}

#[test]
fn a_limit_is_used_up_to_the_last_and_no_further() {
    let settings = rate(10);
    let mut ledger = Ledger::new(&settings, now());
    let codes = spend(&mut ledger, &settings, &[4, 5, 2, 1, 1], now());
    assert_eq!(codes, [Code::Valid, Code::Valid, Code::RateLimited, Code::Valid, Code::RateLimited]);
    assert_eq!(spend(&mut ledger, &settings, &[1], now().plus(MINUTE - 1)), [Code::RateLimited]);
    // Of the ten of the window before, nine still count after six seconds.
    assert_eq!(spend(&mut ledger, &settings, &[1], now().plus(MINUTE + 5_999)), [Code::RateLimited]);
    assert_eq!(spend(&mut ledger, &settings, &[1, 1], now().plus(MINUTE + 6_000)), [Code::Valid, Code::RateLimited]);
    assert_eq!(spend(&mut ledger, &settings, &[11], now().plus(10 * MINUTE)), [Code::RateLimited], "never");
}

#[test]
fn the_answer_says_what_is_left_and_when_there_is_more() {
    let settings = rate(10);
    let mut ledger = Ledger::new(&settings, now());
    let mut answer = |cost: u64, after: i64| {
        let call = Call { settings, work: Work::Spend(vec![cost]) };
        ledger.answer(&call, now().plus(after)).spent[0].rate_limit.unwrap()
    };
    assert_eq!(answer(4, 10_000), RateLeft { limit: 10, remaining: Some(6), reset_ms: Some(50_000) });
    assert_eq!(answer(6, 20_000), RateLeft { limit: 10, remaining: Some(0), reset_ms: Some(40_000) });
    // One of ten is free again a tenth of a window after this one.
    assert_eq!(answer(1, 20_000), RateLeft { limit: 10, remaining: Some(0), reset_ms: Some(46_000) });
}

#[test]
fn credits_are_never_oversold() {
    let settings = credits(5, None);
    let mut ledger = Ledger::new(&settings, now());
    let codes = spend(&mut ledger, &settings, &[3, 3, 2, 1], now());
    assert_eq!(codes, [Code::Valid, Code::CreditsExhausted, Code::Valid, Code::CreditsExhausted]);
    assert_eq!(spend(&mut ledger, &settings, &[1], now().plus(400 * DAY)), [Code::CreditsExhausted]);
}

#[test]
fn what_is_refused_by_one_takes_nothing_from_the_other() {
    let both = Settings { rate_limit: rate(3).rate_limit, ..credits(4, None) };
    let mut ledger = Ledger::new(&both, now());
    let codes = spend(&mut ledger, &both, &[5, 3, 1, 4], now());
    assert_eq!(codes, [Code::RateLimited, Code::Valid, Code::RateLimited, Code::RateLimited]);
    assert_eq!(look(&mut ledger, &both, now()), Some(1));
    let later = now().plus(3 * MINUTE);
    assert_eq!(spend(&mut ledger, &both, &[2], later), [Code::CreditsExhausted]);
    let reply = ledger.answer(&Call { settings: both, work: Work::Spend(vec![1]) }, later);
    assert_eq!(reply.spent[0].rate_limit.unwrap().remaining, Some(2), "the one without credits took no rate");
    assert_eq!(reply.lease, None, "with credits nothing is lent");
}

#[test]
fn credits_are_filled_at_the_first_use_after_midnight() {
    let settings = credits(1, Some((10, RefillInterval::Daily)));
    let mut ledger = Ledger::new(&settings, now());
    assert_eq!(look(&mut ledger, &settings, at("2026-11-21T23:59:59.999Z")), Some(1));
    assert_eq!(look(&mut ledger, &settings, at("2026-11-22T00:00:00Z")), Some(10));
    assert_eq!(spend(&mut ledger, &settings, &[7], at("2026-11-22T12:00:00Z")), [Code::Valid]);
    assert_eq!(look(&mut ledger, &settings, at("2026-11-22T23:00:00Z")), Some(3));
    // The clock goes back over midnight and forward again: filled once.
    assert_eq!(look(&mut ledger, &settings, at("2026-11-21T23:00:00Z")), Some(3));
    assert_eq!(look(&mut ledger, &settings, at("2026-11-22T23:00:00Z")), Some(3));
    // After days without use, once too.
    assert_eq!(look(&mut ledger, &settings, at("2026-12-24T01:00:00Z")), Some(10));
}

#[test]
fn a_month_is_filled_on_its_first() {
    let settings = credits(9, Some((5, RefillInterval::Monthly)));
    let mut ledger = Ledger::new(&settings, at("2026-12-31T23:59:00Z"));
    assert_eq!(look(&mut ledger, &settings, at("2026-12-31T23:59:59Z")), Some(9));
    assert_eq!(look(&mut ledger, &settings, at("2027-01-01T00:00:00Z")), Some(5), "set, not added");
    for (month, days) in [(1, 31), (2, 28), (3, 31), (4, 30)] {
        assert_eq!(spend(&mut ledger, &settings, &[5], at(&format!("2027-{month:02}-02T00:00:00Z"))), [Code::Valid]);
        let last = at(&format!("2027-{month:02}-{days}T23:59:59.999Z"));
        assert_eq!(look(&mut ledger, &settings, last), Some(0), "{month}");
        assert_eq!(look(&mut ledger, &settings, last.plus(1)), Some(5), "{month}");
    }
}

#[test]
fn settings_are_adopted_once_and_older_ones_never() {
    let first = credits(5, None);
    let mut ledger = Ledger::new(&first, now());
    assert_eq!(spend(&mut ledger, &first, &[5], now()), [Code::Valid]);
    let second = Settings { version: 2, credits_version: 2, ..credits(3, None) };
    assert_eq!(look(&mut ledger, &second, now()), Some(3));
    assert_eq!(spend(&mut ledger, &second, &[1], now()), [Code::Valid]);
    for stale in [first, second] {
        assert_eq!(look(&mut ledger, &stale, now()), Some(2));
    }
    // Back to what it was: another version, and another filling.
    let third = Settings { version: 3, credits_version: 3, ..first };
    assert_eq!(look(&mut ledger, &third, now()), Some(5));
}

#[test]
fn another_rate_or_refill_leaves_what_is_left() {
    let first = Settings { rate_limit: rate(10).rate_limit, ..credits(5, None) };
    let mut ledger = Ledger::new(&first, now());
    assert_eq!(spend(&mut ledger, &first, &[4], now()), [Code::Valid]);
    let slower = Settings { rate_limit: rate(4).rate_limit, version: 2, ..first };
    assert_eq!(look(&mut ledger, &slower, now()), Some(1));
    assert_eq!(spend(&mut ledger, &slower, &[1], now()), [Code::RateLimited], "what was counted still counts");
    // A refill begins with its setting, and makes up for no midnight before it.
    let later = now().plus(3 * DAY);
    let daily = credits(5, Some((8, RefillInterval::Daily)));
    let daily = Settings { version: 3, credits_version: 1, ..daily };
    assert_eq!(look(&mut ledger, &daily, later), Some(1));
    assert_eq!(look(&mut ledger, &daily, later.plus(DAY)), Some(8));
}

#[test]
fn limits_that_come_and_go_are_as_the_settings_say() {
    let mut ledger = Ledger::new(&rate(1), now());
    assert_eq!(spend(&mut ledger, &rate(1), &[1, 1], now()), [Code::Valid, Code::RateLimited]);
    let none = Settings { version: 2, ..Settings::default() };
    let reply = ledger.answer(&Call { settings: none, work: Work::Spend(vec![9]) }, now());
    assert_eq!(reply.spent, [Spent { code: Code::Valid, rate_limit: None, credits: None }]);
    assert_eq!((reply.lease, reply.credits), (None, None));
    let credits = Settings { version: 3, credits_version: 3, ..credits(2, None) };
    assert_eq!(look(&mut ledger, &credits, now()), Some(2));
}

#[test]
fn a_number_that_was_read_and_comes_back_is_no_change() {
    let settings = credits(100, None);
    let mut ledger = Ledger::new(&settings, now());
    let balance = |ledger: &mut Ledger, work: Work| ledger.answer(&Call { settings, work }, now()).credits.unwrap();
    assert_eq!(balance(&mut ledger, Work::Spend(vec![10])), Balance { remaining: 90, told: 100 });
    assert!(balance(&mut ledger, Work::Look).is_kept_by(100, true), "as its making was answered");
    assert!(!balance(&mut ledger, Work::Look).is_kept_by(100, false), "filled up by who has not read it");
    balance(&mut ledger, Work::Tell);
    balance(&mut ledger, Work::Spend(vec![1]));
    let balance = balance(&mut ledger, Work::Look);
    assert_eq!(balance, Balance { remaining: 89, told: 90 });
    assert!(balance.is_kept_by(89, false) && balance.is_kept_by(90, true));
    assert!(!balance.is_kept_by(90, false) && !balance.is_kept_by(100, true));
}

#[test]
fn small_limits_lend_nothing_and_large_ones_a_twentieth_at_most() {
    let lease = |limit: u64, costs: &[u64]| {
        let settings = rate(limit);
        let mut ledger = Ledger::new(&settings, now());
        ledger.answer(&Call { settings, work: Work::Spend(costs.to_vec()) }, now().plus(10_000)).lease
    };
    assert_eq!(lease(39, &[1]), None);
    assert_eq!(lease(40, &[1]), Some(Lease { tokens: 1, beyond: 38, for_ms: 50_000 }));
    assert_eq!(lease(1_000, &[1]), Some(Lease { tokens: 49, beyond: 950, for_ms: 50_000 }));
    assert_eq!(lease(1_000, &[30, 30]), None);
    assert_eq!(lease(1_000, &[900]), None);
    assert_eq!(lease(1_000, &[1, 1_000]), None, "not to who is refused");
    assert_eq!(lease(1_000, &[850]), None);
    assert_eq!(lease(10_000, &[9_000]), None);
}

#[test]
fn a_lease_is_spent_until_it_ends_or_the_settings_change() {
    let settings = rate(1_000);
    let mut ledger = Ledger::new(&settings, now());
    let reply = ledger.answer(&Call { settings, work: Work::Spend(vec![1]) }, now());
    // By a clock of its own.
    let mine = at("2001-01-01T00:00:00Z");
    let lent = || {
        let mut leases = Leases::new();
        leases.keep(7, &[1], &reply, mine);
        leases
    };
    let mut leases = lent();
    assert_eq!(leases.take(8, &settings, 1, mine), None);
    for n in 0..49 {
        let left = leases.take(7, &settings, 1, mine.plus(n)).unwrap().rate_limit.unwrap();
        assert_eq!(
            (left.limit, left.remaining, left.reset_ms),
            (1_000, Some(998 - n.unsigned_abs()), Some(60_000 - n))
        );
    }
    assert_eq!(leases.take(7, &settings, 1, mine.plus(50)), None);
    assert!(lent().take(7, &settings, 49, mine.plus(59_999)).is_some());
    assert_eq!(lent().take(7, &settings, 50, mine), None, "more than was lent");
    assert_eq!(lent().take(7, &settings, 1, mine.plus(60_000)), None, "its window is over");
    assert_eq!(lent().take(7, &settings, 1, mine.plus(-1)), None, "the clock went back");
    assert_eq!(lent().take(7, &Settings { version: 2, ..settings }, 1, mine), None);
    assert!(lent().take(7, &Settings { version: 0, ..settings }, 1, mine).is_some(), "asked by older settings");
}

#[test]
fn what_was_refused_is_refused_without_asking_until_it_may_fit() {
    let settings = rate(3);
    let mut ledger = Ledger::new(&settings, now());
    let costs = [2, 2];
    let reply = ledger.answer(&Call { settings, work: Work::Spend(costs.to_vec()) }, now());
    let mut leases = Leases::new();
    leases.keep(7, &costs, &reply, now());
    let mut take = |cost: u64, after: i64| leases.take(7, &settings, cost, now().plus(after));
    assert_eq!(take(1, 0), None, "less may still fit");
    let refused = take(2, 10).unwrap();
    let left = RateLeft { limit: 3, remaining: Some(1), reset_ms: Some(89_990) };
    assert_eq!((refused.code, refused.rate_limit), (Code::RateLimited, Some(left)));
    assert!(take(3, 89_999).is_some());
    assert_eq!(take(2, 90_000), None);
    assert_eq!(spend(&mut ledger, &settings, &[2], now().plus(89_999)), [Code::RateLimited]);
    assert_eq!(spend(&mut ledger, &settings, &[2], now().plus(90_000)), [Code::Valid]);
}

#[test]
fn leases_are_bounded() {
    let settings = rate(1_000);
    let mut leases = Leases::new();
    assert!(leases.is_empty());
    for key in 0..5_000 {
        let mut ledger = Ledger::new(&settings, now());
        let reply = ledger.answer(&Call { settings, work: Work::Spend(vec![1]) }, now());
        leases.keep(key, &[1], &reply, now().plus(key));
    }
    assert_eq!(leases.len(), MOST_LEASES);
    assert!(leases.take(4_999, &settings, 1, now().plus(5_000)).is_some());
}

#[test]
fn a_ledger_is_stored_and_read_as_it_was() {
    let settings = Settings { rate_limit: rate(10).rate_limit, ..credits(5, Some((8, RefillInterval::Monthly))) };
    let mut ledger = Ledger::new(&settings, now());
    spend(&mut ledger, &settings, &[2], now());
    let read: Ledger = serde_json::from_str(&serde_json::to_string(&ledger).unwrap()).unwrap();
    assert_eq!(read, ledger);
}
