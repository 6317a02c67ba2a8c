import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { made, RESULTS, ROOT, STATES } from './paths';

const NOTE = join(RESULTS, 'clone.txt');

/** The working tree as `git clone` would give it, in an empty folder: what is tracked, and what is new and not ignored. */
export function freshClone(): string {
  const clone = mkdtempSync(join(tmpdir(), 'claviger-clone-'));
  const listed = execFileSync('git', ['ls-files', '-coz', '--exclude-standard'], { cwd: ROOT, maxBuffer: 1 << 26 });
  for (const file of listed.toString('utf8').split('\0').filter(Boolean)) {
    // Deleted, and not committed yet.
    if (existsSync(join(ROOT, file))) {
      mkdirSync(dirname(join(clone, file)), { recursive: true });
      cpSync(join(ROOT, file), join(clone, file));
    }
  }
  execFileSync('git', ['init', '--quiet'], { cwd: clone });
  writeFileSync(join(made(RESULTS), 'clone.txt'), clone);
  return clone;
}

/**
 * Brings the console that this checkout has built into a clone of it. The same command made it here, of the same files, and
 * on a new machine the checkout is itself a clone: to build it once more would be a third of what a whole run costs.
 */
export function withConsole(clone: string): string {
  for (const path of ['dist', 'target/xtask/app.built']) {
    made(dirname(join(clone, path)));
    cpSync(join(ROOT, path), join(clone, path), { recursive: true });
  }
  return clone;
}

/** The clone of an earlier test of this run, which is built already; else a fresh one. */
export function anyClone(): string {
  const noted = existsSync(NOTE) ? readFileSync(NOTE, 'utf8') : '';
  return noted && existsSync(join(noted, 'dist/index.html')) ? noted : freshClone();
}

/** Leaves a clone's databases and logs to the sweep. */
export function retain(clone: string, name: string): void {
  const state = join(clone, '.wrangler/state');
  if (existsSync(state)) {
    rmSync(join(STATES, name), { recursive: true, force: true });
    cpSync(state, join(made(STATES), name), { recursive: true });
  }
  const logs = join(clone, 'target/xtask-logs');
  if (existsSync(logs)) {
    cpSync(logs, join(STATES, name, 'xtask-logs'), { recursive: true });
  }
}

/**
 * A target folder that all clones of this checkout share, begun with what the release build has compiled already: links
 * and no copies. Not the checkout's own: the `xtask` that runs these tests lies there and would be replaced under itself.
 */
export function sharedTarget(): string {
  const own = process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target');
  const shared = join(own, 'clones');
  const profiles = ['debug', 'release', 'wasm32-unknown-unknown/release'];
  for (const profile of profiles.filter((profile) => existsSync(join(own, profile)) && !existsSync(join(shared, profile)))) {
    const [from, to] = [join(own, profile), join(shared, profile)];
    made(dirname(to));
    execFileSync('cp', ['-al', from, to]);
    // What cargo locks or writes in place must not be one file with the checkout's.
    for (const entry of readdirSync(to)) {
      if (entry === '.cargo-lock' || entry.endsWith('.d')) {
        rmSync(join(to, entry));
      }
    }
    rmSync(join(to, '.fingerprint'), { recursive: true, force: true });
    execFileSync('cp', ['-a', join(from, '.fingerprint'), join(to, '.fingerprint')]);
  }
  return made(shared);
}
