// How long a revoked key goes on being VALID: two isolates of one workerd over one D1. Called by
// `cargo xtask bench --only revocation`, which reads the JSON that this writes.
import { readFileSync, writeFileSync } from 'node:fs';

import { claviger, serve } from './workerd.mjs';

const { STATE, VERIFIER, ADMIN, KEYS, OUT } = process.env;
/** Milliseconds: between two questions about a key to an isolate, before its revoke, and after it. */
const [PAUSE, BEFORE, AFTER] = ['PAUSE', 'BEFORE', 'AFTER'].map((name) => Number(process.env[name]));
/** Milliseconds between two revokes: not always the same, or they could keep step with the syncs. */
const between = () => 250 + Math.random() * 500;
const ISOLATES = ['A', 'B'];

const sleep = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

/** Hands each request to the isolate that its header names. */
const FRONT = 'export default { fetch: (request, env) => env[request.headers.get("x-isolate")].fetch(request) };';

const front = { name: 'front', modules: [{ type: 'ESModule', path: '/front.js', contents: FRONT }], serviceBindings: { A: 'a', B: 'b' } };
const served = await serve([front, claviger('a'), claviger('b')], STATE);

async function post(path, secret, isolate, body) {
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json', 'x-isolate': isolate };
  const answer = await fetch(`http://127.0.0.1:${served.port}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return answer.json();
}

/** Asks an isolate about a key until it is stopped, whether or not it has answered: what it said, and when it was asked. */
function asking(isolate, key) {
  const seen = [];
  const ask = async () => {
    const sent = performance.now();
    const told = await post('/v1/verify', VERIFIER, isolate, { key }).catch((error) => ({ code: String(error.cause ?? error) }));
    seen.push({ sent, code: told.code ?? told.error, degraded: told.degraded });
    return told;
  };
  const asked = [ask()];
  const timer = setInterval(() => asked.push(ask()), PAUSE);
  const stop = async () => {
    clearInterval(timer);
    await Promise.all(asked);
  };
  return { seen, stop, first: asked[0] };
}

const totals = { answers: 0, degraded: 0, others: {} };

/** Revokes a key: for each isolate the milliseconds from the revoke's answer to the last question that was answered VALID. */
async function witness(key, number) {
  const load = ISOLATES.map((isolate) => asking(isolate, key));
  const [{ key: { id } }] = await Promise.all(load.map(({ first }) => first));
  await sleep(BEFORE);
  const revoked = await post(`/api/v2/api_keys/${id}/revoke`, ADMIN, ISOLATES[number % 2], {});
  const answered = performance.now();
  if (!revoked.success) {
    throw new Error(`a revoke of ${id} was answered ${JSON.stringify(revoked)}`);
  }
  await sleep(AFTER);
  await Promise.all(load.map(({ stop }) => stop()));
  return load.map(({ seen }) => {
    for (const { code, degraded } of seen) {
      totals.answers += 1;
      totals.degraded += degraded ? 1 : 0;
      if (code !== 'VALID' && code !== 'REVOKED') {
        totals.others[code] = (totals.others[code] ?? 0) + 1;
      }
    }
    return Math.max(...seen.filter(({ code }) => code === 'VALID').map(({ sent }) => sent)) - answered;
  });
}

const revokes = [];
for (const [number, key] of readFileSync(KEYS, 'utf8').trim().split('\n').entries()) {
  revokes.push(witness(key, number));
  await sleep(between());
}
// Not printed: what the Workers log is.
writeFileSync(OUT, JSON.stringify({ lags: await Promise.all(revokes), ...totals }));
await served.end();
