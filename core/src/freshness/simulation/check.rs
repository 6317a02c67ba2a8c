//! What must hold, and whether it did.

use super::{
    super::{Answer, FAILING, Finding, HEDGE, Held, MEMORY_SERVES, PATIENCE, PATIENCE_WITH_OTHERS, Record, S},
    node::{LIMITS, Live, Node},
    world::{KV_LAG, World},
};
use crate::{secret::SecretHash, time::Timestamp};

/// What the simulation holds the machine to; [`Self::words`] has each as a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// The promise.
    RevokedWithinS,
    /// How long memory serves without D1.
    MemoryInOutage,
    /// KV is the last resort, and says so.
    KvIsMarked,
    /// Who wants the truth of now gets it, or nothing.
    StrictReadsPrimary,
    /// The promise, the other way round.
    MintedWithinS,
    /// Entries, bytes and payers.
    MemoryInBounds,
    /// Nobody waits twice.
    OneRoundTrip,
    /// What an answer says of itself.
    HonestAge,
    /// Unknown is not absent.
    NeverGuessed,
    /// What is remembered is not the verdict.
    JudgedByTheClock,
    /// Floods end here.
    MissBudget,
    /// Nobody is forgotten, or refused without need.
    Answered,
}

impl Invariant {
    /// It, as a sentence.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::RevokedWithinS => {
                "no VALID for a request received more than S after the revoke committed, while the isolate reaches D1; \
                 with an unseen backward clock step d the bound is S + d"
            }
            Self::MemoryInOutage => "30 s from memory in an outage, marked degraded beyond S",
            Self::KvIsMarked => {
                "from KV only marked degraded, without an age, at most its lag plus unacknowledged writes, and only \
                 after D1 was asked"
            }
            Self::StrictReadsPrimary => "0 when strict or with max_age 0, and never VALID there without D1",
            Self::MintedWithinS => {
                "a key just minted or imported is accepted at once with max_age 0 and within S otherwise"
            }
            Self::MemoryInBounds => "memory stays in bounds",
            Self::OneRoundTrip => "outside outages a request waits on at most one round trip, a cold isolate included",
            Self::HonestAge => "as_of, age_ms and degraded are true, and only an outage degrades",
            Self::NeverGuessed => "a look-up that could not be made is never NOT_FOUND",
            Self::JudgedByTheClock => "expiry and grace are judged by the clock at each use",
            Self::MissBudget => "what does not exist is looked up within the miss budget only",
            Self::Answered => "every request is answered in time, and outside outages with what it asked for",
        }
    }
}

pub type Checked = Result<(), (Invariant, String)>;

/// Longest time a request may take: it sleeps, reads in vain, and asks KV in vain.
pub const LONGEST: i64 = PATIENCE_WITH_OTHERS + PATIENCE + HEDGE + 100;

/// Of what a look-up may have come from, and from when on its record must have been true.
struct Source {
    invariant: Invariant,
    from: i64,
    kv: bool,
}

/// Everything about an answer, given now.
pub fn answer(world: &World, node: &Node, live: &Live, answer: &Answer, shown: Timestamp) -> Checked {
    let received = live.received;
    let calm = is_calm(node, received) && live.steps == node.steps;
    let took = world.now - received;
    if took > LONGEST && live.steps == node.steps {
        return Err((Invariant::Answered, format!("it took {took} ms")));
    }
    if calm && live.reads > 1 {
        return Err((Invariant::OneRoundTrip, format!("it made {} reads, one after the other", live.reads)));
    }
    if calm && !live.kv.is_empty() {
        return Err((Invariant::KvIsMarked, "KV was asked though D1 answers".to_owned()));
    }
    let asker_hashes = [live.asker];
    // Who is not known learns nothing of the rest.
    let known = if matches!(answer.asker.held, Held::Record(_)) { usize::MAX } else { 0 };
    let keys =
        answer.keys.iter().take(known).zip(&live.wishes.keys).map(|(finding, hashes)| (finding, hashes.as_slice()));
    let strict_asker = matches!(&answer.asker.held, Held::Record(record) if record.strict);
    let organization = match &answer.asker.held {
        Held::Record(record) => Some(record.organization_id),
        _ => None,
    };
    for (place, (finding, hashes)) in std::iter::once((&answer.asker, asker_hashes.as_slice())).chain(keys).enumerate()
    {
        let one = One { place, world, node, live, answer, shown, finding, hashes, organization, strict_asker, calm };
        one.check().map_err(|(invariant, story)| (invariant, format!("{} {story}", one.name())))?;
    }
    Ok(())
}

/// Nothing has gone wrong near this request.
fn is_calm(node: &Node, received: i64) -> bool {
    let reach = FAILING + PATIENCE_WITH_OTHERS;
    node.troubled_at < received - reach - node.slack(received - 2 * reach)
}

/// A request that goes on to do I/O, or to sleep. `lacks`: memory has not all of what it asks about. `excused`: D1 is slow, or
/// what memory has is strict, so that it has to be read.
///
/// One wait may follow another in one case: it slept, with all in memory, on a sync by which memory forgot some of it. That
/// cannot be helped. What changed just now has to be read, and nobody could know before the sync had come back.
pub fn waits(excused: bool, node: &Node, live: &Live, sleeps: bool, lacks: bool) -> Checked {
    let calm = is_calm(node, live.received) && live.steps == node.steps;
    if sleeps && lacks {
        return Err((Invariant::OneRoundTrip, "a request sleeps that will need a look-up after it".to_owned()));
    }
    if calm && !excused && !sleeps && live.slept && !lacks {
        return Err((Invariant::OneRoundTrip, "a request slept on a sync, and then makes one itself".to_owned()));
    }
    Ok(())
}

struct One<'a> {
    /// The asker is 0.
    place: usize,
    world: &'a World,
    node: &'a Node,
    live: &'a Live,
    answer: &'a Answer,
    shown: Timestamp,
    finding: &'a Finding,
    hashes: &'a [SecretHash],
    organization: Option<i64>,
    strict_asker: bool,
    calm: bool,
}

impl One<'_> {
    fn name(&self) -> String {
        let names: Vec<&str> = self.hashes.iter().map(|hash| self.world.name(*hash)).collect();
        names.join(" or ")
    }

    fn check(&self) -> Checked {
        if self.finding.held == Held::Unavailable {
            return self.unavailable();
        }
        let facts = self.answer.facts(self.finding);
        let source = self.source()?;
        let slack = self.node.slack(source.from - S);
        let from = source.from - slack;
        match &self.finding.held {
            Held::Record(record) => {
                if !self.had(record, from, source.kv) {
                    let story = self.tell(from, &format!("{}, degraded {}", record.name, facts.degraded));
                    return Err((source.invariant, story));
                }
                if record.objection(self.shown) != record.standing.objection(self.shown) {
                    return Err((Invariant::JudgedByTheClock, self.tell(from, "judged by another time")));
                }
                self.strict(record, from, facts.degraded)?;
            }
            _ => self.absent(from, &source)?,
        }
        self.facts()
    }

    fn had(&self, record: &Record, from: i64, kv: bool) -> bool {
        let mut hashes = self.hashes.iter();
        if kv {
            hashes.any(|hash| self.world.kv_had(*hash, record, from))
        } else {
            hashes.any(|hash| self.world.had(*hash, record, from))
        }
    }

    fn absent(&self, from: i64, source: &Source) -> Checked {
        if source.kv {
            return Err((Invariant::NeverGuessed, "does not exist, says KV".to_owned()));
        }
        // Without an asker nothing is told about the others.
        let organization = self.organization.unwrap_or_default();
        let is_asker = self.place == 0;
        let lacked = |hash: &SecretHash| self.world.lacked(*hash, if is_asker { 1 } else { organization }, from);
        if self.organization.is_some() && !self.hashes.iter().all(lacked) {
            let invariant = match source.invariant {
                Invariant::RevokedWithinS => Invariant::MintedWithinS,
                other => other,
            };
            return Err((invariant, self.tell(from, "not found")));
        }
        Ok(())
    }

    /// An organization that has been strict for as long as the answer may be old gets nothing but the truth of now.
    fn strict(&self, record: &Record, from: i64, degraded: bool) -> Checked {
        let long = self.hashes.iter().any(|hash| self.world.was_strict(*hash, from));
        let asker_long = self.strict_asker && self.world.was_strict(self.live.asker, from);
        let must = asker_long || (long && record.strict);
        if !must {
            return Ok(());
        }
        let received = self.live.received;
        if degraded || self.finding.as_of.is_none() || !self.had(record, received, false) {
            return Err((
                Invariant::StrictReadsPrimary,
                self.tell(received, &format!("{} though strict", record.name)),
            ));
        }
        Ok(())
    }

    /// Where it came from, by what the answer says of itself.
    fn source(&self) -> Result<Source, (Invariant, String)> {
        let facts = self.answer.facts(self.finding);
        let received = self.live.received;
        // After a step of its clock a request starts anew, and forgets what KV said.
        let anew = self.live.steps != self.node.steps && self.finding.as_of.is_some();
        let asked_kv = !anew && self.live.kv.contains(&self.place);
        if self.finding.as_of.is_none() || asked_kv {
            if !facts.degraded || facts.age_ms.is_some() || !asked_kv {
                return Err((Invariant::KvIsMarked, format!("came from KV and says {facts:?}")));
            }
            if self.live.wishes.max_age.is_some() {
                return Err((Invariant::HonestAge, "came from KV though an age was asked for".to_owned()));
            }
            return Ok(Source { invariant: Invariant::KvIsMarked, from: received - KV_LAG, kv: true });
        }
        let age = self.live.wishes.max_age.map(|age| age.max(0));
        let beyond = self.finding.as_of.is_some_and(|at| self.answer.received_at.millis() - at.millis() > S);
        let (invariant, allowed) = if beyond || facts.degraded {
            let failing = self.live.failed || {
                self.node.failed_at >= received - FAILING - self.node.slack(received - 2 * FAILING)
            };
            if !failing && self.live.kv.is_empty() {
                return Err((Invariant::RevokedWithinS, self.tell(received - S, "degraded though D1 answers")));
            }
            if !facts.degraded {
                return Err((Invariant::MemoryInOutage, self.tell(received - S, "older than S and not marked")));
            }
            (Invariant::MemoryInOutage, MEMORY_SERVES)
        } else {
            (Invariant::RevokedWithinS, S)
        };
        match age {
            Some(0) => Ok(Source { invariant: Invariant::StrictReadsPrimary, from: received, kv: false }),
            age => Ok(Source { invariant, from: received - age.map_or(allowed, |age| age.min(allowed)), kv: false }),
        }
    }

    /// What it says of its age.
    fn facts(&self) -> Checked {
        let facts = self.answer.facts(self.finding);
        let Some(as_of) = self.finding.as_of else { return Ok(()) };
        if as_of > self.shown {
            return Err((Invariant::HonestAge, format!("is true as of {as_of}, which has yet to come")));
        }
        if facts.as_of.zip(facts.age_ms).is_some_and(|(at, age)| self.shown.millis() - at.millis() != age) {
            return Err((Invariant::HonestAge, format!("says {facts:?} at {}", self.shown)));
        }
        let from = as_of.millis() - self.node.offset;
        let from = from - self.node.slack(from - MEMORY_SERVES);
        if let Held::Record(record) = &self.finding.held
            && !self.had(record, from, false)
            && !self.live.kv.contains(&self.place)
        {
            return Err((Invariant::HonestAge, self.tell(from, &format!("{} as of {from}", record.name))));
        }
        Ok(())
    }

    fn unavailable(&self) -> Checked {
        if self.calm && !self.live.spent {
            return Err((Invariant::Answered, self.tell(self.live.received, "unavailable though D1 answers")));
        }
        Ok(())
    }

    fn tell(&self, from: i64, what: &str) -> String {
        let Live { received, reads, slept, .. } = self.live;
        let told: Vec<String> = self.hashes.iter().map(|hash| self.world.tell(*hash)).collect();
        format!(
            "was answered: {what}. The request came at {received} with max_age {:?}, slept {slept}, made {reads} reads, \
             and was answered at {} (the isolate's clock showed {}). True since {from} would have done; it was {}.",
            self.live.wishes.max_age,
            self.world.now,
            self.shown.millis(),
            told.join(" / "),
        )
    }
}

/// What the machine keeps.
pub fn memory(node: &Node) -> Checked {
    let [records, bytes, absents, payers] = node.isolate.size();
    if records > LIMITS.records || bytes > LIMITS.record_bytes || absents > LIMITS.absents || payers > LIMITS.payers {
        let story = format!("{records} records of {bytes} bytes, {absents} absents, {payers} payers");
        return Err((Invariant::MemoryInBounds, story));
    }
    Ok(())
}

/// How often one payer has had looked up what does not exist.
pub fn budget(times: &[i64], now: i64) -> Checked {
    let recent = times.iter().filter(|at| **at > now - 60_000).count();
    if i64::try_from(recent).is_ok_and(|recent| recent <= 2 * LIMITS.misses) {
        return Ok(());
    }
    Err((
        Invariant::MissBudget,
        format!("one payer has caused {recent} look-ups within a minute of what does not exist"),
    ))
}
