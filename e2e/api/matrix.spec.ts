import { randomBytes } from 'node:crypto';
import { Agent } from 'node:http';

import { cast, OTHER_TENANT, SYSTEM, TENANT, type Caller, type Crowd } from '../support/cast';
import type { Answer } from '../support/client';
import { expectRefusal, expectVerifyRefusal, nothingChanges } from '../support/expectations';
import { expect, test, type Claviger } from '../support/fixtures';
import type { Request } from '../support/http';
import { Receiver } from '../support/receiver';
import { endpoints } from '../support/routes';
import { sha256 } from '../support/secrets';

/** What a row's request is about: an organization, and in it an integration's key, a member, an invitation, another's session, a webhook, a delivery. */
type Target = { organization: number; id: number; secret: string; user: number; invite: number; session: number; webhook: number; delivery: number };

const OUTCOMES: Record<string, [number, string]> = {
  '401': [401, 'authentication_required'],
  role: [403, 'forbidden'],
  read: [403, 'read_only'],
  '404': [404, 'not_found'],
  // Past authorization: what stands in the way is the thing itself.
  has: [409, 'has_secret'],
  system: [409, 'system_organization'],
  name: [400, 'invalid_request'],
  nopass: [409, 'no_passkey'],
  nokey: [403, 'no_key'],
  // /v1.
  asks: [403, 'not_a_verifier'],
};

const random = (): string => sha256(randomBytes(8).toString('hex'));
const named = () => ({ name: `Matrix ${randomBytes(4).toString('hex')}` });
// What it subscribes to does not happen here.
const hooked = () => ({ url: receiver.url, events: ['api_key.leaked'] });
const described = () => ({ description: `Matrix ${randomBytes(4).toString('hex')}` });
const imports = () => ({ api_keys: [{ ...named(), sha256: random() }] });

// Where people come in by Cloudflare Access, as here, members are invited by their address.
const invited = () => ({ role: 'administrator' });

/**
 * One row an endpoint. Its cells, `ok` or a refusal, for who stands at the head of each column; ·ro is the same with access
 * read_only. `key` is a key of that role as Bearer, `person` a session: `admin` is organization_admin, `manager` an
 * administrator, or the owner of a tenant; `owner` is one of the system organization. What is asked of a person's own key as
 * Bearer, and of a session that no key bounds, follows from these: `cellFor`.
 * Behind || the same for a target of another organization; `-` where the endpoint has none.
 *
 * anonymous | integration verifier | admin·ro admin | system·ro system | member·ro member | manager·ro manager | owner·ro owner
 *   || integration, verifier | admin, manager·ro admin, manager | member·ro member | system, owner·ro system, owner
 */
const TABLE: [string, string, ((target: Target) => unknown)?][] = [
  ['GET /whoami', '401 | ok ok | ok ok | ok ok | ok ok | ok ok | ok ok || -'],
  ['GET /session', '401 | 401 401 | 401 401 | 401 401 | ok ok | ok ok | ok ok || -'],
  ['GET /api_keys', '401 | role role | ok ok | ok ok | ok ok | ok ok | ok ok || -'],
  ['POST /api_keys', '401 | role role | read ok | read ok | read ok | read ok | read ok || -', named],
  ['POST /api_keys/lookup', '401 | role role | ok ok | ok ok | 404 404 | ok ok | ok ok || role | 404 404 | 404 404 | 404 404',
    ({ secret }) => ({ sha256: sha256(secret) })],
  ['GET /api_keys/hygiene', '401 | role role | ok ok | ok ok | ok ok | ok ok | ok ok || -'],
  ['POST /api_keys/bulk', '401 | role role | read ok | read ok | read 404 | read ok | read ok || role | read 404 | read 404 | read ok',
    ({ id }) => ({ ids: [id], action: 'disable' })],
  ['POST /api_keys/import', '401 | role role | read ok | read ok | role role | read ok | read ok || -', imports],
  ['GET /api_keys/{id}', '401 | role role | ok ok | ok ok | 404 404 | ok ok | ok ok || role | 404 404 | 404 404 | ok ok'],
  ['PUT /api_keys/{id}', '401 | role role | read ok | read ok | read 404 | read ok | read ok || role | read 404 | read 404 | read ok', named],
  ['PATCH /api_keys/{id}', '401 | role role | read ok | read ok | read 404 | read ok | read ok || role | read 404 | read 404 | read ok', named],
  ['DELETE /api_keys/{id}', '401 | role role | read ok | read ok | read 404 | read ok | read ok || role | read 404 | read 404 | read ok'],
  ['POST /api_keys/{id}/mint', '401 | role role | read has | read has | read 404 | read has | read has || role | read 404 | read 404 | read has'],
  ['POST /api_keys/{id}/rotate', '401 | role role | read ok | read ok | read 404 | read ok | read ok || role | read 404 | read 404 | read ok'],
  ['POST /api_keys/{id}/revoke', '401 | role role | read ok | read ok | read 404 | read ok | read ok || role | read 404 | read 404 | read ok'],
  ['POST /api_keys/{id}/resolve_leak', '401 | role role | read ok | read ok | read 404 | read ok | read ok || role | read 404 | read 404 | read ok'],
  ['GET /api_keys/{id}/usage', '401 | role role | ok ok | ok ok | 404 404 | ok ok | ok ok || role | 404 404 | 404 404 | ok ok'],
  ['GET /usage', '401 | role role | ok ok | ok ok | role role | ok ok | ok ok || -'],
  ['GET /audit_log', '401 | role role | ok ok | ok ok | ok ok | ok ok | ok ok || -'],
  ['GET /audit_log/verify', '401 | role role | ok ok | ok ok | role role | ok ok | ok ok || -'],
  ['GET /users', '401 | role role | ok ok | ok ok | ok ok | ok ok | ok ok || -'],
  // Of another person in the same organization: to a member they are not there.
  ['GET /users/{id}', '401 | role role | ok ok | ok ok | 404 404 | ok ok | ok ok || role | 404 404 | 404 404 | ok ok'],
  ['PUT /users/{id}', '401 | role role | read ok | read ok | read 404 | read ok | read ok || role | read 404 | read 404 | read ok', named],
  ['PATCH /users/{id}', '401 | role role | read ok | read ok | read 404 | read ok | read ok || role | read 404 | read 404 | read ok', named],
  ['DELETE /users/{id}', '401 | role role | read ok | read ok | read 404 | read ok | read ok || role | read 404 | read 404 | read ok'],
  ['POST /users/{id}/api_access', '401 | role role | read ok | read ok | read 404 | read ok | read ok || role | read 404 | read 404 | read ok'],
  ['DELETE /users/{id}/api_access', '401 | role role | read ok | read ok | read 404 | read ok | read ok || role | read 404 | read 404 | read ok'],
  ['GET /users/{id}/api_key', '401 | role role | ok ok | ok ok | 404 404 | ok ok | ok ok || role | 404 404 | 404 404 | ok ok'],
  // Nobody but its own person is ever shown its secret.
  ['POST /users/{id}/api_key', '401 | role role | read role | read role | read 404 | read role | read role || role | read 404 | read 404 | read role'],
  ['DELETE /users/{id}/api_key', '401 | role role | read ok | read ok | read 404 | read ok | read ok || role | read 404 | read 404 | read ok'],
  ['POST /users/{id}/sign_in_link', '401 | role role | read ok | read ok | role role | read ok | read ok || role | read 404 | role role | read ok'],
  ['DELETE /users/{id}/sign_in_link', '401 | role role | read 404 | read 404 | role role | read 404 | read 404 || role | read 404 | role role | read 404'],
  ['GET /invites', '401 | role role | ok ok | ok ok | role role | ok ok | ok ok || -'],
  ['POST /invites', '401 | role role | read ok | read ok | role role | read ok | read ok || -', invited],
  ['DELETE /invites/{id}', '401 | role role | read ok | read ok | role role | read ok | read ok || role | read 404 | role role | read ok'],
  // The webhook is the organization's: a member's own is in webhooks/told.spec.ts.
  ['GET /webhooks', '401 | role role | ok ok | ok ok | ok ok | ok ok | ok ok || -'],
  ['POST /webhooks', '401 | role role | read ok | read ok | read ok | read ok | read ok || -', hooked],
  ['GET /users/{id}/webhooks', '401 | role role | ok ok | ok ok | 404 404 | ok ok | ok ok || role | 404 404 | 404 404 | ok ok'],
  // Nobody but the person says where what they do is told.
  ['POST /users/{id}/webhooks', '401 | role role | read role | read role | read 404 | read role | read role || role | read 404 | read 404 | read role', hooked],
  ['GET /webhooks/{id}', '401 | role role | ok ok | ok ok | 404 404 | ok ok | ok ok || role | 404 404 | 404 404 | ok ok'],
  ['PUT /webhooks/{id}', '401 | role role | read ok | read ok | read 404 | read ok | read ok || role | read 404 | read 404 | read ok', described],
  ['PATCH /webhooks/{id}', '401 | role role | read ok | read ok | read 404 | read ok | read ok || role | read 404 | read 404 | read ok', described],
  ['POST /webhooks/{id}/rotate_secret', '401 | role role | read ok | read ok | read 404 | read ok | read ok || role | read 404 | read 404 | read ok'],
  ['POST /webhooks/{id}/test', '401 | role role | read ok | read ok | read 404 | read ok | read ok || role | read 404 | read 404 | read ok'],
  ['GET /webhooks/{id}/deliveries', '401 | role role | ok ok | ok ok | 404 404 | ok ok | ok ok || role | 404 404 | 404 404 | ok ok'],
  ['POST /webhooks/{id}/replay', '401 | role role | read ok | read ok | read 404 | read ok | read ok || role | read 404 | read 404 | read ok'],
  ['POST /deliveries/{id}/replay', '401 | role role | read ok | read ok | read 404 | read ok | read ok || role | read 404 | read 404 | read ok'],
  ['DELETE /webhooks/{id}', '401 | role role | read ok | read ok | read 404 | read ok | read ok || role | read 404 | read 404 | read ok'],
  ['GET /organizations', '401 | role role | ok ok | ok ok | role role | ok ok | ok ok || -'],
  ['POST /organizations', '401 | role role | role role | read ok | role role | role role | read ok || -', named],
  ...['organizations', 'organization'].flatMap((noun): [string, string, ((target: Target) => unknown)?][] => [
    [`GET /${noun}/{organization_id}`, '401 | role role | ok ok | ok ok | ok ok | ok ok | ok ok || 404 | 404 404 | 404 404 | ok ok'],
    [`PUT /${noun}/{organization_id}`, '401 | role role | read ok | read ok | role role | read ok | read ok || 404 | 404 404 | 404 404 | read ok', named],
    [`PATCH /${noun}/{organization_id}`, '401 | role role | read ok | read ok | role role | read ok | read ok || 404 | 404 404 | 404 404 | read ok', named],
    [`DELETE /${noun}/{organization_id}`, '401 | role role | role role | read system | role role | role role | read system || 404 | 404 404 | 404 404 | read name',
      () => ({ name: 'Not its name' })],
    [`GET /${noun}/{organization_id}/api_keys`, '401 | role role | ok ok | ok ok | ok ok | ok ok | ok ok || 404 | 404 404 | 404 404 | ok ok'],
    [`POST /${noun}/{organization_id}/api_keys`, '401 | role role | read ok | read ok | read ok | read ok | read ok || 404 | 404 404 | 404 404 | read ok', named],
    [`POST /${noun}/{organization_id}/api_keys/lookup`, '401 | role role | ok ok | ok ok | 404 404 | ok ok | ok ok || 404 | 404 404 | 404 404 | ok ok',
      ({ secret }) => ({ sha256: sha256(secret) })],
    [`POST /${noun}/{organization_id}/api_keys/import`, '401 | role role | read ok | read ok | role role | read ok | read ok || 404 | 404 404 | 404 404 | read ok', imports],
    [`GET /${noun}/{organization_id}/api_keys/hygiene`, '401 | role role | ok ok | ok ok | ok ok | ok ok | ok ok || 404 | 404 404 | 404 404 | ok ok'],
    [`GET /${noun}/{organization_id}/usage`, '401 | role role | ok ok | ok ok | role role | ok ok | ok ok || 404 | 404 404 | 404 404 | ok ok'],
    [`GET /${noun}/{organization_id}/audit_log`, '401 | role role | ok ok | ok ok | ok ok | ok ok | ok ok || 404 | 404 404 | 404 404 | ok ok'],
    [`GET /${noun}/{organization_id}/audit_log/verify`, '401 | role role | ok ok | ok ok | role role | ok ok | ok ok || 404 | 404 404 | 404 404 | ok ok'],
    [`GET /${noun}/{organization_id}/users`, '401 | role role | ok ok | ok ok | ok ok | ok ok | ok ok || 404 | 404 404 | 404 404 | ok ok'],
    [`GET /${noun}/{organization_id}/webhooks`, '401 | role role | ok ok | ok ok | ok ok | ok ok | ok ok || 404 | 404 404 | 404 404 | ok ok'],
    [`POST /${noun}/{organization_id}/webhooks`, '401 | role role | read ok | read ok | read ok | read ok | read ok || 404 | 404 404 | 404 404 | read ok', hooked],
    [`GET /${noun}/{organization_id}/invites`, '401 | role role | ok ok | ok ok | role role | ok ok | ok ok || 404 | 404 404 | 404 404 | ok ok'],
    [`POST /${noun}/{organization_id}/invites`, '401 | role role | read ok | read ok | role role | read ok | read ok || 404 | 404 404 | 404 404 | read ok', invited],
  ]),
  // A verifier of the system organization asks about all tenants; one of a tenant about its own, and is told NOT_FOUND.
  ['POST /v1/verify', '401 | asks ok | asks asks | asks asks | 401 401 | 401 401 | 401 401 || -', ({ secret }) => ({ key: secret })],
  ['POST /v1/verify/batch', '401 | asks ok | asks asks | asks asks | 401 401 | 401 401 | 401 401 || -', ({ secret }) => ({ requests: [{ key: secret }] })],
  ['POST /v1/introspect', '401 | asks ok | asks asks | asks asks | 401 401 | 401 401 | 401 401 || -', ({ secret }) => new URLSearchParams({ token: secret })],
  // Whoever calls is the proxy's client here, and no cookie is a key. Which keys a proxy may ask with: v1/auth.spec.ts.
  ['ANY /v1/auth', '401 | ok ok | ok ok | ok ok | 401 401 | 401 401 | 401 401 || -'],
  // One's own: a key that is nobody's own has none. The session that is named is somebody else's.
  ['GET /sessions', '401 | role role | role role | role role | ok ok | ok ok | ok ok || -'],
  ['DELETE /sessions/{id}', '401 | 404 404 | 404 404 | 404 404 | 404 404 | 404 404 | 404 404 || 404 | 404 404 | 404 404 | 404 404'],
  // At the console only: the cast are people by cookie. What a browser would have to have signed is not here.
  ['GET /passkeys', '401 | role role | role role | role role | ok ok | ok ok | ok ok || -'],
  ['POST /passkeys/options', '401 | role role | role role | role role | read ok | read ok | read ok || -'],
  ['POST /passkeys', '401 | role role | role role | role role | read name | read name | read name || -'],
  ['PUT /passkeys/{id}', '401 | 404 404 | 404 404 | 404 404 | 404 404 | 404 404 | 404 404 || 404 | 404 404 | 404 404 | 404 404', named],
  ['DELETE /passkeys/{id}', '401 | 404 404 | 404 404 | 404 404 | 404 404 | 404 404 | 404 404 || 404 | 404 404 | 404 404 | 404 404'],
  ['POST /session/step_up/options', '401 | role role | role role | role role | nopass nopass | nopass nopass | nopass nopass || -'],
  ['POST /session/step_up', '401 | role role | role role | role role | name name | name name | name name || -'],
  // One key of a person signs the other one's session out, so each signs in again before.
  ['DELETE /sessions', '401 | role role | role role | role role | ok ok | ok ok | ok ok || -'],
  // The last one: afterwards nobody is signed in.
  ['DELETE /session', '401 | 401 401 | 401 401 | 401 401 | ok ok | ok ok | ok ok || -'],
];

/** Where a person's own key as Bearer, or a session without a key, is answered otherwise than their kind. */
const EXCEPTIONS: Record<string, Partial<Record<Caller['as'], string>>> = {
  // An integration's key is nobody's own, and has none.
  'GET /sessions': { own: 'ok' },
  'DELETE /sessions': { own: 'ok' },
  // Read only: what a key may not do is register or change one.
  'GET /passkeys': { own: 'ok' },
  'GET /whoami': { passkey: 'nokey', access: 'nokey' },
  // Who came by one has one.
  'POST /session/step_up/options': { passkey: 'ok' },
};

/** Whoever comes is treated alike: what counts is a secret in the body, or nothing. */
const FOR_EVERYBODY: [string, unknown, number, string | null][] = [
  ['GET /healthz', undefined, 200, null],
  ['GET /setup', undefined, 200, null],
  ['POST /setup', { token: 'x', email: 'ada@example.com' }, 403, 'invalid_setup_token'],
  ['POST /session', { api_key: 'x' }, 401, 'invalid_key'],
  // Configured, and nothing vouches for them.
  ['GET /session/access', undefined, 401, 'authentication_required'],
  ['POST /session/access', {}, 401, 'authentication_required'],
  ['POST /session/passkey', {}, 400, 'invalid_request'],
  ['POST /session/passkey/options', { user: 1 }, 400, 'invalid_request'],
  ['POST /invites/lookup', { token: 'x' }, 403, 'invite_closed'],
  ['POST /invites/accept', { token: 'x', name: 'X', email: 'x@example.com' }, 403, 'invite_closed'],
  ['POST /sign_in_links/lookup', { token: 'x' }, 403, 'link_closed'],
  ['POST /sign_in_links/accept', { token: 'x' }, 403, 'link_closed'],
  ['POST /v1/revoke', { keys: ['x'] }, 200, null],
  ['POST /v1/secret-scanning/github', [], 400, 'invalid_parameter'],
];

test('every endpoint of the router has its row, and every row its endpoint', () => {
  const rows = [...TABLE, ...FOR_EVERYBODY].map(([endpoint]) => endpoint);
  expect(rows.toSorted()).toEqual(endpoints().toSorted());
  for (const [endpoint, cells] of TABLE) {
    const [own, foreign] = cells.split('||').map((half) => half.split('|').map((group) => group.trim().split(' ').length));
    expect(own, endpoint).toEqual([1, 2, 2, 2, 2, 2, 2]);
    expect([[1], [1, 2, 2, 2]], endpoint).toContainEqual(foreign);
    expect(foreign!.length > 1, `${endpoint} has a target exactly if it names one`).toBe(/\{|lookup|bulk/.test(endpoint));
  }
});

let claviger: Claviger;
let receiver: Receiver;
let callers: Caller[];
let crowds: Map<number, Crowd>;
test.beforeAll(async () => {
  receiver = await Receiver.start();
  ({ claviger, callers, crowds } = await cast('matrix'));
  expect(callers).toHaveLength(40);
});
test.afterAll(async () => {
  connections.destroy();
  await claviger.worker.kill();
  await receiver.stop();
});

const refusals = new Set<string>();
const connections = new Agent({ keepAlive: true });
/** The Worker has one thread, and much of a request's time is waiting. */
const AT_ONCE = 12;
async function each<T>(items: T[], work: (item: T) => Promise<void>, atOnce = AT_ONCE): Promise<void> {
  const queue = items.values();
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (const item of queue) {
      await work(item);
    }
  }));
}

/** Whose cells follow from those of others. */
const derived = ({ as }: Caller): boolean => as !== 'key' && as !== 'person';
/** The second name of an organization's endpoints is the same function of the router: one of each role asks by it. */
const callersOf = (endpoint: string): Caller[] =>
  endpoint.includes(' /organization/') ? callers.filter((caller) => !derived(caller) && caller.access === 'read_write') : callers;

/** A person's own key does what a service key of its role does; a session without a key what one with a key that may all does. */
function cellFor(endpoint: string, cells: string, caller: Caller, foreign: boolean): string {
  const { as, role, organization } = caller;
  const exception = foreign ? undefined : EXCEPTIONS[endpoint]?.[as];
  if (exception) {
    return exception;
  }
  if (as === 'own') {
    const keyRole = role === 'member' ? 'integration' : role === 'owner' && organization === SYSTEM ? 'system_admin' : 'organization_admin';
    return cellOf(cells, { ...caller, as: 'key', role: keyRole }, foreign);
  }
  return cellOf(cells, as === 'key' ? caller : { ...caller, as: 'person' }, foreign);
}

function cellOf(cells: string, { as, role, access, organization }: Caller, foreign: boolean): string {
  const [own, other] = cells.split('||').map((half) => half.split('|').map((group) => group.trim().split(' ')));
  const write = access === 'read_write' ? 1 : 0;
  const person = as === 'person';
  const manages = role === 'administrator' || (role === 'owner' && organization === TENANT);
  if (foreign) {
    const group = role === 'integration' || role === 'verifier' ? [0, 0] : role === 'member' ? [2, write] : manages || role === 'organization_admin' ? [1, write] : [3, write];
    return other![group[0]!]![group[1]!]!;
  }
  if (!person && (role === 'integration' || role === 'verifier')) {
    return own![1]![role === 'verifier' ? 1 : 0]!;
  }
  const group = person ? (role === 'member' ? 4 : manages ? 5 : 6) : role === 'organization_admin' ? 2 : 3;
  return own![group]![write]!;
}

async function targetIn(organization: number, endpoint: string): Promise<Target> {
  const made = async (what: 'invites' | 'webhooks'): Promise<any> => {
    // A webhook that a system administrator has made is not there for who administers less.
    const maker = what === 'webhooks' && organization === SYSTEM ? claviger.holderOf('administrator') : claviger.owner;
    const answer = await maker.post(`/api/v2/organizations/${organization}/${what}`, { invites: invited(), webhooks: hooked() }[what]);
    expect(answer.status, answer.text).toBe(201);
    return answer.json.data;
  };
  const { members, keys, session } = crowds.get(organization)!;
  const user = endpoint.includes('/users/') ? members.shift() : members[0];
  const key = endpoint.includes('/api_keys/') ? keys.shift() : keys[0];
  const invite = endpoint.includes('/invites/') ? (await made('invites')).id : 0;
  const hook = /\/(webhooks|deliveries)\/\{/.test(endpoint) ? await made('webhooks') : undefined;
  const tested = endpoint.includes('/deliveries/{') ? await claviger.owner.post(`/api/v2/webhooks/${hook.id}/test`, {}) : undefined;
  if (tested) {
    await expect.poll(() => claviger.database.rows('SELECT id FROM webhook_deliveries WHERE next_at IS NOT NULL')).toEqual([]);
  }
  const [webhook, delivery] = [hook?.id ?? 0, tested?.json.data.id ?? 0];
  return { organization, id: key?.id ?? 0, secret: key?.secret ?? '', user: user ?? 0, invite, session, webhook, delivery };
}

function requestFor(endpoint: string, target: Target, body: unknown, prefix = '/api/v2'): Request {
  const [method = '', pattern = ''] = endpoint.split(' ');
  const named = { users: target.user, invites: target.invite, sessions: target.session, webhooks: target.webhook, deliveries: target.delivery }[pattern.split('/')[1]!] ?? target.id;
  const path = pattern.replace('{id}', `${named}`).replace('{organization_id}', `${target.organization}`);
  // What is answered in full counts, and not how much of it.
  const at = /^\/(v1|healthz)/.test(path) ? path : prefix + path + (method === 'GET' ? '?per_page=3' : '');
  if (method === 'ANY') {
    return { method: 'GET', path: at, headers: { 'x-verifier-key': claviger.secrets.verifier }, agent: connections };
  }
  if (body instanceof URLSearchParams) {
    return { method, path: at, agent: connections, body: body.toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' } };
  }
  return body === undefined ? { method, path: at, agent: connections } : { method, path: at, agent: connections, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}

function expectCell(cell: string, answer: Answer, who: string, v1: boolean): void {
  const outcome = OUTCOMES[cell];
  const wanted = outcome ? `${outcome[0]} ${outcome[1]}` : 'ok';
  const given = answer.status < 300 ? 'ok' : `${answer.status} ${answer.json?.error_code ?? answer.json?.error}`;
  if (given !== wanted) {
    expect(`${who}: ${given}`, answer.text).toBe(`${who}: ${wanted}`);
  }
  if (outcome) {
    // The same answer to the letter, but for its number and the time, is the same refusal: looked at closely once.
    const { 'x-request-id': id, date: _, ...headers } = answer.headers;
    const answered = JSON.stringify([outcome, v1, answer.status, answer.text, headers]);
    if (!refusals.has(answered) || !/^[0-9a-z-]{8,}$/.test(String(id))) {
      (v1 ? expectVerifyRefusal : expectRefusal)(answer, ...outcome);
      refusals.add(answered);
    }
  }
}

test('a system_admin key, and a verifier that sees all tenants, are not there for who administers less', async () => {
  const keys = ['system_admin', 'verifier'].map((role) => ({ role, name: `Hidden ${role}`, access: 'read_only' }));
  const below = callers.filter(({ organization, role }) => organization === SYSTEM && ['organization_admin', 'administrator'].includes(role));
  expect(below, 'a service key, a session, a key of their own, each also read only, and a passkey').toHaveLength(7);
  for (const attributes of keys) {
    const { id, api_key } = await claviger.made(attributes);
    for (const { client, access, name } of below) {
      await nothingChanges(claviger.database, () =>
        each(TABLE.filter(([endpoint]) => /api_keys\/(\{id\}|lookup|bulk)/.test(endpoint)), async ([endpoint, cells, body]) => {
          const target = { organization: SYSTEM, id, secret: api_key, user: 0, invite: 0, session: 0, webhook: 0, delivery: 0 };
          const reads = access === 'read_only' && cells.includes('read');
          expectCell(reads ? 'read' : '404', await client.send(requestFor(endpoint, target, body?.(target))), `${name} ${endpoint}`, false);
        }));
      const listed = await client.get(`/api/v2/api_keys?per_page=1000&name_contains=hidden`);
      expect([listed.json.data, listed.json.num_records]).toEqual([[], 0]);
    }
  }
});

for (const [endpoint, cells, body] of TABLE) {
  test(endpoint, async () => {
    const v1 = endpoint.includes(' /v1/');
    const targeted = !cells.endsWith('-');
    const asked = callersOf(endpoint).flatMap((caller) => {
      const others = caller.organization === SYSTEM ? [TENANT] : derived(caller) ? [SYSTEM] : [OTHER_TENANT, SYSTEM];
      const organizations = targeted ? [caller.organization, ...others] : [caller.organization];
      return organizations.map((organization) => ({ caller, organization, cell: cellFor(endpoint, cells, caller, organization !== caller.organization) }));
    });
    const kept = new Map<number, Target>();
    await each([SYSTEM, TENANT, OTHER_TENANT], async (organization) => void kept.set(organization, await targetIn(organization, endpoint)));
    // The refusals together, over which D1 must not have changed.
    await nothingChanges(claviger.database, async () => {
      for (const prefix of ['/api/v2', '/ga/api/v2']) {
        const target = kept.get(TENANT)!;
        const answer = await claviger.anonymous.send(requestFor(endpoint, target, body?.(target), prefix));
        expectCell(cells.split(' ')[0]!, answer, 'anonymous', v1);
      }
      await each(asked.filter(({ cell }) => cell !== 'ok'), async ({ caller, organization, cell }) => {
        const target = kept.get(organization)!;
        const prefix = /key|own/.test(caller.as) ? '/ga/api/v2' : '/api/v2';
        const answer = await caller.client.send(requestFor(endpoint, target, body?.(target), prefix));
        expectCell(cell, answer, `${caller.name} in ${organization}`, v1);
      });
    });
    // One after another where they change the same, or sign each other out.
    const atOnce = /^(PUT|PATCH) \/organizations?\/\{organization_id\}$|^DELETE \/sessions$/.test(endpoint) ? 1 : AT_ONCE;
    await each(asked.filter(({ cell }) => cell === 'ok'), async ({ caller, organization, cell }) => {
      const target = endpoint.startsWith('GET') || !targeted ? kept.get(organization)! : await targetIn(organization, endpoint);
      if (endpoint === 'DELETE /sessions') {
        await caller.renew();
      }
      const answer = await caller.client.send(requestFor(endpoint, target, body?.(target)));
      expectCell(cell, answer, `${caller.name} in ${organization}`, v1);
    }, atOnce);
    if (endpoint === 'DELETE /sessions') {
      await each(callers, (caller) => caller.renew());
    }
  });
}

for (const [endpoint, body, status, code] of FOR_EVERYBODY) {
  test(`${endpoint} is for everybody alike`, async () => {
    const some = callers.filter(({ name }) => /^system system_admin key read_write|^tenant integration key read_only/.test(name));
    expect(some).toHaveLength(2);
    for (const client of [claviger.anonymous, ...some.map((caller) => caller.client)]) {
      const request = requestFor(endpoint, { organization: TENANT, id: 1, secret: '', user: 1, invite: 1, session: 1, webhook: 1, delivery: 1 }, body);
      const answer = await nothingChanges(claviger.database, () => client.send(request));
      expect(`${answer.status} ${answer.json?.error_code ?? answer.json?.error ?? null}`, answer.text).toBe(`${status} ${code}`);
    }
  });
}
