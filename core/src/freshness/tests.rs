use std::{collections::BTreeMap, sync::Arc};

use super::*;
use crate::{
    key::{Access, Role},
    secret::SecretHash,
    time::SECOND,
    verify::Standing,
};

const VERIFIER: u8 = 200;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_000_000 + millis)
}

fn hash(number: u8) -> SecretHash {
    SecretHash::from_bytes([number; 32])
}

pub(super) fn record(number: u8) -> Record {
    let standing = Standing {
        revoked: false,
        secret_ends_at: None,
        expires_at: None,
        active: true,
        person_active: true,
        api_access: true,
    };
    Record {
        hash: hash(number),
        key_id: number.into(),
        organization_id: 2,
        user_id: None,
        name: "A".into(),
        role: if number == VERIFIER { Role::Verifier } else { Role::Integration },
        access: Access::ReadOnly,
        scopes: [].into(),
        allowed_ips: [].into(),
        metadata: "{}".into(),
        standing,
        strict: false,
        imports: false,
        limits: None,
        client_ip_header: None,
    }
}

fn found(records: &[Record]) -> Found {
    records.iter().map(|record| (hash(u8::try_from(record.key_id).unwrap()), Arc::new(record.clone()))).collect()
}

/// All is well, and the feed ends at `last` with these rows.
fn snapshot(last: i64, changes: &[(i64, Option<u8>)]) -> Snapshot {
    let changes =
        changes.iter().map(|(seq, number)| Change { seq: *seq, organization_id: 2, hash: number.map(hash) }).collect();
    let feed = Feed { first: Some(1), last: Some(last), changes };
    Snapshot { feed, found: found(&[record(VERIFIER), record(1), record(2)]), bookmark: Some(format!("b{last}")) }
}

fn ask(numbers: &[u8], max_age: Option<i64>, now: Timestamp) -> Request {
    let keys = numbers.iter().map(|number| vec![hash(*number)]).collect();
    Request::new(hash(VERIFIER), Wishes { keys, max_age, ..Wishes::default() }, now)
}

fn batch(next: Next) -> Batch {
    let Next::Primary(batch) = next else { panic!("not a batch: {next:?}") };
    batch
}

fn answer(next: Next) -> Answer {
    let Next::Answer(answer) = next else { panic!("no answer: {next:?}") };
    answer
}

fn told(answer: &Answer) -> Vec<&'static str> {
    let word = |finding: &Finding| match &finding.held {
        Held::Record(_) if answer.facts(finding).degraded => "record, degraded",
        Held::Record(_) => "record",
        Held::Absent => "absent",
        Held::Unavailable => "unavailable",
    };
    answer.keys.iter().map(word).collect()
}

/// An isolate that knows the verifier and key 1, and stands at row 5, since 0.
fn warm() -> Isolate {
    let mut isolate = Isolate::new(Limits::default());
    let mut request = ask(&[1], None, at(0));
    let batch = batch(isolate.next(at(0), &mut request));
    assert_eq!((batch.cursor, batch.look_ups.len()), (None, 2), "a cold isolate asks for everything at once");
    isolate.primary_for(at(20), &mut request, &batch, Some(&snapshot(5, &[])));
    assert_eq!(told(&answer(isolate.next(at(20), &mut request))), ["record"]);
    isolate
}

fn at_once(isolate: &mut Isolate, numbers: &[u8], now: Timestamp) -> Answer {
    answer(isolate.next(now, &mut ask(numbers, None, now)))
}

#[test]
fn a_hot_key_costs_no_io_and_from_half_the_bound_on_a_sync_behind_it() {
    let mut isolate = warm();
    let young = at_once(&mut isolate, &[1], at(S / 2 - 1));
    let facts = young.facts(&young.keys[0]);
    assert_eq!((facts.as_of, facts.age_ms, facts.degraded), (Some(at(0)), Some(S / 2 - 1), false));
    assert!(young.behind.is_none());
    let sync = at_once(&mut isolate, &[1], at(S / 2)).behind.unwrap();
    assert_eq!((sync.cursor, sync.look_ups.len()), (Some(5), 0));
    assert!(at_once(&mut isolate, &[1], at(S / 2)).behind.is_none(), "one is enough");
    isolate.primary(at(S / 2 + 50), &sync, Some(&snapshot(5, &[])));
    assert_eq!(isolate.facts(at(S)).age_ms, Some(S / 2), "as old as the sync's start");
}

#[test]
fn a_stale_isolate_syncs_first_and_others_sleep_for_a_second_at_most() {
    let mut isolate = warm();
    let now = S + 1;
    let (mut first, mut second, mut third) =
        (ask(&[1], None, at(now)), ask(&[1], None, at(now)), ask(&[2], None, at(now)));
    let sync = batch(isolate.next(at(now), &mut first));
    assert_eq!(
        (sync.cursor, sync.look_ups.len()),
        (Some(5), 2),
        "with its look-ups: the sync may be what forgets them"
    );
    assert!(matches!(isolate.next(at(now), &mut second), Next::Sleep(_)));
    assert!(matches!(isolate.next(at(now), &mut third), Next::Primary(_)), "it needs a look-up, so it does not sleep");
    assert!(matches!(isolate.next(at(now + 900), &mut second), Next::Sleep(_)));
    assert!(matches!(isolate.next(at(now + 1_001), &mut second), Next::Primary(_)));
    isolate.primary_for(at(now + 1_100), &mut first, &sync, Some(&snapshot(5, &[])));
    assert_eq!(told(&answer(isolate.next(at(now + 1_100), &mut first))), ["record"]);
}

#[test]
fn a_miss_is_read_from_a_replica_and_kept_unless_the_cursor_moved_meanwhile() {
    for overlapped in [false, true] {
        let mut isolate = warm();
        let mut request = ask(&[2], None, at(100));
        let Next::Replica(read) = isolate.next(at(100), &mut request) else { panic!("must read a replica") };
        assert_eq!((read.bookmark.as_str(), read.look_ups.as_slice()), ("b5", [hash(2)].as_slice()));
        if overlapped {
            let sync = isolate.begin(at(110), Vec::new(), HEDGE);
            isolate.primary(at(120), &sync, Some(&snapshot(6, &[(6, Some(2))])));
        }
        isolate.replica_for(at(130), &mut request, &read, Some(&found(&[record(2)])));
        assert_eq!(told(&answer(isolate.next(at(130), &mut request))), ["record"]);
        let again = isolate.next(at(140), &mut ask(&[2], None, at(140)));
        assert_eq!(matches!(again, Next::Replica(_)), overlapped);
    }
}

#[test]
fn a_row_forgets_its_key_and_one_without_a_hash_the_whole_organization() {
    for (rows, size) in [(vec![(6, Some(1))], 1), (vec![(6, Some(9))], 2), (vec![(6, None)], 0)] {
        let mut isolate = warm();
        let sync = isolate.begin(at(100), Vec::new(), HEDGE);
        isolate.primary(at(120), &sync, Some(&snapshot(6, &rows)));
        assert_eq!((isolate.size()[0], isolate.cursor), (size, Some(6)), "{rows:?}");
    }
}

#[test]
fn a_feed_that_does_not_tell_everything_empties_the_isolate() {
    let rows =
        |first: i64, last: i64| (first..=last).map(|seq| Change { seq, organization_id: 9, hash: None }).collect();
    for (first, last, changes, kept, cursor) in [
        (Some(1), Some(6), rows(6, 6), true, 6),
        (Some(6), Some(6), rows(6, 6), true, 6),
        (Some(5), Some(5), rows(1, 0), true, 5),
        (Some(7), Some(7), rows(7, 7), false, 7),
        (Some(1), Some(8), [rows(6, 6), rows(8, 8)].concat(), false, 8),
        (Some(1), Some(4), rows(1, 0), false, 4),
        (None, None, rows(1, 0), false, 0),
        (Some(1), Some(505), rows(6, 505), true, 505),
        (Some(1), Some(506), rows(6, 506), false, 506),
    ] {
        let mut isolate = warm();
        let sync = isolate.begin(at(100), Vec::new(), HEDGE);
        let snapshot = Snapshot { feed: Feed { first, last, changes }, ..Snapshot::default() };
        isolate.primary(at(120), &sync, Some(&snapshot));
        let expected = (kept, Some(cursor), Some(at(100)));
        assert_eq!((isolate.size()[0] == 2, isolate.cursor, isolate.synced_at), expected, "{first:?} {last:?}");
    }
}

#[test]
fn a_sync_that_comes_late_moves_nothing_back() {
    let mut isolate = warm();
    let early = isolate.begin(at(100), vec![hash(2)], HEDGE);
    let late = isolate.begin(at(200), Vec::new(), HEDGE);
    isolate.primary(at(210), &late, Some(&snapshot(7, &[(6, Some(9)), (7, Some(2))])));
    isolate.primary(at(220), &early, Some(&snapshot(6, &[(6, Some(9))])));
    assert_eq!((isolate.cursor, isolate.synced_at, isolate.bookmark.as_deref()), (Some(7), Some(at(200)), Some("b7")));
    // And one that started later but was served earlier is no older feed.
    let one = isolate.begin(at(300), Vec::new(), HEDGE);
    let other = isolate.begin(at(310), Vec::new(), HEDGE);
    isolate.primary(at(320), &one, Some(&snapshot(9, &[(8, Some(9)), (9, Some(9))])));
    isolate.primary(at(330), &other, Some(&snapshot(8, &[(8, Some(9))])));
    assert_eq!((isolate.cursor, isolate.synced_at, isolate.size()[0]), (Some(9), Some(at(310)), 2));
}

#[test]
fn the_primary_is_read_for_max_age_0_and_for_a_strict_organization_and_nothing_else_will_do() {
    let mut isolate = warm();
    let mut request = ask(&[1], Some(0), at(0));
    let sync = batch(isolate.next(at(0), &mut request));
    isolate.primary_for(at(10), &mut request, &sync, None);
    let refused = answer(isolate.next(at(10), &mut request));
    assert_eq!(told(&refused), ["unavailable"]);
    let mut strict = snapshot(6, &[(6, None)]);
    strict.found = found(&[Record { strict: true, ..record(VERIFIER) }, Record { strict: true, ..record(1) }]);
    let mut request = ask(&[1], None, at(9_000));
    let sync = batch(isolate.next(at(9_000), &mut request));
    isolate.primary_for(at(9_010), &mut request, &sync, Some(&strict));
    assert_eq!(told(&answer(isolate.next(at(9_010), &mut request))), ["record"]);
    let mut request = ask(&[1], None, at(9_020));
    let sync = batch(isolate.next(at(9_020), &mut request));
    isolate.primary_for(at(9_030), &mut request, &sync, None);
    assert_eq!(told(&answer(isolate.next(at(9_030), &mut request))), ["unavailable"]);
}

#[test]
fn in_an_outage_memory_serves_for_30_s_then_kv_and_both_are_marked() {
    let mut isolate = warm();
    let fail = |isolate: &mut Isolate, now: i64| {
        let mut request = ask(&[1, 2], None, at(now));
        let sync = batch(isolate.next(at(now), &mut request));
        isolate.primary_for(at(now + 1), &mut request, &sync, None);
        (isolate.next(at(now + 1), &mut request), request)
    };
    // Key 2 is not in memory, so KV is asked for it alone.
    let (next, mut request) = fail(&mut isolate, 6_000);
    let Next::Kv(hashes) = next else { panic!("{next:?}") };
    assert_eq!(hashes, [hash(2)]);
    isolate.kv_for(at(6_005), &mut request, Some(&found(&[record(2)])));
    let both = answer(isolate.next(at(6_005), &mut request));
    assert_eq!(told(&both), ["record, degraded", "record, degraded"]);
    assert_eq!((both.facts(&both.keys[0]).age_ms, both.facts(&both.keys[1]).age_ms), (Some(6_005), None));
    // For a while nobody waits for the primary; it is probed behind.
    assert!(at_once(&mut isolate, &[1], at(6_900)).behind.is_none());
    assert!(at_once(&mut isolate, &[1], at(7_100)).behind.is_some());
    assert_eq!(told(&at_once(&mut isolate, &[1], at(7_200))), ["record, degraded"]);
    // Beyond 30 s.
    let (next, mut request) = fail(&mut isolate, 30_000);
    let Next::Kv(hashes) = next else { panic!("{next:?}") };
    assert_eq!(hashes.len(), 3);
    isolate.kv_for(at(30_005), &mut request, Some(&found(&[record(VERIFIER), record(1)])));
    assert_eq!(told(&answer(isolate.next(at(30_005), &mut request))), ["record, degraded", "unavailable"]);
    assert_eq!(isolate.size()[0], 2, "what KV says is not remembered");
}

#[test]
fn in_an_outage_what_can_be_no_secret_is_absent_and_an_imported_one_is_looked_up_without_another_wait() {
    let mut isolate = Isolate::new(Limits::default());
    let mut request = Request::new(hash(VERIFIER), Wishes { keys: vec![vec![]], ..Wishes::default() }, at(0));
    let sync = batch(isolate.next(at(0), &mut request));
    isolate.primary_for(at(500), &mut request, &sync, None);
    let Next::Kv(hashes) = isolate.next(at(500), &mut request) else { panic!("not KV") };
    assert_eq!(hashes, [hash(VERIFIER)]);
    isolate.kv_for(at(505), &mut request, Some(&found(&[record(VERIFIER)])));
    assert_eq!(told(&answer(isolate.next(at(505), &mut request))), ["absent"]);
    // Now its organization is known, and with it the hash under which it may have imported the text.
    request.also(0, hash(2));
    let Next::Kv(hashes) = isolate.next(at(505), &mut request) else { panic!("not KV") };
    assert_eq!(hashes, [hash(2)]);
    isolate.kv_for(at(510), &mut request, Some(&found(&[record(2)])));
    assert_eq!(told(&answer(isolate.next(at(510), &mut request))), ["record, degraded"]);
}

#[test]
fn a_clock_that_steps_back_empties_the_isolate_and_requests_start_anew() {
    let mut isolate = warm();
    let mut request = ask(&[1], None, at(9_000));
    let sync = batch(isolate.next(at(9_000), &mut request));
    isolate.primary_for(at(8_000), &mut request, &sync, Some(&snapshot(5, &[])));
    assert_eq!((isolate.size()[0], isolate.synced_at), (0, None));
    assert!(matches!(isolate.next(at(8_000), &mut request), Next::Primary(Batch { cursor: None, .. })));
}

#[test]
fn what_does_not_exist_is_looked_up_within_the_budget_and_evicts_nothing() {
    let mut isolate = Isolate::new(Limits { absents: 5, misses: 20, ..Limits::default() });
    let mut reads = 0;
    for number in 0..100 {
        let keys = vec![vec![SecretHash::of(&number.to_string())], vec![hash(1)]];
        let mut request = Request::new(hash(VERIFIER), Wishes { keys, ..Wishes::default() }, at(number));
        match isolate.next(at(number), &mut request) {
            Next::Primary(batch) => isolate.primary_for(at(number), &mut request, &batch, Some(&snapshot(5, &[]))),
            Next::Replica(read) => isolate.replica_for(at(number), &mut request, &read, Some(&BTreeMap::new())),
            next => {
                assert_eq!(told(&answer(next)), ["unavailable", "record"]);
                continue;
            }
        }
        reads += 1;
        assert_eq!(told(&answer(isolate.next(at(number), &mut request))), ["absent", "record"]);
    }
    // The first was charged to the caller's address, since nobody knew the verifier yet.
    assert_eq!((reads, isolate.size()[0], isolate.size()[2]), (21, 2, 5));
}

#[test]
fn a_text_that_is_asked_about_many_times_is_paid_once() {
    let mut isolate = Isolate::new(Limits { misses: 2, ..Limits::default() });
    let mut request = ask(&[9; 50], None, at(0));
    let batch = batch(isolate.next(at(0), &mut request));
    isolate.primary_for(at(10), &mut request, &batch, Some(&snapshot(5, &[])));
    assert_eq!(told(&answer(isolate.next(at(10), &mut request))), ["absent"; 50]);
}

#[test]
fn an_entry_lives_for_ten_minutes() {
    let mut isolate = warm();
    for minute in 1..=10 {
        let now = at(20 + minute * MINUTE);
        let sync = isolate.begin(now, Vec::new(), HEDGE);
        isolate.primary(now, &sync, Some(&snapshot(5, &[])));
        let next = isolate.next(now, &mut ask(&[1], None, now));
        assert_eq!(matches!(next, Next::Answer(_)), minute < 10, "{minute}");
    }
}

#[test]
fn an_imported_key_is_found_under_its_second_hash_and_a_foreign_one_not_at_all() {
    let mut isolate = warm();
    assert_eq!(isolate.asker(hash(VERIFIER), at(110)).map(|asker| asker.organization_id), Some(2));
    let mut request = ask(&[9], None, at(110));
    let Next::Replica(read) = isolate.next(at(110), &mut request) else { panic!("must read a replica") };
    isolate.replica_for(at(120), &mut request, &read, Some(&BTreeMap::new()));
    assert_eq!(told(&answer(isolate.next(at(120), &mut request))), ["absent"]);
    request.also(0, hash(2));
    let Next::Replica(read) = isolate.next(at(120), &mut request) else { panic!("must read a replica") };
    assert_eq!(read.look_ups, [hash(9), hash(2)]);
    isolate.replica_for(at(130), &mut request, &read, Some(&found(&[record(2)])));
    assert_eq!(told(&answer(isolate.next(at(130), &mut request))), ["record"]);
    // Another organization's.
    let mut request = ask(&[3], None, at(130));
    let Next::Replica(read) = isolate.next(at(130), &mut request) else { panic!("must read a replica") };
    let foreign = found(&[Record { organization_id: 3, ..record(3) }]);
    isolate.replica_for(at(140), &mut request, &read, Some(&foreign));
    assert_eq!(told(&answer(isolate.next(at(140), &mut request))), ["absent"]);
    assert_eq!(told(&at_once(&mut isolate, &[3], at(150))), ["absent"], "nor from memory");
}

#[test]
fn expiry_and_grace_are_judged_when_it_is_used() {
    let mut isolate = warm();
    let mut ending = record(2);
    ending.standing.secret_ends_at = Some(at(SECOND));
    let mut request = ask(&[2], None, at(110));
    let Next::Replica(read) = isolate.next(at(110), &mut request) else { panic!("must read a replica") };
    isolate.replica_for(at(120), &mut request, &read, Some(&found(&[ending])));
    let objection = |isolate: &mut Isolate, now: Timestamp| match &at_once(isolate, &[2], now).keys[0].held {
        Held::Record(record) => record.objection(now),
        other => panic!("{other:?}"),
    };
    assert_eq!(objection(&mut isolate, at(999)), None);
    assert_eq!(objection(&mut isolate, at(1_000)), Some(crate::verify::Code::Revoked));
}
