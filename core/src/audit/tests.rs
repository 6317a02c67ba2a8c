use proptest::prelude::*;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use super::{
    Tip,
    check::{Check, Keys, Outcome, Signature},
    finding::{Finding, Reading},
};
use crate::{
    passkey::{from_base64url, to_base64url},
    time::Timestamp,
    wire::audit::{Head, Seal, SealedRecord, StoredRecord},
};

const ORGANIZATION: i64 = 7;
const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

fn record(id: i64, name: &str) -> StoredRecord {
    StoredRecord {
        id,
        organization_id: ORGANIZATION,
        at: NOW.millis() + id,
        actor_type: "user".into(),
        actor_id: Some(1),
        actor_name: "Ada".into(),
        action: "api_key.updated".into(),
        target_type: "api_key".into(),
        target_id: Some(4),
        target_name: name.into(),
        details: r#"{"changes":{"active":[true,false]}}"#.into(),
        ip: Some("203.0.113.9".into()),
        request_id: "1f0c6a52b7d3e894".into(),
    }
}

/// Ids as they are when other organizations write too.
fn chain(length: i64) -> Vec<SealedRecord> {
    let mut tip = Tip::start();
    (1..=length)
        .map(|number| {
            let record = record(number * 3, &format!("Key {number}"));
            let salt = format!("{number:032x}");
            let seal = tip.seal(&record, &salt);
            tip = Tip::from(&seal);
            SealedRecord { seal, record: Some(record), salt: Some(salt), digest: None }
        })
        .collect()
}

fn pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

fn public(pair: &Ed25519KeyPair) -> String {
    to_base64url(pair.public_key().as_ref())
}

fn head(sealed: &SealedRecord, with: &Ed25519KeyPair) -> Head {
    let Seal { position, audit_id, hash, .. } = sealed.seal.clone();
    let mut head = Head {
        organization_id: ORGANIZATION,
        position,
        audit_id,
        hash,
        signed_at: NOW,
        public_key: public(with),
        signature: String::new(),
    };
    head.signature = to_base64url(with.sign(head.message().as_bytes()).as_ref());
    head
}

/// As a caller checks: in pieces, each with its heads before its records, the heads beyond the end with the last.
fn checked(chain: &[SealedRecord], heads: &[Head], piece: usize) -> Outcome {
    checked_with(Check::new(ORGANIZATION, keys(1, &[])), chain, heads, piece)
}

fn checked_with(mut check: Check, chain: &[SealedRecord], heads: &[Head], piece: usize) -> Outcome {
    let mut told = 0;
    let pieces: Vec<_> = chain.chunks(piece).collect();
    for (number, records) in pieces.iter().enumerate() {
        let end = if number + 1 == pieces.len() { i64::MAX } else { records.last().unwrap().seal.position };
        for head in heads.iter().filter(|head| head.position > told && head.position <= end) {
            let key = UnparsedPublicKey::new(&ED25519, from_base64url(&head.public_key).unwrap_or_default());
            let signature = from_base64url(&head.signature).unwrap_or_default();
            let good = key.verify(head.message().as_bytes(), &signature).is_ok();
            check.head(head.clone(), if good { Signature::Good } else { Signature::Wrong });
        }
        told = told.max(end);
        for sealed in *records {
            check.record(sealed);
        }
    }
    check.finish()
}

fn keys(current: u8, former: &[u8]) -> Keys {
    let former = former.iter().map(|seed| public(&pair(*seed))).collect();
    Keys { current: Some(public(&pair(current))), former }
}

/// That this record was changed, and what it says.
fn changed(sealed: &SealedRecord) -> Finding {
    Finding::Changed { audit_id: sealed.seal.audit_id, now: sealed.record.as_ref().map(Reading::from) }
}

fn first(outcome: &Outcome) -> &Finding {
    outcome.findings.first().expect("nothing was found")
}

#[test]
fn what_is_hashed_and_signed_is_what_json_stringify_writes() {
    // Made by Node.js: docs/AUDIT.md promises that these bytes stay.
    let mut odd = record(1, "“Ü” \"q\" \\ / \u{7f} \u{2028} \t\u{1}🗝");
    odd.ip = None;
    odd.target_id = None;
    assert_eq!(odd.digest("00"), "785918b1c17487cdcf14b8d20c72d1b385a807694a6a98e456d70775bf7e54f5");
    let seal = Tip::start().seal(&odd, "00");
    assert_eq!(seal.hash, "684b9eb68c31b7d18a96aa0c939a4e8fa647452016da98ee635ee1bc6ba84824");
    let head = head(&SealedRecord { seal, record: None, salt: None, digest: None }, &pair(1));
    assert_eq!(head.message(), format!(r#"["claviger audit head 1",7,1,1,"{}",1795000000000]"#, head.hash));
}

#[test]
fn a_whole_chain_holds_in_pieces_of_any_size() {
    let whole = chain(50);
    let heads = [head(&whole[9], &pair(1)), head(&whole[49], &pair(1))];
    for piece in [1, 7, 10, 49, 50, 100] {
        let outcome = checked(&whole, &heads, piece);
        assert_eq!((outcome.findings.as_slice(), outcome.records), (&[][..], 50));
        assert_eq!((outcome.head.as_ref(), outcome.tip.audit_id), (Some(&heads[1]), 150));
    }
    let nothing = Check::new(ORGANIZATION, Keys::default()).finish();
    assert_eq!((nothing.findings.as_slice(), nothing.records), (&[][..], 0));
}

#[test]
fn what_a_caller_may_not_see_is_checked_by_its_digest() {
    let mut partly = chain(5);
    let hidden = &mut partly[2];
    hidden.digest = Some(hidden.record.take().unwrap().digest(&hidden.salt.take().unwrap()));
    let outcome = checked(&partly, &[], 2);
    assert_eq!((outcome.findings.as_slice(), outcome.unseen), (&[][..], 1));
    partly[2].digest = Some("0".repeat(64));
    assert_eq!(first(&checked(&partly, &[], 2)), &changed(&partly[2]));
}

#[test]
fn what_is_found_does_not_hide_what_comes_after_it() {
    let mut altered = chain(10);
    altered[2].record.as_mut().unwrap().target_name = "Other".into();
    altered[6].record = None;
    let found = checked(&altered, &[], 4).findings;
    assert_eq!(found, [changed(&altered[2]), Finding::Removed { audit_id: 21 }]);
}

#[test]
fn a_record_behind_a_gap_is_looked_at_too() {
    let mut altered = chain(6);
    altered[4].record.as_mut().unwrap().target_name = "Other".into();
    altered.remove(3);
    let found = checked(&altered, &[], 4).findings;
    assert_eq!(found, [Finding::Gap { after: 9, before: 15, missing: 1 }, changed(&altered[3])]);
}

#[test]
fn many_findings_of_one_kind_hide_none_of_another() {
    let mut altered = chain(60);
    for sealed in &mut altered[..50] {
        sealed.record = None;
    }
    altered[55].record.as_mut().unwrap().target_name = "Other".into();
    let heads: Vec<Head> = altered[..40].iter().map(|sealed| head(sealed, &pair(2))).collect();
    let outcome = checked(&altered, &heads, 7);
    assert_eq!((outcome.records, outcome.unlisted, outcome.findings.len()), (60, 30, 22));
    let others = Finding::OtherKey { public_key: public(&pair(2)), heads: 40, audit_id: 120, signed_at: NOW };
    assert_eq!((first(&outcome), outcome.findings.last()), (&others, Some(&changed(&altered[55]))));
}

#[test]
fn heads_of_a_key_of_before_count_where_it_is_known() {
    let whole = chain(10);
    let heads = [head(&whole[3], &pair(2)), head(&whole[7], &pair(1))];
    let with = |keys: Keys, chain: &[SealedRecord], heads: &[Head]| {
        checked_with(Check::new(ORGANIZATION, keys), chain, heads, 3)
    };
    let outcome = with(keys(1, &[2]), &whole, &heads);
    assert_eq!((outcome.findings.as_slice(), outcome.head.as_ref()), (&[][..], Some(&heads[1])));
    let cut = [Finding::Cut { last: 6, audit_id: 12, signed_at: NOW, missing: 2 }];
    assert_eq!(with(keys(1, &[3, 2]), &whole[..2], &heads[..1]).findings, cut);
    // By who does not know it, it proves nothing, and what else is wrong is found as before.
    let unknown = Finding::OtherKey { public_key: public(&pair(2)), heads: 1, audit_id: 12, signed_at: NOW };
    assert_eq!(with(keys(1, &[3]), &whole, &heads).findings, std::slice::from_ref(&unknown));
    let cut = Finding::Cut { last: 6, audit_id: 24, signed_at: NOW, missing: 6 };
    assert_eq!(with(keys(1, &[3]), &whole[..2], &heads).findings, [unknown, cut]);
}

#[test]
fn former_keys_are_read_from_a_list_or_not_at_all() {
    let (one, other) = (public(&pair(1)), public(&pair(2)));
    assert_eq!(Keys::read_former(&format!(" {one} ,{other},")), Some(vec![one.clone(), other]));
    assert_eq!(Keys::read_former(""), Some(vec![]));
    for text in ["x", &one[1..], &format!("{one} {one}"), &format!("{one}=")] {
        assert_eq!(Keys::read_former(text), None, "{text}");
    }
}

#[test]
fn a_proof_that_was_kept_elsewhere_must_be_in_the_chain() {
    let whole = chain(10);
    let kept = |length: usize, kept: Head, signature: Signature| {
        let mut check = Check::new(ORGANIZATION, keys(1, &[]));
        check.keep(kept, signature).map(|()| checked_with(check, &whole[..length], &[], 3))
    };
    // Also one of a key that nobody knows any more: it was kept, and so was the key.
    let proof = head(&whole[7], &pair(9));
    let outcome = kept(10, proof.clone(), Signature::Good).unwrap();
    assert_eq!((outcome.findings.as_slice(), outcome.kept, outcome.head), (&[][..], Some(proof.clone()), None));
    // An older database, put back: its own chain is whole, and its own heads hold.
    let outcome = kept(5, proof.clone(), Signature::Good).unwrap();
    assert_eq!(outcome.findings, [Finding::Cut { last: 15, audit_id: 24, signed_at: NOW, missing: 3 }]);
    let other = Head { hash: "f".repeat(64), ..proof.clone() };
    let outcome = kept(10, other, Signature::Unchecked).unwrap();
    assert_eq!(
        (outcome.findings.as_slice(), outcome.kept),
        (&[Finding::Resealed { audit_id: 24, signed_at: NOW }][..], None)
    );
    assert!(kept(10, proof.clone(), Signature::Wrong).unwrap_err().contains("signature"));
    assert!(
        kept(10, Head { organization_id: 8, ..proof }, Signature::Good).unwrap_err().contains("another organization")
    );
}

#[test]
fn a_tail_cut_behind_a_signed_head_is_found_and_before_it_is_not() {
    let whole = chain(10);
    let heads = [head(&whole[3], &pair(1)), head(&whole[7], &pair(1))];
    let cut = |left: usize| checked(&whole[..left], &heads, 3).findings;
    assert_eq!(cut(6), [Finding::Cut { last: 18, audit_id: 24, signed_at: NOW, missing: 2 }]);
    assert_eq!(cut(2), [Finding::Cut { last: 6, audit_id: 24, signed_at: NOW, missing: 6 }]);
    // docs/AUDIT.md says so: what is younger than the last head can go unnoticed.
    assert_eq!(cut(8), []);
    let mut nothing = Check::new(ORGANIZATION, keys(1, &[]));
    nothing.head(heads[1].clone(), Signature::Good);
    let findings = nothing.finish().findings;
    assert_eq!(findings, [Finding::Cut { last: 0, audit_id: 24, signed_at: NOW, missing: 8 }]);
}

#[test]
fn a_wrong_signature_another_key_and_a_chain_made_anew_are_told_apart() {
    let whole = chain(6);
    let good = head(&whole[3], &pair(1));
    let other = |change: fn(&mut Head)| {
        let mut head = good.clone();
        change(&mut head);
        checked(&whole, &[head], 2).findings
    };
    let only = &[Finding::WrongSignature { audit_id: 12, signed_at: NOW }];
    assert_eq!(other(|head| head.signature.replace_range(..1, "-")), *only);
    assert_eq!(other(|head| head.signature.clear()), *only);
    assert_eq!(other(|head| head.public_key = public(&pair(2))), *only);
    assert_eq!(other(|head| head.organization_id = 8), *only);
    let foreign = head(&whole[3], &pair(2));
    let told = Finding::OtherKey { public_key: public(&pair(2)), heads: 1, audit_id: 12, signed_at: NOW };
    assert_eq!(checked(&whole, &[foreign], 2).findings, [told]);
    // Whoever can write to the database can seal all of it again, but not sign it.
    let mut anew = Vec::new();
    let mut tip = Tip::start();
    for (number, sealed) in whole.iter().enumerate() {
        let mut record = sealed.record.clone().unwrap();
        if number == 1 {
            record.target_name = "Other".into();
        }
        let salt = sealed.salt.clone().unwrap();
        let seal = tip.seal(&record, &salt);
        tip = Tip::from(&seal);
        anew.push(SealedRecord { seal, record: Some(record), salt: Some(salt), digest: None });
    }
    assert_eq!(checked(&anew, &[], 2).findings, []);
    assert_eq!(checked(&anew, &[good], 2).findings, [Finding::Resealed { audit_id: 12, signed_at: NOW }]);
}

#[test]
fn a_chain_of_another_organization_is_not_taken_for_this_one() {
    let mut check = Check::new(8, Keys::default());
    let foreign = &chain(1)[0];
    check.record(foreign);
    assert_eq!(check.finish().findings, [changed(foreign)]);
}

#[test]
fn every_finding_has_its_sentence() {
    let day: fn(Timestamp) -> String = |moment| moment.to_string()[..10].to_owned();
    for (finding, sentence) in [
        (Finding::Changed { audit_id: 9, now: None }, "Record 9 was changed after it was sealed."),
        (
            Finding::Changed { audit_id: 9, now: Some(Reading::from(&record(9, "Key"))) },
            "Record 9 was changed after it was sealed. It now says: 2026-11-18, Ada, api_key.updated, “Key”.",
        ),
        (Finding::Removed { audit_id: 9 }, "Record 9 was removed; only its seal is left."),
        (Finding::Gap { after: 3, before: 9, missing: 1 }, "A record between record 3 and record 9 was removed."),
        (Finding::Gap { after: 3, before: 9, missing: 2 }, "2 records between record 3 and record 9 were removed."),
        (Finding::Gap { after: 0, before: 9, missing: 1 }, "The record before record 9 was removed."),
        (Finding::Gap { after: 0, before: 9, missing: 2 }, "The 2 records before record 9 were removed."),
        (Finding::Inserted { audit_id: 9 }, "Record 9 was put in afterwards: it has no seal."),
        (Finding::OutOfOrder { audit_id: 9 }, "Record 9 is not in its place."),
        (
            Finding::Cut { last: 6, audit_id: 9, signed_at: NOW, missing: 1 },
            "The log ends with record 6, but was signed up to record 9 on 2026-11-18: 1 record is gone from its end.",
        ),
        (
            Finding::Cut { last: 0, audit_id: 9, signed_at: NOW, missing: 3 },
            "The log is empty, but was signed up to record 9 on 2026-11-18: 3 records are gone from its end.",
        ),
        (
            Finding::WrongSignature { audit_id: 9, signed_at: NOW },
            "The head of record 9, dated 2026-11-18, has a wrong signature.",
        ),
        (
            Finding::OtherKey { public_key: "AbC".into(), heads: 1, audit_id: 9, signed_at: NOW },
            "The head of record 9, dated 2026-11-18, is signed with a key that is not this Claviger's, AbC, and proves nothing. If it was its key once, name it in AUDIT_FORMER_KEYS; otherwise somebody else signed.",
        ),
        (
            Finding::OtherKey { public_key: "AbC".into(), heads: 30, audit_id: 9, signed_at: NOW },
            "30 heads, the last of them of record 9 and dated 2026-11-18, are signed with a key that is not this Claviger's, AbC, and prove nothing. If it was its key once, name it in AUDIT_FORMER_KEYS; otherwise somebody else signed.",
        ),
    ] {
        assert_eq!(finding.sentence(day), sentence);
    }
}

/// Something that is done to one record of a chain.
#[derive(Clone, Debug)]
enum Tamper {
    Id,
    Organization,
    At,
    ActorType,
    ActorId,
    ActorName,
    Action,
    TargetType,
    TargetId,
    TargetName,
    Details,
    Ip,
    RequestId,
    Salt,
    Hash,
    Previous,
    Position,
    AuditId,
    Gone,
    SealGone,
    Twice,
    Swapped,
}

fn tamper() -> impl Strategy<Value = Tamper> {
    use Tamper::*;
    prop::sample::select(vec![
        Id,
        Organization,
        At,
        ActorType,
        ActorId,
        ActorName,
        Action,
        TargetType,
        TargetId,
        TargetName,
        Details,
        Ip,
        RequestId,
        Salt,
        Hash,
        Previous,
        Position,
        AuditId,
        Gone,
        SealGone,
        Twice,
        Swapped,
    ])
}

fn apply(chain: &mut Vec<SealedRecord>, at: usize, tamper: &Tamper) {
    let next = chain.get(at + 1).cloned();
    let sealed = &mut chain[at];
    let record = sealed.record.as_mut().unwrap();
    match tamper {
        Tamper::Id => record.id += 1,
        Tamper::Organization => record.organization_id += 1,
        Tamper::At => record.at += 1,
        Tamper::ActorType => record.actor_type = "key".into(),
        Tamper::ActorId => record.actor_id = None,
        Tamper::ActorName => record.actor_name.push(' '),
        Tamper::Action => record.action = "api_key.created".into(),
        Tamper::TargetType => record.target_type = "user".into(),
        Tamper::TargetId => record.target_id = Some(5),
        Tamper::TargetName => record.target_name.clear(),
        Tamper::Details => record.details = r#"{"changes":{"active":[false,true]}}"#.into(),
        Tamper::Ip => record.ip = None,
        Tamper::RequestId => record.request_id.push('0'),
        Tamper::Salt => sealed.salt = Some("f".repeat(32)),
        Tamper::Hash => sealed.seal.hash = "f".repeat(64),
        Tamper::Previous => sealed.seal.previous = "f".repeat(64),
        Tamper::Position => sealed.seal.position += 1_000,
        Tamper::AuditId => sealed.seal.audit_id += 1,
        Tamper::Gone => sealed.record = None,
        Tamper::SealGone => drop(chain.remove(at)),
        Tamper::Twice => {
            let again = sealed.clone();
            chain.insert(at, again);
        }
        Tamper::Swapped => {
            if next.is_some() {
                chain.swap(at, at + 1);
            } else {
                chain.remove(at);
            }
        }
    }
}

/// The records that a finding names.
fn named(finding: &Finding) -> Vec<i64> {
    match finding {
        Finding::Gap { after, before, .. } => vec![*after, *before],
        Finding::Detached { audit_id, after } => vec![*after, *audit_id],
        Finding::Cut { last, audit_id, .. } => vec![*last, *audit_id],
        Finding::Changed { audit_id, .. }
        | Finding::Removed { audit_id }
        | Finding::OutOfOrder { audit_id }
        | Finding::Inserted { audit_id }
        | Finding::Resealed { audit_id, .. }
        | Finding::WrongSignature { audit_id, .. }
        | Finding::OtherKey { audit_id, .. } => vec![*audit_id],
    }
}

proptest! {
    #[test]
    fn whatever_is_done_to_a_record_is_found_and_it_or_its_neighbour_named(
        length in 1_usize..40, place in any::<prop::sample::Index>(), tamper in tamper(), piece in 1_usize..12,
    ) {
        let whole = chain(length as i64);
        let heads = [head(whole.last().unwrap(), &pair(1))];
        let at = place.index(length);
        let mut altered = whole.clone();
        apply(&mut altered, at, &tamper);
        let outcome = checked(&altered, &heads, piece);
        // An emptied chain has no piece that the head could come with.
        prop_assume!(!altered.is_empty());
        let finding = outcome.findings.first();
        prop_assert!(finding.is_some(), "{tamper:?} at {at} of {length}");
        let near: Vec<i64> = (at.saturating_sub(1)..=at + 1).filter_map(|at| Some(whole.get(at)?.seal.audit_id)).collect();
        let names = named(finding.unwrap());
        prop_assert!(
            names.iter().any(|id| near.contains(id) || near.contains(&(id - 1))),
            "{tamper:?} at {at}: {finding:?} near {near:?}"
        );
    }

    #[test]
    fn of_a_field_that_was_altered_its_own_record_is_named(
        length in 1_usize..40, place in any::<prop::sample::Index>(), tamper in tamper(), piece in 1_usize..12,
    ) {
        use Tamper::*;
        prop_assume!(!matches!(tamper, Hash | Previous | Position | AuditId | Gone | SealGone | Twice | Swapped));
        let mut altered = chain(length as i64);
        let at = place.index(length);
        let audit_id = altered[at].seal.audit_id;
        apply(&mut altered, at, &tamper);
        let findings = checked(&altered, &[], piece).findings;
        let only = matches!(findings.as_slice(), [Finding::Changed { audit_id: named, .. }] if *named == audit_id);
        prop_assert!(only, "{:?}", findings);
    }
}
