//! Both versions side by side, and a choice for each part.

use leptos::prelude::*;

use super::{Conflict, Difference, FormPart, Side};
use crate::components::{
    button::{Button, ButtonKind},
    dialog::Dialog,
    fixed::{Fix, Fixed, on},
};

/// Asks about each part of `conflict`, which is drawn only while there is one. Nothing typed is lost, whatever is pressed.
pub fn conflict_dialog<P: FormPart>(
    title: &'static str,
    conflict: RwSignal<Option<Conflict<P>>>,
    decide: Callback<()>,
) -> Fixed {
    let by = conflict.with_untracked(|now| now.as_ref().and_then(|now| now.by.clone()));
    let rows = untrack(|| conflict.get()).map(|now| {
        let rows = now.differences.iter().map(|difference| {
            let part = difference.part;
            row(Row {
                label: part.label(),
                who: who(difference),
                mine: part.told(&now.mine),
                theirs: part.told(&P::fill(&now.theirs)),
                kept: Callback::new(move |side: Side| {
                    conflict.with(|now| {
                        let mut all = now.iter().flat_map(|now| &now.differences);
                        all.any(|difference| difference.part == part && difference.kept == side)
                    })
                }),
                keep: Callback::new(move |side| {
                    conflict.update(|now| now.iter_mut().for_each(|now| now.keep(part, side)));
                }),
            })
        });
        rows.collect()
    });
    let back = Callback::new(move |()| conflict.set(None));
    let all = Callback::new(move |side| conflict.update(|now| now.iter_mut().for_each(|now| now.keep_all(side))));
    frame(title, by, rows.unwrap_or_default(), all, back, decide)
}

const fn who<P>(difference: &Difference<P>) -> &'static str {
    match (difference.by_me, difference.by_them) {
        (true, true) => "You both changed it",
        (true, false) => "You changed it",
        (false, _) => "They changed it",
    }
}

fn frame(
    title: &'static str,
    by: Option<String>,
    rows: Vec<Fixed>,
    all: Callback<Side>,
    back: Callback<()>,
    decide: Callback<()>,
) -> Fixed {
    view! {
        <Dialog title=title on_dismiss=back class="dialog conflict">
            <p class="dialog-lead">
                {by.unwrap_or_else(|| "They saved while you were editing.".to_owned())}
                " Choose what is kept; nothing is saved before that."
            </p>
            <div class="conflict-all">
                <Button on_press=Callback::new(move |()| all.run(Side::Mine)) autofocus=true>
                    "Keep all of mine"
                </Button>
                <Button on_press=Callback::new(move |()| all.run(Side::Theirs))>"Take all of theirs"</Button>
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
}

/// A part of which there are two versions, without its type.
struct Row {
    label: &'static str,
    who: &'static str,
    mine: String,
    theirs: String,
    /// Whether this side is kept, tracked.
    kept: Callback<Side, bool>,
    keep: Callback<Side>,
}

fn row(Row { label, who, mine, theirs, kept, keep }: Row) -> Fixed {
    let choice = |side: Side, says: &'static str, value: String| {
        let id = format!("conflict-{label}-{says}").to_lowercase().replace(' ', "-");
        let value_id = format!("{id}-value");
        view! {
            <div class="choice">
                <input
                    type="radio"
                    name=format!("conflict-{label}")
                    id=id.clone()
                    aria-describedby=value_id.clone()
                    prop:checked=Signal::derive(move || kept.run(side))
                    on:change=on(move |_: leptos::ev::Event| keep.run(side))
                />
                <label for=id>{says}</label>
                <p id=value_id class="conflict-value">{value}</p>
            </div>
        }
    };
    view! {
        <fieldset class="choices conflict-part">
            <legend>{label} <span class="quiet">{who}</span></legend>
            <div class="choices-list">
                {choice(Side::Mine, "Keep mine", mine)}
                {choice(Side::Theirs, "Take theirs", theirs)}
            </div>
        </fieldset>
    }
    .fixed()
}
