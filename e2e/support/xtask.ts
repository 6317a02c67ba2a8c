import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';

import { sharedTarget } from './clone';
import { made, ROOT, STATES } from './paths';
import { family, killGroup } from './processes';
import { recordSecret } from './secrets';

/** `cargo xtask …` as a person runs it in a folder, in a process group of its own as a terminal gives it. */
export class Xtask {
  private said = '';
  private readonly child: ChildProcess;

  private constructor(
    private readonly line: string[],
    folder: string,
    name: string,
  ) {
    // The `xtask` that runs these tests is already compiled; cargo's own lock would make this one wait for nothing.
    const own = (folder === ROOT && process.env.XTASK) || undefined;
    this.child = spawn(own ?? 'cargo', own ? line : ['xtask', ...line], {
      cwd: folder,
      env: folder === ROOT ? { ...process.env, NO_COLOR: '1' } : elsewhere(),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const log = createWriteStream(join(made(STATES), `${name}.xtask.log`), { flags: 'a' });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.said += chunk.toString('utf8');
        // The setup link and the demo's key are printed for a person, on purpose.
        log.write(chunk.toString('utf8').replace(/(#token=|clv_)\S+/g, '$1…'));
      });
    }
  }

  static start(folder: string, name: string, ...line: string[]): Xtask {
    return new Xtask(line, folder, name);
  }

  /** Runs to its end. */
  static async run(folder: string, name: string, ...line: string[]): Promise<{ code: number | null; said: string }> {
    const xtask = new Xtask(line, folder, name);
    const code = await xtask.ended();
    return { code, said: xtask.said };
  }

  output(): string {
    return this.said;
  }

  /** Waits until `pattern` is printed and answers the match. */
  async prints(pattern: RegExp, limit = 6 * 60_000): Promise<RegExpMatchArray> {
    const end = Date.now() + limit;
    while (Date.now() < end) {
      const match = this.said.match(pattern);
      if (match) {
        return match;
      }
      if (this.child.exitCode !== null) {
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`cargo xtask ${this.line.join(' ')} did not print ${pattern}, but:\n${this.said.slice(-4000)}`);
  }

  /** The URL that it ends by printing, once it serves. */
  async url(): Promise<string> {
    const [, url] = await this.prints(/^ {4}(http:\/\/localhost:\d+\/\S*)\s*$/m);
    const token = url?.split('#token=')[1];
    if (token) {
      recordSecret('setup', token);
    }
    return url ?? '';
  }

  family(): { id: number; name: string }[] {
    return this.child.pid === undefined ? [] : family(this.child.pid);
  }

  /** Ctrl-C, as the terminal sends it: to the whole foreground group. */
  async interrupt(): Promise<number | null> {
    if (this.child.pid !== undefined && this.child.exitCode === null) {
      process.kill(-this.child.pid, 'SIGINT');
    }
    return this.ended();
  }

  async kill(): Promise<void> {
    if (this.child.pid !== undefined && this.child.exitCode === null) {
      await killGroup(this.child.pid, 'SIGKILL');
    }
  }

  ended(): Promise<number | null> {
    return new Promise((resolve) => {
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        resolve(this.child.exitCode);
      } else {
        this.child.on('close', (code) => resolve(code));
      }
    });
  }
}

/** The environment of a person who has just cloned: nothing that the cargo of this checkout has set. */
function elsewhere(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(CARGO_(MANIFEST|PKG|BIN|CRATE|PRIMARY).*|CARGO|OUT_DIR|XTASK|NODE_OPTIONS)$/.test(name),
  );
  return { ...Object.fromEntries(kept), CARGO_TARGET_DIR: sharedTarget(), NO_COLOR: '1' };
}
