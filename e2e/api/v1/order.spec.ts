import { cpSync } from 'node:fs';
import { join } from 'node:path';

import type { Answer } from '../../support/client';
import { expectVerifyRefusal } from '../../support/expectations';
import { Claviger, expect, test } from '../../support/fixtures';
import { PEOPLED, STATES } from '../../support/paths';
import { mintSecret, mistyped, unrecordedSecret } from '../../support/secrets';
import { seeding, type KeyFacts } from '../../support/seed';

const SYSTEM = 1;
const DAY = 86_400_000;
const PAST = Date.now() - DAY;
const AHEAD = Date.now() + DAY;
const HERE = '203.0.113.9';

type Person = { active?: 0 | 1; api_access?: 0 | 1 };
type Wrong = { what: string; code: string; key?: KeyFacts; person?: Person; trial?: true; ip?: string | null };

/** What stands against a use, as core/src/verify/order.rs has it: of two, the one that is further up decides. */
const ORDER: Wrong[] = [
  { what: 'revoked', code: 'REVOKED', key: { revoked_at: PAST } },
  { what: 'its secret replaced', code: 'REVOKED', key: { ends_at: PAST } },
  { what: 'expired', code: 'EXPIRED', key: { expires_at: PAST } },
  { what: 'switched off', code: 'DISABLED', key: { active: 0 } },
  { what: 'of a person who has left', code: 'DISABLED', person: { active: 0 } },
  { what: 'of a trial', code: 'API_ACCESS_DISABLED', trial: true },
  { what: 'of a person without API access', code: 'API_ACCESS_DISABLED', person: { api_access: 0 } },
  { what: 'presented from nobody knows where', code: 'IP_NOT_ALLOWED', ip: null },
  { what: 'presented from elsewhere', code: 'IP_NOT_ALLOWED', ip: '198.51.100.9' },
  { what: 'for reading only', code: 'INSUFFICIENT_ACCESS', key: { access: 'read_only' } },
  { what: 'without the scope', code: 'INSUFFICIENT_SCOPE', key: { scopes: ['c.d'] } },
  { what: 'used too often', code: 'RATE_LIMITED', key: { rate_limit: { limit: 2, window_seconds: 3_600 } } },
  { what: 'used up', code: 'CREDITS_EXHAUSTED', key: { credits: { remaining: 2 } } },
];
/** Nothing stands against it, though everything could. */
const GOOD: KeyFacts = {
  access: 'read_write', scopes: ['a.*'], allowed_ips: ['203.0.113.0/24'], expires_at: AHEAD, ends_at: AHEAD,
  rate_limit: { limit: 100, window_seconds: 3_600 }, credits: { remaining: 100 },
};
const WISHES = { access: 'read_write', scopes: ['a.b'], cost: 3 };
/** What a proxy is told. */
const AT_PROXY: Record<string, [number, string]> = {
  NOT_FOUND: [401, 'invalid_key'], REVOKED: [401, 'key_revoked'], EXPIRED: [401, 'key_expired'], DISABLED: [401, 'key_disabled'],
  API_ACCESS_DISABLED: [403, 'api_access_disabled'], IP_NOT_ALLOWED: [403, 'ip_not_allowed'],
  INSUFFICIENT_ACCESS: [403, 'insufficient_access'], INSUFFICIENT_SCOPE: [403, 'insufficient_scope'],
  RATE_LIMITED: [429, 'rate_limited'], CREDITS_EXHAUSTED: [429, 'credits_exhausted'],
};

/** What is wrong with a request, or with who asks: the same, for what is refused before anything is said of a key. */
type Slip = {
  what: string; status: number; error: string;
  query?: true; method?: string; asker?: 'none' | 'mistyped' | 'unknown'; verifier?: KeyFacts; trial?: true; type?: string; body?: string;
};
const REFUSALS: Slip[] = [
  { what: 'a secret in the URL', status: 400, error: 'contains_secret', query: true },
  { what: 'a body of 70,000 bytes', status: 413, error: 'body_too_large', body: `{"key":"${'x'.repeat(70_000)}"}` },
  { what: 'another method', status: 405, error: 'method_not_allowed', method: 'PUT' },
  { what: 'no key of who asks', status: 401, error: 'authentication_required', asker: 'none' },
  { what: 'a mistyped one', status: 401, error: 'invalid_key', asker: 'mistyped' },
  { what: 'one that nobody has', status: 401, error: 'invalid_key', asker: 'unknown' },
  { what: 'a revoked one', status: 401, error: 'key_revoked', verifier: { revoked_at: PAST } },
  { what: 'a replaced one', status: 401, error: 'key_revoked', verifier: { ends_at: PAST } },
  { what: 'an expired one', status: 401, error: 'key_expired', verifier: { expires_at: PAST } },
  { what: 'one that is off', status: 401, error: 'key_disabled', verifier: { active: 0 } },
  { what: 'one of a trial', status: 403, error: 'api_access_disabled', trial: true },
  { what: 'one that works elsewhere', status: 403, error: 'ip_not_allowed', verifier: { allowed_ips: ['198.51.100.0/24'] } },
  { what: 'one of another role', status: 403, error: 'not_a_verifier', verifier: { role: 'integration' } },
  { what: 'another content type', status: 415, error: 'unsupported_media_type', type: 'text/plain' },
  { what: 'what is no JSON', status: 400, error: 'invalid_json', body: '{"key":' },
  { what: 'an unknown field', status: 400, error: 'invalid_request', body: '{"key":"x","kye":1}' },
];

/** Nothing, each by itself, and all pairs that can be made, the one that decides first. */
function combined<T>(order: T[], fit: (one: T, other: T) => boolean): T[][] {
  const pairs = order.flatMap((one, place) => order.slice(place + 1).filter((other) => fit(one, other)).map((other) => [one, other]));
  return [[], ...order.map((one) => [one]), ...pairs];
}
const named = (all: { what: string }[]): string => all.map(({ what }) => what).join(', ') || 'nothing';

type Case = { wrong: Wrong[]; what: string; code: string; secret: string; ip: string | undefined };
type Attempt = { slips: Slip[]; what: string; verifier: string };
let claviger: Claviger;
let cases: Case[];
let attempts: Attempt[];

test.beforeAll(async () => {
  const state = join(STATES, `order-${process.pid}-seed`);
  cpSync(PEOPLED, state, { recursive: true });
  ({ cases, attempts } = seeding(state, (insert, database) => {
    const trial = insert.organization('Trial of the order', 'paid');
    database.exec('UPDATE organizations SET key_limit = 100000');
    const organization = (all: { trial?: true }[]): number => (all.some((one) => one.trial) ? trial : SYSTEM);
    const cases = combined(ORDER, (one, other) => one.ip === undefined || other.ip === undefined).map((wrong, place) => {
      const facts: KeyFacts = Object.assign({ organization: organization(wrong) }, GOOD, ...wrong.map(({ key }) => key));
      const people = wrong.flatMap(({ person }) => person ?? []);
      if (people.length > 0) {
        facts.user = insert.user(organization(wrong), `Person ${place}`, 'member', Object.assign({ api_access: 1 }, ...people));
      }
      const ip = wrong.find((one) => one.ip !== undefined);
      const secret = insert.key(`Case ${place}`, facts);
      return { wrong, what: named(wrong), code: wrong[0]?.code ?? 'VALID', secret, ip: ip ? (ip.ip ?? undefined) : HERE };
    });
    const slots = ({ query, method, asker, verifier, trial, type, body }: Slip): unknown[] => [query, method, asker ?? verifier ?? trial, type, body];
    const fit = (one: Slip, other: Slip): boolean => {
      const isOfKey = (slip: Slip): boolean => slip.verifier !== undefined || slip.trial !== undefined;
      return (isOfKey(one) && isOfKey(other)) || slots(one).every((slot, place) => slot === undefined || slots(other)[place] === undefined);
    };
    const attempts = combined(REFUSALS, fit).map((slips, place) => {
      const facts = Object.assign({ organization: organization(slips), role: 'verifier' }, ...slips.map(({ verifier }) => verifier));
      return { slips, what: named(slips), verifier: insert.key(`Verifier ${place}`, facts) };
    });
    database.exec(`UPDATE organizations SET plan = 'trial' WHERE id = ${trial}`);
    return { cases, attempts };
  }));
  claviger = await Claviger.start('order', { from: state });
});
test.afterAll(() => claviger?.worker.kill());

/** A few at a time, answered in their order. */
async function each<T, R>(all: T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < all.length; start += 10) {
    results.push(...(await Promise.all(all.slice(start, start + 10).map(work))));
  }
  return results;
}

const question = ({ secret, ip }: Case): object => ({ key: secret, ...WISHES, ip });
const table = (codes: (one: Case, place: number) => unknown): unknown[] => cases.map((one, place) => [one.what, codes(one, place)]);

test('of two things that stand against a key the earlier decides, alone and in a batch', async () => {
  const together = await claviger.verifier.post('/v1/verify/batch', { requests: cases.map(question) });
  expect(together.status, together.text).toBe(200);
  const alone = (await each(cases, (one) => claviger.verifier.post('/v1/verify', question(one)))).map(({ json }) => json);
  for (const answers of [together.json.results as any[], alone]) {
    expect(table((_, place) => answers[place].code)).toEqual(table(({ code }) => code));
    expect(table((_, place) => answers[place].valid)).toEqual(table(({ code }) => code === 'VALID'));
    // Who holds a secret that was replaced learns nothing of the key, whatever else there is.
    expect(table((_, place) => answers[place].key === null)).toEqual(table(({ wrong }) => wrong.some(({ key }) => key?.ends_at === PAST)));
    expect(table((_, place) => answers[place].rate_limit !== undefined)).toEqual(table(({ code }) => ['RATE_LIMITED', 'CREDITS_EXHAUSTED', 'VALID'].includes(code)));
  }
});

test('a proxy is told the same, as a status', async () => {
  const query = (ip: string | undefined): string => `access=read_write&scope=a.b&cost=3${ip ? `&ip=${ip}` : ''}`;
  const ask = ({ secret, ip }: Case): Promise<Answer> =>
    claviger.anonymous.send({ path: `/v1/auth?${query(ip)}`, headers: { 'x-verifier-key': claviger.secrets.verifier, 'x-api-key': secret } });
  const answers = await each(cases, ask);
  for (const [place, { code }] of cases.entries()) {
    const answer = answers[place]!;
    if (code === 'VALID') {
      expect(answer.status, answer.text).toBe(200);
    } else {
      expectVerifyRefusal(answer, ...AT_PROXY[code]!);
    }
  }
  expect(new Set(cases.map(({ code }) => code))).toEqual(new Set([...Object.keys(AT_PROXY).filter((code) => code !== 'NOT_FOUND'), 'VALID']));
});

test('introspection says no more than whether it is active, and asks for neither rights nor limits', async () => {
  const ask = ({ secret, ip }: Case): Promise<Answer> =>
    claviger.verifier.send({
      method: 'POST', path: '/v1/introspect', headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token: secret, ...(ip ? { ip } : {}) }).toString(),
    });
  const answers = await each(cases, ask);
  const stays = ['INSUFFICIENT_ACCESS', 'INSUFFICIENT_SCOPE', 'RATE_LIMITED', 'CREDITS_EXHAUSTED', 'VALID'];
  expect(table((_, place) => answers[place]!.json.active)).toEqual(table(({ code }) => stays.includes(code)));
  for (const { status, text, json } of answers) {
    expect([status, json.active || text]).toEqual([200, json.active || '{"active":false}']);
  }
});

test('whatever stands against a key of another organization, or of nobody, it is NOT_FOUND', async () => {
  const foreign = await claviger.holderOf('foreignVerifier').post('/v1/verify/batch', { requests: cases.map(question) });
  expect(foreign.json.results.map(({ code, key }: any) => [code, key])).toEqual(cases.map(() => ['NOT_FOUND', null]));
  for (const text of [mintSecret(), mistyped(claviger.secrets.integration)]) {
    const answer = await claviger.verifier.post('/v1/verify', { key: text, ...WISHES });
    expect(answer.json).toMatchObject({ code: 'NOT_FOUND', key: null });
    const headers = { 'x-verifier-key': claviger.secrets.verifier, 'x-api-key': text };
    expectVerifyRefusal(await claviger.anonymous.send({ path: '/v1/auth?access=read_write&scope=a.b', headers }), ...AT_PROXY.NOT_FOUND!);
  }
});

for (const [path, asked, field, code] of [
  ['/v1/verify', (ask: object) => ask, 'kye', (json: any) => json.code],
  ['/v1/verify/batch', (ask: object) => ({ requests: [ask] }), 'requests', (json: any) => json.results[0].code],
] as const) {
  test(`of two things that are wrong with a request to ${path} the earlier decides, and all of them before what is said of the key`, async () => {
    // The key in question is no good either.
    const body = JSON.stringify(asked({ key: claviger.secrets.revokedAndAllElse }));
    const inUrl = unrecordedSecret();
    const askers = { none: undefined, mistyped: mistyped(claviger.secrets.verifier), unknown: mintSecret() };
    const ask = ({ slips, verifier }: Attempt): Promise<Answer> => {
      const slip: Partial<Slip> = Object.assign({}, ...slips);
      const secret = slip.asker ? askers[slip.asker] : verifier;
      return claviger.anonymous.send({
        method: slip.method ?? 'POST', path: slip.query ? `${path}?key=${inUrl}` : path, body: slip.body ?? body,
        headers: { 'content-type': slip.type ?? 'application/json', ...(secret ? { authorization: `Bearer ${secret}` } : {}) },
      });
    };
    const answers = await each(attempts, ask);
    const seen = attempts.map(({ what }, place) => [what, answers[place]!.status, answers[place]!.json?.error ?? code(answers[place]!.json)]);
    expect(seen).toEqual(attempts.map(({ what, slips: [first] }) => [what, first?.status ?? 200, first?.error ?? 'REVOKED']));
    for (const [place, { slips: [first] }] of attempts.entries()) {
      if (first) {
        expectVerifyRefusal(answers[place]!, first.status, first.error, first.error === 'invalid_request' ? field : undefined);
      }
    }
  });
}
