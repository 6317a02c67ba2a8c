import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(__dirname, '../..');
/** Everything that a run leaves behind; git-ignored, and emptied by the next run. */
export const RESULTS = join(ROOT, 'e2e/results');
/** Databases and logs of every Worker that a test started. */
export const STATES = join(RESULTS, 'state');
/** What the browsers requested and kept. */
export const EVIDENCE = join(RESULTS, 'evidence');
export const SECRETS = join(RESULTS, 'secrets');
export const MIGRATED = join(RESULTS, 'template/migrated');
export const PEOPLED = join(RESULTS, 'template/peopled');
/** The secrets of everybody in it; not inside, because states are swept for secrets. */
export const HOLDERS = join(RESULTS, 'template/holders.json');

export function made(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return folder;
}
