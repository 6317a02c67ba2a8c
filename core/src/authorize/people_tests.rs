use serde_json::json;

use super::{
    tests::{NOW, bearer, session},
    *,
};
use crate::{text::Email, wire::user::User};

/// Somebody else than the caller of [`session`], who is number 3.
fn person(role: UserRole, organization_id: i64) -> User {
    serde_json::from_value(json!({
        "id": 4, "organization_id": organization_id, "name": "Bea", "email": "bea@example.com", "role": role, "active": true,
        "api_access": true, "api_access_ended": null, "live_keys": 1, "personal_key_limit": 5, "last_used_at": null,
        "last_seen_at": null, "created_at": NOW, "updated_at": NOW, "version": 1,
    }))
    .unwrap()
}

const DENIED: Result<(), PersonDenied> = Err(PersonDenied::Denied(Denied::Role));
use Access::ReadWrite;
use UserRole::{Administrator, Member, Owner};

#[test]
fn nobody_reaches_a_person_of_a_higher_role() {
    for (principal, target, allowed) in [
        (session(Member, ReadWrite, 2), Member, false),
        (session(Administrator, ReadWrite, 2), Member, true),
        (session(Administrator, ReadWrite, 2), Administrator, true),
        (session(Administrator, ReadWrite, 2), Owner, false),
        (session(Owner, ReadWrite, 2), Owner, true),
        (bearer(Role::Integration, ReadWrite, 2), Member, false),
        (bearer(Role::Verifier, ReadWrite, 2), Member, false),
        (bearer(Role::OrganizationAdmin, ReadWrite, 2), Administrator, true),
        (bearer(Role::OrganizationAdmin, ReadWrite, 2), Owner, false),
        (bearer(Role::SystemAdmin, ReadWrite, 1), Owner, true),
        (session(Owner, ReadWrite, 1), Owner, true),
    ] {
        let before = person(target, 2);
        let wanted = if allowed { Ok(()) } else { DENIED };
        let who = format!("{principal:?} {target}");
        assert_eq!(may_remove_person(&principal, &before), wanted, "remove: {who}");
        assert_eq!(may_let_in(&principal, target, 2), wanted, "let in: {who}");
        assert_eq!(may_set_api_access(&principal, &before).map_err(Into::into), wanted, "API access: {who}");
        for after in [
            User { name: "Other".into(), ..before.clone() },
            User { active: false, ..before.clone() },
            User { personal_key_limit: 9, ..before.clone() },
            User { email: "other@example.com".into(), ..before.clone() },
            User { role: Member, version: 2, ..before.clone() },
        ] {
            assert_eq!(may_change_person(&principal, &before, &after), wanted, "{who} {after:?}");
        }
    }
}

#[test]
fn nobody_makes_anybody_more_than_they_are_themselves() {
    for (principal, most) in [
        (session(Administrator, ReadWrite, 2), Administrator),
        (session(Owner, ReadWrite, 2), Owner),
        (bearer(Role::OrganizationAdmin, ReadWrite, 2), Administrator),
        (bearer(Role::SystemAdmin, ReadWrite, 1), Owner),
    ] {
        for role in [Member, Administrator, Owner] {
            let wanted = if role <= most { Ok(()) } else { DENIED };
            let promoted = User { role, ..person(Member, 2) };
            assert_eq!(may_change_person(&principal, &person(Member, 2), &promoted), wanted, "{principal:?} {role}");
            let back = person(role, 2);
            let gone = User { active: false, ..back.clone() };
            assert_eq!(may_change_person(&principal, &gone, &back), wanted, "reactivated: {principal:?} {role}");
        }
    }
    // Only in the system organization an owner is more than an administrator of keys.
    let system = bearer(Role::OrganizationAdmin, ReadWrite, 1);
    assert_eq!(may_let_in(&system, Administrator, 1), Ok(()));
    assert_eq!(may_let_in(&system, Owner, 1), DENIED);
}

#[test]
fn who_is_let_in_to_manage_gets_no_more_than_the_callers_credential_has() {
    let mut brief = session(Owner, ReadWrite, 2);
    brief.key.expires_at = Some(NOW.plus(1_000));
    let mut bound = session(Owner, ReadWrite, 2);
    bound.key.allowed_ips = vec![AddressRange::parse("10.0.0.0/8").unwrap()];
    let mut narrow = session(Owner, ReadWrite, 2);
    narrow.key.scopes = vec![Scope::parse("a.*").unwrap()];
    for (principal, why) in [(brief, TooStrong::Expiry), (bound, TooStrong::AllowedIps), (narrow, TooStrong::Scopes)] {
        let refused = Err(PersonDenied::TooStrong(why));
        assert_eq!(may_let_in(&principal, Administrator, 2), refused);
        let promoted = person(Administrator, 2);
        assert_eq!(may_change_person(&principal, &person(Member, 2), &promoted), refused);
        assert_eq!(may_let_in(&principal, Member, 2), Ok(()), "a member manages nothing");
        let off = User { active: false, ..person(Owner, 2) };
        assert_eq!(may_change_person(&principal, &person(Owner, 2), &off), Ok(()), "taking is free");
    }
}

#[test]
fn of_oneself_one_changes_name_and_address_and_nothing_that_could_lock_one_out() {
    for role in [Member, Administrator, Owner] {
        let me = session(role, ReadWrite, 2);
        let before = User { id: 3, ..person(role, 2) };
        let changed = User { name: "Ada L".into(), email: "a@example.com".into(), ..before.clone() };
        assert_eq!(may_change_person(&me, &before, &changed), Ok(()));
        assert_eq!(may_set_api_access(&me, &before), Ok(()));
        assert_eq!(may_remove_person(&me, &before), Err(PersonDenied::Oneself));
        for other in [Member, Administrator, Owner].into_iter().filter(|other| *other != role) {
            let changed = User { role: other, ..before.clone() };
            assert_eq!(may_change_person(&me, &before, &changed), Err(PersonDenied::Oneself));
        }
        let gone = User { active: false, ..before.clone() };
        assert_eq!(may_change_person(&me, &before, &gone), Err(PersonDenied::Oneself));
        let more = User { personal_key_limit: 9, ..before.clone() };
        let wanted = if role == Member { DENIED } else { Ok(()) };
        assert_eq!(may_change_person(&me, &before, &more), wanted, "{role}");
    }
}

#[test]
fn an_address_by_which_people_come_in_is_as_much_as_letting_somebody_in() {
    let moved = |before: &User| User { email: "other@example.com".into(), ..before.clone() };
    let others = |principal: &Principal, role: UserRole| {
        let before = person(role, 2);
        may_change_address(principal, &before, &moved(&before))
    };
    let own = |principal: &Principal, role: UserRole| {
        let before = User { id: 3, ..person(role, 2) };
        may_change_address(principal, &before, &moved(&before))
    };
    let administrator = session(Administrator, ReadWrite, 2);
    assert_eq!(others(&administrator, Owner), DENIED, "an administrator would become an owner");
    assert_eq!(others(&administrator, Administrator), Ok(()));
    assert_eq!(others(&administrator, Member), Ok(()));
    assert_eq!(others(&session(Member, ReadWrite, 2), Member), DENIED);
    assert_eq!(others(&bearer(Role::OrganizationAdmin, ReadWrite, 2), Owner), DENIED);

    assert_eq!(own(&session(Member, ReadWrite, 2), Member), Err(PersonDenied::OwnAddress));
    for role in [Administrator, Owner] {
        assert_eq!(own(&session(role, ReadWrite, 2), role), Ok(()));
        let by_key = Principal { session_id: None, ..session(role, ReadWrite, 2) };
        assert_eq!(own(&by_key, role), DENIED, "a key that leaked would let its thief in for ever");
        let mut brief = session(role, ReadWrite, 2);
        brief.key.expires_at = Some(NOW.plus(1_000));
        assert_eq!(own(&brief, role), Err(PersonDenied::TooStrong(TooStrong::Expiry)));
        assert_eq!(others(&brief, Administrator), Err(PersonDenied::TooStrong(TooStrong::Expiry)));
    }
}

#[test]
fn a_member_arrives_with_the_address_that_they_were_invited_with() {
    let email = Email::parse("Max@Example.com").unwrap();
    for (role, invited, may) in [
        (Member, Some("max@example.com"), true),
        (Member, Some("boss@example.com"), false),
        (Member, None, false),
        (Administrator, None, true),
        (Owner, Some("other@example.com"), true),
    ] {
        assert_eq!(may_arrive_with(role, invited, &email), may, "{role} {invited:?}");
    }
}

#[test]
fn who_lets_somebody_in_vouches_for_what_they_could_give_and_no_further() {
    let mut brief = session(Owner, ReadWrite, 2);
    brief.key.expires_at = Some(NOW.plus(1_000));
    let mut scoped = session(Owner, ReadWrite, 2);
    scoped.key.scopes = vec![Scope::parse("a.read").unwrap()];
    for (principal, organization, role) in [
        (session(Owner, ReadWrite, 2), 2, Owner),
        (session(Administrator, ReadWrite, 2), 2, Administrator),
        (bearer(Role::OrganizationAdmin, ReadWrite, 2), 2, Administrator),
        (bearer(Role::SystemAdmin, ReadWrite, 1), 2, Owner),
        (bearer(Role::OrganizationAdmin, ReadWrite, 1), 1, Administrator),
        (session(Administrator, ReadWrite, 1), 1, Administrator),
        (session(Owner, ReadWrite, 1), 1, Owner),
        // A key that is less than its person: a member's works for ever, and would be an owner's then.
        (brief, 2, Member),
        (scoped, 2, Member),
        (session(Owner, Access::ReadOnly, 2), 2, Member),
    ] {
        assert_eq!(vouches_for(&principal, organization), role, "{principal:?}");
    }
}

#[test]
fn nobody_outgrows_who_let_them_in_unseen() {
    for (vouched, before, after, outgrown) in [
        (Some(Owner), Member, Owner, false),
        (Some(Administrator), Member, Administrator, false),
        (Some(Administrator), Member, Owner, true),
        (Some(Administrator), Administrator, Owner, true),
        (Some(Member), Member, Administrator, true),
        (Some(Member), Owner, Administrator, false),
        (Some(Member), Owner, Owner, false),
        (None, Member, Administrator, true),
        (None, Administrator, Owner, true),
        (None, Owner, Member, false),
    ] {
        let (before, after) = (person(before, 2), person(after, 2));
        assert_eq!(outgrows(vouched, &before, &after), outgrown, "{vouched:?} {} {}", before.role, after.role);
    }
}

#[test]
fn what_a_personal_key_does_says_whose_it_is() {
    let at_console = session(Administrator, ReadWrite, 2);
    let by_key = Principal { session_id: None, ..at_console.clone() };
    let person = at_console.user.as_ref().unwrap().name.clone();
    assert_eq!(at_console.actor().name, person);
    assert_eq!(by_key.actor().name, format!("{} of {person}", by_key.key.name));
    let service = bearer(Role::OrganizationAdmin, ReadWrite, 2);
    assert_eq!(service.actor().name, service.key.name);
}
