import type { Answer } from '../../support/client';
import { expectVerifyRefusal, nothingChanges } from '../../support/expectations';
import { expect, test, type Claviger, type Holder } from '../../support/fixtures';
import { mintSecret, mistyped } from '../../support/secrets';

/** What is sent, the status, the code or the error, and the field that is named. `$owner` and the like stand for secrets. */
type Row<Input> = [what: string, input: Input, status: number, code: string, field?: string];

function filled({ secrets }: Claviger, text: string): string {
  const others: Record<string, () => string> = { unknown: mintSecret, mistyped: () => mistyped(secrets.integration) };
  return text.replace(/\$([a-z]+)/gi, (_, name: string) => others[name]?.() ?? secrets[name as Holder]);
}

/** Nothing of what was presented comes back. */
function expectSilence(claviger: Claviger, answer: Answer): void {
  for (const secret of Object.values(claviger.secrets)) {
    expect(answer.text).not.toContain(secret.slice(8, 28));
  }
}

const GOOD = { key: '$integration' };
const times = (count: number, text: string): string[] => Array<string>(count).fill(text);

/** Of `/v1/verify`, and of each question of a batch. */
const QUESTIONS: Row<object>[] = [
  ['no key', {}, 400, 'invalid_request', 'key'],
  ['null as key', { key: null }, 400, 'invalid_request', 'key'],
  ['a number as key', { key: 7 }, 400, 'invalid_request', 'key'],
  ['a list as key', { key: ['x'] }, 400, 'invalid_request', 'key'],
  ['an empty key', { key: '' }, 400, 'invalid_request', 'key'],
  ['a key of one character', { key: 'x' }, 200, 'NOT_FOUND'],
  ['a key of 512 bytes', { key: 'x'.repeat(512) }, 200, 'NOT_FOUND'],
  ['a key of 513 bytes', { key: 'x'.repeat(513) }, 400, 'invalid_request', 'key'],
  ['a key of 257 characters in 514 bytes', { key: 'é'.repeat(257) }, 400, 'invalid_request', 'key'],
  ['a key of 1 MB', { key: 'x'.repeat(1_000_000) }, 413, 'body_too_large'],
  ['a key in pictures', { key: '🗝️' }, 200, 'NOT_FOUND'],
  ['a key in Cyrillic', { key: 'ключ'.repeat(10) }, 200, 'NOT_FOUND'],
  ['a good key with a letter of another alphabet behind it', { key: '$integrationа' }, 200, 'NOT_FOUND'],
  ['NUL as key', { key: '\0' }, 200, 'NOT_FOUND'],
  ['40 times NUL as key', { key: '\0'.repeat(40) }, 200, 'NOT_FOUND'],
  ['a good key with NUL behind it', { key: '$integration\0' }, 200, 'NOT_FOUND'],
  ['a good key with NUL before it', { key: '\0$integration' }, 200, 'NOT_FOUND'],
  ['a good key with a space behind it', { key: '$integration ' }, 200, 'NOT_FOUND'],
  ['the marker alone', { key: 'clv_' }, 200, 'NOT_FOUND'],
  ['a good key with one wrong character', { key: '$mistyped' }, 200, 'NOT_FOUND'],
  ['a right checksum on a key that nobody has', { key: '$unknown' }, 200, 'NOT_FOUND'],
  ['the key of who asks', { key: '$verifier' }, 200, 'VALID'],
  ['another verifier’s key', { key: '$foreignVerifier' }, 200, 'VALID'],
  ['an administrator’s key', { key: '$owner' }, 200, 'VALID'],
  ['a good key', GOOD, 200, 'VALID'],

  ['no access', { ...GOOD, access: null }, 200, 'VALID'],
  ['an unknown access', { ...GOOD, access: 'all' }, 400, 'invalid_request', 'access'],
  ['a list as access', { ...GOOD, access: ['read_only'] }, 400, 'invalid_request', 'access'],

  ['a text as scopes', { ...GOOD, scopes: 'a.b' }, 400, 'invalid_request', 'scopes'],
  ['an object as scopes', { ...GOOD, scopes: { 0: 'a.b' } }, 400, 'invalid_request', 'scopes'],
  ['a number as scope', { ...GOOD, scopes: [7] }, 400, 'invalid_request', 'scopes'],
  ['an empty scope', { ...GOOD, scopes: [''] }, 400, 'invalid_request', 'scopes'],
  ['a scope with a space', { ...GOOD, scopes: ['a b'] }, 400, 'invalid_request', 'scopes'],
  ['a scope of 101 characters', { ...GOOD, scopes: ['x'.repeat(101)] }, 400, 'invalid_request', 'scopes'],
  ['a secret as scope', { ...GOOD, scopes: ['$integration'] }, 400, 'invalid_request', 'scopes'],
  ['50 scopes', { ...GOOD, scopes: times(50, 'a.b') }, 200, 'INSUFFICIENT_SCOPE'],
  ['51 scopes', { ...GOOD, scopes: times(51, 'a.b') }, 400, 'invalid_request', 'scopes'],
  ['10,000 scopes', { ...GOOD, scopes: times(10_000, 'a.b') }, 400, 'invalid_request', 'scopes'],
  ['10,000 longer scopes', { ...GOOD, scopes: times(10_000, 'invoices.read') }, 413, 'body_too_large'],

  ...['', 'here', '203.0.113', '203.0.113.07', '203.0.113.7/32', '203.0.113.7:80', '203.0.113.7, 10.0.0.1', '[::1]', '::1%eth0', 7, ['::1']].map(
    (ip): Row<object> => [`${JSON.stringify(ip)} as ip`, { ...GOOD, ip }, 400, 'invalid_request', 'ip']),
  ...[-1, 0.5, 1e300, true, '', 'soon'].map(
    (age): Row<object> => [`${JSON.stringify(age)} as max_age_ms`, { ...GOOD, max_age_ms: age }, 400, 'invalid_request', 'max_age_ms']),
  ['the largest age', { ...GOOD, max_age_ms: Number.MAX_SAFE_INTEGER }, 200, 'VALID'],
  ...[0, -1, 1.5, 1_000_001, 'x', {}].map(
    (cost): Row<object> => [`${JSON.stringify(cost)} as cost`, { ...GOOD, cost }, 400, 'invalid_request', 'cost']),

  ['an unknown field', { ...GOOD, scope: 'a.b' }, 400, 'invalid_request', 'scope'],
  ['a field of another case', { ...GOOD, Access: 'read_only' }, 400, 'invalid_request', 'Access'],
  ['the management API’s wrapper', { api_key: { key: 'x' } }, 400, 'invalid_request', 'key'],
  ['a secret in an unknown field', { key: 'x', note: '$integration' }, 400, 'contains_secret', 'note'],
  ['a secret as an unknown field', { key: 'x', $integration: 1 }, 400, 'contains_secret', ''],
  ['all wrong at once', { key: '', access: 'all', scopes: 'x', ip: 'x', max_age_ms: -1, cost: 0, kye: 1 }, 400, 'invalid_request', 'key'],
];
const ask = ({ verifier }: Claviger, path: string, body: string): Promise<Answer> =>
  verifier.send({ method: 'POST', path, body, headers: { 'content-type': 'application/json' } });
for (const [what, question, status, code, field] of QUESTIONS) {
  test(`${what} is ${status} ${code}, alone and in a batch`, async ({ claviger }) => {
    const text = filled(claviger, JSON.stringify(question));
    const alone = await ask(claviger, '/v1/verify', text);
    const batch = await ask(claviger, '/v1/verify/batch', `{"requests":[{"key":"x"},${text}]}`);
    if (status === 200) {
      expect([alone.status, alone.json?.code], alone.text).toEqual([200, code]);
      expect([batch.status, batch.json?.results?.map((one: any) => one.code)], batch.text).toEqual([200, ['NOT_FOUND', code]]);
    } else {
      expectVerifyRefusal(alone, status, code, field);
      expectVerifyRefusal(batch, status, code, field === undefined ? undefined : `requests[1]${field && `.${field}`}`);
    }
    expectSilence(claviger, alone);
    expectSilence(claviger, batch);
  });
}

test('no question changes anything, good or bad', async ({ claviger }) => {
  const answers = await nothingChanges(claviger.database, () =>
    Promise.all(QUESTIONS.map(([, question]) => ask(claviger, '/v1/verify', filled(claviger, JSON.stringify(question))))));
  expect(answers.map(({ status }) => status)).toEqual(QUESTIONS.map(([, , status]) => status));
});

const JSON_TYPE = 'application/json';
const FORM = 'application/x-www-form-urlencoded';
type Raw = { body: string | Buffer; type?: string };

/** Bodies that are no question at all. */
const BODIES: Row<Raw>[] = [
  ['nothing', { body: '' }, 400, 'invalid_request', 'key'],
  ['null', { body: 'null' }, 400, 'invalid_request', ''],
  ['a list', { body: '[]' }, 400, 'invalid_request', ''],
  ['a text', { body: '"$integration"' }, 400, 'invalid_request', ''],
  ['a number', { body: '7' }, 400, 'invalid_request', ''],
  ['half of it', { body: '{"key":' }, 400, 'invalid_json'],
  ['one and a half', { body: '{"key":"x"}{' }, 400, 'invalid_json'],
  ['a key with half a character', { body: '{"key":"\\ud800"}' }, 400, 'invalid_json'],
  ['a key with a bare NUL', { body: '{"key":"a\0b"}' }, 400, 'invalid_json'],
  ['bytes that are no UTF-8', { body: Buffer.from('{"key":"\xff"}', 'latin1') }, 400, 'invalid_json'],
  ['brackets without end', { body: '['.repeat(50_000) }, 400, 'invalid_json'],
  ['a form', { body: 'key=$integration', type: FORM }, 415, 'unsupported_media_type'],
  ['JSON as text', { body: '{"key":"$integration"}', type: 'text/plain' }, 415, 'unsupported_media_type'],
  ['JSON with a character set', { body: '{"key":"$integration"}', type: 'Application/JSON; charset=utf-8' }, 200, 'VALID'],
  ['1 MB of brackets', { body: '['.repeat(1_000_000) }, 413, 'body_too_large'],
];
for (const [what, { body, type = JSON_TYPE }, status, code, field] of BODIES) {
  test(`${what} as body is ${status} ${code}`, async ({ claviger }) => {
    const answer = await claviger.verifier.send({
      method: 'POST', path: '/v1/verify', body: typeof body === 'string' ? filled(claviger, body) : body, headers: { 'content-type': type },
    });
    if (status === 200) {
      expect([answer.status, answer.json?.code], answer.text).toEqual([200, code]);
    } else {
      expectVerifyRefusal(answer, status, code, field);
    }
    expectSilence(claviger, answer);
  });
}

const BATCHES: Row<unknown>[] = [
  ['no list', {}, 400, 'invalid_request', 'requests'],
  ['null as list', { requests: null }, 400, 'invalid_request', 'requests'],
  ['an object as list', { requests: GOOD }, 400, 'invalid_request', 'requests'],
  ['a list alone', [GOOD], 400, 'invalid_request', ''],
  ['0 questions', { requests: [] }, 400, 'invalid_request', 'requests'],
  ['101 questions', { requests: Array(101).fill(GOOD) }, 400, 'invalid_request', 'requests'],
  ['100 questions, the last of them no good', { requests: [...Array(99).fill(GOOD), { ...GOOD, max_age_ms: -1 }] }, 400, 'invalid_request', 'requests[99].max_age_ms'],
  ['two that are no good', { requests: [GOOD, { key: 7 }, { key: 'x', ip: 'x' }] }, 400, 'invalid_request', 'requests[1].key'],
  ['a text as question', { requests: ['$integration'] }, 400, 'invalid_request', 'requests[0]'],
  ['a list as question', { requests: [[GOOD]] }, 400, 'invalid_request', 'requests[0]'],
  ['a question beside the list', { requests: [GOOD], key: 'x' }, 400, 'invalid_request', 'key'],
  ['1 MB of questions', { requests: Array(100).fill({ key: 'x'.repeat(10_000) }) }, 413, 'body_too_large'],
];
for (const [what, body, status, code, field] of BATCHES) {
  test(`${what} as a batch is ${status} ${code}`, async ({ claviger }) => {
    const text = filled(claviger, JSON.stringify(body));
    const answer = await ask(claviger, '/v1/verify/batch', text);
    expectVerifyRefusal(answer, status, code, field);
    expectSilence(claviger, answer);
  });
}

/** For introspection the code is whether the token is active. OAuth: parameters that are not known are ignored. */
const FORMS: Row<Raw>[] = [
  ['nothing', { body: '' }, 400, 'invalid_request', 'token'],
  ['an empty token', { body: 'token=' }, 400, 'invalid_request', 'token'],
  ['two tokens', { body: 'token=a&token=b' }, 400, 'invalid_request', 'token'],
  ['a token of one character', { body: 'token=x' }, 200, 'false'],
  ['a token of 513 bytes', { body: `token=${'x'.repeat(513)}` }, 400, 'invalid_request', 'token'],
  ['a token of 1 MB', { body: `token=${'x'.repeat(1_000_000)}` }, 413, 'body_too_large'],
  ['a token in pictures', { body: 'token=%F0%9F%97%9D' }, 200, 'false'],
  ['a token that is no UTF-8', { body: 'token=%FF%FE' }, 200, 'false'],
  ['NUL as token', { body: 'token=%00' }, 200, 'false'],
  ['a good token with NUL behind it', { body: 'token=$integration%00' }, 200, 'false'],
  ['a good token with one wrong character', { body: 'token=$mistyped' }, 200, 'false'],
  ['a token that nobody has', { body: 'token=$unknown' }, 200, 'false'],
  ['the key of who asks', { body: 'token=$verifier' }, 200, 'true'],
  ['an ip that is none', { body: 'token=$integration&ip=here' }, 400, 'invalid_request', 'ip'],
  ['a negative age', { body: 'token=$integration&max_age_ms=-1' }, 400, 'invalid_request', 'max_age_ms'],
  ['an unknown parameter', { body: 'token=$integration&resource=x&scope=a+b' }, 200, 'true'],
  ['JSON', { body: '{"token":"$integration"}', type: JSON_TYPE }, 415, 'unsupported_media_type'],
];
for (const [what, { body, type = FORM }, status, code, field] of FORMS) {
  test(`${what} as introspection is ${status} ${code}`, async ({ claviger }) => {
    const answer = await claviger.verifier.send({
      method: 'POST', path: '/v1/introspect', body: filled(claviger, String(body)), headers: { 'content-type': type },
    });
    if (status === 200) {
      expect([answer.status, String(answer.json?.active)], answer.text).toEqual([200, code]);
    } else {
      expectVerifyRefusal(answer, status, code, field);
    }
    expectSilence(claviger, answer);
  });
}

type Forwarded = { query?: string; authorization?: string; key?: string; body?: string };
const BEARING = { authorization: 'Bearer $integration' };

/** At `/v1/auth`: a wish that were ignored would let anyone in, so a slip in a configuration is refused by name. */
const FORWARDED: Row<Forwarded>[] = [
  ['no key', {}, 401, 'authentication_required'],
  ['an empty key', { key: '' }, 401, 'authentication_required'],
  ['another scheme', { authorization: 'Basic eDp5' }, 401, 'invalid_key'],
  ['a scheme alone', { authorization: 'Bearer' }, 401, 'invalid_key'],
  ['a key of one character', { key: 'x' }, 401, 'invalid_key'],
  ['a key of 513 bytes', { key: 'x'.repeat(513) }, 401, 'invalid_key'],
  ['a key that is not ASCII', { key: 'clé' }, 401, 'invalid_key'],
  ['a key with one wrong character', { authorization: 'Bearer $mistyped' }, 401, 'invalid_key'],
  ['a key that nobody has', { key: '$unknown' }, 401, 'invalid_key'],
  ['two keys', { ...BEARING, key: '$scoped' }, 401, 'two_keys'],
  ['the same key twice', { ...BEARING, key: '$integration' }, 200, 'VALID'],
  ['the key of who asks', { key: '$verifier' }, 200, 'VALID'],
  ['a body of 70,000 bytes', { ...BEARING, body: 'x'.repeat(70_000) }, 413, 'body_too_large'],
  ...([
    ['scopes=a.b', 'scopes'], ['Scope=a.b', 'Scope'], ['scope=a!b', 'scope'], [times(51, 'scope=a.b').join('&'), 'scope'],
    ['access=all', 'access'], ['access=', 'access'], ['access=read_only&access=read_write', 'access'],
    ['ip=here', 'ip'], ['ip=', 'ip'], ['ip=::1&ip=::1', 'ip'], ['max_age_ms=-1', 'max_age_ms'], ['cost=0', 'cost'], ['key=x', 'key'],
  ] as const).map(([query, field]): Row<Forwarded> => [`?${query.slice(0, 40)}`, { ...BEARING, query }, 400, 'invalid_request', field]),
];
for (const [what, { query = '', authorization, key, body }, status, code, field] of FORWARDED) {
  test(`${what} at a proxy’s door is ${status} ${code}`, async ({ claviger }) => {
    const theirs = { ...(authorization && { authorization }), ...(key !== undefined && { 'x-api-key': key }) };
    const headers = Object.fromEntries(Object.entries(theirs).map(([name, text]) => [name, filled(claviger, text)]));
    const answer = await claviger.anonymous.send({
      ...(body && { method: 'POST', body }), path: `/v1/auth?${query}`, headers: { ...headers, 'x-verifier-key': claviger.secrets.verifier },
    });
    if (status === 200) {
      expect([answer.status, answer.text]).toEqual([200, '']);
    } else {
      expectVerifyRefusal(answer, status, code, field);
    }
    expectSilence(claviger, answer);
  });
}
