// `node options.mjs <wrangler.toml> <out.json>`: what `wrangler dev` would tell Miniflare about this Worker. Variables of
// somebody's .dev.vars are no part of it.
import { renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { devNull } from 'node:os';

const { unstable_getMiniflareWorkerOptions, unstable_readConfig } = createRequire(import.meta.url)('wrangler');

const [config, out] = process.argv.slice(2);
const { name } = unstable_readConfig({ config });
const { main, workerOptions } = unstable_getMiniflareWorkerOptions(config, undefined, { envFiles: [devNull] });
// Ours are built already: the modules are named, and nothing is looked for.
const { modulesRules, ...options } = workerOptions;
const part = `${out}.${process.pid}`;
writeFileSync(part, JSON.stringify({ name, main, options }));
renameSync(part, out);
