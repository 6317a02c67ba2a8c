import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Claviger } from './fixtures';
import { made, RESULTS, ROOT } from './paths';
import { send } from './http';

/** Hands each request to the isolate that its header names; runs SQL as somebody at the database would. */
const FRONT = `import { DurableObject } from 'cloudflare:workers';

/** A ledger that does not answer: for a key with a limit of 7 never, else with an error. */
export class Meter extends DurableObject {
  async fetch(request) {
    const { settings } = await request.json();
    if (settings.rate_limit?.limit === 7) {
      await scheduler.wait(60_000);
    }
    return new Response('broken', { status: 500 });
  }
}

export default {
  async fetch(request, env) {
    if (new URL(request.url).pathname === '/sql') {
      return Response.json(await env.DB.prepare(await request.text()).run());
    }
    return env[request.headers.get('x-isolate') ?? 'A'].fetch(request);
  },
};
`;

/**
 * Two isolates of the release Worker over one database and the same ledgers, in one workerd. `A` answers who names none.
 * With `brokenMeter` no ledger answers, and `B` has `RATE_LIMIT_FAILS=closed`.
 */
export async function twoIsolates(name: string, options: { brokenMeter?: boolean } = {}): Promise<Claviger> {
  const folder = made(join(RESULTS, 'isolates', name));
  const own = readFileSync(join(ROOT, 'wrangler.toml'), 'utf8');
  const date = /^compatibility_date = .*$/m.exec(own)?.[0] ?? '';
  const absolute = own.replace('worker/build', join(ROOT, 'worker/build')).replace('worker/migrations', join(ROOT, 'worker/migrations'));
  const section = (name: string): RegExp => new RegExp(`^\\[+${name}\\]+\\n[^]*?(?=^\\[|(?![^]))`, 'm');
  const d1 = section('d1_databases').exec(absolute)?.[0] ?? '';
  const write = (worker: string, text: string): string => {
    const file = join(folder, `${worker}.toml`);
    writeFileSync(file, `name = "${worker}"\n${date}\n${text}`);
    return file;
  };
  // All but its name, its assets and its schedule: nobody asks for those here.
  const isolate = absolute.replace(/^name = .*\n/m, '').replace(date, '').replace(section('assets'), '').replace(section('triggers'), '');
  writeFileSync(join(folder, 'front.js'), FRONT);
  const services = ['a', 'b'].map((one) => `[[services]]\nbinding = "${one.toUpperCase()}"\nservice = "isolate-${one}"\n`).join('');
  const meter = ['durable_objects.bindings', 'migrations'].map((one) => section(one).exec(absolute)?.[0] ?? '').join('');
  const front = write('front', `main = "${join(folder, 'front.js')}"\n${services}${d1}${options.brokenMeter ? meter : ''}`);
  const local = `${isolate}\n[vars]\nLOCAL = "1"\n`;
  // One script owns the ledgers: with a class of its own each would have others.
  const borrowing = (owner: string): string =>
    local.replace(section('migrations'), '').replace('class_name = "Meter"', `$&\nscript_name = "${owner}"`);
  const [a, b] = options.brokenMeter ? [borrowing('front'), `${borrowing('front')}RATE_LIMIT_FAILS = "closed"\n`] : [local, borrowing('isolate-a')];
  return Claviger.start(name, { configs: [front, write('isolate-a', a), write('isolate-b', b)] });
}

/** Runs a statement on the database, past everything. */
export async function runSql(claviger: Claviger, statement: string): Promise<void> {
  const answer = await send(claviger.origin, { method: 'POST', path: '/sql', body: statement });
  if (answer.status !== 200) {
    throw new Error(`${statement}: ${answer.text}`);
  }
}
