import { expect, test } from '../support/fixtures';

test('says that it is well, and which version it is', async ({ claviger }) => {
  const answer = await claviger.anonymous.get('/healthz');
  expect(answer.status).toBe(200);
  expect(answer.json).toEqual({ status: 'ok', database: 'ok', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
  expect(answer.headers['cache-control']).toBe('no-store');
});

test('takes no other method', async ({ claviger }) => {
  const answer = await claviger.anonymous.send({ method: 'POST', path: '/healthz' });
  expect(answer.status).toBe(405);
  expect(answer.headers.allow).toContain('GET');
});
