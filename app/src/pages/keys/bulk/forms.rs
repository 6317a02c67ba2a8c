//! What is asked before something is done to many keys.

use claviger_core::wire::bulk::BulkAction;
use leptos::prelude::*;

use super::{
    asking::{Asking, REASON},
    words,
};
use crate::{
    components::{
        button::{Button, ButtonKind},
        error::ErrorNote,
        field::Field,
        fixed::{Fix, Fixed, dynamic, optional, text},
        select::{Options, Select},
    },
    pages::key_actions::Grace,
};

/// More than this takes a while.
const MANY: usize = 50;

/// Number, names, consequence, and the two buttons.
#[component]
pub fn Form(asking: Asking) -> impl IntoView {
    let action = asking.action;
    let names = text(move || {
        asking.keys.with(|keys| words::some(&keys.iter().map(|key| key.name.as_str()).collect::<Vec<_>>()))
    });
    let refusing = Memo::new(move |_| {
        asking.keys.with(|keys| keys.iter().filter_map(|key| key.refuses(action)).collect::<Vec<_>>())
    });
    let stuck =
        Signal::derive(move || refusing.with(|refusing| !refusing.is_empty()) || asking.keys.with(Vec::is_empty));
    let dangerous = matches!(action, BulkAction::Revoke | BulkAction::Delete);
    let one = Memo::new(move |_| asking.keys.with(Vec::len) == 1);
    let label = text(move || {
        let what = words::keys(asking.keys.with(Vec::len));
        format!("{} {what}", words::verb(action))
    });
    view! {
        {optional(move || {
            asking.ends_own().then(|| {
                view! { <p class="note warn">"The key you are signed in with is among them: you will be signed out."</p> }.fixed()
            })
        })}
        <p class="dialog-lead">{text(move || words::consequence(action, one.get()).to_owned())}</p>
        <p class="bulk-names">{names}</p>
        {optional(move || refused(asking, refusing.get()))}
        <Details asking=asking />
        {optional(move || (!one.get()).then(|| view! {
            <p class="quiet">"All of them or none: if one cannot be changed, none is."</p>
        }.fixed()))}
        <Progress asking=asking />
        <ErrorNote error=asking.failure />
        {optional(move || {
            let blamed = asking.blamed.get();
            (!blamed.is_empty()).then(|| {
                let says = if blamed.len() == 1 { "Leave it out of this" } else { "Leave them out of this" };
                let leave = Callback::new(move |()| asking.leave_out(|key| blamed.contains(&key.id)));
                view! { <Button on_press=leave>{says}</Button> }.fixed()
            })
        })}
        <div class="dialog-actions">
            <Button on_press=Callback::new(move |()| asking.close()) autofocus=true>
                "Cancel"
            </Button>
            <Button
                kind=if dangerous { ButtonKind::Danger } else { ButtonKind::Primary }
                on_press=Callback::new(move |()| asking.send())
                busy=asking.busy
                disabled=stuck
            >
                {if dangerous { "Yes, " } else { "" }}
                {if dangerous { text(move || label.get().to_lowercase()) } else { label }}
            </Button>
        </div>
    }
}

/// What is known beforehand to stand in the way.
fn refused(asking: Asking, why: Vec<&'static str>) -> Option<Fixed> {
    let count = why.len();
    let all = asking.keys.with_untracked(Vec::len);
    let mut reasons = why;
    reasons.sort_unstable();
    reasons.dedup();
    let past = words::past(asking.action);
    let action = asking.action;
    (count > 0).then(|| {
        let says = if count == all {
            format!("None of them can be {past}: they are {}.", reasons.join(" or "))
        } else {
            let are = if count == 1 { "1 is".to_owned() } else { format!("{count} are") };
            format!("Not all of them can be {past}: {are} {}.", reasons.join(" or "))
        };
        let leave = Callback::new(move |()| asking.leave_out(|key| key.refuses(action).is_some()));
        view! {
            <div class="note warn" role="status">
                <p>{says}</p>
                {(count < all).then(|| view! { <Button on_press=leave>"Leave them out"</Button> })}
            </div>
        }
        .fixed()
    })
}

/// The grace of a rotation, the reason of a revocation.
#[component]
fn Details(asking: Asking) -> impl IntoView {
    dynamic(move || {
        // What may have been asked for already is asked for again as it was.
        let again = asking.uncertain.with(Option::is_some);
        match asking.action {
            BulkAction::Rotate if again => {
                view! { <p class="field-note">{text(move || asking.grace_says())}</p> }.fixed()
            }
            BulkAction::Rotate => {
                let options =
                    Options::new(&Grace::CHOICES, move || asking.grace.get(), move |grace| asking.grace.set(grace));
                let says = text(move || asking.grace_says());
                view! { <Select id="grace" label="The old keys work on for" options=options note=says /> }.fixed()
            }
            BulkAction::Revoke if !again => view! {
                <Field
                    id=REASON
                    label="Reason (optional)"
                    hint="Up to 500 characters, read by everybody who sees these keys"
                    value=asking.reason
                    on_input=Callback::new(move |text| asking.reason.set(text))
                    problem=asking.problem
                />
            }
            .fixed(),
            _ => ().fixed(),
        }
    })
}

#[component]
fn Progress(asking: Asking) -> impl IntoView {
    let working =
        Memo::new(move |_| Some(asking.keys.with(Vec::len)).filter(|count| asking.busy.get() && *count >= MANY));
    let progress = optional(move || {
        working.get().map(|count| {
            view! {
                <label class="bulk-progress">
                    {format!("Working on {count} keys…")} <progress></progress>
                </label>
            }
            .fixed()
        })
    });
    view! { <div class="note-place" role="status">{progress}</div> }
}
