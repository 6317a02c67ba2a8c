//! Where one is signed in, and signing out there.

use claviger_core::wire::user::SessionRow;
use leptos::prelude::*;

use super::{agent, state::Profile};
use crate::{
    api::{self, ApiError},
    components::{
        button::Button,
        error::ErrorState,
        fixed::{Fix, Fixed, dynamic, spawn},
        moment::Moment,
        skeleton::Bone,
        table::{Cell, ColumnHead},
    },
    remote::Remote,
};

/// The browsers, the one seen last first.
#[component]
pub fn SessionsSection() -> impl IntoView {
    let state = expect_context::<Profile>();
    // Another session of the same person: one has signed in again.
    let created = Memo::new(move |_| state.session.current().map(|session| session.created_at));
    let list = Remote::new(move || {
        created.track();
        Box::pin(api::sessions::list())
    });
    let ending = Ending { state, list, busy: RwSignal::new(None) };
    view! {
        <section class="key-section" aria-labelledby="sessions">
            <h2 id="sessions" tabindex="-1">"Where you are signed in"</h2>
            {dynamic(move || match list.get() {
                None => view! {
                    <div aria-busy="true"><p class="visually-hidden" role="status">"Loading the sessions"</p> {table(vec![skeleton()])}</div>
                }.fixed(),
                Some(Err(error)) => {
                    let again = Callback::new(move |()| list.refetch());
                    view! { <ErrorState title="The sessions could not be loaded" error=error on_retry=again /> }.fixed()
                }
                Some(Ok(rows)) => {
                    let others = rows.iter().filter(|row| !row.current).count();
                    view! {
                        {table(rows.into_iter().map(|session| row(session, ending)).collect())}
                        {(others > 0).then(|| view! {
                            <div class="person-buttons">
                                <Button
                                    id="end-others"
                                    busy=Signal::derive(move || ending.busy.get() == Some(Which::Others))
                                    on_press=Callback::new(move |()| ending.end(Which::Others))
                                >
                                    "Sign out everywhere else"
                                </Button>
                            </div>
                        })}
                    }.fixed()
                }
            })}
        </section>
    }
}

fn table(rows: Vec<Fixed>) -> Fixed {
    view! {
        <table class="table plain-table sessions" role="table" aria-labelledby="sessions">
            <thead role="rowgroup">
                <tr role="row">
                    <ColumnHead label="Browser" />
                    <ColumnHead label="Signed in" />
                    <ColumnHead label="Last seen" />
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

fn skeleton() -> Fixed {
    view! {
        <tr role="row">
            <Cell label="Browser"><Bone width="long" /><Bone width="mid" /></Cell>
            <Cell label="Signed in"><Bone width="short" /></Cell>
            <Cell label="Last seen"><Bone width="short" /></Cell>
            <Cell label="Actions"><span></span></Cell>
        </tr>
    }
    .fixed()
}

fn row(session: SessionRow, ending: Ending) -> Fixed {
    let SessionRow { id, current, user_agent, created_at, last_seen_at, key, passkey, cloudflare_access, .. } = session;
    let with = match (key, passkey) {
        (Some(key), _) => view! { <code class="hint">{key.hint.to_string()}</code> }.fixed(),
        (None, Some(passkey)) => view! { <span>"the passkey " {passkey.name}</span> }.fixed(),
        (None, None) if cloudflare_access => "Cloudflare Access".fixed(),
        (None, None) => Fixed::nothing(),
    };
    let browser = agent::told(&user_agent);
    let label = browser.clone();
    let action = if current {
        view! { <span class="badge ok">"This device"</span> }.fixed()
    } else {
        view! {
            <Button
                busy=Signal::derive(move || ending.busy.get() == Some(Which::One(id)))
                on_press=Callback::new(move |()| ending.end(Which::One(id)))
            >
                "Sign out" <span class="visually-hidden">{label}</span>
            </Button>
        }
        .fixed()
    };
    view! {
        <tr role="row">
            <Cell label="Browser">
                <span class="key-name" title=user_agent>{browser}</span>
                <span class="quiet">"with " {with}</span>
            </Cell>
            <Cell label="Signed in">
                <Moment at=created_at />
            </Cell>
            <Cell label="Last seen">
                <Moment at=last_seen_at />
            </Cell>
            <td role="cell" class="actions">
                {action}
            </td>
        </tr>
    }
    .fixed()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    One(i64),
    Others,
}

/// One at a time: all signals.
#[derive(Clone, Copy)]
struct Ending {
    state: Profile,
    list: Remote<Result<Vec<SessionRow>, ApiError>>,
    busy: RwSignal<Option<Which>>,
}

impl Ending {
    fn end(self, which: Which) {
        if self.busy.get_untracked().is_some() {
            return;
        }
        self.busy.set(Some(which));
        spawn(async move {
            let outcome = match which {
                Which::One(id) => api::sessions::end(id).await.map(|()| 1),
                Which::Others => api::sessions::end_others().await,
            };
            if self.busy.try_set(None).is_some() {
                return;
            }
            let toasts = self.state.toasts;
            match outcome {
                Ok(1) => toasts.say("Signed out there"),
                Ok(count) => toasts.say(format!("Signed out in {count} other places")),
                Err(error) if error.status == 404 => toasts.say("That session had ended already"),
                Err(error) if self.state.session.interrupted(&error, Callback::new(move |()| self.end(which))) => {
                    return;
                }
                Err(error) => return toasts.fail(format!("Not signed out. {}", error.message)),
            }
            self.list.update(|list| {
                if let Ok(rows) = list {
                    rows.retain(|row| row.current || (which != Which::Others && which != Which::One(row.id)));
                }
            });
            // The button that was pressed is gone.
            request_animation_frame(|| {
                if crate::browser::page::focused().is_none() {
                    crate::browser::page::focus("sessions");
                }
            });
        });
    }
}
