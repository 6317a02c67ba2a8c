//! Who was invited and has not come in yet.

use claviger_core::wire::user::PendingInvite;
use leptos::prelude::*;

use super::{
    rank,
    state::{Open, PeopleState},
};
use crate::{
    api,
    components::{
        button::{Button, ButtonKind},
        confirm::{Confirm, Doing},
        error::ErrorState,
        fixed::{Fix, Fixed, optional, spawn},
        moment::{Deadline, Moment},
        table::{Cell, ColumnHead},
        toast::use_toasts,
    },
    format::{self, user_role},
    session::use_session,
};

/// Below the people, when there are any. Not above: the list would move when they come.
#[component]
pub fn Invitations() -> impl IntoView {
    let state = expect_context::<PeopleState>();
    let listed = Memo::new(move |_| state.list.with(|list| list.is_some()));
    optional(move || {
        if !listed.get() || state.api_only() {
            return None;
        }
        let content = match state.invites.get()? {
            Ok(invites) if invites.is_empty() => return None,
            Ok(invites) => table(invites, state),
            // Said above the list already, in its place.
            Err(error) if error.is_signed_out() => return None,
            Err(error) => {
                let again = Callback::new(move |()| state.invites.refetch());
                view! { <ErrorState title="The invitations could not be loaded" error=error on_retry=again /> }.fixed()
            }
        };
        Some(
            view! {
                <section class="key-section" aria-labelledby="invitations">
                    <h2 id="invitations" tabindex="-1">"Invitations"</h2>
                    {content}
                </section>
            }
            .fixed(),
        )
    })
}

fn table(invites: Vec<PendingInvite>, state: PeopleState) -> Fixed {
    let rows: Vec<_> = invites.into_iter().map(|invite| row(invite, state)).collect();
    view! {
        <table class="table plain-table invitations" role="table" aria-labelledby="invitations">
            <thead role="rowgroup">
                <tr role="row">
                    <ColumnHead label="For" />
                    <ColumnHead label="Role" />
                    <ColumnHead label="Invited" />
                    <ColumnHead label="Good" />
                    <th scope="col" role="columnheader">
                        <span class="visually-hidden">"Actions"</span>
                    </th>
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .fixed()
}

fn row(invite: PendingInvite, state: PeopleState) -> Fixed {
    let session = use_session();
    // Untracked: the table is drawn anew with the invitations, and not with each new session.
    let (me, may) = untrack(|| (session.user_id(), session.may_write() && rank(session) >= invite.role));
    let by = invite.created_by.as_ref().map(|by| format!(" by {}", format::actor(by, Some(me))));
    let (whom, email) = (whom(&invite), invite.email.clone().filter(|_| invite.name.is_some()));
    let (role, created_at, ends_at) = (invite.role, invite.created_at, invite.ends_at);
    let label = format!("Withdraw the invitation for {whom}");
    let withdraw = Callback::new(move |()| state.open.set(Open::Withdraw(Box::new(invite.clone()))));
    view! {
        <tr role="row">
            <Cell label="For">
                <span class="key-name">{whom}</span>
                {email.map(|email| view! { <span class="quiet">{email}</span> })}
            </Cell>
            <Cell label="Role">
                <span>{user_role(role)}</span>
            </Cell>
            <Cell label="Invited">
                <Moment at=created_at />
                <span class="by quiet">{by}</span>
            </Cell>
            <Cell label="Good">
                <Deadline at=ends_at before="until " />
            </Cell>
            <td role="cell" class="actions">
                {may.then(|| view! {
                    <Button on_press=withdraw>"Withdraw…" <span class="visually-hidden">{label}</span></Button>
                })}
            </td>
        </tr>
    }
    .fixed()
}

/// By name, or by address, or nobody in particular.
fn whom(invite: &PendingInvite) -> String {
    invite.name.clone().or_else(|| invite.email.clone()).unwrap_or_else(|| "Whoever has the link".to_owned())
}

/// Asks before an invitation is withdrawn.
#[component]
pub fn WithdrawDialog(invite: PendingInvite) -> impl IntoView {
    let state = expect_context::<PeopleState>();
    let toasts = use_toasts();
    let doing = Doing::new();
    let id = invite.id;
    let cancel = Callback::new(move |()| state.open.set(Open::Nothing));
    let withdraw = Callback::new(move |()| {
        if !doing.begins() {
            return;
        }
        spawn(async move {
            let outcome = api::people::withdraw(id).await;
            if !doing.ended() {
                return;
            }
            match outcome {
                Ok(()) => {
                    toasts.say("Withdrew the invitation. Its link opens nothing any more.");
                    state.invite_gone(id);
                }
                Err(error) if error.status == 404 => {
                    toasts.say("That invitation was used or withdrawn already, or its time is over");
                    state.invite_gone(id);
                    state.list.refetch();
                }
                // Pressing the button again goes on.
                Err(error) if state.session.interrupted(&error, Callback::new(|()| ())) => {}
                Err(error) => doing.failure.set(Some(error)),
            }
        });
    });
    view! {
        <Confirm
            title="Withdraw the invitation?"
            yes="Yes, withdraw"
            kind=ButtonKind::Danger
            doing=doing
            on_yes=withdraw
            on_cancel=cancel
            return_to="invite"
        >
            <p class="dialog-lead">
                "The link that was sent to " <strong>{whom(&invite)}</strong> " opens nothing any more. You can invite them again."
            </p>
        </Confirm>
    }
}
