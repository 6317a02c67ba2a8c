import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Claviger } from './fixtures';
import { send } from './http';
import { made, RESULTS, ROOT } from './paths';

/** Hands each request to the isolate that its header names; runs SQL, and the schedule, as the platform would. */
const FRONT = `export default {
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

/** wrangler.toml for a Worker of this name and build: without the schedule, which only the platform would run. */
export function configuration(worker: string, build = 'worker/build'): string {
  const absolute = ['worker/migrations', 'dist'].reduce((text, path) => text.replace(`"${path}"`, `"${join(ROOT, path)}"`), OWN);
  const rest = absolute.replace(/^name = .*\n/m, '').replace(/^compatibility_date = .*\n/m, '').replace(section('triggers'), '');
  return write(worker, `${rest.replace('worker/build', join(ROOT, build))}\n[vars]\nLOCAL = "1"\n`);
}

/** A Worker of one file of JavaScript. */
export function script(worker: string, code: string, rest: string): string {
  const file = join(made(join(RESULTS, 'isolates')), `${worker}.js`);
  writeFileSync(file, code);
  return write(worker, `main = "${file}"\n${rest}`);
}

/** What stands before the isolates `<name>-a` and `<name>-b`. */
export function front(name: string): string {
  const services = ['a', 'b'].map((one) => `[[services]]\nbinding = "${one.toUpperCase()}"\nservice = "${name}-${one}"\n`).join('');
  const stores = ['d1_databases', 'kv_namespaces'].map((one) => section(one).exec(OWN)?.[0] ?? '').join('').replace('worker/migrations', join(ROOT, 'worker/migrations'));
  return script(name, FRONT, `compatibility_flags = ["service_binding_extra_handlers"]\n${services}${stores}`);
}

/** Two isolates of the release Worker over one database, in one workerd. `A` answers who names none. */
export async function twoIsolates(name: string): Promise<Claviger> {
  return Claviger.start(name, { configs: [front(name), configuration(`${name}-a`), configuration(`${name}-b`)] });
}

async function ask(claviger: Claviger, path: string, body = ''): Promise<any> {
  const answer = await send(claviger.origin, { method: 'POST', path, body });
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

/** Runs what is scheduled, in isolate A. */
export async function runSchedule(claviger: Claviger): Promise<void> {
  expectOk(await ask(claviger, '/scheduled'));
}

function expectOk(answer: { outcome?: string }): void {
  if (answer.outcome !== 'ok') {
    throw new Error(`the schedule ended with ${JSON.stringify(answer)}`);
  }
}
