import { DatabaseSync } from 'node:sqlite';

import { bearer, tokenOf, type Answer, type Client } from '../support/client';
import { Database, databaseFile } from '../support/database';
import { expectSuccess } from '../support/expectations';
import { Claviger, expect, test } from '../support/fixtures';
import { sha256 } from '../support/secrets';
import { expectTrueCounters, trailOf } from '../support/trail';
import { Worker } from '../support/worker';

const KEYS = '/api/v2/api_keys';
const together = <T>(count: number, one: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => one(index)));
/** How many answers there were of each kind; a 5xx is one kind too many, and fails the comparison. */
const tally = (answers: Answer[]): Record<string, number> => {
  const kinds: Record<string, number> = {};
  for (const { status, json } of answers) {
    const kind = `${status}${json?.error_code ? ` ${json.error_code}` : ''}`;
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  return kinds;
};

let claviger: Claviger;
test.beforeAll(async () => {
  claviger = await Claviger.start('races');
});
test.afterAll(() => claviger.worker.kill());
test.afterEach(() => expectTrueCounters(claviger.database));

const organization = async (attributes: object = {}): Promise<{ id: number; keys: string; token: string }> => {
  const { id, invite } = expectSuccess(await claviger.owner.post('/api/v2/organizations', { name: 'Raced', ...attributes }), 201);
  return { id, keys: `/api/v2/organizations/${id}/api_keys`, token: tokenOf(invite.link) };
};
const liveIn = (id: number): number =>
  Number(claviger.database.row("SELECT count(*) AS n FROM api_keys WHERE organization_id = ? AND kind = 'service' AND revoked_at IS NULL", id).n);

test('200 parallel creates at a limit of 25 make 25', async () => {
  const { id, keys } = await organization();
  const create = (index: number) => claviger.owner.post(keys, { name: `Racer ${index}` }, { 'idempotency-key': `create ${index}` });
  const [answers, trail] = await trailOf(claviger.database, () => together(200, create));
  expect(tally(answers)).toEqual({ 201: 25, '409 key_limit': 175 });
  expect(liveIn(id)).toBe(25);
  for (const rows of [trail.audit, trail.feed, trail.idempotency]) {
    expect(rows).toHaveLength(25);
  }
  const made = answers.filter(({ status }) => status === 201).map(({ json }) => json.data);
  expect(new Set(trail.audit.map((record) => record.target_id))).toEqual(new Set(made.map((key) => key.id)));
  expect(new Set(trail.feed.map((row) => row.key_hash))).toEqual(new Set(made.map((key) => sha256(key.api_key))));
});

test('parallel imports at 24 of 25 bring one, and never part of one', async () => {
  const { id, keys } = await organization();
  const bring = (count: number, name: string) => claviger.owner.post(`${keys}/import`, {
    api_keys: Array.from({ length: count }, (_, index) => ({ name: `${name} ${index}`, sha256: sha256(`${id} ${name} ${index}`) })),
  }, { 'idempotency-key': name });
  expectSuccess(await bring(24, 'first'), 201);
  const [answers, trail] = await trailOf(claviger.database, () => together(40, (index) => bring(1 + (index % 3), `racer ${index}`)));
  expect(tally(answers)).toEqual({ 201: 1, '409 key_limit': 39 });
  expect(liveIn(id)).toBe(25);
  for (const rows of [trail.audit, trail.feed, trail.idempotency]) {
    expect(rows).toHaveLength(1);
  }
});

test('parallel imports of the same keys bring them once', async () => {
  const { id, keys } = await organization({ key_limit: 1000 });
  const body = { api_keys: Array.from({ length: 70 }, (_, index) => ({ name: `K ${index}`, sha256: sha256(`same ${id} ${index}`) })) };
  const [answers, trail] = await trailOf(claviger.database, () => together(12, () => claviger.owner.post(`${keys}/import`, body)));
  expect(tally(answers)).toEqual({ 201: 1, '409 already_imported': 11 });
  expect(liveIn(id)).toBe(70);
  expect(trail.audit).toHaveLength(70);
});

test('revoking and creating at the limit at once never passes it', async () => {
  const { id, keys } = await organization({ key_limit: 5 });
  const made = (await together(5, (index) => claviger.owner.post(keys, { name: `K ${index}` }))).map((answer) => expectSuccess(answer, 201));
  const answers = await together(40, (index) =>
    index % 2 ? claviger.owner.post(keys, { name: `New ${index}` }) : claviger.owner.post(`${KEYS}/${made[index % 5].id}/revoke`, {}));
  const kinds = tally(answers);
  expect(Object.keys(kinds).toSorted().filter((kind) => !['200', '201', '409 key_limit', '409 already_revoked', '409 conflict'].includes(kind))).toEqual([]);
  expect(kinds['200']).toBe(5);
  expect(liveIn(id)).toBeLessThanOrEqual(5);
  expect(liveIn(id)).toBe(kinds['201'] ?? 0);
});

test('parallel rotate, revoke and verify on one key: revoked wins, and what was refused left nothing', async () => {
  const key = await claviger.made({ name: 'Contended' });
  const [answers, trail] = await trailOf(claviger.database, () => together(60, async (index): Promise<[string, Answer]> => {
    if (index % 3 === 0) {
      return ['rotate', await claviger.owner.post(`${KEYS}/${key.id}/rotate`, { grace_seconds: 60 }, { 'idempotency-key': `rotate ${index}` })];
    }
    if (index % 3 === 1 && index > 20) {
      return ['revoke', await claviger.owner.post(`${KEYS}/${key.id}/revoke`, {}, { 'idempotency-key': `revoke ${index}` })];
    }
    return ['verify', await claviger.verifier.post('/v1/verify', { key: key.api_key, max_age_ms: 0 })];
  }));
  const of = (what: string): Answer[] => answers.filter(([step]) => step === what).map(([, answer]) => answer);
  expect(Object.keys(tally(of('rotate'))).filter((kind) => !['200', '409 already_revoked', '409 conflict'].includes(kind))).toEqual([]);
  const revokes = tally(of('revoke'));
  expect(revokes['200']).toBe(1);
  expect(Object.keys(revokes).filter((kind) => !['200', '409 already_revoked', '409 conflict'].includes(kind))).toEqual([]);
  for (const { status, json } of of('verify')) {
    expect(['200 VALID', '200 REVOKED']).toContain(`${status} ${json.code}`);
  }
  const rotated = of('rotate').filter(({ status }) => status === 200).map(({ json }) => json.data.api_key);
  expect(trail.audit.map((record) => record.action).toSorted()).toEqual([...Array(rotated.length).fill('api_key.rotated'), 'api_key.revoked'].toSorted());
  expect(trail.idempotency).toHaveLength(rotated.length + 1);
  const after = expectSuccess(await claviger.owner.get(`${KEYS}/${key.id}`));
  expect(after).toMatchObject({ status: 'revoked', version: key.version + rotated.length + 1 });
  // Of those that were replaced the ten newest are shown.
  expect(after.secrets).toHaveLength(Math.min(rotated.length + 1, 11));
  expect(after.secrets.filter((secret: { ends_at: string | null }) => secret.ends_at === null)).toHaveLength(1);
  for (const secret of [key.api_key, ...rotated]) {
    expect((await claviger.verifier.post('/v1/verify', { key: secret, max_age_ms: 0 })).json.code).toBe('REVOKED');
  }
});

test('of parallel rotations every one that is answered is a version, and two secrets work at the end', async () => {
  const key = await claviger.made({ name: 'Turned' });
  const answers = await together(20, () => claviger.owner.post(`${KEYS}/${key.id}/rotate`, { grace_seconds: 600 }));
  const secrets = answers.filter(({ status }) => status === 200).map(({ json }) => json.data);
  expect(Object.keys(tally(answers)).filter((kind) => !['200', '409 conflict'].includes(kind))).toEqual([]);
  expect(new Set(secrets.map((made) => made.version)).size).toBe(secrets.length);
  expect(expectSuccess(await claviger.owner.get(`${KEYS}/${key.id}`)).version).toBe(key.version + secrets.length);
  const codes = await Promise.all([key, ...secrets].map(async ({ api_key }) => (await claviger.verifier.post('/v1/verify', { key: api_key, max_age_ms: 0 })).json.code));
  expect(codes.filter((code) => code === 'VALID')).toHaveLength(2);
  expect(codes.filter((code) => code === 'REVOKED')).toHaveLength(secrets.length - 1);
});

test('parallel edits without a version all win, one after the other', async () => {
  const key = await claviger.made({ name: 'Edited' });
  const [answers, trail] = await trailOf(claviger.database, () => together(12, (index) => claviger.owner.patch(`${KEYS}/${key.id}`, { description: `by ${index}` })));
  expect(tally(answers)).toEqual({ 200: 12 });
  expect(new Set(answers.map(({ json }) => json.data.version)).size).toBe(12);
  expect(trail.audit).toHaveLength(12);
});

test('whoever asks for what somebody else has just done is told how the key is now', async () => {
  const key = await claviger.made({ name: 'Switched off' });
  const [answers, trail] = await trailOf(claviger.database, () => together(12, () => claviger.owner.patch(`${KEYS}/${key.id}`, { active: false })));
  expect(tally(answers)).toEqual({ 200: 12 });
  for (const { json, headers } of answers) {
    expect(json.data).toMatchObject({ active: false, status: 'disabled', version: key.version + 1 });
    expect(headers.etag).toBe(`"${key.version + 1}"`);
  }
  expect(trail.audit).toHaveLength(1);
});

test('both last keys of two owners’ requests at once: one stays', async () => {
  const { token } = await organization();
  const owner = expectSuccess(await claviger.anonymous.post('/api/v2/invites/accept', { token, name: 'O', email: 'o@example.com' }), 201);
  const client = bearer(claviger.origin, owner.api_key);
  const ways: ((client: Client) => Promise<Answer>)[] = [
    (by) => by.post(`${KEYS}/${owner.id}/revoke`, {}), (by) => by.delete(`${KEYS}/${owner.id}`), (by) => by.patch(`${KEYS}/${owner.id}`, { active: false }),
  ];
  const answers = await together(18, (index) => ways[index % 3]!(index % 2 ? client : claviger.owner));
  expect(tally(answers)).toEqual({ '409 last_credential': 18 });
});

test('the same Idempotency-Key from 20 connections does it once', async () => {
  const { keys } = await organization();
  const target = await claviger.made({ name: 'Target' });
  for (const [path, body, done, again] of [
    [keys, { name: 'Once' }, '201', '409 already_created'],
    [`${KEYS}/${target.id}/rotate`, {}, '200', '409 already_created'],
    ['/api/v2/organizations', { name: 'Once' }, '201', '409 already_created'],
    [`${keys}/import`, { api_keys: [{ name: 'I', sha256: sha256(keys) }] }, '201', null],
    [`${KEYS}/${target.id}/revoke`, {}, '200', null],
  ] as const) {
    const post = () => claviger.owner.post(path, body, { 'idempotency-key': 'twenty' });
    const [answers, trail] = await trailOf(claviger.database, () => together(20, post));
    expect(tally(answers), path).toEqual(again === null ? { [done]: 20 } : { [done]: 1, [again]: 19 });
    if (again === null) {
      expect(new Set(answers.map(({ text }) => text)).size, path).toBe(1);
    }
    // A new organization is in two logs.
    expect(trail.audit, path).toHaveLength(path === '/api/v2/organizations' ? 2 : 1);
    expect(trail.idempotency, path).toHaveLength(1);
  }
});

test('the same Idempotency-Key with twenty different bodies does one of them', async () => {
  const { keys } = await organization();
  const [answers, trail] = await trailOf(claviger.database, () => together(20, (index) => claviger.owner.post(keys, { name: `Body ${index}` }, { 'idempotency-key': 'bodies' })));
  expect(tally(answers)).toEqual({ 201: 1, '422 idempotency_mismatch': 19 });
  expect(trail.audit).toHaveLength(1);
});

test('an invitation accepted from 10 connections brings in one person', async () => {
  const { id, token } = await organization();
  const accept = (index: number) => claviger.anonymous.post('/api/v2/invites/accept', { token, name: `Racer ${index}`, email: `racer${index % 2}@example.com` });
  const [answers, trail] = await trailOf(claviger.database, () => together(10, accept));
  expect(tally(answers)).toEqual({ 201: 1, '403 invite_closed': 9 });
  expect(claviger.database.rows('SELECT 1 FROM users WHERE organization_id = ?', id)).toHaveLength(1);
  expect(trail.audit.map((record) => record.action)).toEqual(['user.created', 'api_key.created']);
  expect(trail.feed).toHaveLength(1);
});

test('two invitations accepted at once with the same address bring in one person', async () => {
  const { id, token } = await organization();
  const add = "INSERT INTO invites (hash, organization_id, role, created_at, ends_at) SELECT ?, organization_id, 'owner', created_at, ends_at FROM invites WHERE hash = ?";
  const tokens = [token, ...Array.from({ length: 7 }, (_, index) => `${token}${index}`)];
  await claviger.worker.kill('SIGTERM');
  const database = new DatabaseSync(databaseFile(claviger.worker.state));
  for (const more of tokens.slice(1)) {
    database.prepare(add).run(sha256(more), sha256(token));
  }
  database.close();
  await claviger.worker.restart();
  const accept = (index: number) => claviger.anonymous.post('/api/v2/invites/accept', { token: tokens[index], name: `Same ${index}`, email: 'same@example.com' });
  const answers = await together(tokens.length, accept);
  expect(tally(answers)).toEqual({ 201: 1, '400 invalid_request': 7 });
  for (const { json } of answers.filter(({ status }) => status === 400)) {
    expect(json.errors.map((error: { field: string }) => error.field)).toEqual(['email']);
  }
  expect(claviger.database.rows('SELECT 1 FROM users WHERE organization_id = ?', id)).toHaveLength(1);
});

test('ending a key gets through while others keep changing it', async () => {
  const key = await claviger.made({ name: 'Restless' });
  let done = false;
  const restless = async (index: number): Promise<void> => {
    for (let turn = 0; !done && turn < 500; turn += 1) {
      await claviger.owner.patch(`${KEYS}/${key.id}`, { description: `${index} ${turn}` });
    }
  };
  const others = together(40, restless);
  const answer = await claviger.owner.post(`${KEYS}/${key.id}/revoke`, { reason: 'Leaked' });
  done = true;
  await others;
  expectSuccess(answer);
});

test('an organization that goes while keys are made in it leaves none behind', async () => {
  const { id, keys } = await organization({ key_limit: 1000 });
  const answers = await together(40, (index) => index === 15
    ? claviger.owner.send({ method: 'DELETE', path: `/api/v2/organizations/${id}`, body: '{"name":"Raced"}', headers: { 'content-type': 'application/json' } })
    : claviger.owner.post(keys, { name: `Late ${index}` }, { 'idempotency-key': `late ${id} ${index}` }));
  const kinds = tally(answers);
  expect(Object.keys(kinds).filter((kind) => !['200', '201', '404 not_found'].includes(kind))).toEqual([]);
  expect(kinds['200']).toBe(1);
  expect(claviger.database.rows('SELECT 1 FROM api_keys WHERE organization_id = ?', id)).toEqual([]);
});

test('twenty set-ups at once make one organization', async () => {
  const worker = await Worker.start('races-setup');
  const database = new Database(worker.state);
  const client = bearer(worker.origin, 'none').with({ authorization: undefined });
  const post = (index: number) => client.post('/api/v2/setup', { token: worker.setupToken, organization: `O ${index}`, name: 'A', email: `a${index}@example.com` });
  const answers = await together(20, post);
  expect(tally(answers)).toEqual({ 201: 1, '403 setup_closed': 19 });
  expect(database.count('organizations')).toBe(1);
  expect(database.count('users')).toBe(1);
  expect(database.count('api_keys')).toBe(1);
  expect(database.count('audit_log')).toBe(3);
  expect(database.count('key_changes')).toBe(1);
  expectTrueCounters(database);
  await worker.kill();
});
