import { Claviger } from './fixtures';
import { configuration, front } from './isolates';
import type { Client } from './client';

type Fault = 'none' | 'gone' | { slow: number };
export type Mutant = 'sync_never_applied' | 'bookmark_dropped' | 'kv_asked_first';
/** What goes wrong in one isolate, until it is told otherwise. */
export type Luck = { clock?: number; database?: Fault; kv?: Fault; mutant?: Mutant | undefined };

export const ISOLATES = ['A', 'B'] as const;
export type Isolate = (typeof ISOLATES)[number];

/** Two isolates of the Worker that is built with its lab, over one database and one KV. */
export async function lab(name: string): Promise<Claviger> {
  const build = 'worker/build-lab';
  return Claviger.start(name, { configs: [front(name), configuration(`${name}-a`, { build }), configuration(`${name}-b`, { build })] });
}

export async function suffer(claviger: Claviger, isolate: Isolate, luck: Luck): Promise<void> {
  const answer = await claviger.anonymous.sendJson('PUT', '/v1/lab', luck, { 'x-isolate': isolate });
  if (answer.status !== 200 || answer.json?.['claviger-lab'] === undefined) {
    throw new Error(`the lab answered ${answer.status}: ${answer.text}`);
  }
}

export const asking = (claviger: Claviger, isolate: Isolate): Client => claviger.verifier.with({ 'x-isolate': isolate });
export const sleep = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));
