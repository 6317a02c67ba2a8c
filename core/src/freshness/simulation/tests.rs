use super::{Invariant, Seen, simulate, simulate_but};
use crate::freshness::slips::{self, Slip};

/// At least so many steps in `cargo test`; `cargo xtask simulate` goes on.
const STEPS: u64 = 250_000;

fn run(seed: u64) -> Seen {
    simulate(seed, STEPS).unwrap_or_else(|broken| panic!("{broken}"))
}

#[test]
fn every_invariant_holds_in_every_weather() {
    let seen = run(1);
    println!("{seen:?}");
    // Worth something only if all of it has happened.
    let Seen {
        valid,
        refused,
        absent,
        unavailable,
        from_memory,
        from_memory_degraded,
        from_kv,
        slept,
        behind,
        unseen,
        ..
    } = seen;
    let often = [valid, refused, absent, unavailable, from_memory].into_iter().min();
    let seldom = [from_memory_degraded, from_kv, slept, behind, unseen].into_iter().min();
    assert!(seen.steps >= STEPS && often >= Some(5_000) && seldom >= Some(30), "{seen:?}");
}

#[test]
fn a_seed_repeats_itself() {
    let [one, other] = [simulate(77, 10_000), simulate(77, 10_000)].map(|seen| format!("{seen:?}"));
    assert_eq!(one, other);
    let wrong = || slips::with(Slip::DropBookmark, || simulate(77, STEPS)).expect_err("must be caught");
    let (first, again) = (wrong(), wrong());
    assert_eq!(first.to_string(), again.to_string());
    // The seed that is printed leads there at once.
    let alone = slips::with(Slip::DropBookmark, || simulate(first.seed, 1)).expect_err("must be caught");
    assert_eq!(alone.to_string(), first.to_string());
}

/// Each mistake, a seed before it shows, and the invariants that it may break first. Were one not caught, the simulation
/// would not look there. The seeds save time only: a change of the simulation may need more of them.
const CAUGHT: &[(Slip, u64, &[Invariant])] = {
    use Invariant::*;
    &[
        (Slip::StoreOverlapped, 47, &[RevokedWithinS, MintedWithinS]),
        (Slip::JudgeByEntryAge, 7, &[RevokedWithinS, MintedWithinS]),
        (Slip::ForgetOrganization, 5, &[RevokedWithinS]),
        (Slip::IgnoreGap, 2, &[RevokedWithinS, MintedWithinS]),
        (Slip::IgnoreShrunkFeed, 53, &[RevokedWithinS, MintedWithinS]),
        (Slip::IgnoreOverflow, 25, &[RevokedWithinS, MintedWithinS]),
        (Slip::ExtendGrace, 1, &[JudgedByTheClock]),
        (Slip::ApplyLateSync, 13, &[RevokedWithinS, MintedWithinS]),
        (Slip::KeepInFlight, 62, &[HonestAge]),
        (Slip::IgnoreBackwardClock, 58, &[RevokedWithinS, MintedWithinS]),
        (Slip::KeepNegative, 13, &[MintedWithinS]),
        (Slip::DropBookmark, 1, &[RevokedWithinS, MintedWithinS]),
        (Slip::SyncedWhenApplied, 65, &[RevokedWithinS, MintedWithinS]),
        (Slip::TwiceTheBound, 1, &[RevokedWithinS]),
        (Slip::IgnoreMaxAge, 6, &[StrictReadsPrimary]),
        (Slip::StrictFromMemory, 1, &[StrictReadsPrimary]),
        (Slip::KvForStrict, 4, &[StrictReadsPrimary]),
        (Slip::KvUnmarked, 2, &[KvIsMarked]),
        (Slip::RememberKv, 2, &[RevokedWithinS, MintedWithinS]),
        (Slip::AbsentInOutage, 2, &[NeverGuessed]),
        (Slip::MemoryForEver, 169, &[MemoryInOutage]),
        (Slip::UnmarkedOutage, 2, &[MemoryInOutage]),
        (Slip::KeepAll, 5, &[MemoryInBounds]),
        (Slip::ForgetBudget, 14, &[MissBudget]),
        (Slip::SleepOnMisses, 1, &[OneRoundTrip]),
    ]
};

#[test]
fn every_mistake_is_caught() {
    let survivors: Vec<String> = CAUGHT
        .iter()
        .filter_map(|(slip, seed, expected)| {
            let ignored = Some(Invariant::HonestAge).filter(|invariant| !expected.contains(invariant));
            let outcome = slips::with(*slip, || simulate_but(ignored, *seed, 2 * STEPS));
            let told = outcome.map_err(|broken| (broken.invariant, broken.seed, broken.step));
            println!("{slip:?}: {told:?}");
            let caught = told.is_err_and(|(invariant, ..)| expected.contains(&invariant));
            (!caught).then(|| format!("{slip:?}: {told:?}"))
        })
        .collect();
    assert!(survivors.is_empty(), "not caught, or by another invariant: {survivors:#?}");
}
