//! How much an isolate's memory takes when it is full: counted by the allocator, and not by what the code believes.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test, and clippy knows only functions that are marked as one"
)]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use claviger_core::{
    freshness::{Feed, Isolate, Limits, Next, Record, Request, Snapshot, Wishes},
    key::{Access, METADATA_LIMIT, Role},
    network::{AddressRange, MOST_RANGES},
    scope::{MOST_SCOPES, Scope},
    secret::SecretHash,
    time::Timestamp,
    verify::Standing,
};

/// What DESIGN allows.
const MOST: usize = 8_000_000;

struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);

/// With what an allocator adds to each.
const fn size(layout: Layout) -> usize {
    layout.size().next_multiple_of(8) + 8
}

#[expect(unsafe_code, reason = "there is no other way to count")]
// SAFETY: the system's allocator does all of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(size(layout), Ordering::Relaxed);
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        LIVE.fetch_sub(size(layout), Ordering::Relaxed);
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn record(number: usize, largest: bool) -> Record {
    let many = |most: usize, few: usize| if largest { most } else { few };
    let scope = |place: usize| Scope::parse(&format!("{}.{place:02}", "s".repeat(many(97, 8)))).unwrap();
    let range = |place: usize| AddressRange::parse(&format!("2001:db8::{place:x}")).unwrap();
    let standing = Standing {
        revoked: false,
        secret_ends_at: None,
        expires_at: None,
        active: true,
        person_active: true,
        api_access: true,
    };
    Record {
        hash: SecretHash::of(&number.to_string()),
        key_id: i64::try_from(number).unwrap(),
        organization_id: 2,
        user_id: Some(7),
        name: "n".repeat(many(400, 20)).into(),
        role: if number == 0 { Role::Verifier } else { Role::Integration },
        access: Access::ReadWrite,
        scopes: (0..many(MOST_SCOPES, 3)).map(scope).collect(),
        allowed_ips: (0..many(MOST_RANGES, 0)).map(range).collect(),
        metadata: "m".repeat(many(METADATA_LIMIT, 20)).into(),
        standing,
        strict: false,
        imports: false,
        limits: largest.then(Box::default),
        client_ip_header: None,
    }
}

/// Fills an isolate with more than it may keep of everything: how many records it has then, and what all of it takes.
fn fill(largest: bool) -> (usize, usize) {
    let limits = Limits::default();
    let before = LIVE.load(Ordering::Relaxed);
    let mut isolate = Isolate::new(limits);
    let hash = |kind: &str, number: usize| SecretHash::of(&format!("{kind}{number}"));
    let asker = hash("key", 0);
    let now = Timestamp::from_millis(1_000_000);
    let mut ask = |hashes: Vec<SecretHash>, from: usize, exist: bool| {
        let ip = Some(IpAddr::V4(Ipv4Addr::from(u32::try_from(from).unwrap())));
        let keys = hashes.iter().map(|hash| vec![*hash]).collect();
        let wishes = Wishes { keys, max_age: Some(0), stated_ip: ip, caller_ip: ip };
        let mut request = Request::new(asker, wishes, now);
        let Next::Primary(batch) = isolate.next(now, &mut request) else { panic!("must read the primary") };
        let mut found = BTreeMap::from([(asker, Arc::new(record(0, largest)))]);
        if exist {
            found.extend(hashes.iter().zip(from..).map(|(hash, number)| (*hash, Arc::new(record(number, largest)))));
        }
        let feed = Feed { first: Some(1), last: Some(1), changes: Vec::new() };
        let snapshot = Snapshot { feed, found, bookmark: Some("b".to_owned()) };
        isolate.primary_for(now, &mut request, &batch, Some(&snapshot));
        assert!(matches!(isolate.next(now, &mut request), Next::Answer(_)));
    };
    // Of the largest some hundred fit.
    let most = if largest { 1_500 } else { 2 * limits.records };
    for from in (1..most).step_by(100) {
        ask((from..from + 100).map(|number| hash("key", number)).collect(), from, true);
    }
    for payer in 0..2 * limits.payers {
        ask(vec![hash("nothing", 2 * payer), hash("nothing", 2 * payer + 1)], payer, false);
    }
    let [records, _, absents, payers] = isolate.size();
    assert_eq!((absents, payers), (limits.absents, limits.payers));
    let after = LIVE.load(Ordering::Relaxed) - before;
    drop(isolate);
    (records, after)
}

/// One test, for everything that is allocated is counted, whoever does it.
#[test]
fn a_full_isolate_takes_less_than_8_mb_whatever_its_records_are() {
    let (records, bytes) = fill(false);
    println!("{records} usual records and everything else: {bytes} bytes");
    assert_eq!(records, Limits::default().records, "of usual records all fit");
    assert!(bytes <= MOST, "{bytes}");
    let (records, bytes) = fill(true);
    println!("{records} largest records and everything else: {bytes} bytes");
    assert!(records >= 400 && bytes <= MOST, "{records} records in {bytes} bytes");
    // The bound is used, not only kept.
    assert!(bytes >= MOST / 2, "{bytes}");
}
