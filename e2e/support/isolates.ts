import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Claviger } from './fixtures';
import { send } from './http';
import { made, RESULTS, ROOT } from './paths';
import { newSetupToken } from './worker';

/** Hands each request to the isolate that its header names; runs SQL, and the schedule, as the platform would. */
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
    const { pathname } = new URL(request.url);
    const isolate = env[request.headers.get('x-isolate') ?? 'A'];
    if (pathname === '/sql') {
      return Response.json(await env.DB.prepare(await request.text()).run());
    }
    if (pathname === '/kv') {
      const names = (await env.KEYS.list()).keys.map(({ name }) => name);
      return Response.json(Object.fromEntries(await Promise.all(names.map(async (name) => [name, await env.KEYS.get(name, 'json')]))));
    }
    if (pathname === '/scheduled') {
      return Response.json(await isolate.scheduled({ cron: '* * * * *' }));
    }
    return isolate.fetch(request);
  },
};
`;

const OWN = readFileSync(join(ROOT, 'wrangler.toml'), 'utf8');
const section = (name: string): RegExp => new RegExp(`^\\[+${name}\\]+\\n[^]*?(?=^\\[|(?![^]))`, 'm');

function write(worker: string, text: string): string {
  const file = join(made(join(RESULTS, 'isolates')), `${worker}.toml`);
  const date = /^compatibility_date = .*$/m.exec(OWN)?.[0] ?? '';
  writeFileSync(file, `name = "${worker}"\n${date}\n${text}`);
  return file;
}

export type Build = {
  /** The folder that it is built to. */
  build?: string;
  /** Whose ledgers it uses; with a class of its own each Worker would have others. Those of the first isolate, if nothing is said. */
  ledgers?: string;
  /** More variables, as lines. */
  variables?: string;
};

/** wrangler.toml for a Worker of this name: without the schedule, which only the platform would run. */
export function configuration(worker: string, { build = 'worker/build', ledgers = worker.replace(/-b$/, '-a'), variables = '' }: Build = {}): string {
  const absolute = ['worker/migrations', 'dist'].reduce((text, path) => text.replace(`"${path}"`, `"${join(ROOT, path)}"`), OWN);
  const rest = absolute.replace(/^name = .*\n/m, '').replace(/^compatibility_date = .*\n/m, '').replace(section('triggers'), '').replace(section('vars'), '');
  const borrowing = rest.replace(section('migrations'), '').replace('class_name = "Meter"', `$&\nscript_name = "${ledgers}"`);
  const text = ledgers === worker ? rest : borrowing;
  return write(worker, `${text.replace('worker/build', join(ROOT, build))}\n[vars]\nLOCAL = "1"\n${variables}`);
}

/** A Worker of one file of JavaScript. */
export function script(worker: string, code: string, rest: string): string {
  const file = join(made(join(RESULTS, 'isolates')), `${worker}.js`);
  writeFileSync(file, code);
  return write(worker, `main = "${file}"\n${rest}`);
}

/** What stands before the isolates `<name>-a` and `<name>-b`, with more of the sections of wrangler.toml than its own. */
export function front(name: string, ...more: string[]): string {
  const services = ['a', 'b'].map((one) => `[[services]]\nbinding = "${one.toUpperCase()}"\nservice = "${name}-${one}"\n`).join('');
  const stores = ['d1_databases', 'kv_namespaces', ...more].map((one) => section(one).exec(OWN)?.[0] ?? '').join('').replace('worker/migrations', join(ROOT, 'worker/migrations'));
  return script(name, FRONT, `compatibility_flags = ["service_binding_extra_handlers"]\n${services}${stores}`);
}

/** Two isolates of the release Worker over one database and the same ledgers, in one workerd. `A` answers who names none. */
export async function twoIsolates(
  name: string,
  { from, variables }: { from?: string; variables?: [forA: string, forB: string] } = {},
): Promise<Claviger> {
  const isolates = ['a', 'b'].map((one, index) => configuration(`${name}-${one}`, { variables: variables?.[index] ?? '' }));
  // What all Workers are given besides would count in the place of each one's own.
  const shared = variables && { variables: { SETUP_TOKEN: newSetupToken(), WEBHOOK_SECRET: newSetupToken(), LOCAL: '1' } };
  return Claviger.start(name, { configs: [front(name), ...isolates], ...(from === undefined ? {} : { from }), ...shared });
}

/** The same, but that no ledger answers; `B` has been told to let nothing through then. */
export async function withoutLedgers(name: string): Promise<Claviger> {
  const isolate = (one: string, variables = ''): string => configuration(`${name}-${one}`, { ledgers: name, variables });
  const broken = front(name, 'durable_objects.bindings', 'migrations');
  return Claviger.start(name, { configs: [broken, isolate('a'), isolate('b', 'RATE_LIMIT_FAILS = "closed"\n')] });
}

async function ask(claviger: Claviger, path: string, body = '', isolate = 'A'): Promise<any> {
  const answer = await send(claviger.origin, { method: 'POST', path, body, headers: { 'x-isolate': isolate } });
  if (answer.status !== 200) {
    throw new Error(`${path}: ${answer.status} ${answer.text}`);
  }
  return JSON.parse(answer.text);
}

/** Runs a statement on the database, past everything. */
export async function runSql(claviger: Claviger, statement: string): Promise<void> {
  await ask(claviger, '/sql', statement);
}

/** Everything that KV has. */
export function copies(claviger: Claviger): Promise<Record<string, any>> {
  return ask(claviger, '/kv');
}

/** Runs what is scheduled, in isolate A if nothing is said. */
export async function runSchedule(claviger: Claviger, isolate = 'A'): Promise<void> {
  expectOk(await ask(claviger, '/scheduled', '', isolate));
}

function expectOk(answer: { outcome?: string }): void {
  if (answer.outcome !== 'ok') {
    throw new Error(`the schedule ended with ${JSON.stringify(answer)}`);
  }
}
