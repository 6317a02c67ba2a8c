import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test as setup } from '@playwright/test';

import { anonymous, bearer } from './client';
import { EVIDENCE, HOLDERS, MIGRATED, PEOPLED, RESULTS, ROOT, SECRETS } from './paths';
import { seed } from './seed';
import { emptyStates } from './states';
import { migrate, Worker } from './worker';

export const OWNER = { organization: 'Acme', name: 'Ada Owner', email: 'ada@example.com' };

setup('the release build serves an organization that was set up over the API', async () => {
  for (const half of ['dist/index.html', 'worker/build/entry.js']) {
    expect(existsSync(join(ROOT, half)), `${half} is missing: run cargo xtask test --only build`).toBe(true);
  }
  emptyStates();
  for (const folder of [EVIDENCE, SECRETS, join(RESULTS, 'template'), join(RESULTS, 'clone.txt')]) {
    rmSync(folder, { recursive: true, force: true });
  }
  await migrate(MIGRATED);
  const worker = await Worker.start('template');
  const secrets = await setUp(worker);
  await worker.kill('SIGTERM');
  Object.assign(secrets, seed(worker.state));
  cpSync(worker.state, PEOPLED, { recursive: true });
  rmSync(join(PEOPLED, 'worker.log'));
  writeFileSync(HOLDERS, JSON.stringify(secrets), { mode: 0o600 });
});

async function setUp(worker: Worker): Promise<Record<string, string>> {
  const done = await anonymous(worker.origin).post('/api/v2/setup', { token: worker.setupToken, ...OWNER });
  expect(done.status, done.text).toBe(201);
  const owner = bearer(worker.origin, done.json.data.api_key);
  const made = async (name: string, attributes: object): Promise<string> => {
    const answer = await owner.post('/api/v2/api_keys', { name, ...attributes });
    expect(answer.status, answer.text).toBe(201);
    return answer.json.data.api_key;
  };
  return {
    owner: done.json.data.api_key,
    admin: await made('Terraform', { role: 'organization_admin', access: 'read_write' }),
    readOnlyAdmin: await made('Dashboard', { role: 'organization_admin', access: 'read_only' }),
    verifier: await made('Gateway', { role: 'verifier' }),
    integration: await made('Billing export', {}),
  };
}
