//! Somebody else has saved meanwhile: both versions side by side, and a choice for each part.

use leptos::prelude::*;

use super::{
    fields::{KeyFields, Part, Until},
    merge::{Conflict, Difference, Side},
    saving::Saving,
};
use crate::{
    browser::intl,
    components::{
        button::{Button, ButtonKind},
        dialog::Dialog,
        fixed::{Fix, Fixed, on},
    },
    format,
    pages::{key::words, keys::create::Expiry},
};

/// Nothing typed is lost, whatever is pressed.
#[component]
pub fn ConflictDialog(saving: Saving) -> impl IntoView {
    // Drawn only while there is one.
    let conflict = untrack(|| saving.conflict.get());
    let back = Callback::new(move |()| saving.conflict.set(None));
    let all = move |side: Side| {
        Callback::new(move |()| {
            saving.conflict.update(|conflict| {
                if let Some(conflict) = conflict {
                    conflict.keep_all(side);
                }
            });
        })
    };
    let decide = Callback::new(move |()| saving.decide());
    conflict.map(|conflict| {
        let rows: Vec<_> = conflict.differences.iter().map(|difference| row(saving, difference, &conflict)).collect();
        view! {
            <Dialog title="Somebody else has changed this key" on_dismiss=back class="dialog conflict">
                <p class="dialog-lead">
                    "They saved while you were editing. Choose what is kept; nothing is saved before that."
                </p>
                <div class="conflict-all">
                    <Button on_press=all(Side::Mine) autofocus=true>
                        "Keep all of mine"
                    </Button>
                    <Button on_press=all(Side::Theirs)>"Take all of theirs"</Button>
                </div>
                {rows}
                <div class="dialog-actions">
                    <Button on_press=back>"Back to the form"</Button>
                    <Button kind=ButtonKind::Primary on_press=decide>
                        "Save this"
                    </Button>
                </div>
            </Dialog>
        }
        .fixed()
    })
}

fn row(saving: Saving, difference: &Difference, conflict: &Conflict) -> Fixed {
    let Difference { part, by_me, by_them, .. } = *difference;
    let mine = told(part, &conflict.mine);
    let theirs = told(part, &KeyFields::of(&conflict.theirs));
    let who = match (by_me, by_them) {
        (true, true) => "You both changed it",
        (true, false) => "You changed it",
        (false, _) => "They changed it",
    };
    let choice = |side: Side, says: &'static str, value: String| {
        let id = format!("conflict-{}-{says}", part.label()).to_lowercase().replace(' ', "-");
        let value_id = format!("{id}-value");
        let kept = Signal::derive(move || {
            saving.conflict.with(|conflict| {
                let mut all = conflict.iter().flat_map(|conflict| &conflict.differences);
                all.any(|difference| difference.part == part && difference.kept == side)
            })
        });
        let keep = move |_: leptos::ev::Event| {
            saving.conflict.update(|conflict| {
                if let Some(conflict) = conflict {
                    conflict.keep(part, side);
                }
            });
        };
        view! {
            <div class="choice">
                <input
                    type="radio"
                    name=format!("conflict-{}", part.label())
                    id=id.clone()
                    aria-describedby=value_id.clone()
                    prop:checked=kept
                    on:change=on(keep)
                />
                <label for=id>{says}</label>
                <p id=value_id class="conflict-value">{value}</p>
            </div>
        }
    };
    view! {
        <fieldset class="choices conflict-part">
            <legend>{part.label()} <span class="quiet">{who}</span></legend>
            <div class="choices-list">
                {choice(Side::Mine, "Keep mine", mine)}
                {choice(Side::Theirs, "Take theirs", theirs)}
            </div>
        </fieldset>
    }
    .fixed()
}

/// A part of the form in words.
fn told(part: Part, fields: &KeyFields) -> String {
    let or = |text: &str, empty: &str| if text.trim().is_empty() { empty.to_owned() } else { text.to_owned() };
    match part {
        Part::Name => or(&fields.name, "Empty"),
        Part::Description => or(&fields.description, "Empty"),
        Part::Status => words::activation(fields.active).to_owned(),
        Part::Access => format::access(fields.access).to_owned(),
        Part::Scopes => or(&fields.scopes, "None"),
        Part::Expiry => expiry(fields),
        Part::AllowedIps => or(&fields.allowed_ips, "Anywhere"),
        Part::RateLimit if fields.limit.trim().is_empty() => "None".to_owned(),
        Part::RateLimit => format!("{} calls in {} seconds", fields.limit.trim(), fields.window.trim()),
        Part::Credits => credits(fields),
        Part::Metadata => or(&fields.metadata, "None"),
    }
}

fn expiry(fields: &KeyFields) -> String {
    match fields.until {
        Until::Stored(None) | Until::Chosen(Expiry::Never) => "Never".to_owned(),
        Until::Stored(Some(moment)) => intl::with_zone(moment),
        Until::Chosen(expiry) => {
            expiry.resolve(intl::now(), intl::from_local(&fields.custom)).map(intl::with_zone).unwrap_or_default()
        }
    }
}

fn credits(fields: &KeyFields) -> String {
    let left = fields.remaining.trim();
    match fields.refill_interval {
        _ if left.is_empty() => "No limit".to_owned(),
        None => format!("{left} calls left"),
        Some(interval) => {
            format!("{left} calls left, set to {} {}", fields.refill_amount.trim(), words::interval_words(interval))
        }
    }
}
