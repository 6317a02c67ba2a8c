import type { Client } from '../../support/client';
import { crews, type Crew } from '../../support/crew';
import { expectCommonHeaders, expectFieldRefusal, expectRefusal, expectSuccess, expectVerifyRefusal, nothingChanges } from '../../support/expectations';
import { expect, test, type Claviger } from '../../support/fixtures';
import { GitHub, newKey, type Find, type Oddity } from '../../support/github';
import { expectAsDescribed } from '../../support/messages';
import { isSigned, Receiver } from '../../support/receiver';
import { mintSecret, mistyped, sha256 } from '../../support/secrets';
import { newSetupToken } from '../../support/worker';

const URL = 'https://github.com/octocat/Hello-World/blob/12345600b9cbe38a219f39a9941c9319b600c002/foo/bar.txt';
const KEY_ID = 'Github-Public-Key-Identifier';
const SIGNATURE = 'Github-Public-Key-Signature';

let claviger: Claviger;
let next: () => Crew;
let github: GitHub;
let receiver: Receiver;
test.beforeAll(async () => {
  github = await GitHub.start();
  receiver = await Receiver.start();
  const variables = { SETUP_TOKEN: newSetupToken(), WEBHOOK_SECRET: newSetupToken(), LOCAL: '1', GITHUB_KEYS_URL: github.url };
  ({ claviger, next } = await crews('secret_scanning', 8, variables));
});
test.afterAll(async () => {
  await claviger.worker.kill('SIGTERM');
  await Promise.all([github.stop(), receiver.stop()]);
});

const made = async (client: Client, name: string, more: object = {}): Promise<any> =>
  expectSuccess(await client.post('/api/v2/api_keys', { name, ...more }), 201);
const key = async (client: Client, id: number): Promise<any> => expectSuccess(await client.get(`/api/v2/api_keys/${id}`));
const policy = async ({ id, owner }: Crew, leak_policy: string): Promise<void> =>
  void expectSuccess(await owner.client.patch(`/api/v2/organizations/${id}`, { leak_policy }));

async function reported(finds: Find[], oddity: Oddity = {}): Promise<any[]> {
  const answer = await github.report(claviger.anonymous, finds, oddity);
  expect(answer.status, answer.text).toBe(200);
  expectCommonHeaders(answer);
  for (const { token } of finds) {
    expect(answer.text).not.toContain(token);
  }
  return answer.json;
}

test('a report that is not signed by GitHub does nothing, and says why', async () => {
  const { owner } = next();
  const { id, api_key } = await made(owner.client, 'Unsigned');
  const finds = [{ token: api_key, url: URL }];
  const raw = Buffer.alloc(64, 1).toString('base64');
  const forged = newKey(github.keys[0]!.id);
  const cases: [string, Oddity, number, string, string][] = [
    ['without the key', { headers: { 'github-public-key-identifier': undefined } }, 400, 'invalid_parameter', KEY_ID],
    ['without a signature', { headers: { 'github-public-key-signature': undefined } }, 400, 'invalid_parameter', SIGNATURE],
    ['empty', { headers: { 'github-public-key-signature': '' } }, 400, 'invalid_parameter', SIGNATURE],
    ['no base64', { headers: { 'github-public-key-signature': 'Not base64!' } }, 400, 'invalid_parameter', SIGNATURE],
    ['two plain numbers', { headers: { 'github-public-key-signature': raw } }, 400, 'invalid_parameter', SIGNATURE],
    ['a cut DER', { headers: { 'github-public-key-signature': 'MEQCIQDaMKqrGnE27S0kgMrEK0eY' } }, 400, 'invalid_parameter', SIGNATURE],
    ['another’s key under that name', { by: forged }, 403, 'signature_refused', SIGNATURE],
    ['one space more', { body: ` ${JSON.stringify(finds)}` }, 403, 'signature_refused', SIGNATURE],
    ['an empty body', { body: '' }, 403, 'signature_refused', SIGNATURE],
    ['a key that GitHub does not list', { by: newKey('unlisted') }, 403, 'signature_refused', KEY_ID],
  ];
  await nothingChanges(claviger.database, async () => {
    for (const [what, oddity, status, code, field] of cases) {
      const answer = await github.report(claviger.anonymous, finds, oddity);
      expect(`${what}: ${answer.json?.field}`).toBe(`${what}: ${field}`);
      expectVerifyRefusal(answer, status, code, field);
    }
    expectVerifyRefusal(await claviger.anonymous.get('/v1/secret-scanning/github'), 405, 'method_not_allowed');
    // Signed, and no report.
    for (const body of ['{}', '[7]', '[{}]', '[{"token":""}]', '[{"token":7}]', 'null']) {
      const odd = await signedText(body);
      expect([odd.status, odd.json.error], body).toEqual([400, 'invalid_request']);
    }
    expect((await signedText('[')).json.error).toBe('invalid_json');
    expect((await signedText('[]')).json).toEqual([]);
    expectVerifyRefusal(await signedText(`[{"token":"${'x'.repeat(3_000_000)}"}]`), 413, 'body_too_large');
  });
  expect(await key(owner.client, id)).toMatchObject({ status: 'active', leak: null });
  // Whoever makes up names has GitHub asked once, and not each time.
  const asked = github.asked.length;
  for (const name of ['made', 'up']) {
    expectVerifyRefusal(await github.report(claviger.anonymous, finds, { by: newKey(name) }), 403, 'signature_refused', KEY_ID);
  }
  expect(github.asked.length).toBe(asked);
  expect(asked).toBeLessThanOrEqual(2);
  expect(new Set(github.asked)).toEqual(new Set(['Claviger']));
});

/** A body of any form, with a good signature. */
async function signedText(body: string): ReturnType<Client['send']> {
  const { sign } = await import('node:crypto');
  const by = github.keys[0]!;
  const headers = {
    'content-type': 'application/json', 'github-public-key-identifier': by.id,
    'github-public-key-signature': sign('SHA256', Buffer.from(body), by.privateKey).toString('base64'),
  };
  return claviger.anonymous.send({ method: 'POST', path: '/v1/secret-scanning/github', body, headers });
}

test('three hundred reports a minute come from one network, signed or not, and others are not kept waiting by it', async () => {
  const at = (address: string): Client => claviger.anonymous.with({ 'cf-connecting-ip': address });
  // Counted is by minutes of the clock, of which enough has to be left.
  const left = 60_000 - (Date.now() % 60_000);
  await new Promise((go) => setTimeout(go, left < 15_000 ? left : 0));
  const unsigned = { headers: { 'github-public-key-signature': undefined } };
  const answers = await Promise.all(Array.from({ length: 310 }, (_, number) => github.report(at(`2001:db8:0:5::${number}`), [], unsigned)));
  expect(answers.filter(({ status }) => status === 400)).toHaveLength(300);
  for (const answer of [...answers.filter(({ status }) => status !== 400), await github.report(at('2001:db8:0:5::ffff'), [])]) {
    expectVerifyRefusal(answer, 429, 'too_many_attempts');
  }
  expect((await github.report(at('2001:db8:0:6::1'), [])).status).toBe(200);
});

test('by the policy a key is flagged or revoked; its owners are told, and GitHub which finds were secrets', async () => {
  const [flags, revokes] = [next(), next()];
  expect(expectSuccess(await flags.owner.client.get(`/api/v2/organizations/${flags.id}`))).toMatchObject({ leak_policy: 'flag' });
  await policy(revokes, 'revoke');
  const { secret } = expectSuccess(await revokes.owner.client.post('/api/v2/webhooks', { url: receiver.url, events: ['api_key.leaked', 'api_key.revoked'] }), 201);
  const [flagged, revoked] = [await made(flags.owner.client, 'Flagged'), await made(revokes.owner.client, 'Revoked')];
  const inUrl = mintSecret();
  const finds = [
    { token: flagged.api_key, url: URL }, { token: mistyped(flagged.api_key) }, { token: mintSecret() },
    { token: revoked.api_key, url: `https://github.com/search?q=${inUrl}` }, { token: revoked.api_key, url: URL }, { token: 'a word' },
  ];
  const label = (token: string, word: string): object => ({ token_hash: sha256(token), token_type: 'claviger_api_key', label: word });
  const told = await reported(finds);
  expect(told).toEqual([
    label(flagged.api_key, 'true_positive'), label(mistyped(flagged.api_key), 'false_positive'),
    label(revoked.api_key, 'true_positive'), label(revoked.api_key, 'true_positive'), label('a word', 'false_positive'),
  ]);
  expect(await key(flags.owner.client, flagged.id)).toMatchObject({
    status: 'active', version: 2, leak: { source: 'github', url: URL, resolved_at: null, reported_at: expect.any(String) },
  });
  expect(await key(revokes.owner.client, revoked.id)).toMatchObject({
    status: 'revoked', version: 2, revoke_reason: 'Leaked: GitHub found its secret in public.', revoked_by: { type: 'system' },
    leak: { source: 'github', url: null, resolved_at: null },
  });
  await receiver.until(2);
  expect(receiver.types().toSorted()).toEqual(['api_key.leaked', 'api_key.revoked']);
  for (const message of receiver.taken) {
    expectAsDescribed(message.body);
    expect(isSigned(message, secret)).toBe(true);
    expect(message.body.data).toMatchObject({ organization_id: revokes.id, actor: { type: 'system' }, object: { id: revoked.id, status: 'revoked', api_key: null } });
    expect(message.body.data.changed).toContain('leak');
    expect(message.text).not.toContain(revoked.api_key.slice(8, 28));
  }
  // Whoever else has a secret and says so: the same is told of it.
  const posted = await made(revokes.owner.client, 'Posted');
  expect((await claviger.anonymous.post('/v1/revoke', { keys: [posted.api_key] })).json.results).toEqual([{ code: 'REVOKED' }]);
  await receiver.until(4);
  const [leaked] = receiver.taken.filter(({ body }) => body.type === 'api_key.leaked' && body.data.object.id === posted.id);
  expectAsDescribed(leaked!.body);
  expect(isSigned(leaked!, secret)).toBe(true);
  expect(leaked!.body.data.object).toMatchObject({ status: 'revoked', api_key: null, leak: { source: 'possession', url: null, resolved_at: null } });
  expect(leaked!.text).not.toContain(posted.api_key.slice(8, 28));
  const log = expectSuccess(await flags.owner.client.get(`/api/v2/audit_log?target_type=api_key&target_id=${flagged.id}`));
  expect(log[0]).toMatchObject({ action: 'api_key.leaked', actor: { type: 'system' }, details: { source: 'github' }, changes: [{ field: 'leak', after: { url: URL } }] });
  expect(JSON.stringify(log)).not.toContain(flagged.api_key);
  expect(claviger.worker.logged()).not.toContain(inUrl.slice(8, 28));
  // Reports carry no time: one that is sent again is no news.
  expect(await nothingChanges(claviger.database, () => reported(finds))).toEqual(told);
});

test('what somebody has dealt with stays so, whoever sends the report again', async () => {
  const crew = next();
  const { client } = crew.owner;
  const { id, api_key } = await made(client, 'Accepted');
  await reported([{ token: api_key }]);
  expectSuccess(await client.post(`/api/v2/api_keys/${id}/resolve_leak`, {}));
  await policy(crew, 'revoke');
  await nothingChanges(claviger.database, () => reported([{ token: api_key }]));
  expect(await key(client, id)).toMatchObject({ status: 'active' });
  // A stricter policy counts for what is still open.
  await policy(crew, 'flag');
  const open = await made(client, 'Open');
  await reported([{ token: open.api_key }]);
  await policy(crew, 'revoke');
  await reported([{ token: open.api_key }]);
  expect(await key(client, open.id)).toMatchObject({ status: 'revoked' });
  // Rotated without a grace it is dealt with; the secret that leaked is gone.
  await policy(crew, 'flag');
  const rotated = await made(client, 'Rotated');
  await reported([{ token: rotated.api_key }]);
  expectSuccess(await client.post(`/api/v2/api_keys/${rotated.id}/rotate`, { grace_seconds: 60 }));
  expect((await key(client, rotated.id)).leak.resolved_at).toBeNull();
  expectSuccess(await client.post(`/api/v2/api_keys/${rotated.id}/rotate`, { grace_seconds: 0 }));
  expect((await key(client, rotated.id)).leak.resolved_at).not.toBeNull();
});

test('the policy is the organization’s: managers set it, others are refused', async () => {
  const crew = next();
  const path = `/api/v2/organizations/${crew.id}`;
  await nothingChanges(claviger.database, async () => {
    expectRefusal(await crew.member.client.patch(path, { leak_policy: 'revoke' }), 403, 'forbidden');
    expectRefusal(await claviger.foreignAdmin.patch(path, { leak_policy: 'revoke' }), 404, 'not_found');
    expectFieldRefusal(await crew.owner.client.patch(path, { leak_policy: 'ignore' }), 'invalid_request', 'leak_policy', /flag or revoke/);
    expectFieldRefusal(await crew.owner.client.patch(path, { leak_policy: null }), 'invalid_request', 'leak_policy', /null/);
  });
  expect(expectSuccess(await crew.administrator.client.patch(path, { leak_policy: 'revoke' }))).toMatchObject({ leak_policy: 'revoke' });
});

test('the last key with which an owner signs in is flagged and works on, by either way', async () => {
  const crew = next();
  await policy(crew, 'revoke');
  const secrets = [crew.owner.secret, crew.other.secret];
  // One of two goes, and the other stays.
  const answer = await claviger.anonymous.post('/v1/revoke', { keys: secrets });
  expect(answer.json.results.map(({ code }: any) => code).toSorted()).toEqual(['REPORTED', 'REVOKED']);
  const [last, gone] = answer.json.results[0].code === 'REPORTED' ? [crew.owner, crew.other] : [crew.other, crew.owner];
  expectRefusal(await gone.client.get('/api/v2/whoami'), 401, 'key_revoked');
  expect(await key(last.client, last.key)).toMatchObject({ status: 'active', leak: { source: 'possession', resolved_at: null } });
  await nothingChanges(claviger.database, async () => {
    await reported([{ token: last.secret }]);
    expect((await claviger.anonymous.post('/v1/revoke', { keys: [last.secret] })).json.results).toEqual([{ code: 'REPORTED' }]);
  });
});

test('while GitHub changes keys both sign; one that it has taken back signs no more; without its keys nothing is believed', async () => {
  const { owner } = next();
  const [first, second] = [newKey('before', false), newKey('now')];
  const again = async (keys: typeof github.keys): Promise<void> => {
    github.keys = keys;
    await claviger.worker.restart();
  };
  const report = async (name: string, by: typeof first): Promise<any> => {
    const { api_key } = await made(owner.client, name);
    return github.report(claviger.anonymous, [{ token: api_key }], { by });
  };
  await again([second, first]);
  for (const by of [first, second]) {
    expect((await report(`By ${by.id}`, by)).status).toBe(200);
  }
  await again([second]);
  expectVerifyRefusal(await report('Taken back', first), 403, 'signature_refused', KEY_ID);
  for (const trouble of [{ status: 500 }, { status: 302 }, { status: 200, body: '{"keys":[]}' }, { status: 200, body: 'x'.repeat(70_000) }, 'silence'] as const) {
    github.trouble = trouble;
    await claviger.worker.restart();
    const answer = await report('Unanswered', second);
    expectVerifyRefusal(answer, 503, 'unavailable');
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  }
  github.trouble = undefined;
});

test('what names another place for GitHub’s keys counts on a developer’s machine only', async () => {
  const { owner } = next();
  const { id, api_key } = await made(owner.client, 'In production');
  await claviger.worker.restart({ SETUP_TOKEN: newSetupToken(), WEBHOOK_SECRET: newSetupToken(), GITHUB_KEYS_URL: github.url });
  const asked = github.asked.length;
  // GitHub itself does not list this key, if it can be asked from here at all.
  expect([403, 503]).toContain((await github.report(claviger.anonymous, [{ token: api_key }])).status);
  expect(github.asked.length).toBe(asked);
  expect(await key(owner.client, id)).toMatchObject({ status: 'active', leak: null });
});
