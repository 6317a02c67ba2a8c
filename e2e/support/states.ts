import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, rmSync, statfsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { made, RESULTS, ROOT, STATES } from './paths';

const MEMORY = '/dev/shm';
const HELD = join(MEMORY, `claviger-tests-${createHash('sha256').update(ROOT).digest('hex').slice(0, 12)}`);
/** A run leaves about 200 MB. */
const ROOM = 2 ** 30;

/**
 * Begins a run without databases. Where Linux has the room they lie in memory, for each write waits for the disk: what is to
 * survive here survives the end of a process, which memory does as well.
 */
export function emptyStates(): void {
  rmSync(STATES, { recursive: true, force: true });
  rmSync(HELD, { recursive: true, force: true });
  // Of other configurations, or of another wrangler.
  rmSync(join(RESULTS, 'options'), { recursive: true, force: true });
  if (!existsSync(MEMORY) || room(MEMORY) < ROOM) {
    return;
  }
  mkdirSync(HELD, { mode: 0o700 });
  made(RESULTS);
  symlinkSync(HELD, STATES);
}

/** Ends a run: databases and logs stay to be read, on the disk. */
export function keepStates(): void {
  if (existsSync(HELD)) {
    rmSync(STATES, { force: true });
    cpSync(HELD, STATES, { recursive: true });
    rmSync(HELD, { recursive: true });
  }
}

function room(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
