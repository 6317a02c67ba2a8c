//! What of a key's limits was used: the only one who knows.

use serde::{Deserialize, Serialize};

use super::{Balance, Call, Lease, Reply, Settings, Spent, Work, window::Window};
use crate::{
    key::{Credits, RateLimit},
    time::Timestamp,
    verify::Code,
    wire::verify::{CreditsLeft, RateLeft},
};

/// A lease is at most this part of the limit…
const PART_OF_LIMIT: u64 = 20;
/// …and of what is left. The closer to the end, the smaller: what one isolate was lent and does not use, others lack.
const PART_OF_LEFT: u64 = 10;

/// The ledger of one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    settings: Settings,
    window: Window,
    credits: u64,
    /// Until then all refills are in `credits`.
    refilled_at: Timestamp,
    told: u64,
}

impl Ledger {
    /// The ledger of a key that was never used.
    #[must_use]
    pub fn new(settings: &Settings, now: Timestamp) -> Self {
        let credits = settings.credits.map_or(0, |credits| credits.remaining);
        Self { settings: *settings, window: Window::new(now), credits, refilled_at: now, told: credits }
    }

    /// Does what is asked, by the newest settings that anybody brought.
    #[must_use]
    pub fn answer(&mut self, call: &Call, now: Timestamp) -> Reply {
        self.refill(now);
        self.adopt(&call.settings, now);
        if let Some(rate) = self.settings.rate_limit {
            self.window = self.window.at(rate, now);
        }
        let mut reply = Reply { version: self.settings.version, ..Reply::default() };
        match &call.work {
            Work::Spend(costs) => {
                reply.spent = costs.iter().map(|cost| self.spend(*cost, now)).collect();
                reply.lease = self.lease(costs, &reply.spent, now);
            }
            Work::Look => {}
            Work::Tell => self.told = self.credits,
        }
        reply.credits = self.settings.credits.map(|_| Balance { remaining: self.credits, told: self.told });
        reply
    }

    /// Settings are taken once. The window keeps what was counted, and the credits what is left unless they were set.
    fn adopt(&mut self, settings: &Settings, now: Timestamp) {
        if settings.version <= self.settings.version {
            return;
        }
        if settings.credits_version > self.settings.credits_version {
            self.credits = settings.credits.map_or(0, |credits| credits.remaining);
            // The answer to who has set them said so.
            self.told = self.credits;
        }
        let refill = |credits: Option<Credits>| credits.map(|credits| (credits.refill_amount, credits.refill_interval));
        if refill(settings.credits) != refill(self.settings.credits)
            || settings.credits_version > self.settings.credits_version
        {
            // From now on: a midnight that is past is not made up for.
            self.refilled_at = now;
        }
        let credits_version = settings.credits_version.max(self.settings.credits_version);
        self.settings = Settings { credits_version, ..*settings };
    }

    /// At the first use after one or several midnights. A clock that goes back refills nothing twice.
    fn refill(&mut self, now: Timestamp) {
        let Some(Credits { refill_amount: Some(amount), refill_interval: Some(interval), .. }) = self.settings.credits
        else {
            return;
        };
        if interval.next(self.refilled_at) <= now {
            self.credits = amount;
            self.refilled_at = now;
        }
    }

    /// The rate before the credits; what is refused by either takes from none.
    fn spend(&mut self, cost: u64, now: Timestamp) -> Spent {
        let rate = self.settings.rate_limit;
        let code = if rate.is_some_and(|rate| self.window.left(rate, now) < cost) {
            Code::RateLimited
        } else if self.settings.credits.is_some() && self.credits < cost {
            Code::CreditsExhausted
        } else {
            self.window.spend(cost);
            self.credits = self.credits.saturating_sub(cost);
            Code::Valid
        };
        Spent {
            code,
            rate_limit: rate.map(|rate| self.rate_left(rate, (code == Code::RateLimited).then_some(cost), now)),
            credits: self.settings.credits.map(|_| CreditsLeft { remaining: self.credits }),
        }
    }

    fn rate_left(&self, rate: RateLimit, refused: Option<u64>, now: Timestamp) -> RateLeft {
        let reset =
            refused.map_or_else(|| self.window.ends_in(rate, now), |cost| self.window.wait(rate, cost, now).max(1));
        RateLeft { limit: rate.limit, remaining: Some(self.window.left(rate, now)), reset_ms: Some(reset) }
    }

    /// Counted here and now, so that whatever becomes of it nobody else gets it too.
    fn lease(&mut self, costs: &[u64], spent: &[Spent], now: Timestamp) -> Option<Lease> {
        let rate = self.settings.rate_limit.filter(|_| self.settings.credits.is_none())?;
        if spent.iter().any(|spent| spent.code != Code::Valid) {
            return None;
        }
        let left = self.window.left(rate, now);
        let most = (rate.limit / PART_OF_LIMIT).min(left / PART_OF_LEFT);
        // What this call has spent is a part of it.
        let tokens = costs.iter().fold(most, |most, cost| most.saturating_sub(*cost));
        if tokens == 0 {
            return None;
        }
        self.window.spend(tokens);
        Some(Lease { tokens, beyond: self.window.left(rate, now), for_ms: self.window.ends_in(rate, now) })
    }
}
