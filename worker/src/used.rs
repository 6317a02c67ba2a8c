//! When secrets were last used: noted while a request is judged, written after its answer has gone, at most once a minute
//! for each. A refused secret was not used.

use std::sync::PoisonError;

use claviger_core::{
    secret::SecretHash,
    time::{MINUTE, Timestamp},
};

use crate::{
    incoming::Incoming,
    log,
    store::{
        Database,
        credentials::{self, Credential},
    },
};

/// A presented secret, and what is known of its use.
pub struct Use {
    /// Which.
    pub hash: SecretHash,
    /// The latest use that is written down.
    pub last: Option<Timestamp>,
    /// When its key's secret was replaced last. Whether the old one was used after that is what people look for.
    pub rotated_at: Option<Timestamp>,
}

impl Use {
    fn is_news(&self, now: Timestamp) -> bool {
        let minute = Timestamp::from_millis(now.millis() - now.millis().rem_euclid(MINUTE));
        self.last.is_none_or(|last| last < minute || Some(last) < self.rotated_at)
    }
}

/// The secret was good for what this request asked.
pub fn note(incoming: &Incoming, credential: &Credential) {
    if credential.presented.is_news(incoming.now) {
        incoming.used.lock().unwrap_or_else(PoisonError::into_inner).push(credential.presented.hash);
    }
}

/// What is left to do when the answer has gone, if anything.
pub fn writing(incoming: &Incoming) -> Option<impl Future<Output = ()> + 'static> {
    let used = std::mem::take(&mut *incoming.used.lock().unwrap_or_else(PoisonError::into_inner));
    let incoming = incoming.clone();
    (!used.is_empty()).then_some(async move {
        let written = match Database::of_request(&incoming) {
            Ok(database) => credentials::mark_used(&database, &used, incoming.now).await,
            Err(failure) => Err(failure),
        };
        if let Err(failure) = written {
            log::scheduled_failure("mark_used", &failure);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_news(last: Option<i64>, rotated_at: Option<i64>, now: i64) -> bool {
        let time = |at: i64| Timestamp::from_millis(at * 1000);
        Use { hash: SecretHash::of("a"), last: last.map(time), rotated_at: rotated_at.map(time) }.is_news(time(now))
    }

    #[test]
    fn a_use_is_written_once_a_minute_and_once_after_a_rotation() {
        assert!(is_news(None, None, 610));
        assert!(!is_news(Some(605), None, 610));
        assert!(is_news(Some(599), None, 600));
        assert!(is_news(Some(605), Some(607), 610));
        assert!(!is_news(Some(608), Some(607), 610));
    }
}
