import type { Client } from '../support/client';
import { expectFieldRefusal, expectSuccess } from '../support/expectations';
import { expect, test } from '../support/fixtures';

/** All rows, and how many answers it took. */
async function walked(client: Client, list: string, query: string): Promise<{ ids: number[]; answers: number }> {
  const ids: number[] = [];
  let [after, answers]: [string | null, number] = ['', 0];
  while (after !== null) {
    const answer = await client.get(`/api/v2/${list}?${query}&after=${after}`);
    ids.push(...expectSuccess(answer).map((row: { id: number }) => row.id));
    expect(answer.json, list).toMatchObject({ page: null, num_records: null, num_pages: null });
    [after, answers] = [answer.json.next_after, answers + 1];
  }
  return { ids, answers };
}

test('no list ignores `after`: all are read with a cursor as the documentation says', async ({ claviger }) => {
  const owner = await claviger.session('owner');
  for (const list of ['api_keys', 'organizations', 'users', 'organizations/1/webhooks', 'webhooks', 'users/1/webhooks', 'invites', 'audit_log', 'sessions', 'passkeys']) {
    const answer = await owner.get(`/api/v2/${list}?after=`);
    expectSuccess(answer);
    expect(answer.json, list).toMatchObject({ page: null, num_records: null, num_pages: null });
    expect(answer.json, list).toHaveProperty('next_after');
    for (const after of ['nonsense', '-1', '0', '1.5', '9007199254740992']) {
      expectFieldRefusal(await owner.get(`/api/v2/${list}?after=${after}`), 'invalid_parameter', 'after', /next_after|whole/);
    }
  }
});

test('organizations and invitations are read to their end, a few at a time, in both directions', async ({ claviger, unique }) => {
  for (const part of ['a', 'b', 'c', 'd']) {
    expectSuccess(await claviger.owner.post('/api/v2/organizations', { name: unique(`Walked ${part}`) }), 201);
    expectSuccess(await claviger.foreignAdmin.post('/api/v2/invites', { role: 'member' }), 201);
  }
  for (const [client, list, orders] of [[claviger.owner, 'organizations', ['id', '-id']], [claviger.foreignAdmin, 'invites', ['']]] as const) {
    for (const order of orders) {
      const query = order ? `order_by=${order}` : '';
      const all = expectSuccess(await client.get(`/api/v2/${list}?${query}&per_page=1000`)).map((row: { id: number }) => row.id);
      expect(await walked(client, list, `${query}&per_page=3`), list).toEqual({ ids: all, answers: Math.ceil(all.length / 3) });
      expect((await walked(client, list, `${query}&per_page=${all.length}`)).answers, 'all of them at once').toBe(1);
    }
  }
  expectFieldRefusal(await claviger.owner.get('/api/v2/organizations?order_by=name&after='), 'invalid_parameter', 'after', /order_by=id/);
  // Nobody walks into what they cannot see.
  expect((await walked(claviger.foreignAdmin, 'organizations', 'order_by=-id')).ids).toEqual([2]);
});
