//! "Invite": what the person will be, and the link, shown once.

use claviger_core::{
    input::FieldError,
    text::{Email, Name, TextProblem},
    user::{Invitation, UserRole},
};
use leptos::{ev, prelude::*};

use super::{
    rank,
    state::{Open, PeopleState},
};
use crate::{
    api::{self, ApiError, message_for},
    browser::page,
    components::{
        button::{Button, SubmitButton},
        confirm::Doing,
        dialog::Dialog,
        error::ErrorNote,
        field::Field,
        fixed::{Fix, on, spawn, text},
        link_dialog::{LinkDialog, LinkWords},
        select::{Choices, Options},
    },
    viewed::use_viewed,
};

/// The roles with a line each, the weakest first.
pub const ROLES: [(UserRole, &str); 3] =
    [(UserRole::Member, "Member"), (UserRole::Administrator, "Administrator"), (UserRole::Owner, "Owner")];
/// What each may do.
pub const ROLE_SENTENCES: &[&str] = &[
    "Makes and manages their own personal keys, and nobody else’s.",
    "Manages the organization’s keys, people and settings.",
    "An administrator whom only other owners can change or remove.",
];

/// Those that somebody of this rank can give.
pub fn roles_up_to(rank: UserRole) -> Vec<(UserRole, &'static str)> {
    ROLES.into_iter().filter(|(role, _)| *role <= rank).collect()
}

/// Asks for the role, and whom it is for.
#[component]
pub fn InviteDialog(#[prop(into)] organization: String) -> impl IntoView {
    let state = expect_context::<PeopleState>();
    let inviting = Inviting {
        state,
        organization: use_viewed().id(),
        role: RwSignal::new(UserRole::Member),
        name: RwSignal::new(String::new()),
        email: RwSignal::new(String::new()),
        problems: RwSignal::new(Vec::new()),
        doing: Doing::new(),
        attempt: StoredValue::new(api::keys::attempt()),
    };
    let Inviting { role, name, email, problems, doing, .. } = inviting;
    let options =
        Options::new(&roles_up_to(untrack(|| rank(state.session))), move || role.get(), move |chosen| role.set(chosen));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        inviting.send();
    };
    // While the answer is on its way the dialog stays: it carries the link.
    let dismiss = Callback::new(move |()| {
        if !doing.busy.get_untracked() {
            state.open.set(Open::Nothing);
        }
    });
    let problem = move |field: &'static str| text(move || problems.with(|errors| message_for(errors, field)));
    view! {
        <Dialog title="Invite somebody" on_dismiss=dismiss class="dialog wide" return_to="invite">
            <form class="form" on:submit=on(submit) novalidate>
                <p class="quiet">
                    "You get a link, shown once, with which one person comes into " <strong>{organization}</strong> ". No mail is sent."
                </p>
                <Choices name="invite-role" legend="Role" options=options sentences=ROLE_SENTENCES />
                <Field
                    id="invite-name"
                    label="Name (optional)"
                    hint="A proposal: whoever comes in writes their own."
                    value=name
                    on_input=Callback::new(move |text| name.set(text))
                    problem=problem("name")
                />
                <Field
                    id="invite-email"
                    label="E-mail (optional)"
                    kind="email"
                    value=email
                    on_input=Callback::new(move |text| email.set(text))
                    problem=problem("email")
                />
                <ErrorNote error=doing.failure kept="What you typed is still here." />
                <div class="dialog-actions">
                    <Button on_press=dismiss disabled=doing.busy>
                        "Cancel"
                    </Button>
                    <SubmitButton busy=doing.busy>"Invite"</SubmitButton>
                </div>
            </form>
        </Dialog>
    }
}

/// One attempt. Signals only, so that it can be tried again after signing in.
#[derive(Clone, Copy)]
struct Inviting {
    state: PeopleState,
    organization: i64,
    role: RwSignal<UserRole>,
    name: RwSignal<String>,
    email: RwSignal<String>,
    problems: RwSignal<Vec<FieldError>>,
    doing: Doing,
    /// All presses are one attempt under one `Idempotency-Key`, until it is known to be over.
    attempt: StoredValue<String>,
}

impl Inviting {
    fn send(self) {
        if self.doing.busy.get_untracked() {
            return;
        }
        self.problems.set(Vec::new());
        let asked = match self.read() {
            Ok(asked) => asked,
            Err(errors) => return self.refuse(errors),
        };
        if !self.doing.begins() {
            return;
        }
        spawn(async move {
            let outcome = api::people::invite(self.organization, &asked, &self.attempt.get_value()).await;
            if !self.doing.ended() {
                return;
            }
            match outcome {
                Ok(link) => {
                    let role = ROLES.iter().find(|(role, _)| *role == asked.role).map_or("", |(_, name)| name);
                    self.state.invites.refetch();
                    self.state.open.set(Open::Link(link, role.to_lowercase()));
                }
                Err(error) if self.state.session.interrupted(&error, Callback::new(move |()| self.send())) => {}
                Err(error) => self.failed(error),
            }
        });
    }

    fn failed(self, mut error: ApiError) {
        match error.code.as_str() {
            // An earlier press has made it, and its answer got lost.
            "already_created" => {
                self.state.invites.refetch();
                error.message = "The invitation was made, but its link got lost on the way, and cannot be shown again. Withdraw it below the list of people. Pressing the button again makes another.".to_owned();
            }
            // What was asked then is not what is asked now.
            "idempotency_mismatch" => {
                error.message = "An invitation that you asked for before may have been made: look at the list of invitations. Pressing the button again makes another.".to_owned();
            }
            _ if error.is_uncertain() => {
                error
                    .message
                    .push_str(" The invitation may have been made. Press the button again: it will not be made twice.");
                return self.doing.failure.set(Some(error));
            }
            _ => {}
        }
        self.attempt.set_value(api::keys::attempt());
        if error.errors.is_empty() || error.code == "already_created" {
            self.doing.failure.set(Some(error));
        } else if error.errors.iter().any(|error| error.field == "name" || error.field == "email") {
            self.refuse(error.errors);
        } else {
            self.doing.failure.set(Some(error));
        }
    }

    fn read(self) -> Result<Invitation, Vec<FieldError>> {
        let mut errors = Vec::new();
        let name = proposal(&self.name.get_untracked(), Name::parse, "name", &mut errors);
        let email = proposal(&self.email.get_untracked(), Email::parse, "email", &mut errors);
        if errors.is_empty() { Ok(Invitation { role: self.role.get_untracked(), name, email }) } else { Err(errors) }
    }

    /// Shows what is wrong beside each field, with the focus on the first.
    fn refuse(self, errors: Vec<FieldError>) {
        if let Some(first) = ["name", "email"].into_iter().find(|name| errors.iter().any(|error| error.field == *name))
        {
            page::focus_soon(format!("invite-{first}"));
        }
        self.problems.set(errors);
    }
}

/// What was typed, or nothing where nothing was.
fn proposal<T>(
    text: &str,
    parse: fn(&str) -> Result<T, TextProblem>,
    field: &str,
    errors: &mut Vec<FieldError>,
) -> Option<T> {
    if text.trim().is_empty() {
        return None;
    }
    parse(text)
        .map_err(|problem| errors.push(FieldError { field: field.to_owned(), message: problem.to_string() }))
        .ok()
}

/// The one showing of the link.
#[component]
pub fn InviteLinkDialog(link: String, whom: String) -> impl IntoView {
    let state = expect_context::<PeopleState>();
    let article = if whom.starts_with(['a', 'o']) { "an" } else { "a" };
    let lead = view! {
        <p class="quiet">
            {format!("Whoever opens it first comes in as {article} {whom}. Single use, 72 hours. No mail is sent: send it yourself.")}
        </p>
    };
    let words = LinkWords {
        title: "Copy this link and send it to the person",
        lead: lead.fixed(),
        labels: ("Invitation link", "Invitation link, masked"),
        lost: "You have not copied it. Without it nobody can come in; the invitation can be withdrawn, and made again.",
    };
    view! {
        <LinkDialog words=words link=link on_closed=Callback::new(move |()| state.invites_changed()) return_to="invite" />
    }
}
