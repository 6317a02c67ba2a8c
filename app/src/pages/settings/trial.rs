//! Asks before an organization goes on trial: all of its keys stop at once.

use leptos::prelude::*;

use super::saving::Saving;
use crate::{
    components::{
        button::ButtonKind,
        confirm::{Confirm, Doing},
        fixed::{Fix, Fixed, text},
    },
    usage,
};

/// Names what stops, and saves when that is meant.
pub fn trial_dialog(saving: Saving) -> Fixed {
    let name = untrack(|| saving.viewed.name());
    let stops = text(move || saving.viewed.record().map(|record| what_stops(record.live_keys)).unwrap_or_default());
    view! {
        <Confirm
            title=format!("Put {name} on trial?")
            yes="Put on trial"
            kind=ButtonKind::Danger
            doing=Doing::new()
            on_yes=Callback::new(move |()| saving.send_as_meant())
            on_cancel=Callback::new(move |()| saving.asks_about_trial.set(false))
            return_to="organization-key_limit"
        >
            <p class="dialog-lead">{stops}</p>
            <p>"Its keys are kept, and work again when you change the plan back. Its people still sign in and read why."</p>
        </Confirm>
    }
    .fixed()
}

/// "All keys of this organization stop working at once: 18 live service keys, and its people’s own."
fn what_stops(live: u32) -> String {
    let service = match live {
        0 => "it has no live service key, but its people’s own stop".to_owned(),
        live => format!("{}, and its people’s own", usage::of(u64::from(live), "live service key")),
    };
    format!("All keys of this organization stop working at once: {service}. Whatever uses one of them is refused.")
}

#[cfg(test)]
mod tests {
    use super::what_stops;

    #[test]
    fn what_stops_is_counted() {
        assert!(what_stops(1_204).contains("at once: 1,204 live service keys, and its people’s own."));
        assert!(what_stops(1).contains("at once: 1 live service key, and"));
        assert!(what_stops(0).contains("it has no live service key"));
    }
}
