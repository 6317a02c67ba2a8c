import { tokenOf, type Client } from '../support/client';
import { expectRefusal, expectSuccess, nothingChanges } from '../support/expectations';
import { expect, test, type Claviger } from '../support/fixtures';
import { endpoints } from '../support/routes';
import { sha256 } from '../support/secrets';

const NOBODY = 9_999_999;
/** What belongs to the first organization: a key of each kind, people, and a person's key. */
type Theirs = { organization: number; ids: number[]; secret: string; names: string[]; user: number; verifier: number; invite: number; session: number };

async function theirs(claviger: Claviger, name: string): Promise<Theirs> {
  const keys = [];
  for (const attributes of [{}, { role: 'verifier' }, { role: 'organization_admin', access: 'read_write' }, { active: false }]) {
    keys.push(await claviger.made({ name: `${name} ${keys.length}`, metadata: { marker: name }, ...attributes }));
  }
  const owner = expectSuccess(await claviger.owner.get('/api/v2/whoami'));
  const [session] = expectSuccess(await (await claviger.session('owner')).get('/api/v2/sessions'));
  return {
    organization: 1, ids: [...keys.map((key) => key.id), owner.id], secret: keys[0].api_key, names: keys.map((key) => key.name), user: owner.user_id,
    verifier: keys[1].id, session: session.id, invite: expectSuccess(await claviger.owner.post('/api/v2/invites', { name }), 201).id,
  };
}

/** Who administers the second organization: with a key, and at the console. */
const strangers = async (claviger: Claviger): Promise<[string, Client][]> => [
  ['by key', claviger.foreignAdmin], ['at the console', await claviger.session('foreignOwner')],
];

const BODIES: Record<string, (id: number) => unknown> = {
  PUT: () => ({ name: 'Taken over' }),
  PATCH: () => ({ name: 'Taken over' }),
  POST: () => ({}),
  DELETE: () => ({ name: 'Acme' }),
};

test('every endpoint that names a key or an organization says of a foreign one what it says of none', async ({ claviger, unique }) => {
  const first = await theirs(claviger, unique('Theirs'));
  const walked = endpoints().filter((endpoint) => endpoint.includes('{'));
  expect(walked.length).toBeGreaterThan(15);
  for (const [how, stranger] of await strangers(claviger)) {
    for (const endpoint of walked) {
      const [method = '', pattern = ''] = endpoint.split(' ');
      const foreign = pattern.includes('{organization_id}') ? [first.organization, 3, 4]
        : pattern.startsWith('/users/') ? [first.user, 2, 3] : pattern.startsWith('/invites/') ? [first.invite]
          : pattern.startsWith('/sessions/') ? [first.session] : first.ids;
      const ask = (id: number, prefix: string) => {
        const path = prefix + pattern.replace(/\{\w+\}/g, String(id));
        const body = BODIES[method]?.(id);
        return body === undefined ? stranger.get(path) : stranger.sendJson(method, path, pattern.endsWith('/api_keys') ? { name: 'Planted' }
          : pattern.endsWith('/import') ? { api_keys: [{ name: 'Planted', sha256: sha256(String(id)) }] } : body);
      };
      await nothingChanges(claviger.database, async () => {
        for (const prefix of ['/api/v2', '/ga/api/v2']) {
          const none = await ask(NOBODY, prefix);
          expectRefusal(none, 404, 'not_found');
          for (const id of foreign) {
            const answer = await ask(id, prefix);
            expect(`${how} ${endpoint} ${id}: ${answer.status} ${answer.text}`).toBe(`${how} ${endpoint} ${id}: ${none.status} ${none.text}`);
            expect(Object.keys(answer.headers).toSorted()).toEqual(Object.keys(none.headers).toSorted());
          }
        }
      });
    }
  }
});

test('a version, a wrong body or an Idempotency-Key tells no more', async ({ claviger, unique }) => {
  const first = await theirs(claviger, unique('Theirs'));
  for (const [, stranger] of await strangers(claviger)) {
    await nothingChanges(claviger.database, async () => {
      for (const headers of [{ 'if-match': '"1"' }, { 'if-match': '"99"' }, { 'if-match': '*' }, { 'idempotency-key': unique('Key') }] as Record<string, string>[]) {
        for (const [method, path, body] of [
          ['PATCH', '', { name: 'x' }], ['PATCH', '', { name: '' }], ['PATCH', '', { version: 1, active: false }], ['PUT', '', []], ['DELETE', '', {}],
          ['POST', '/rotate', { grace_seconds: -1 }], ['POST', '/revoke', { reason: 7 }], ['POST', '/mint', {}], ['GET', '', undefined],
        ] as const) {
          const ask = (id: number) => body === undefined ? stranger.get(`/api/v2/api_keys/${id}${path}`, headers)
            : stranger.sendJson(method, `/api/v2/api_keys/${id}${path}`, body, headers);
          const none = await ask(NOBODY);
          expect((await ask(first.ids[0]!)).text).toBe(none.text);
          expectRefusal(none, 404, 'not_found');
        }
      }
    });
  }
});

test('among many ids a foreign one is as missing as one that never was', async ({ claviger, unique }) => {
  const first = await theirs(claviger, unique('Theirs'));
  const own = await claviger.made({ name: unique('Mine') }, claviger.foreignAdmin);
  for (const [, stranger] of await strangers(claviger)) {
    for (const action of ['disable', 'enable', 'rotate', 'revoke', 'delete']) {
      await nothingChanges(claviger.database, async () => {
        for (const ids of [first.ids, [first.ids[0]!], [own.id, first.ids[0]!], [own.id, ...first.ids]]) {
          const ask = (these: number[]) => stranger.post('/api/v2/api_keys/bulk', { ids: these, action });
          const never = ids.map((id) => (id === own.id ? id : id + NOBODY));
          const [answer, none] = [await ask(ids), await ask(never)];
          expectRefusal(answer, 404, 'not_found');
          const plain = (text: string, numbers: number[]) => numbers.reduce((rest, id) => rest.replace(String(id), '#'), text);
          expect(plain(answer.text, ids)).toBe(plain(none.text, never));
        }
      });
    }
  }
  expectSuccess(await claviger.foreignAdmin.delete(`/api/v2/api_keys/${own.id}`));
});

test('no filter, order, page or cursor shows or counts them', async ({ claviger, unique }) => {
  const name = unique('Theirs');
  const first = await theirs(claviger, name);
  const cursor = (await claviger.owner.get('/api/v2/api_keys?order_by=-name&per_page=1&after=')).json.next_after;
  for (const [, stranger] of await strangers(claviger)) {
    const whole = expectSuccess(await stranger.get('/api/v2/api_keys?per_page=1000'));
    for (const query of [
      `name=${encodeURIComponent(first.names[0]!)}`, `name_contains=${encodeURIComponent(name)}`, `user_id=${first.user}`, `created_by=user:${first.user}`,
      `created_by=key:${first.ids.at(-1)}`, 'role=system_admin', 'kind=personal&user_id=2', 'created_by=key:1',
    ]) {
      const answer = await stranger.get(`/api/v2/api_keys?${query}`);
      expect([expectSuccess(answer), answer.json.num_records, answer.json.num_pages], query).toEqual([[], 0, 0]);
    }
    for (const query of ['', 'order_by=-name', 'order_by=organization_id', `order_by=-name&after=${cursor}`, 'organization_id=1', 'page=0&per_page=1000&organization=1']) {
      const answer = await stranger.get(`/api/v2/api_keys?${query}`);
      for (const key of expectSuccess(answer)) {
        expect(whole).toContainEqual(key);
      }
      expect(answer.json.num_records ?? whole.length, query).toBe(whole.length);
      expect(answer.text).not.toContain(name);
    }
    const organizations = await stranger.get('/api/v2/organizations?name_contains=a&page=0');
    expect(expectSuccess(organizations).every((one: { id: number }) => one.id === 2)).toBe(true);
  }
});

test('no record of their audit log is shown, by whatever filter', async ({ claviger, unique }) => {
  const name = unique('Theirs');
  const first = await theirs(claviger, name);
  const newest = expectSuccess(await claviger.owner.get('/api/v2/audit_log?per_page=1'))[0];
  for (const [, stranger] of await strangers(claviger)) {
    for (const query of [
      `target_type=api_key&target_id=${first.ids[0]}`, `target_type=user&target_id=${first.user}`, `target_type=organization&target_id=${first.organization}`,
    ]) {
      const [answer, none] = [await stranger.get(`/api/v2/audit_log?${query}`), await stranger.get(`/api/v2/audit_log?target_type=api_key&target_id=${NOBODY}`)];
      expect(answer.text, query).toBe(none.text);
    }
    for (const query of ['', `after=${newest.id}`, `since=${newest.at}`, 'organization_id=1', 'per_page=1000', `actor_type=key&actor_id=${first.ids.at(-1)}`]) {
      const answer = await stranger.get(`/api/v2/audit_log?${query}`);
      expect(expectSuccess(answer).every((record: any) => record.organization_id === 2), query).toBe(true);
      expect(answer.text).not.toContain(name);
    }
  }
});

test('a secret of theirs is looked up and verified to nothing', async ({ claviger, unique }) => {
  const first = await theirs(claviger, unique('Theirs'));
  for (const [, stranger] of await strangers(claviger)) {
    const ask = (hash: string) => stranger.post('/api/v2/api_keys/lookup', { sha256: hash });
    const [answer, none] = [await ask(sha256(first.secret)), await ask(sha256('never'))];
    expectRefusal(answer, 404, 'not_found');
    expect(answer.text).toBe(none.text);
  }
  const verifier = claviger.holderOf('foreignVerifier');
  const fields = async (key: string) => {
    const { as_of: _, age_ms: __, ...rest } = (await verifier.post('/v1/verify', { key, access: 'read_write', scopes: ['a.b'] })).json;
    return rest;
  };
  expect(await fields(first.secret)).toEqual(await fields(first.secret.slice(0, -1) + (first.secret.endsWith('0') ? '1' : '0')));
});

test('a remembered request of theirs is not replayed to others', async ({ claviger, unique }) => {
  const headers = { 'idempotency-key': unique('Shared') };
  const body = { name: unique('Same body') };
  const mine = expectSuccess(await claviger.owner.post('/api/v2/api_keys', body, headers), 201);
  const other = expectSuccess(await claviger.foreignAdmin.post('/api/v2/api_keys', body, headers), 201);
  expect([other.organization_id, other.id === mine.id]).toEqual([2, false]);
  expectSuccess(await claviger.foreignAdmin.delete(`/api/v2/api_keys/${other.id}`));
});

test('that another organization is full, on trial or strict changes nothing for this one', async ({ claviger, unique }) => {
  const { id, invite } = expectSuccess(await claviger.owner.post('/api/v2/organizations', { name: unique('Full'), key_limit: 0, strict: true }), 201);
  expect(tokenOf(invite.link)).toHaveLength(43);
  expectRefusal(await claviger.owner.post(`/api/v2/organizations/${id}/api_keys`, { name: 'x' }), 409, 'key_limit');
  const key = expectSuccess(await claviger.foreignAdmin.post('/api/v2/api_keys', { name: unique('Room') }), 201);
  expectSuccess(await claviger.foreignAdmin.delete(`/api/v2/api_keys/${key.id}`));
});

test('an administrator of the system organization who administers only it reaches no tenant either', async ({ claviger }) => {
  const key = await claviger.made({ name: 'Tenant’s own' }, claviger.foreignAdmin);
  for (const client of [claviger.holderOf('admin'), await claviger.session('administrator')]) {
    for (const path of [`/api/v2/api_keys/${key.id}`, '/api/v2/organizations/2', '/api/v2/organizations/2/api_keys', '/ga/api/v2/organization/2/api_keys']) {
      expectRefusal(await nothingChanges(claviger.database, () => client.get(path)), 404, 'not_found');
    }
  }
  expectSuccess(await claviger.foreignAdmin.delete(`/api/v2/api_keys/${key.id}`));
});
