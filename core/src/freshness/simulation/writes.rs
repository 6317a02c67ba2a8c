//! What people do to keys: each as one commit, with the rows that the triggers of `worker/migrations` write for it.

use std::collections::BTreeSet;

use super::{
    random::Random,
    world::{Key, Organization, World},
};
use crate::{
    freshness::MOST_CHANGES,
    key::{Access, Role},
    organization::SYSTEM_ORGANIZATION,
    secret::SecretHash,
};

/// Organizations in the world; the first is the system organization.
pub const ORGANIZATIONS: i64 = 3;

/// The world as it begins: in each organization two verifiers and some integrations.
pub fn begin(world: &mut World, chance: &mut Random) -> Vec<SecretHash> {
    let mut verifiers = Vec::new();
    for id in SYSTEM_ORGANIZATION..=ORGANIZATIONS {
        let strict = id != SYSTEM_ORGANIZATION && chance.chance(150);
        world.organizations.insert(id, Organization { paid: true, strict });
        for _ in 0..2 {
            verifiers.push(mint(world, chance, id, Role::Verifier));
        }
        for _ in 0..4 {
            mint(world, chance, id, Role::Integration);
        }
    }
    for hash in world.every_secret() {
        world.write_kv(hash);
    }
    verifiers
}

/// Makes a key with a secret, or imports one.
pub fn mint(world: &mut World, chance: &mut Random, organization_id: i64, role: Role) -> SecretHash {
    let id = i64::try_from(world.keys.len()).unwrap_or_default() + 1;
    let hash = world.new_hash(&format!("secret of key {id} of organization {organization_id}"));
    introduce(world, chance, organization_id, role, hash);
    hash
}

/// As [`mint`], with a hash that may have been asked for already.
pub fn introduce(world: &mut World, chance: &mut Random, organization_id: i64, role: Role, hash: SecretHash) {
    let id = i64::try_from(world.keys.len()).unwrap_or_default() + 1;
    let key = Key {
        organization_id,
        person: chance.chance(400).then(|| organization_id * 10 + chance.within(0, 1)),
        role,
        access: Access::ReadOnly,
        active: true,
        person_active: true,
        revoked: false,
        expires_at: chance.chance(150).then(|| world.now + chance.within(1_000, 60_000)),
        version: 1,
    };
    world.keys.insert(id, key);
    world.secrets.insert(hash, (id, None));
    world.commit_secrets(&[hash].into(), organization_id);
}

/// One change, by whatever way. Gives back the secrets whose copy in KV is now wrong.
pub fn change(world: &mut World, chance: &mut Random) -> BTreeSet<SecretHash> {
    let ids: Vec<i64> = world.keys.iter().filter(|(_, key)| !key.revoked).map(|(id, _)| *id).collect();
    let Some(id) = chance.pick(&ids) else { return BTreeSet::new() };
    let Some(organization_id) = world.keys.get(&id).map(|key| key.organization_id) else { return BTreeSet::new() };
    let touched = match chance.within(0, 99) {
        0..25 => edit(world, id, |key, _| key.revoked = true),
        25..35 => edit(world, id, |key, _| key.active = !key.active),
        35..45 => edit(world, id, |key, _| key.access = Access::ReadWrite),
        45..50 => {
            let end = world.now + chance.within(-1_000, 20_000);
            edit(world, id, |key, _| key.expires_at = Some(end))
        }
        50..65 => rotate(world, chance, id, organization_id),
        65..70 => delete(world, id, organization_id),
        70..76 => person(world, id),
        76..84 => {
            let hash = mint(world, chance, organization_id, Role::Integration);
            return [hash].into();
        }
        84..92 => plan(world, organization_id, |organization| organization.paid = !organization.paid),
        92..95 => plan(world, organization_id, |organization| organization.strict = !organization.strict),
        95..97 => bulk(world, organization_id),
        _ => return BTreeSet::new(),
    };
    // So that a world does not run dry.
    if ids.len() < 12 {
        let organization_id = chance.within(SYSTEM_ORGANIZATION, ORGANIZATIONS);
        mint(world, chance, organization_id, Role::Integration);
    }
    touched
}

fn edit(world: &mut World, id: i64, how: impl Fn(&mut Key, i64)) -> BTreeSet<SecretHash> {
    let Some(key) = world.keys.get_mut(&id) else { return BTreeSet::new() };
    how(key, id);
    key.version += 1;
    let organization_id = key.organization_id;
    let touched = world.secrets_of(|other, _| other == id);
    world.commit_secrets(&touched, organization_id);
    touched
}

/// A new secret; the old one ends at once or after its grace.
fn rotate(world: &mut World, chance: &mut Random, id: i64, organization_id: i64) -> BTreeSet<SecretHash> {
    let grace = if chance.chance(300) { 0 } else { chance.within(1_000, 30_000) };
    let end = world.now + grace;
    let mut touched = world.secrets_of(|other, _| other == id);
    for hash in &touched {
        if let Some((_, ends_at)) = world.secrets.get_mut(hash) {
            *ends_at = Some(ends_at.map_or(end, |earlier| earlier.min(end)));
        }
    }
    let hash = world.new_hash(&format!("next secret of key {id} of organization {organization_id}"));
    world.secrets.insert(hash, (id, None));
    touched.insert(hash);
    world.commit_secrets(&touched, organization_id);
    touched
}

fn delete(world: &mut World, id: i64, organization_id: i64) -> BTreeSet<SecretHash> {
    let touched = world.secrets_of(|other, _| other == id);
    for hash in &touched {
        world.secrets.remove(hash);
    }
    if let Some(key) = world.keys.get_mut(&id) {
        key.revoked = true; // Its number is never used again.
    }
    world.commit_secrets(&touched, organization_id);
    touched
}

/// A person is deactivated, or comes back: all of their keys.
fn person(world: &mut World, id: i64) -> BTreeSet<SecretHash> {
    let Some((person, active)) = world.keys.get(&id).map(|key| (key.person, !key.person_active)) else {
        return BTreeSet::new();
    };
    let mine = |other: i64, key: &Key| if person.is_some() { key.person == person } else { other == id };
    let touched = world.secrets_of(mine);
    let mut organization_id = 0;
    for (other, key) in &mut world.keys {
        if mine(*other, key) {
            key.person_active = active;
            organization_id = key.organization_id;
        }
    }
    world.commit_secrets(&touched, organization_id);
    touched
}

/// All of an organization, by one row without a hash.
fn plan(world: &mut World, id: i64, how: impl Fn(&mut Organization)) -> BTreeSet<SecretHash> {
    let Some(organization) = world.organizations.get_mut(&id) else { return BTreeSet::new() };
    how(organization);
    let touched = world.secrets_of(|_, key| key.organization_id == id);
    world.commit(&touched, &[(id, None)]);
    touched
}

/// More rows at once than an isolate goes through, and what matters is in the last of them.
fn bulk(world: &mut World, organization_id: i64) -> BTreeSet<SecretHash> {
    let touched = world.secrets_of(|_, key| key.organization_id == organization_id && key.role == Role::Integration);
    let other = SecretHash::from_bytes([7; 32]);
    let mut rows = vec![(organization_id, Some(other)); MOST_CHANGES];
    rows.extend(touched.iter().map(|hash| (organization_id, Some(*hash))));
    for key in world.keys.values_mut() {
        if key.organization_id == organization_id && key.role == Role::Integration {
            key.active = !key.active;
            key.version += 1;
        }
    }
    world.commit(&touched, &rows);
    touched
}

/// An older copy of the database takes its place: what was revoked since works again, what was minted is gone. No row says so.
pub fn restore(world: &mut World, chance: &mut Random) -> BTreeSet<SecretHash> {
    let ids: Vec<i64> = world.keys.keys().copied().collect();
    for _ in 0..3 {
        if let Some(key) = chance.pick(&ids).and_then(|id| world.keys.get_mut(&id)) {
            key.active = !key.active;
            key.version += 1;
        }
    }
    let touched: BTreeSet<SecretHash> = world.secrets.keys().copied().collect();
    world.commit(&touched, &[]);
    world.restore(100_000);
    touched
}
