// A queue of thousands of messages to fifty webhooks, told by the scheduled handler once a minute, and how long that takes those
// that answer: with dead ones among them, and without. Called by `cargo xtask bench --only webhooks`, which reads the JSON that
// this writes.
import { cpSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

import { claviger, serve } from './workerd.mjs';

const { STATE, OUT } = process.env;
/** Webhooks that answer, those that do not, messages for each, and how long an answer takes, in milliseconds. */
const [HEALTHY, DEAD, MESSAGES, ANSWER] = ['HEALTHY', 'DEAD', 'MESSAGES', 'ANSWER'].map((name) => Number(process.env[name]));
const MINUTE = 60_000;
const MOST_RUNS = 30;
const sleep = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

/** How the dead ones are: by turns. */
const DEATHS = [
  () => undefined,
  (response, request) => request.socket.resetAndDestroy(),
  (response) => response.writeHead(500).end('no'),
];

async function receiver(answer) {
  const taken = [];
  const server = createServer((request, response) => {
    request.on('data', () => undefined).on('error', () => undefined).on('end', () => {
      taken.push({ at: performance.now(), id: request.headers['webhook-id'] });
      answer(response, request);
    });
  });
  await new Promise((resolve) => server.listen(0, 'localhost', resolve));
  const end = () => {
    server.close();
    server.closeAllConnections();
  };
  return { taken, url: `http://localhost:${server.address().port}/`, end };
}

/** Drains the queue for `dead` dead ones beside those that answer. */
async function drain(name, dead) {
  const state = `${STATE}-${name}`;
  cpSync(STATE, state, { recursive: true });
  const served = await serve([{ ...claviger('claviger'), bindings: { LOCAL: '1', WEBHOOK_SECRET: 'of the bench' } }], state);
  const database = await served.miniflare.getD1Database('DB', 'claviger');
  const worker = await served.miniflare.getWorker('claviger');
  const well = await Promise.all(Array.from({ length: HEALTHY }, () => receiver((response) => setTimeout(() => response.writeHead(204).end(), ANSWER))));
  const ill = await Promise.all(Array.from({ length: dead }, (_, number) => receiver(DEATHS[number % DEATHS.length])));
  // The dead ones are the first in every order.
  const urls = [...ill, ...well].map(({ url }) => url);
  await database.prepare(`INSERT INTO webhooks (organization_id, url, events, salt, secret_version, created_by_type, created_by_name, created_at, updated_at)
    SELECT 2, value, '["*"]', printf('%032x', key), 1, 'system', 'System', 0, 0 FROM json_each(?)`).bind(JSON.stringify(urls)).run();
  await database.prepare(`INSERT INTO webhook_events (organization_id, at, type, actor_type, actor_name, target_type, target_id, target_name, object)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
    SELECT 2, ?2 + i, 'api_key.updated', 'system', 'System', 'api_key', k.id, k.name, o.object
    FROM n, api_keys k JOIN api_key_objects o ON o.id = k.id WHERE k.id = 1`).bind(MESSAGES, Date.now() - MINUTE).run();

  const count = async (state) => (await database.prepare('SELECT count(*) AS n FROM webhook_deliveries WHERE state = ?').bind(state).first()).n;
  const queued = await count('pending');
  const began = performance.now();
  const runs = [];
  const drained = () => well.every(({ taken }) => taken.length >= MESSAGES);
  while (!drained() && runs.length < MOST_RUNS) {
    // As the platform does: once a minute, whether or not the run before has ended.
    runs.push(worker.scheduled({ cron: '* * * * *' }));
    const next = began + runs.length * MINUTE;
    while (performance.now() < next && !drained()) {
      await sleep(50);
    }
  }
  await Promise.all(runs);
  const told = well.map(({ taken }) => taken);
  const result = {
    queued,
    runs: runs.length,
    // Of each that answers: when its last message came, in milliseconds after the beginning.
    ends: told.map((taken) => Math.max(...taken.map(({ at }) => at)) - began),
    twice: told.reduce((sum, taken) => sum + taken.length - new Set(taken.map(({ id }) => id)).size, 0),
    missing: told.reduce((sum, taken) => sum + MESSAGES - new Set(taken.map(({ id }) => id)).size, 0),
    delivered: await count('delivered'),
    waiting: await count('pending'),
    tried: ill.map(({ taken }) => taken.length),
  };
  [...well, ...ill].forEach(({ end }) => end());
  await served.end();
  return result;
}

const [without, beside] = [await drain('without', 0), await drain('beside', DEAD)];
// Not printed: what the Worker logs is.
writeFileSync(OUT, JSON.stringify({ without, beside }));
