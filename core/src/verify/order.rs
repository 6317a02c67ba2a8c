//! The order of codes, as one list: of all that stands against a use, what comes first in it is the answer.
//! e2e/api/v1/order.spec.ts has the same list for the Worker.

use super::*;
use crate::{
    key::{Credits, RateLimit},
    meter::{Call, Ledger, Settings, Work},
};

const NOW: Timestamp = Timestamp::from_millis(1_000_000);
const SOON: Timestamp = Timestamp::from_millis(1_000_001);

/// A key, and what is asked of it.
struct Use {
    standing: Standing,
    access: Access,
    scopes: Vec<Scope>,
    limits: Settings,
    ask: Ask,
}

/// What stands against a use, its code, and how to bring it about.
type Wrong = (&'static str, Code, fn(&mut Use));

const ORDER: &[Wrong] = &[
    ("revoked", Code::Revoked, |one| one.standing.revoked = true),
    ("its secret replaced", Code::Revoked, |one| one.standing.secret_ends_at = Some(NOW)),
    ("expired", Code::Expired, |one| one.standing.expires_at = Some(NOW)),
    ("switched off", Code::Disabled, |one| one.standing.active = false),
    ("of a person who has left", Code::Disabled, |one| one.standing.person_active = false),
    ("without API access", Code::ApiAccessDisabled, |one| one.standing.api_access = false),
    ("presented from nobody knows where", Code::IpNotAllowed, |one| one.ask.ip = None),
    ("presented from elsewhere", Code::IpNotAllowed, |one| one.ask.ip = "11.0.0.1".parse().ok()),
    ("for reading only", Code::InsufficientAccess, |one| one.access = Access::ReadOnly),
    ("without the scope", Code::InsufficientScope, |one| one.scopes.clear()),
    ("used too often", Code::RateLimited, |one| one.limits.rate_limit = Some(rate(2))),
    ("used up", Code::CreditsExhausted, |one| one.limits.credits = Some(credits(2))),
];

const fn rate(limit: u64) -> RateLimit {
    RateLimit { limit, window_seconds: 60 }
}

const fn credits(remaining: u64) -> Credits {
    Credits { remaining, refill_amount: None, refill_interval: None }
}

/// Nothing stands against it, though everything could: each end is just ahead, each limit just enough.
fn good() -> Use {
    let scopes = vec![Scope::parse("a.b").unwrap()];
    Use {
        standing: Standing {
            revoked: false,
            secret_ends_at: Some(SOON),
            expires_at: Some(SOON),
            active: true,
            person_active: true,
            api_access: true,
        },
        access: Access::ReadWrite,
        scopes: scopes.clone(),
        limits: Settings { rate_limit: Some(rate(3)), credits: Some(credits(3)), ..Settings::default() },
        ask: Ask {
            key: "x".into(),
            access: Access::ReadWrite,
            scopes,
            ip: "10.0.0.1".parse().ok(),
            max_age_ms: None,
            cost: 3,
        },
    }
}

impl Use {
    fn code(&self) -> Code {
        let ranges = [AddressRange::parse("10.0.0.0/8").unwrap()];
        let rights = Rights { access: self.access, scopes: &self.scopes, allowed_ips: &ranges };
        let code = self.ask.judge(&self.standing, rights, NOW);
        if code != Code::Valid {
            return code;
        }
        let call = Call { settings: self.limits, work: Work::Spend(vec![self.ask.cost]) };
        Ledger::new(&self.limits, NOW).answer(&call, NOW).spent[0].code
    }
}

#[test]
fn of_any_two_and_of_any_more_the_first_decides() {
    assert_eq!(good().code(), Code::Valid);
    for which in 1_u32..1 << ORDER.len() {
        let wrong = || ORDER.iter().enumerate().filter(|(place, _)| which & (1 << place) != 0).map(|(_, wrong)| wrong);
        let mut one = good();
        for (.., make) in wrong() {
            make(&mut one);
        }
        let what: Vec<&str> = wrong().map(|(what, ..)| *what).collect();
        assert_eq!(one.code(), wrong().next().unwrap().1, "a key that is {}", what.join(", "));
    }
}

/// What nobody has is not judged, and what could not be looked up is not known.
#[test]
fn every_code_is_in_the_list_and_in_its_place() {
    let mut listed: Vec<Code> = ORDER.iter().map(|(_, code, _)| *code).collect();
    listed.dedup();
    let all = Code::ALL.iter().filter(|code| !matches!(code, Code::NotFound | Code::Valid | Code::Unavailable));
    assert!(listed.iter().eq(all));
}
