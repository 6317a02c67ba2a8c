import { expect, test } from '../../support/fixtures';
import { Tenant } from '../../support/organizations';
import { sha256 } from '../../support/secrets';

test('a member reads their own organization at the console, and no other, and changes nothing', async ({ claviger, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Not theirs') });
  const member = await claviger.session('member');
  const own = await member.get('/api/v2/organizations/1');
  expect(own.status).toBe(200);
  expect(own.json.data).toMatchObject({ id: 1, maximum_key_lifetime_days: null });
  const change = { method: 'PATCH', path: '/api/v2/organizations/1', body: '{"name":"Mine"}', headers: { 'content-type': 'application/json' } };
  expect((await member.send(change)).status).toBe(403);
  expect((await member.get(tenant.path)).status).toBe(404);
  expect((await member.get('/api/v2/organizations')).status).toBe(403);
  expect((await claviger.holderOf('member').get('/api/v2/organizations/1')).status, 'nor with the key itself').toBe(403);
});

test('an organization that is shown tells how many people are in it; no other answer does', async ({ claviger, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Peopled') });
  expect((await tenant.record()).num_users).toBe(0);
  await tenant.enter();
  const shown = await tenant.record();
  expect(shown.num_users).toBe(1);
  const { num_users: _, ...rest } = shown;
  const back = await claviger.owner.put(tenant.path, { ...shown, num_users: 7 });
  expect([back.status, back.json.data], 'read only').toEqual([200, rest]);
  const listed = await claviger.owner.get(`/api/v2/organizations?name_contains=${encodeURIComponent(tenant.name)}`);
  expect(listed.json.data).toEqual([rest]);
  const [{ people }] = claviger.database.rows('SELECT count(*) AS people FROM users WHERE organization_id = 1') as any;
  expect((await claviger.owner.get('/api/v2/organizations/1')).json.data.num_users).toBe(people);
});

test('a secret is looked up in the organization that the path names', async ({ claviger, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Looked into') });
  const key = await tenant.key('To be found');
  const asked = { sha256: sha256(key.api_key) };
  const there = await claviger.owner.post(`${tenant.path}/api_keys/lookup`, asked);
  expect(there.json.data).toMatchObject({ id: key.id, organization_id: tenant.id });
  expect((await claviger.owner.post('/api/v2/api_keys/lookup', asked)).status).toBe(404);
  expect((await claviger.foreignAdmin.post(`${tenant.path}/api_keys/lookup`, asked)).status).toBe(404);
  const theirs = { sha256: sha256(claviger.secrets.integration) };
  expect((await claviger.owner.post(`${tenant.path}/api_keys/lookup`, theirs)).status, 'not of another one').toBe(404);
});
