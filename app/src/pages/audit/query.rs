//! Which entries are shown: what the address says, and the filters that it becomes.

use claviger_core::{
    time::Timestamp,
    wire::{audit::TargetKind, key::ActorKind},
};

use crate::{api::parameter, routes::Page};

/// The actions that can be chosen, and what they are called.
pub const ACTIONS: [(&str, &str); 19] = [
    ("", "Everything"),
    ("api_key.created", "Keys made"),
    ("api_key.minted", "Secrets given out"),
    ("api_key.updated", "Keys changed"),
    ("api_key.rotated", "Keys rotated"),
    ("api_key.revoked", "Keys revoked"),
    ("api_key.deleted", "Keys deleted"),
    ("api_key.leaked", "Keys leaked"),
    ("api_key.leak_resolved", "Leaks dealt with"),
    ("user.created", "People added"),
    ("user.updated", "People changed"),
    ("user.deleted", "People removed"),
    ("invite.created", "Invitations"),
    ("session.created", "Sign-ins"),
    ("passkey.created", "Passkeys registered"),
    ("webhook.created", "Webhooks made"),
    ("webhook.switched_off", "Webhooks given up"),
    ("webhook.deleted", "Webhooks deleted"),
    ("organization.updated", "Settings changed"),
];

/// What the address says about the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// One action only; empty for all.
    pub action: String,
    /// About things of this kind.
    pub target: Option<TargetKind>,
    /// About this one.
    pub target_id: Option<i64>,
    /// By actors of this kind.
    pub actor: Option<ActorKind>,
    /// By this one.
    pub actor_id: Option<i64>,
    /// From this day on, `2027-02-18`, or empty.
    pub from: String,
    /// To this day, or empty.
    pub to: String,
}

impl LogQuery {
    /// Reads the address; `get` answers a query parameter. What does not fit is left out.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Self {
        let read = |name: &str| get(name).unwrap_or_default();
        let (target, target_id) = parted(&read("target"), TargetKind::parse);
        let (actor, actor_id) = parted(&read("actor"), ActorKind::parse);
        let day = |name: &str| Some(read(name)).filter(|text| is_day(text)).unwrap_or_default();
        Self {
            action: Some(read("action")).filter(|text| is_action(text)).unwrap_or_default(),
            target,
            target_id,
            actor,
            actor_id,
            from: day("from"),
            to: day("to"),
        }
    }

    /// The address of `page` with this query.
    pub fn address(&self, page: Page) -> String {
        let mut text = String::new();
        if !self.action.is_empty() {
            text += &parameter("action", &self.action);
        }
        if let Some(kind) = self.target {
            text += &parameter("target", &joined(kind.word(), self.target_id));
        }
        if let Some(kind) = self.actor {
            text += &parameter("actor", &joined(kind.word(), self.actor_id));
        }
        for (name, day) in [("from", &self.from), ("to", &self.to)] {
            if !day.is_empty() {
                text += &parameter(name, day);
            }
        }
        let query = text.strip_prefix('&').map(|rest| format!("?{rest}")).unwrap_or_default();
        format!("{}{query}", page.address())
    }

    /// The API's parameters; `midnight` answers when a day begins here, or the one so many days later.
    pub fn request(&self, midnight: impl Fn(&str, u8) -> Option<Timestamp>) -> String {
        let mut text = String::new();
        if !self.action.is_empty() {
            text += &parameter("action", &self.action);
        }
        if let Some(kind) = self.target {
            text += &parameter("target_type", kind.word());
        }
        if let Some(kind) = self.actor {
            text += &parameter("actor_type", kind.word());
        }
        for (name, id) in [("target_id", self.target_id), ("actor_id", self.actor_id)] {
            if let Some(id) = id {
                text += &parameter(name, &id.to_string());
            }
        }
        for (name, day, later) in [("since", &self.from, 0), ("until", &self.to, 1)] {
            if let Some(moment) = Some(day).filter(|day| !day.is_empty()).and_then(|day| midnight(day, later)) {
                text += &parameter(name, &moment.to_string());
            }
        }
        text
    }

    /// Whether anything narrows the log.
    pub fn is_narrowed(&self) -> bool {
        *self != Self::default()
    }
}

/// `api_key:7`, or `api_key`.
fn joined(kind: &str, id: Option<i64>) -> String {
    id.map_or_else(|| kind.to_owned(), |id| format!("{kind}:{id}"))
}

fn parted<T>(text: &str, parse: fn(&str) -> Option<T>) -> (Option<T>, Option<i64>) {
    let (kind, id) = text.split_once(':').map_or((text, None), |(kind, id)| (kind, Some(id)));
    let id = id.map(|id| id.parse().ok().filter(|id: &i64| (1..=9_007_199_254_740_991).contains(id)));
    match (parse(kind), id) {
        (Some(kind), None) => (Some(kind), None),
        (Some(kind), Some(Some(id))) => (Some(kind), Some(id)),
        _ => (None, None),
    }
}

fn is_action(text: &str) -> bool {
    let word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase());
    text.len() <= 64 && text.split_once('.').is_some_and(|(noun, verb)| word(noun) && word(verb))
}

fn is_day(text: &str) -> bool {
    text.len() == 10 && Timestamp::parse(&format!("{text}T00:00:00Z")).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> LogQuery {
        LogQuery::read(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn an_address_that_says_nothing_or_nonsense_shows_everything() {
        let nonsense = [
            ("action", "x"),
            ("target", "key"),
            ("actor", "user:x"),
            ("from", "2026-02-30"),
            ("to", "2026-11-21T00:00:00Z"),
        ];
        for query in [read(&[]), read(&nonsense), read(&[("target", "api_key:0")])] {
            assert_eq!(query, LogQuery::default());
            assert!(!query.is_narrowed());
        }
    }

    #[test]
    fn every_action_that_is_offered_can_be_asked_for() {
        for (action, _) in ACTIONS.iter().skip(1) {
            assert_eq!(read(&[("action", action)]).action, *action);
        }
    }
}
