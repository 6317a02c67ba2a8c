import { bearer, signedIn } from '../../support/client';
import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges } from '../../support/expectations';
import { expect, test } from '../../support/fixtures';
import { Tenant } from '../../support/organizations';

const PATH = '/api/v2/api_keys';

for (const [holder, role] of [['owner', 'system_admin'], ['administrator', 'organization_admin'], ['foreignOwner', 'organization_admin']] as const) {
  test(`${holder} makes a personal key for themself, with their role, and signs in with it`, async ({ claviger, unique }) => {
    const person = await claviger.session(holder);
    const { user, organization } = expectSuccess(await person.get('/api/v2/session'));
    const live = async () => expectSuccess(await claviger.owner.get(`/api/v2/organizations/${organization.id}`)).live_keys;
    const before = await live();
    const key = await claviger.made({ name: unique('Spare'), kind: 'personal', access: 'read_write' }, person);
    expect(key).toMatchObject({ kind: 'personal', user_id: user.id, user_name: user.name, role, system_generated: false, created_by: { type: 'user', id: user.id } });
    expect(await live()).toBe(before);
    const again = await signedIn(claviger.origin, key.api_key);
    expect(expectSuccess(await again.get('/api/v2/session'))).toMatchObject({ role, user: { id: user.id } });
    // What was read is put back, whole; and is the pattern for a further one.
    const read = expectSuccess(await person.get(`${PATH}/${key.id}`));
    const put = await nothingChanges(claviger.database, () => person.put(`${PATH}/${key.id}`, { api_key: read }));
    expect(expectSuccess(put)).toEqual(read);
    const copy = expectSuccess(await person.post(PATH, { api_key: read }), 201);
    expect(copy).toMatchObject({ kind: 'personal', user_id: user.id, role });
    for (const { id } of [key, copy]) {
      expectSuccess(await person.delete(`${PATH}/${id}`));
    }
  });
}

test('its role is its person’s, and no other', async ({ claviger }) => {
  // Who may make any of these as service keys.
  const tenant = await claviger.session('foreignOwner');
  for (const role of ['integration', 'verifier']) {
    const weaker = () => tenant.post(PATH, { name: 'Weaker', kind: 'personal', role });
    expectFieldRefusal(await nothingChanges(claviger.database, weaker), 'invalid_request', 'role', /follows its person/);
  }
  const stronger = () => tenant.post(PATH, { name: 'Stronger', kind: 'personal', role: 'system_admin' });
  expectRefusal(await nothingChanges(claviger.database, stronger), 403, 'too_strong');
});

test('nobody makes one for somebody else, or elsewhere', async ({ claviger }) => {
  const owner = await claviger.session('owner');
  for (const attempt of [
    () => claviger.holderOf('admin').post(PATH, { name: 'Whose', kind: 'personal' }),
    () => owner.post('/api/v2/organizations/2/api_keys', { name: 'Elsewhere', kind: 'personal' }),
  ]) {
    expectFieldRefusal(await nothingChanges(claviger.database, attempt), 'invalid_request', 'kind', /own person/);
  }
});

test('what says whose the key is may be repeated, and is refused by name where it would come out differently', async ({ claviger, unique }) => {
  const owner = await claviger.session('owner');
  expect(await claviger.made({ name: unique('Service'), kind: 'service' }, owner)).toMatchObject({ kind: 'service', user_id: null });
  const member = await claviger.session('member');
  const { user } = expectSuccess(await member.get('/api/v2/session'));
  const [in_one, in_two] = ['/api/v2/organizations/1/api_keys', '/api/v2/organizations/2/api_keys'];
  for (const [client, path, attributes, field, message] of [
    [owner, PATH, { organization_id: 2 }, 'organization_id', /Would be 1\. .*path/],
    [owner, in_two, { organization_id: 1 }, 'organization_id', /Would be 2/],
    [claviger.foreignAdmin, PATH, { organization_id: '2' }, 'organization_id', /Would be 2/],
    [owner, PATH, { user_id: user.id }, 'user_id', /Would be null\. .*own person/],
    [owner, PATH, { user_id: user.id, kind: 'personal' }, 'user_id', /Would be \d/],
    [owner, PATH, { kind: 'imported' }, 'kind', /Would be "service"/],
    [member, PATH, { kind: 'service' }, 'kind', /Would be "personal"/],
    [claviger.owner, `/ga${PATH}`, { organization_id: 2 }, 'organization_id', /Would be 1/],
  ] as const) {
    for (const body of [{ name: 'Trap', ...attributes }, { api_key: { name: 'Trap', ...attributes } }]) {
      expectFieldRefusal(await nothingChanges(claviger.database, () => client.post(path, body)), 'invalid_request', field, message);
    }
  }
  const inherited = { kind: 'service', organization_id: 2, user_id: null };
  expect(await claviger.made({ name: unique('Agrees'), ...inherited }, claviger.foreignAdmin)).toMatchObject(inherited);
  expectSuccess(await owner.post(in_one, { name: unique('Nulls'), kind: null, organization_id: null, user_id: null }), 201);
});

test('each person has a limit of five', async ({ claviger, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Limited') });
  const owner = await signedIn(claviger.origin, await tenant.enter());
  const make = () => owner.post(PATH, { name: 'One of five', kind: 'personal' });
  for (let count = 1; count < 5; count += 1) {
    expectSuccess(await make(), 201);
  }
  expectRefusal(await nothingChanges(claviger.database, make), 409, 'key_limit', /personal/);
});

test('an owner’s last way in is neither shortened nor bound to addresses, until there is one as good', async ({ claviger, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Kept') });
  const secret = await tenant.enter();
  const client = bearer(claviger.origin, secret);
  const { id } = expectSuccess(await client.get('/api/v2/whoami'));
  const year = (number: number): string => `${number}-01-01T00:00:00.000Z`;
  const changes = [
    { expires_at: new Date(Date.now() + 60_000).toISOString() }, { expires_at: year(2090) }, { allowed_ips: ['192.0.2.1'] }, { allowed_ips: ['127.0.0.0/8', '::1'] },
  ];
  const allRefused = async () => {
    for (const change of changes) {
      expectRefusal(await nothingChanges(claviger.database, () => client.patch(`${PATH}/${id}`, change)), 409, 'last_credential');
    }
  };
  await allRefused();
  // One that ends, or works from one place only, is no substitute for one that does not.
  const owner = await signedIn(claviger.origin, secret);
  const ending = await claviger.made({ name: 'Ends', kind: 'personal', access: 'read_write', expires_at: year(2080) }, owner);
  const bound = await claviger.made({ name: 'Bound', kind: 'personal', access: 'read_write', allowed_ips: ['127.0.0.1', '::1'] }, owner);
  await allRefused();
  expectRefusal(await nothingChanges(claviger.database, () => owner.delete(`${PATH}/${id}`)), 409, 'last_credential');
  expectSuccess(await owner.patch(`${PATH}/${ending.id}`, { expires_at: year(2079) }));
  expectSuccess(await owner.delete(`${PATH}/${ending.id}`));
  expectSuccess(await owner.delete(`${PATH}/${bound.id}`));
  const spare = await claviger.made({ name: 'Spare', kind: 'personal', access: 'read_write' }, owner);
  expectSuccess(await client.patch(`${PATH}/${id}`, { expires_at: year(2090) }));
  const other = bearer(claviger.origin, spare.api_key);
  expectRefusal(await nothingChanges(claviger.database, () => other.patch(`${PATH}/${spare.id}`, { expires_at: year(2091) })), 409, 'last_credential');
  expectSuccess(await other.patch(`${PATH}/${id}`, { active: false }));
});
