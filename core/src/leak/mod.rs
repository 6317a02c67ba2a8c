//! Secrets that were seen where they must not be: who says so, what is believed of it, and what becomes of the key.
//!
//! Two say so. Whoever holds a secret proves it by sending it (`POST /v1/revoke`), and could do worse with it than have it ended.
//! GitHub signs what it has found in public (`POST /v1/secret-scanning/github`); what follows is the organization's to say.

mod batch;
#[cfg(test)]
mod fuzz;
mod github;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::{
    batch::{MOST_KEYS, Presented, read_batch},
    github::{Envelope, EnvelopeFlaw, Feedback, Label, Match, feedback, read_keys, read_report},
};
use crate::{
    key::{Refused, words},
    secret::find_secret,
    time::Timestamp,
    wire::key::{Actor, Key},
};

/// Longest address of a find that is kept, in bytes.
const LONGEST_URL: usize = 500;

words! {
    /// Who says that a secret has leaked.
    LeakSource {
        /// Somebody who has it.
        Possession = "possession",
        /// GitHub, which has found it in public.
        GitHub = "github",
    }
}

words! {
    /// What becomes of a key when GitHub reports its secret.
    LeakPolicy {
        /// It works on; its owners are told.
        Flag = "flag",
        /// It is revoked; its owners are told.
        Revoke = "revoke",
    }
}

/// That a secret of a key was reported, the last time that this happened.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leak {
    /// When.
    pub reported_at: Timestamp,
    /// By whom.
    pub source: LeakSource,
    /// Where it was found, if that was said.
    pub url: Option<String>,
    /// When somebody dealt with it: revoked the key, rotated it without a grace, or said so. Null is open.
    pub resolved_at: Option<Timestamp>,
}

impl Leak {
    /// A new report. An address that is no plain one, or holds a secret, is left out.
    #[must_use]
    pub fn reported(source: LeakSource, url: Option<&str>, now: Timestamp) -> Self {
        let plain = |url: &&str| {
            url.starts_with("https://")
                && url.len() <= LONGEST_URL
                && url.bytes().all(|byte| byte.is_ascii_graphic())
                && find_secret(url).is_none()
        };
        Self { reported_at: now, source, url: url.filter(plain).map(str::to_owned), resolved_at: None }
    }

    /// Whether somebody still has to deal with it.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.resolved_at.is_none()
    }
}

/// What decides about one reported secret, beside its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported {
    /// When it stops working, if it was replaced.
    pub ends_at: Option<Timestamp>,
    /// It was reported before.
    pub before: bool,
    /// Who reports it now.
    pub source: LeakSource,
    /// Of the key's organization.
    pub policy: LeakPolicy,
}

/// What becomes of the key, the strongest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Response {
    /// Nothing that is not so already: nobody fills a log by saying the same again.
    Nothing,
    /// Its owners are told.
    Flag,
    /// It is revoked, and its owners are told.
    Revoke,
}

impl Reported {
    /// What becomes of `key`, which has this secret.
    ///
    /// GitHub's reports carry no time, so one that is sent again looks like a new one: what somebody has dealt with since stays
    /// as they left it.
    #[must_use]
    pub fn response(self, key: &Key, now: Timestamp) -> Response {
        let retired = self.ends_at.is_some_and(|moment| moment <= now);
        let dealt_with = self.before && key.leak.as_ref().is_none_or(|leak| !leak.is_open());
        match (self.source, self.policy) {
            _ if key.revoked_at.is_some() => Response::Nothing,
            (LeakSource::Possession, _) if !retired => Response::Revoke,
            (LeakSource::GitHub, LeakPolicy::Revoke) if !retired && !dealt_with => Response::Revoke,
            _ if self.before => Response::Nothing,
            _ => Response::Flag,
        }
    }
}

/// Why a key was revoked, as everybody reads who asks why it does not work.
#[must_use]
pub const fn reason(source: LeakSource) -> &'static str {
    match source {
        LeakSource::Possession => "Leaked: revoked by somebody who holds its secret.",
        LeakSource::GitHub => "Leaked: GitHub found its secret in public.",
    }
}

impl Key {
    /// The key with an open report.
    #[must_use]
    pub fn leaked(&self, leak: &Leak, now: Timestamp) -> Self {
        let mut after = self.clone();
        after.leak = Some(leak.clone());
        after.next(now)
    }

    /// The key ended for ever because of a report, which stays open until somebody has seen it.
    ///
    /// # Errors
    /// [`Refused::Revoked`] when it is already.
    pub fn ended_by(&self, leak: &Leak, by: &Actor, now: Timestamp) -> Result<Self, Refused> {
        let mut after = self.revoked(by, Some(reason(leak.source)), now)?;
        after.leak = Some(leak.clone());
        Ok(after)
    }

    /// The key with its report dealt with; itself when there is none that is open.
    #[must_use]
    pub fn leak_resolved(&self, now: Timestamp) -> Self {
        let mut after = self.clone();
        after.close_leak(now);
        if after == *self { after } else { after.next(now) }
    }

    /// Whoever ends the secret that leaked has dealt with it.
    pub(crate) fn close_leak(&mut self, now: Timestamp) {
        if let Some(leak) = self.leak.as_mut().filter(|leak| leak.is_open()) {
            leak.resolved_at = Some(now);
        }
    }
}
