import { readFileSync } from 'node:fs';

import { expect, test as base } from '@playwright/test';

import { anonymous, bearer, signedIn, type Client } from './client';
import { Database } from './database';
import { HOLDERS, PEOPLED } from './paths';
import { Worker, type WorkerOptions } from './worker';

/** Each is a secret's holder; what they may do is in support/template.setup.ts and support/seed.ts. */
export type Holder =
  | 'owner' | 'admin' | 'readOnlyAdmin' | 'verifier' | 'integration'
  | 'member' | 'administrator' | 'personLeft' | 'personWithoutApi'
  | 'foreignOwner' | 'foreignAdmin' | 'foreignVerifier' | 'foreignIntegration'
  | 'fullAdmin' | 'fullOwner' | 'trialOwner' | 'trialAdmin' | 'trialIntegration'
  | 'revokedAdmin' | 'expiredAdmin' | 'disabledAdmin'
  | 'revokedAndAllElse' | 'replacedSecret' | 'scoped';

/** A Worker with an organization that was set up, and the secrets of everybody in it. */
export class Claviger {
  readonly database: Database;
  private readonly sessions = new Map<Holder, Promise<Client>>();

  private constructor(
    readonly worker: Worker,
    readonly secrets: Record<Holder, string>,
  ) {
    this.database = new Database(worker.state);
  }

  static async start(name: string, options: WorkerOptions = {}): Promise<Claviger> {
    const worker = await Worker.start(name, { from: PEOPLED, ...options });
    return new Claviger(worker, JSON.parse(readFileSync(HOLDERS, 'utf8')));
  }

  get origin(): string {
    return this.worker.origin;
  }

  get anonymous(): Client {
    return anonymous(this.origin);
  }

  get owner(): Client {
    return this.holderOf('owner');
  }

  get readOnlyAdmin(): Client {
    return this.holderOf('readOnlyAdmin');
  }

  get verifier(): Client {
    return this.holderOf('verifier');
  }

  get integration(): Client {
    return this.holderOf('integration');
  }

  get foreignAdmin(): Client {
    return this.holderOf('foreignAdmin');
  }

  holderOf(holder: Holder): Client {
    return bearer(this.origin, this.secrets[holder]);
  }

  /** A session of its own when `fresh`; else the one that all share, since sign-in is rate limited. */
  session(holder: Holder = 'owner', fresh: 'shared' | 'fresh' = 'shared'): Promise<Client> {
    if (fresh === 'fresh') {
      return signedIn(this.origin, this.secrets[holder]);
    }
    const known = this.sessions.get(holder) ?? signedIn(this.origin, this.secrets[holder]);
    this.sessions.set(holder, known);
    return known;
  }

  /** Makes a key as the owner; answers it with its secret in `api_key`. */
  async made(attributes: { name: string; [attribute: string]: unknown }, by: Client = this.owner): Promise<any> {
    const answer = await by.post('/api/v2/api_keys', attributes);
    expect(answer.status, answer.text).toBe(201);
    return answer.json.data;
  }
}

/** `unique` makes names that no other test has. */
export const test = base.extend<{ unique: (name: string) => string }, { claviger: Claviger }>({
  claviger: [
    async ({}, use, info) => {
      const claviger = await Claviger.start(`shared${info.parallelIndex}`);
      await use(claviger);
      await claviger.worker.kill('SIGTERM');
    },
    { scope: 'worker', timeout: 90_000 },
  ],
  unique: async ({}, use, info) => {
    await use((name) => `${name} ${info.testId.slice(-6)}-${info.repeatEachIndex}`);
  },
});

export { expect };
