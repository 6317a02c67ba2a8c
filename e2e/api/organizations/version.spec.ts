import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges } from '../../support/expectations';
import { expect, test } from '../../support/fixtures';
import { Tenant } from '../../support/organizations';
import { trailOf } from '../../support/trail';

test('whoever has seen an older version changes nothing, by header or by body', async ({ claviger, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Raced') });
  const seen = expectSuccess(await claviger.owner.get(tenant.path));
  expect(seen.version).toBe(1);
  await tenant.change({ key_prefix: 'theirs' });
  const change = { key_limit: 30 };
  for (const send of ['put', 'patch'] as const) {
    for (const attempt of [
      () => claviger.owner[send](tenant.path, change, { 'if-match': '"1"' }),
      () => claviger.owner[send](tenant.path, change, { 'if-match': 'W/"1"' }),
      () => claviger.owner[send](tenant.path, { ...change, version: 1 }),
      () => claviger.owner[send](tenant.path, { organization: { ...seen, ...change } }),
      // What is as asked already, and what two voices say.
      () => claviger.owner[send](tenant.path, { key_prefix: 'theirs', version: 1 }),
      () => claviger.owner[send](tenant.path, { ...change, version: 2 }, { 'if-match': '"1"' }),
      () => claviger.owner[send](tenant.path, { ...change, version: 1 }, { 'if-match': '"2"' }),
    ]) {
      expectRefusal(await nothingChanges(claviger.database, attempt), 409, 'conflict', /meanwhile/);
    }
  }
});

test('what is no version is refused by name', async ({ claviger, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Unversioned') });
  for (const version of ['1', null, 1.5, {}]) {
    const answer = await nothingChanges(claviger.database, () => claviger.owner.patch(tenant.path, { key_limit: 30, version }));
    expectFieldRefusal(answer, 'invalid_request', 'version', /./);
  }
  const answer = await nothingChanges(claviger.database, () => claviger.owner.patch(tenant.path, { key_limit: 30 }, { 'if-match': 'new' }));
  expectFieldRefusal(answer, 'invalid_parameter', 'If-Match', /ETag/);
});

test('each change raises the version, which is the ETag; keys that come and go do not', async ({ claviger, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Versioned') });
  const [first, trail] = await trailOf(claviger.database, () => claviger.owner.patch(tenant.path, { key_limit: 30 }, { 'if-match': '"1"' }));
  expect([expectSuccess(first).version, first.headers.etag]).toEqual([2, '"2"']);
  expect(trail.audit.map(({ changes }) => changes), 'the log tells what was asked for').toEqual([{ key_limit: [25, 30] }]);
  const again = await nothingChanges(claviger.database, () => claviger.owner.patch(tenant.path, { key_limit: 30, version: 2 }));
  expect([expectSuccess(again).version, again.headers.etag], 'nothing to change').toEqual([2, '"2"']);
  const key = await tenant.key('Comes and goes');
  expectSuccess(await claviger.owner.delete(`/api/v2/api_keys/${key.id}`));
  const shown = await claviger.owner.get(tenant.path);
  expect([expectSuccess(shown).version, shown.headers.etag]).toEqual([2, '"2"']);
  const { num_users: _, ...whole } = shown.json.data;
  expect(expectSuccess(await claviger.owner.put(tenant.path, shown.json.data)), 'read and put back whole').toEqual(whole);
  expect(expectSuccess(await claviger.owner.patch(tenant.path, { strict: true }, { 'if-match': '*' })).version, 'any version').toBe(3);
  expect(expectSuccess(await claviger.owner.patch(tenant.path, { strict: false })).version, 'the last write wins').toBe(4);
});

test('of many who have seen the same version one is heard, and who names none is heard in turn', async ({ claviger, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Crowded') });
  const [answers, trail] = await trailOf(claviger.database, () =>
    Promise.all(Array.from({ length: 20 }, (_, n) => claviger.owner.patch(tenant.path, { key_limit: 100 + n, version: 1 }))));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(19).fill(409)]);
  expect(trail.audit).toHaveLength(1);
  const heard = answers.find(({ status }) => status === 200)?.json.data;
  expect(await tenant.record()).toEqual({ ...heard, num_users: 0 });
  const changes = [{ key_limit: 7 }, { key_prefix: 'crowd' }, { strict: true }, { maximum_key_lifetime_days: 30 }];
  for (const answer of await Promise.all(changes.map((change) => claviger.owner.patch(tenant.path, change)))) {
    expectSuccess(answer);
  }
  expect(await tenant.record()).toMatchObject(Object.assign({ version: 6 }, ...changes));
});
