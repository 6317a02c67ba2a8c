import { Authenticator } from '../../support/authenticator';
import { bearer, signedIn, tokenOf, visitor as stranger, type Client } from '../../support/client';
import { crews, type Crew, type Person } from '../../support/crew';
import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges } from '../../support/expectations';
import { expect, test, type Claviger } from '../../support/fixtures';
import { seeding } from '../../support/seed';

/** Whoever lets somebody in may open the link themself, and keep what it gives. */
let claviger: Claviger;
let next: () => Crew;
test.beforeAll(async () => {
  ({ claviger, next } = await crews('users-outgrown', 10));
});
test.afterAll(() => claviger.worker.kill());

type Held = { id: number; secret: string };
const visitor = (): Client => stranger(claviger.origin);
const byLink = async (by: Client, { id }: { id: number }): Promise<Held> => {
  const { link } = expectSuccess(await by.post(`/api/v2/users/${id}/sign_in_link`, {}), 201);
  return { id, secret: expectSuccess(await visitor().post('/api/v2/sign_in_links/accept', { token: tokenOf(link) }), 201).api_key };
};
const byInvite = async (by: Client, role: string, name: string): Promise<Held> => {
  const { link } = expectSuccess(await by.post('/api/v2/invites', { role }), 201);
  const body = { token: tokenOf(link), name, email: `${name.toLowerCase()}@example.com` };
  const { user_id, api_key } = expectSuccess(await visitor().post('/api/v2/invites/accept', body), 201);
  return { id: user_id, secret: api_key };
};
const promote = (by: Client, { id }: { id: number }, more: object): Promise<any> => by.patch(`/api/v2/users/${id}`, more);
/** The promotion is refused until what was held ends, and then none of it opens anything. */
async function endsWithPromotion(owner: Client, person: { id: number }, role: string, held: { keys: string[]; sessions?: Client[] }): Promise<void> {
  const at = `/api/v2/users/${person.id}`;
  const before = expectSuccess(await owner.get(at));
  for (const body of [{ role }, { user: { role, end_credentials: false } }, { role, version: before.version }]) {
    expectRefusal(await nothingChanges(claviger.database, () => owner.patch(at, body)), 409, 'credentials_must_end', /end_credentials/);
  }
  expect(expectSuccess(await promote(owner, person, { role, end_credentials: true }))).toMatchObject({ role, version: before.version + 1 });
  for (const secret of held.keys) {
    expectRefusal(await bearer(claviger.origin, secret).get('/api/v2/whoami'), 401, 'key_revoked');
    expectRefusal(await visitor().post('/api/v2/session', { api_key: secret }), 401, 'key_revoked');
  }
  for (const session of held.sessions ?? []) {
    expectRefusal(await session.get('/api/v2/session'), 401, 'session_ended');
  }
  expect(claviger.database.rows('SELECT id FROM sessions WHERE user_id = ? UNION SELECT id FROM passkeys WHERE user_id = ?', person.id, person.id)).toEqual([]);
  const keys = claviger.database.rows('SELECT id, role, has_secret, system_generated FROM api_keys WHERE user_id = ? AND revoked_at IS NULL', person.id);
  expect(keys, 'a default key that waits').toEqual([{ id: expect.any(Number), role: 'organization_admin', has_secret: 0, system_generated: 1 }]);
}

test('a key that an administrator took by a sign-in link does not become an owner’s, nor what was made with it', async () => {
  const { owner, administrator, member } = next();
  const { secret } = await byLink(administrator.client, member);
  // As that member: a session, another key, a passkey, and another secret of the key.
  const session = await signedIn(claviger.origin, secret);
  const second = expectSuccess(await session.post('/api/v2/api_keys', { name: 'Second', access: 'read_write' }), 201);
  const again = await signedIn(claviger.origin, second.api_key);
  const authenticator = new Authenticator(claviger.origin);
  expectSuccess(await session.post('/api/v2/passkeys', authenticator.made(expectSuccess(await session.post('/api/v2/passkeys/options', {})), {}, 'Theirs')), 201);
  const regenerated = expectSuccess(await session.post(`/api/v2/users/${member.id}/api_access`, {}));
  const keys = [secret, second.api_key, member.secret, regenerated.key.api_key];
  await endsWithPromotion(owner.client, member, 'owner', { keys, sessions: [session, again] });
  const options = expectSuccess(await visitor().post('/api/v2/session/passkey/options', {}));
  expectRefusal(await visitor().post('/api/v2/session/passkey', authenticator.used(options)), 403, 'passkey_refused');
  const trail = expectSuccess(await owner.client.get(`/api/v2/audit_log?target_type=api_key&target_id=${second.id}`));
  expect(trail[0]).toMatchObject({ action: 'api_key.revoked', details: { outgrown: true, reason: expect.stringContaining('could not give') } });
  expect(expectSuccess(await owner.client.get(`/api/v2/audit_log?action=passkey.deleted&target_type=user&target_id=${member.id}`))).toHaveLength(1);

  // Let in anew by an owner they rise and fall as they are.
  const own = await byLink(owner.client, member);
  for (const role of ['administrator', 'owner']) {
    expectSuccess(await promote(owner.client, member, { role }));
  }
  expect(expectSuccess(await bearer(claviger.origin, own.secret).get('/api/v2/whoami')).role).toBe('organization_admin');
});

test('nor one that came with an invitation', async () => {
  const { owner, administrator } = next();
  for (const [role, name] of [['member', 'Mallory'], ['administrator', 'Malcolm']] as const) {
    const held = await byInvite(administrator.client, role, name);
    await endsWithPromotion(owner.client, held, 'owner', { keys: [held.secret], sessions: [] });
  }
  // As far as an administrator could have made them themself nothing ends.
  const held = await byInvite(administrator.client, 'member', 'Mia');
  expectSuccess(await promote(owner.client, held, { role: 'administrator' }));
  expect(expectSuccess(await bearer(claviger.origin, held.secret).get('/api/v2/whoami')).role).toBe('organization_admin');
  await endsWithPromotion(owner.client, held, 'owner', { keys: [held.secret] });
});

test('nor one that came by way of a colleague’s account, nor by an owner’s key that is less than an owner', async () => {
  const { owner, administrator, colleague, member, second } = next();
  const taken = await byLink(administrator.client, colleague);
  const deeper = await byInvite(bearer(claviger.origin, taken.secret), 'member', 'Deeper');
  await endsWithPromotion(owner.client, colleague, 'owner', { keys: [taken.secret, colleague.secret] });
  await endsWithPromotion(owner.client, deeper, 'owner', { keys: [deeper.secret] });

  const session = await owner.signIn();
  const brief = expectSuccess(await session.post('/api/v2/api_keys', { name: 'Brief', kind: 'personal', access: 'read_write', expires_at: new Date(Date.now() + 3_600_000).toISOString() }), 201);
  const held = await byLink(bearer(claviger.origin, brief.api_key), member);
  await endsWithPromotion(owner.client, member, 'administrator', { keys: [held.secret] });
  const service = expectSuccess(await owner.client.post('/api/v2/api_keys', { name: 'Script', role: 'organization_admin', access: 'read_write' }), 201);
  const other = await byLink(bearer(claviger.origin, service.api_key), second);
  expectSuccess(await promote(owner.client, second, { role: 'administrator' }));
  await endsWithPromotion(owner.client, second, 'owner', { keys: [other.secret] });
});

test('nor one whose person was an owner once, or came in before anybody kept who let them in', async () => {
  const { owner, other, administrator, member } = next();
  expectSuccess(await promote(owner.client, other, { role: 'member' }));
  const held = await byLink(administrator.client, other);
  await endsWithPromotion(owner.client, other, 'owner', { keys: [held.secret, other.secret] });

  const { link } = expectSuccess(await administrator.client.post(`/api/v2/users/${member.id}/sign_in_link`, {}), 201);
  await claviger.worker.kill('SIGTERM');
  seeding(claviger.worker.state, (_, database) => database.exec(`UPDATE users SET vouched = NULL WHERE id = ${member.id}; UPDATE sign_in_links SET vouches = NULL`));
  await claviger.worker.restart();
  expectSuccess(await visitor().post('/api/v2/sign_in_links/accept', { token: tokenOf(link) }), 201);
  await endsWithPromotion(owner.client, member, 'administrator', { keys: [member.secret] });
});

test('nor by a link that is used, or a session that is opened, while the promotion is under way', async () => {
  const { owner, administrator, member } = next();
  const { link } = expectSuccess(await administrator.client.post(`/api/v2/users/${member.id}/sign_in_link`, {}), 201);
  const [promoted, accepted] = await Promise.all([
    promote(owner.client, member, { role: 'owner' }), visitor().post('/api/v2/sign_in_links/accept', { token: tokenOf(link) }),
  ]);
  // Whoever was first: never an owner and the key.
  if (promoted.status === 200) {
    expectRefusal(accepted, 403, 'link_closed');
  } else {
    expectRefusal(promoted, 409, 'credentials_must_end');
    expectSuccess(accepted, 201);
  }
});

test('and the database itself lets nobody outgrow who let them in', async () => {
  const { administrator, member } = next();
  await byLink(administrator.client, member);
  await claviger.worker.kill('SIGTERM');
  seeding(claviger.worker.state, (_, database) => {
    const rise = (role: string) => database.prepare('UPDATE users SET role = ? WHERE id = ?').run(role, member.id);
    expect(() => rise('owner')).toThrow(/refused:conflict/);
    expect(rise('administrator').changes, 'as far as the administrator could').toBe(1);
    expect(() => rise('owner')).toThrow(/refused:conflict/);
    database.prepare('UPDATE api_keys SET revoked_at = 1 WHERE user_id = ?').run(member.id);
    expect(rise('owner').changes).toBe(1);
  });
  await claviger.worker.restart();
});

test('who promotes somebody vouches for them as far as they could go themself, and ends nothing unasked with it', async () => {
  const { owner, administrator, member } = next();
  const vouched = () => claviger.database.rows('SELECT role, vouched FROM users WHERE id = ?', member.id);
  expectSuccess(await promote(administrator.client, member, { role: 'administrator', end_credentials: true }));
  // Cloudflare Access lets in whose the address is, and the administrator may have written that.
  expect(vouched()).toEqual([{ role: 'administrator', vouched: 'administrator' }]);
  const { secret } = await byLink(administrator.client, member);
  await endsWithPromotion(owner.client, member, 'owner', { keys: [secret] });
  expect(vouched()).toEqual([{ role: 'owner', vouched: 'owner' }]);
});

test('what ends goes with a higher role, and with nothing else', async () => {
  const { owner, other, administrator, member } = next();
  for (const [person, body] of [
    [member, { end_credentials: true }], [member, { name: 'Other', end_credentials: true }], [other, { role: 'member', end_credentials: true }],
  ] as [Person, object][]) {
    expectFieldRefusal(await nothingChanges(claviger.database, () => promote(owner.client, person, body)), 'invalid_request', 'end_credentials', /higher role/);
  }
  for (const wrong of ['yes', 1, {}]) {
    expectFieldRefusal(await promote(owner.client, member, { role: 'owner', end_credentials: wrong }), 'invalid_request', 'end_credentials', /true or false/);
  }
  expectRefusal(await nothingChanges(claviger.database, () => promote(administrator.client, member, { role: 'owner', end_credentials: true })), 403, 'forbidden');
  // Asked for it ends also what nobody else holds.
  expectSuccess(await promote(owner.client, member, { role: 'owner', end_credentials: true }));
  expectRefusal(await member.client.get('/api/v2/whoami'), 401, 'key_revoked');
});
