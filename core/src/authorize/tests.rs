use serde_json::json;

use super::*;
use crate::{key::NewKey, wire::key::Key};

pub(super) const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

pub(super) fn bearer(role: Role, access: Access, organization_id: i64) -> Principal {
    Principal {
        key: PrincipalKey {
            id: Some(9),
            name: "Key".into(),
            kind: KeyKind::Service,
            role,
            access,
            scopes: vec![],
            expires_at: None,
            allowed_ips: vec![],
        },
        organization_id,
        user: None,
        session_id: None,
        step_up_due: false,
    }
}

pub(super) fn session(user_role: UserRole, access: Access, organization_id: i64) -> Principal {
    let role = user_role.key_role(organization_id == SYSTEM_ORGANIZATION);
    let mut principal = bearer(role, access, organization_id);
    principal.key.kind = KeyKind::Personal;
    principal.user = Some(PrincipalUser { id: 3, name: "Ada".into(), role: user_role });
    principal.session_id = Some(1);
    principal
}

fn new(attributes: serde_json::Value) -> NewKey {
    let mut body = json!({"name": "New"});
    body.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
    NewKey::read(&body, crate::key::Defaults::LEAST, NOW).unwrap()
}

#[test]
fn roles_access_and_organizations_decide() {
    use Access::{ReadOnly, ReadWrite};
    let allow = Allow::organization_admin();
    for (principal, organization, read, write) in [
        (bearer(Role::Integration, ReadWrite, 2), 2, Err(Denied::Role), Err(Denied::Role)),
        (bearer(Role::Verifier, ReadWrite, 2), 2, Err(Denied::Role), Err(Denied::Role)),
        (bearer(Role::OrganizationAdmin, ReadOnly, 2), 2, Ok(()), Err(Denied::ReadOnly)),
        (bearer(Role::OrganizationAdmin, ReadWrite, 2), 2, Ok(()), Ok(())),
        (bearer(Role::OrganizationAdmin, ReadWrite, 2), 3, Err(Denied::NotFound), Err(Denied::NotFound)),
        (bearer(Role::OrganizationAdmin, ReadWrite, 1), 3, Err(Denied::NotFound), Err(Denied::NotFound)),
        (bearer(Role::Integration, ReadWrite, 2), 3, Err(Denied::NotFound), Err(Denied::NotFound)),
        (bearer(Role::SystemAdmin, ReadWrite, 1), 3, Ok(()), Ok(())),
        (bearer(Role::SystemAdmin, ReadOnly, 1), 3, Ok(()), Err(Denied::ReadOnly)),
        (session(UserRole::Member, ReadWrite, 2), 2, Err(Denied::Role), Err(Denied::Role)),
        (session(UserRole::Administrator, ReadOnly, 2), 2, Ok(()), Err(Denied::ReadOnly)),
        (session(UserRole::Owner, ReadWrite, 1), 3, Ok(()), Ok(())),
        (session(UserRole::Administrator, ReadWrite, 1), 3, Err(Denied::NotFound), Err(Denied::NotFound)),
    ] {
        assert_eq!(allow.in_organization(organization).check(&principal), read, "read {principal:?}");
        assert_eq!(allow.write().in_organization(organization).check(&principal), write, "write {principal:?}");
    }
}

#[test]
fn changes_ask_for_a_passkey_unless_they_say_otherwise() {
    let mut principal = session(UserRole::Owner, Access::ReadWrite, 2);
    principal.step_up_due = true;
    let allow = Allow::organization_admin();
    assert_eq!(allow.check(&principal), Ok(()));
    assert_eq!(allow.plain_write().check(&principal), Ok(()));
    assert_eq!(allow.write().check(&principal), Err(Denied::StepUp));
    assert_eq!(
        allow.write().in_organization(3).check(&principal),
        Err(Denied::NotFound),
        "nothing is told about another"
    );
    assert_eq!(Allow::system_admin().write().check(&principal), Err(Denied::Role), "a passkey would not help");
    assert_eq!(principal.stepped_up(), Err(Denied::StepUp));
    principal.step_up_due = false;
    assert_eq!(allow.write().check(&principal), Ok(()));
}

#[test]
fn a_person_without_a_key_has_their_own_rights_and_no_more() {
    let person = |role| PrincipalUser { id: 3, name: "Ada".into(), role };
    let owner = Principal::person(person(UserRole::Owner), 1, 7);
    assert_eq!((owner.role(), owner.actor().id), (Role::SystemAdmin, Some(3)));
    assert_eq!(Principal::person(person(UserRole::Owner), 2, 7).role(), Role::OrganizationAdmin);
    let member = Principal::person(person(UserRole::Member), 2, 7);
    assert_eq!((member.role(), member.own_keys_only()), (Role::Integration, Some(3)));
}

#[test]
fn members_reach_only_what_is_their_own() {
    let member = session(UserRole::Member, Access::ReadWrite, 2);
    assert_eq!(member.own_keys_only(), Some(3));
    assert_eq!(Allow::organization_admin_or_own().write().check(&member), Ok(()));
    let mut bearer = member;
    bearer.session_id = None;
    assert_eq!(bearer.own_keys_only(), None);
    assert_eq!(Allow::organization_admin_or_own().check(&bearer), Err(Denied::Role), "their key manages nothing");
    assert_eq!(session(UserRole::Owner, Access::ReadWrite, 2).own_keys_only(), None);
}

#[test]
fn a_session_never_exceeds_its_person() {
    let mut principal = session(UserRole::Owner, Access::ReadWrite, 1);
    assert_eq!(principal.role(), Role::SystemAdmin);
    principal.user.as_mut().unwrap().role = UserRole::Administrator;
    assert_eq!(principal.role(), Role::OrganizationAdmin, "the key's role has not followed yet");
    principal.key.role = Role::Integration;
    assert_eq!(principal.role(), Role::Integration);
}

#[test]
fn nobody_makes_a_key_stronger_than_their_own() {
    let admin = bearer(Role::OrganizationAdmin, Access::ReadWrite, 2);
    assert_eq!(may_make(&admin, &new(json!({"role": "organization_admin", "access": "read_write"})), 2), Ok(()));
    assert_eq!(may_make(&admin, &new(json!({"role": "system_admin"})), 2), Err(TooStrong::Role));
    let system = bearer(Role::SystemAdmin, Access::ReadWrite, 1);
    assert_eq!(may_make(&system, &new(json!({"role": "system_admin"})), 1), Ok(()));
    assert_eq!(may_make(&system, &new(json!({"role": "system_admin"})), 2), Err(TooStrong::NotSystemOrganization));

    let system_organization_admin = bearer(Role::OrganizationAdmin, Access::ReadWrite, 1);
    assert_eq!(may_make(&system_organization_admin, &new(json!({"role": "verifier"})), 1), Err(TooStrong::Role));
    assert_eq!(may_make(&system, &new(json!({"role": "verifier"})), 1), Ok(()));
    assert_eq!(may_make(&admin, &new(json!({"role": "verifier"})), 2), Ok(()));

    let reader = bearer(Role::OrganizationAdmin, Access::ReadOnly, 2);
    assert_eq!(may_make(&reader, &new(json!({"access": "read_write"})), 2), Err(TooStrong::Access));

    let mut brief = admin.clone();
    brief.key.expires_at = Some(NOW.plus(1_000));
    assert_eq!(may_make(&brief, &new(json!({})), 2), Err(TooStrong::Expiry));
    assert_eq!(may_make(&brief, &new(json!({"expires_at": NOW.plus(1_001)})), 2), Err(TooStrong::Expiry));
    assert_eq!(may_make(&brief, &new(json!({"expires_at": NOW.plus(1_000)})), 2), Ok(()));

    let mut narrow = admin;
    narrow.key.scopes = vec![Scope::parse("a.*").unwrap()];
    assert_eq!(may_make(&narrow, &new(json!({"scopes": ["a.b"]})), 2), Ok(()));
    assert_eq!(may_make(&narrow, &new(json!({"scopes": ["b.c"]})), 2), Err(TooStrong::Scopes));
    assert_eq!(may_make(&narrow, &new(json!({})), 2), Ok(()), "an integration without scopes can do less");
    let boundless = new(json!({"role": "organization_admin", "access": "read_write"}));
    assert_eq!(may_make(&narrow, &boundless, 2), Err(TooStrong::Scopes), "without scopes it could grant any");
}

fn key(attributes: serde_json::Value) -> Key {
    let mut key = json!({
        "id": 7, "organization_id": 2, "kind": "personal", "name": "Hers", "description": "", "role": "integration",
        "access": "read_only", "scopes": [], "active": true, "status": "active", "hint": null, "api_key": null,
        "secrets": [], "user_id": 3, "created_by": {"type": "system", "id": null, "name": "System"},
        "created_at": NOW, "updated_at": NOW, "expires_at": null, "last_used_at": null, "rotated_at": null,
        "revoked_at": null, "revoked_by": null, "revoke_reason": null, "system_generated": true, "source": "minted",
        "allowed_ips": [], "rate_limit": null, "credits": null, "metadata": {}, "version": 1,
    });
    key.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
    serde_json::from_value(key).unwrap()
}

fn service(attributes: serde_json::Value) -> Key {
    let mut key = key(attributes);
    (key.kind, key.user_id) = (KeyKind::Service, None);
    key
}

#[test]
fn a_personal_key_is_ended_by_its_person_or_by_somebody_no_weaker() {
    let key = key(json!({}));
    let other = |role| {
        let mut principal = session(role, Access::ReadWrite, 2);
        principal.user.as_mut().unwrap().id = 4;
        principal
    };
    use UserRole::{Administrator, Member, Owner};
    for (principal, person, allowed) in [
        (session(Member, Access::ReadWrite, 2), Owner, Ok(())),
        (other(Member), Member, Ok(())),
        (other(Member), Administrator, Err(Denied::Role)),
        (other(Administrator), Administrator, Ok(())),
        (other(Administrator), Owner, Err(Denied::Role)),
        (other(Owner), Owner, Ok(())),
        (bearer(Role::OrganizationAdmin, Access::ReadWrite, 2), Administrator, Ok(())),
        (bearer(Role::OrganizationAdmin, Access::ReadWrite, 2), Owner, Err(Denied::Role)),
        (bearer(Role::SystemAdmin, Access::ReadWrite, 1), Owner, Ok(())),
    ] {
        assert_eq!(may_end(&principal, &key, Some(person)), allowed, "{principal:?} {person}");
    }
    assert_eq!(may_end(&other(Owner), &key, None), Err(Denied::Role), "a person whose role is not known");
    let service = Key { kind: KeyKind::Service, user_id: None, ..key };
    assert_eq!(may_end(&other(Member), &service, None), Ok(()), "a service key has no person");
}

#[test]
fn a_personal_key_is_changed_by_its_person_and_only_switched_off_by_others() {
    let before = key(json!({}));
    let (renamed, off) = (key(json!({"name": "Mine"})), key(json!({"active": false, "status": "disabled"})));
    let her = session(UserRole::Member, Access::ReadWrite, 2);
    let mut administrator = session(UserRole::Administrator, Access::ReadWrite, 2);
    administrator.user.as_mut().unwrap().id = 4;
    let denied = Err(KeyDenied::Denied(Denied::Role));
    let person = Some(UserRole::Member);
    assert_eq!(may_change(&her, &before, &renamed, person), Ok(()));
    assert_eq!(may_change(&administrator, &before, &renamed, person), denied);
    assert_eq!(may_change(&administrator, &before, &off, person), Ok(()));
    assert_eq!(may_change(&administrator, &before, &off, Some(UserRole::Owner)), denied);
    assert_eq!(may_change(&administrator, &off, &before, person), denied, "only she switches it on again");
    assert_eq!(may_reveal(&her, &before), Ok(()));
    assert_eq!(may_reveal(&administrator, &before), denied);
}

#[test]
fn an_edit_is_judged_by_what_it_adds() {
    let mut caller = bearer(Role::OrganizationAdmin, Access::ReadWrite, 2);
    caller.key.expires_at = Some(NOW.plus(1_000));
    caller.key.scopes = vec![Scope::parse("a.*").unwrap()];
    caller.key.allowed_ips = vec![AddressRange::parse("10.0.0.0/8").unwrap()];
    let before = service(json!({"scopes": ["a.b", "c.d"]}));
    for (attributes, verdict) in [
        (json!({"name": "Other"}), Ok(())),
        (json!({"scopes": ["c.d"]}), Ok(())),
        (json!({"scopes": []}), Ok(())),
        (json!({"scopes": ["a.b", "c.d", "a.e"]}), Err(TooStrong::Expiry)),
        (json!({"scopes": ["a.e"]}), Err(TooStrong::Expiry)),
        (json!({"scopes": ["a.e"], "expires_at": NOW.plus(1_000)}), Err(TooStrong::AllowedIps)),
        (json!({"access": "read_write"}), Err(TooStrong::Expiry)),
        (json!({"expires_at": NOW.plus(5_000)}), Ok(())),
        (json!({"allowed_ips": ["192.0.2.0/24"]}), Ok(())),
        (json!({"role": "system_admin"}), Err(TooStrong::Role)),
        // It works for ever and anywhere, and the caller may hold its secret.
        (json!({"role": "verifier", "scopes": ["a.b"]}), Err(TooStrong::Expiry)),
        (json!({"role": "verifier", "scopes": ["a.b"], "expires_at": NOW.plus(1_000)}), Err(TooStrong::AllowedIps)),
    ] {
        let mut all = json!({"scopes": ["a.b", "c.d"]});
        all.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
        let verdict = verdict.map_err(KeyDenied::TooStrong);
        assert_eq!(may_change(&caller, &before, &service(all), None), verdict, "{attributes}");
    }
    let bound = service(json!({"expires_at": NOW.plus(500), "allowed_ips": ["10.1.0.0/16"], "scopes": ["a.b"]}));
    for (attributes, verdict) in [
        (json!({"expires_at": NOW.plus(1_000)}), Ok(())),
        (json!({"expires_at": NOW.plus(1_001)}), Err(TooStrong::Expiry)),
        (json!({"expires_at": null}), Err(TooStrong::Expiry)),
        (json!({"allowed_ips": ["10.0.0.0/8"]}), Ok(())),
        (json!({"allowed_ips": []}), Err(TooStrong::AllowedIps)),
        (json!({"scopes": ["a.b", "a.e"]}), Ok(())),
        (json!({"scopes": ["a.b", "c.d"]}), Err(TooStrong::Scopes)),
        (json!({"role": "verifier"}), Ok(())),
        (json!({"role": "organization_admin"}), Ok(())),
        (json!({"role": "organization_admin", "scopes": []}), Err(TooStrong::Scopes)),
        (json!({"access": "read_write"}), Ok(())),
    ] {
        let mut all = serde_json::to_value(&bound).unwrap();
        all.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
        let verdict = verdict.map_err(KeyDenied::TooStrong);
        assert_eq!(may_change(&caller, &bound, &service(all), None), verdict, "{attributes}");
    }
    let off = service(json!({"active": false}));
    assert_eq!(
        may_change(&caller, &off, &service(json!({})), None),
        Err(TooStrong::Expiry.into()),
        "on is like making"
    );
    caller.key.access = Access::ReadOnly;
    let writes = service(json!({"access": "read_write", "allowed_ips": ["10.0.0.1"]}));
    assert_eq!(may_reveal(&caller, &writes), Err(TooStrong::Access.into()));
}

#[test]
fn who_manages_nothing_grants_only_what_their_key_has() {
    let mut her = session(UserRole::Member, Access::ReadWrite, 2);
    let (plain, every) = (key(json!({})), key(json!({"scopes": ["*"]})));
    let off = key(json!({"scopes": ["*"], "active": false}));
    assert_eq!(may_make(&her, &new(json!({})), 2), Ok(()));
    assert_eq!(may_make(&her, &new(json!({"scopes": ["*"]})), 2), Err(TooStrong::Scopes));
    let refused = Err(TooStrong::Scopes.into());
    assert_eq!(may_change(&her, &plain, &every, Some(UserRole::Member)), refused);
    assert_eq!(may_change(&her, &off, &every, Some(UserRole::Member)), refused);
    assert_eq!(may_reveal(&her, &every), refused);
    assert_eq!(may_change(&her, &every, &plain, Some(UserRole::Member)), Ok(()));
    her.key.scopes = vec![Scope::parse("billing.*").unwrap()];
    assert_eq!(may_make(&her, &new(json!({"scopes": ["billing.read"]})), 2), Ok(()));
    assert_eq!(may_make(&her, &new(json!({"scopes": ["*"]})), 2), Err(TooStrong::Scopes));
    let administrator = session(UserRole::Administrator, Access::ReadWrite, 2);
    assert_eq!(may_make(&administrator, &new(json!({"scopes": ["*"]})), 2), Ok(()), "who manages without scopes may");
    let mut demoted = administrator;
    demoted.user.as_mut().unwrap().role = UserRole::Member;
    assert_eq!(
        may_make(&demoted, &new(json!({"scopes": ["*"]})), 2),
        Err(TooStrong::Scopes),
        "the key has not followed"
    );
}

#[test]
fn a_credential_that_ends_reveals_none_that_manages_for_longer() {
    let mut contractor = bearer(Role::OrganizationAdmin, Access::ReadWrite, 2);
    contractor.key.expires_at = Some(NOW.plus(1_000));
    for (role, expires_at, verdict) in [
        ("integration", None, Ok(())),
        ("verifier", None, Err(TooStrong::Expiry.into())),
        ("organization_admin", None, Err(TooStrong::Expiry.into())),
        ("organization_admin", Some(NOW.plus(1_001)), Err(TooStrong::Expiry.into())),
        ("organization_admin", Some(NOW.plus(1_000)), Ok(())),
    ] {
        let asked = service(json!({"role": role, "expires_at": expires_at}));
        assert_eq!(may_reveal(&contractor, &asked), verdict, "{role} {expires_at:?}");
    }
    let mut her = session(UserRole::Owner, Access::ReadWrite, 2);
    her.key.expires_at = Some(NOW.plus(1_000));
    let hers = key(json!({"role": "organization_admin"}));
    assert_eq!(may_reveal(&her, &hers), Err(TooStrong::Expiry.into()), "signed in with a secret that was replaced");
}

#[test]
fn personal_keys_are_made_by_their_person_for_themself() {
    let owner = session(UserRole::Owner, Access::ReadWrite, 1);
    let member = session(UserRole::Member, Access::ReadWrite, 1);
    let service = bearer(Role::SystemAdmin, Access::ReadWrite, 1);
    let whose = |principal: &Principal, personal, organization| {
        principal.makes_for(personal, organization).map(|user| user.map(|user| user.id)).ok()
    };
    assert_eq!(whose(&owner, false, 1), Some(None));
    assert_eq!(whose(&owner, true, 1), Some(Some(3)));
    assert_eq!(whose(&owner, true, 2), None, "in their own organization only");
    assert_eq!(whose(&owner, false, 2), Some(None));
    assert_eq!(whose(&member, false, 1), Some(Some(3)), "a member can make no other");
    assert_eq!(whose(&service, true, 1), None);
    assert_eq!(whose(&service, false, 1), Some(None));
}

#[test]
fn a_way_in_is_taken_by_ending_it_sooner_or_binding_it_to_addresses_too() {
    let own = |attributes: serde_json::Value| {
        let secret = json!({"hint": "clv_a…b", "created_at": NOW, "ends_at": null, "last_used_at": null});
        let mut all = json!({"role": "organization_admin", "access": "read_write", "secrets": [secret]});
        all.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
        key(all)
    };
    let (soon, later) = (NOW.plus(1_000), NOW.plus(2_000));
    let bound = json!({"expires_at": later, "allowed_ips": ["10.0.0.0/8"]});
    for (before, after, taken) in [
        (json!({}), json!({"name": "Other"}), false),
        (json!({}), json!({"active": false}), true),
        (json!({}), json!({"access": "read_only"}), true),
        (json!({}), json!({"revoked_at": NOW}), true),
        (json!({}), json!({"expires_at": later}), true),
        (json!({}), json!({"allowed_ips": ["0.0.0.0/0"]}), true),
        (json!({}), json!({"scopes": ["a.b"]}), true),
        (json!({"scopes": ["a.b"]}), json!({"scopes": ["c.d"]}), true),
        (json!({"scopes": ["a.b"]}), json!({"scopes": ["a.b"]}), false),
        (json!({"scopes": ["a.b"]}), json!({}), false),
        (bound.clone(), json!({"expires_at": soon, "allowed_ips": ["10.0.0.0/8"]}), true),
        (bound.clone(), json!({"expires_at": later, "allowed_ips": ["10.1.0.0/16"]}), true),
        (bound.clone(), json!({"expires_at": later.plus(1), "allowed_ips": ["0.0.0.0/0"]}), false),
        (bound, json!({}), false),
        (json!({"expires_at": NOW}), json!({"active": false}), false),
        (json!({"access": "read_only"}), json!({"active": false}), false),
        (json!({"secrets": []}), json!({"secrets": [], "active": false}), false),
    ] {
        let (old, new) = (own(before.clone()), own(after.clone()));
        assert_eq!(takes_way_in(&old, Some(&new), Some(UserRole::Owner), NOW), taken, "{before} {after}");
        assert!(!takes_way_in(&old, Some(&new), Some(UserRole::Administrator), NOW), "only owners count");
    }
    assert!(takes_way_in(&own(json!({})), None, Some(UserRole::Owner), NOW));
    assert!(!takes_way_in(&service(json!({})), None, None, NOW));
}
