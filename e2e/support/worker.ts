import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { cpSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { groupIsAlive, killGroup } from './processes';
import { made, MIGRATED, RESULTS, ROOT, STATES } from './paths';
import { recordSecret } from './secrets';

const WRANGLER = join(ROOT, 'node_modules/wrangler/bin/wrangler.js');
const WORKERD = join(ROOT, 'e2e/support/workerd');
const ENVIRONMENT = {
  CI: '1',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  // Its debug log in the home folder would be out of the sweep's sight.
  WRANGLER_WRITE_LOGS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  // Compiled once for all of them; a Node.js that does not know it goes on without.
  NODE_COMPILE_CACHE: join(RESULTS, 'compiled'),
  // It would keep every URL, with its query, in a database of its own.
  X_LOCAL_OBSERVABILITY: 'false',
  X_LOCAL_EXPLORER: 'false',
};

export type Variables = {
  SETUP_TOKEN?: string; AUDIT_SIGNING_KEY?: string; WEBHOOK_SECRET?: string; LOCAL?: string; CONTACT?: string;
  ACCESS_TEAM_DOMAIN?: string; ACCESS_AUD?: string; ACCESS_PROVISION?: string; ACCESS_CERTS_URL?: string;
  GITHUB_KEYS_URL?: string; OWN_HOSTS?: string;
};
export type WorkerOptions = {
  /** A state to begin with instead of a migrated, empty one; it is copied. */
  from?: string;
  variables?: Variables;
  /** Configurations to run side by side instead of the release Worker's own; the first one answers. */
  configs?: string[];
  /** `wrangler dev`, as people run it. Otherwise what that runs, which costs a third of it: support/workerd/serve.mjs. */
  through?: 'wrangler';
};

/** The release Worker in workerd, with a database, a log and a port of its own. */
export class Worker {
  readonly state: string;
  readonly log: string;
  private readonly variablesFile: string;
  private process: ChildProcess | undefined;

  private constructor(
    readonly name: string,
    readonly port: number,
    private variables: Variables,
    private readonly configs: string[],
    private readonly through: 'wrangler' | undefined,
  ) {
    this.state = made(join(STATES, name));
    this.log = join(this.state, 'worker.log');
    this.variablesFile = join(made(join(RESULTS, 'variables')), name);
  }

  static async start(name: string, options: WorkerOptions = {}): Promise<Worker> {
    const unique = `${name}-${process.pid}-${randomBytes(3).toString('hex')}`;
    const variables = options.variables ?? { SETUP_TOKEN: newSetupToken(), AUDIT_SIGNING_KEY: newSigningKey(), WEBHOOK_SECRET: newSetupToken(), LOCAL: '1' };
    const worker = new Worker(unique, await freePort(), variables, options.configs ?? [join(ROOT, 'wrangler.toml')], options.through);
    cpSync(options.from ?? MIGRATED, worker.state, { recursive: true });
    await worker.run();
    return worker;
  }

  get origin(): string {
    return `http://localhost:${this.port}`;
  }

  get setupToken(): string {
    return this.variables.SETUP_TOKEN ?? '';
  }

  /** Everything that was logged so far. */
  logged(): string {
    return readFileSync(this.log, 'utf8');
  }

  async kill(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (child?.pid !== undefined) {
      await killGroup(child.pid, signal);
    }
  }

  /** Runs what the platform runs every minute. */
  async runSchedule(): Promise<void> {
    const answer = await fetch(`${this.origin}/cdn-cgi/local/scheduled`);
    const text = await answer.text();
    if (answer.status !== 200 || text !== 'ok') {
      throw new Error(`the schedule answered ${answer.status}: ${text.slice(0, 200)}`);
    }
  }

  /** Starts again on the same data and port. */
  async restart(variables: Variables = this.variables): Promise<void> {
    await this.kill('SIGTERM');
    this.variables = variables;
    await this.run();
  }

  private async run(): Promise<void> {
    const log = openSync(this.log, 'a');
    const child = spawn(process.execPath, this.through ? this.byWrangler() : await this.byWorkerd(), {
      cwd: ROOT,
      env: { ...process.env, ...ENVIRONMENT },
      stdio: ['ignore', log, log],
      // A group of its own, so that workerd ends with it.
      detached: true,
    });
    this.process = child;
    await this.untilReady(child);
  }

  private byWrangler(): string[] {
    const lines = Object.entries(this.variables).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(this.variablesFile, lines.join(''), { mode: 0o600 });
    return [WRANGLER, 'dev', ...this.configs.flatMap((config) => ['--config', config]), '--ip', '127.0.0.1', '--port', String(this.port)]
      .concat(['--inspector-port', '0', '--show-interactive-dev-session=false'])
      .concat(['--persist-to', this.state, '--env-file', this.variablesFile]);
  }

  private async byWorkerd(): Promise<string[]> {
    writeFileSync(this.variablesFile, JSON.stringify(this.variables), { mode: 0o600 });
    const options = await Promise.all(this.configs.map(optionsOf));
    return [join(WORKERD, 'serve.mjs'), String(this.port), this.state, this.variablesFile, ...options];
  }

  private async untilReady(child: ChildProcess): Promise<void> {
    const limit = Date.now() + 60_000;
    while (Date.now() < limit) {
      const answer = await fetch(`http://127.0.0.1:${this.port}/healthz`).catch(() => undefined);
      if (answer?.status === 200) {
        return;
      }
      if (child.exitCode !== null || child.pid === undefined || !groupIsAlive(child.pid)) {
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`the Worker did not become ready:\n${this.logged().slice(-3000)}`);
  }
}

/** What wrangler makes of a configuration, in a file: asked once, for it takes a second. */
async function optionsOf(config: string): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(config)).digest('hex').slice(0, 16);
  const file = join(made(join(RESULTS, 'options')), `${hash}.json`);
  if (!existsSync(file)) {
    await run([join(WORKERD, 'options.mjs'), config, file], 'wrangler could not read a configuration');
  }
  return file;
}

export function newSetupToken(): string {
  return recordSecret('setup', randomBytes(32).toString('base64url'));
}

/** The seed of an Ed25519 key, for the heads of the audit log. */
export function newSigningKey(): string {
  return recordSecret('signing', randomBytes(32).toString('base64url'));
}

/** Makes the local database of `state`; only while nothing serves it. */
export async function migrate(state: string): Promise<void> {
  const command = [WRANGLER, 'd1', 'migrations', 'apply', 'DB', '--local', '--config', 'wrangler.toml', '--persist-to', made(state)];
  await run(command, 'the migrations failed');
}

async function run(command: string[], trouble: string): Promise<void> {
  const child = spawn(process.execPath, command, { cwd: ROOT, env: { ...process.env, ...ENVIRONMENT }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (chunk) => (said += chunk));
  child.stderr.on('data', (chunk) => (said += chunk));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  if (code !== 0) {
    throw new Error(`${trouble}:\n${said}`);
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
