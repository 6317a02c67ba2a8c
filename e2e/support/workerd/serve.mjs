// `node serve.mjs <port> <state> <variables.json> <options.json>…`: serves Workers in one workerd, the first of them at the port.
// It is what `wrangler dev` runs, without the bundling, the watching, and the second workerd in front of the first, which are
// for who edits. What is told to people is tested through wrangler: see the journeys.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

const wrangler = createRequire(import.meta.url).resolve('wrangler');
const { Miniflare, convertV4MiniflareOptions } = createRequire(wrangler)('miniflare');

const [port, state, variables, ...workers] = process.argv.slice(2);
const more = JSON.parse(readFileSync(variables, 'utf8'));

function modules(main) {
  const module = (path, type) => ({ type, path, contents: readFileSync(path) });
  const beside = readdirSync(dirname(main)).map((name) => join(dirname(main), name));
  // Of ours; a script of the tests' own has others beside it, which it does not import.
  const library = beside.filter((file) => basename(file) === 'index.js' && file !== main);
  const wasm = beside.filter((file) => file.endsWith('.wasm'));
  return [module(main, 'ESModule'), ...library.map((file) => module(file, 'ESModule')), ...wasm.map((file) => module(file, 'CompiledWasm'))];
}

function worker(file) {
  const { name, main, options } = JSON.parse(readFileSync(file, 'utf8'));
  return { ...options, name, bindings: { ...options.bindings, ...more }, modules: modules(main), modulesRoot: '/' };
}

const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    workers: workers.map(worker),
    host: '127.0.0.1',
    port: Number(port),
    resourcePersistencePath: join(state, 'v3'),
    // What the platform runs every minute is run when it is asked for: see Worker.runSchedule.
    unsafeTriggerHandlers: true,
    // Ours has no addresses in it, and must not get any.
    logRequests: false,
  }),
);
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => void miniflare.dispose().then(() => process.exit(0)));
}
await miniflare.ready;
