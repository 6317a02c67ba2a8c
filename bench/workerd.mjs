// Workers in workerd itself, without wrangler's proxy in between.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(join(ROOT, 'package.json'));
const { Miniflare, convertV4MiniflareOptions } = createRequire(require.resolve('wrangler'))('miniflare');

const DATABASE = '00000000-0000-0000-0000-000000000000';
const date = /^compatibility_date = "(.*)"$/m.exec(readFileSync(join(ROOT, 'wrangler.toml'), 'utf8'))[1];

/** A module for Miniflare. */
export const module = (path, type = 'ESModule') => ({ type, path, contents: readFileSync(path) });

/** The release Worker under this name, with what it needs to verify and to manage keys. */
export function claviger(name) {
  const build = join(ROOT, 'worker/build');
  const modules = [module(join(build, 'entry.js')), module(join(build, 'index.js')), module(join(build, 'index_bg.wasm'), 'CompiledWasm')];
  return { name, modules, kvNamespaces: { KEYS: 'keys' }, bindings: { LOCAL: '1' } };
}

/**
 * Serves Workers by one workerd over one database, which lies in `state`. The first of them answers, at `port`: without
 * Miniflare's own entry Worker in front, which costs three times what a constant answer does and makes everybody alike.
 */
export async function serve(workers, state) {
  const all = workers.map((worker) => ({ modulesRoot: '/', compatibilityDate: date, unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }], d1Databases: { DB: DATABASE }, ...worker }));
  const miniflare = new Miniflare(convertV4MiniflareOptions({ workers: all, port: 0, host: '127.0.0.1', resourcePersistencePath: join(state, 'v3') }));
  await miniflare.ready;
  const { port } = await miniflare.unsafeGetDirectURL(all[0].name);
  return { port: Number(port), miniflare, end: () => miniflare.dispose() };
}
