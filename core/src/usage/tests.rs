//! What is counted, when it is written, and what is not counted twice.

use super::*;

const KEY: Counted = Counted::Key(7);
const WRITTEN: Option<&[Revoked]> = Some(&[]);

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(100 * HOUR + millis)
}

fn sum(flush: &Flush) -> u64 {
    flush.calls.iter().map(|(_, n)| n).sum()
}

#[test]
fn calls_are_counted_by_hour_and_outcome() {
    let mut counts = Counts::new();
    counts.count(KEY, Outcome::Valid, at(0));
    counts.count(KEY, Outcome::Valid, at(HOUR - 1));
    counts.count(KEY, Outcome::Revoked, at(5));
    counts.count(KEY, Outcome::Valid, at(HOUR));
    let flush = counts.begin("a".into(), at(HOUR)).unwrap();
    let row = |hour, outcome| Row { of: KEY, hour, outcome };
    assert_eq!(
        flush.calls,
        [(row(100, Outcome::Revoked), 1), (row(100, Outcome::Valid), 2), (row(101, Outcome::Valid), 1)]
    );
}

#[test]
fn the_latest_use_is_kept() {
    let mut counts = Counts::new();
    let hash = SecretHash::of("x");
    counts.used(hash, at(5));
    counts.used(hash, at(9));
    counts.used(hash, at(7));
    assert_eq!(counts.begin("a".into(), at(10)).unwrap().uses, [(hash, Use { last: at(9), accepted: vec![] })]);
}

#[test]
fn one_request_sees_to_the_writing_soon_after_a_quiet_time_and_every_ten_seconds_after_that() {
    let mut counts = Counts::new();
    assert_eq!(counts.take_turn(at(0)), None, "nothing to write");
    counts.count(KEY, Outcome::Valid, at(0));
    assert_eq!(counts.take_turn(at(0)), Some(SOON));
    assert_eq!(counts.take_turn(at(1)), None, "somebody is on it");
    let flush = counts.begin("a".into(), at(SOON)).unwrap();
    counts.count(KEY, Outcome::Valid, at(SOON));
    assert_eq!(counts.take_turn(at(SOON + 1)), None, "it is being written");
    counts.end(&flush.id, WRITTEN, at(SOON + 20));
    assert_eq!(counts.take_turn(at(SOON + 1_020)), Some(EVERY - 1_000));
    assert_eq!(counts.begin("b".into(), at(EVERY + SOON)).as_deref().map(sum), Some(1));
}

#[test]
fn what_may_not_have_arrived_is_sent_again_as_it_was() {
    let mut counts = Counts::new();
    counts.count(KEY, Outcome::Valid, at(0));
    let first = counts.begin("a".into(), at(0)).unwrap();
    counts.count(KEY, Outcome::Valid, at(1));
    counts.end("a", None, at(2));
    assert_eq!(counts.begin("b".into(), at(3)).unwrap(), first);
    counts.end("a", WRITTEN, at(4));
    let second = counts.begin("c".into(), at(5)).unwrap();
    assert_eq!((second.id.as_str(), sum(&second)), ("c", 1));
    // An answer that comes late says nothing about what was sent after it.
    counts.end("a", WRITTEN, at(6));
    assert_eq!(counts.begin("d".into(), at(7)).unwrap(), second);
}

#[test]
fn who_sleeps_too_long_or_beyond_a_step_of_the_clock_is_relieved() {
    let mut counts = Counts::new();
    counts.count(KEY, Outcome::Valid, at(0));
    assert!(counts.take_turn(at(0)).is_some());
    assert_eq!(counts.take_turn(at(LEASE - 1)), None);
    assert!(counts.take_turn(at(LEASE)).is_some());
    assert!(counts.take_turn(at(-HOUR)).is_some());
}

#[test]
fn the_room_is_bounded_and_what_is_lost_is_told() {
    let mut counts = Counts::new();
    for key in 0..20_000 {
        counts.count(Counted::Key(key), Outcome::Valid, at(0));
        counts.used(SecretHash::of(&key.to_string()), at(0));
    }
    counts.count(Counted::Key(1), Outcome::Valid, at(0));
    assert_eq!((counts.lost(), counts.lost()), (10_000, 0));
    let flush = counts.begin("a".into(), at(0)).unwrap();
    assert_eq!((flush.calls.len(), flush.uses.len(), sum(&flush)), (MOST_ROWS, MOST_ROWS, 10_001));
}
#[test]
fn what_was_accepted_after_a_revoke_is_counted_once_more_and_written_at_once() {
    let mut counts = Counts::new();
    let (hash, other) = (SecretHash::of("x"), SecretHash::of("y"));
    for (millis, secret) in [(0, hash), (1_000, hash), (1_050, hash), (2_000, hash), (3_000, other)] {
        counts.count(KEY, Outcome::Valid, at(millis));
        counts.accepted(secret, at(millis));
    }
    // A call of the management API is judged by the database itself: it cannot come after.
    counts.used(hash, at(4_000));
    let revoked = [Revoked { secret: hash, key_id: 7, organization_id: 3, at: at(900) }];
    counts.begin("a".into(), at(5_000)).unwrap();
    assert!(!counts.end("a", None, at(5_000)), "it may not have arrived");
    assert_eq!(counts.begin("b".into(), at(5_000)).unwrap().id, "a");
    assert!(counts.end("a", Some(&revoked), at(5_000)));
    let next = counts.begin("c".into(), at(5_000)).unwrap();
    let row = |of| Row { of, hour: 100, outcome: Outcome::AfterRevoke };
    assert_eq!(next.calls, [(row(KEY), 3), (row(Counted::Organization(3)), 3)]);
    assert!(!counts.end("c", Some(&revoked), at(5_000)), "it is told once");
    assert_eq!(counts.begin("d".into(), at(5_000)), None);
}

#[test]
fn what_was_accepted_before_a_revoke_is_not_counted_as_after() {
    for (accepted, revoked, after) in [(0, 1, 0), (1, 1, 0), (2, 1, 1)] {
        let mut counts = Counts::new();
        let hash = SecretHash::of("x");
        counts.accepted(hash, at(accepted));
        let flush = counts.begin("a".into(), at(9)).unwrap();
        let revoked = Revoked { secret: hash, key_id: 7, organization_id: 3, at: at(revoked) };
        assert_eq!(flush.accepted_after(&[revoked]).first().map_or(0, |(_, n)| *n), after);
    }
}

#[test]
fn the_times_are_bounded_and_told_apart_to_a_tenth_of_a_second() {
    let mut counts = Counts::new();
    let hash = SecretHash::of("x");
    for millis in 0..1_000 {
        counts.accepted(hash, at(millis));
    }
    assert_eq!(counts.times, 10);
    for second in 1..100_000 {
        counts.accepted(hash, at(second * 1_000));
    }
    assert_eq!(counts.times, MOST_TIMES);
    let flush = counts.begin("a".into(), at(0)).unwrap();
    assert_eq!(flush.uses[0].1.accepted.iter().map(|(_, n)| n).sum::<u64>(), 1_000 + 99_999);
    counts.end("a", WRITTEN, at(0));
    counts.accepted(hash, at(0));
    assert_eq!(counts.times, 1);
}
