import { DatabaseSync } from 'node:sqlite';

import { databaseFile } from '../support/database';
import { Claviger, expect, test } from '../support/fixtures';

const DAY = 86_400_000;

/** Rows of each kind: more than one batch, of which there was one a minute. */
const MANY = 1_700;

test('one run catches up with what a bulk operation wrote', async () => {
  const claviger = await Claviger.start('housekeeping');
  await claviger.worker.kill('SIGTERM');
  const database = new DatabaseSync(databaseFile(claviger.worker.state));
  database.exec('BEGIN');
  const [feed, requests] = [
    database.prepare("INSERT INTO key_changes (organization_id, key_hash, at) VALUES (1, 'old', ?)"),
    database.prepare("INSERT INTO idempotency (organization_id, principal, request, key, body_hash, at, status) VALUES (1, 'old', 'POST /', ?, ?, ?, 200)"),
  ];
  for (let index = 0; index < MANY; index += 1) {
    feed.run(Date.now() - 2 * DAY);
    requests.run(String(index), 'x'.repeat(64), Date.now() - 2 * DAY);
  }
  database.prepare("INSERT INTO key_changes (organization_id, key_hash) VALUES (1, 'new')").run();
  database.exec('COMMIT');
  database.close();
  await claviger.worker.restart();
  const left = () => claviger.database.rows(
    "SELECT (SELECT count(*) FROM key_changes WHERE key_hash = 'old') + (SELECT count(*) FROM idempotency WHERE principal = 'old') AS old, "
      + "(SELECT count(*) FROM key_changes WHERE key_hash = 'new') AS new",
  );
  expect(left()).toEqual([{ old: 2 * MANY, new: 1 }]);
  await claviger.worker.runSchedule();
  await expect.poll(left).toEqual([{ old: 0, new: 1 }]);
  await claviger.worker.kill();
});

test('usage is kept for 13 months, and the ids of counts for a day', async () => {
  const claviger = await Claviger.start('housekeeping-usage');
  await claviger.worker.kill('SIGTERM');
  const now = Date.now();
  const hour = (days: number): number => Math.floor((now - days * DAY) / 3_600_000);
  const database = new DatabaseSync(databaseFile(claviger.worker.state));
  database.exec('BEGIN');
  for (const [table, column] of [['usage_hourly', 'key_id'], ['organization_usage_hourly', 'organization_id']]) {
    const add = database.prepare(`INSERT INTO ${table} (${column}, hour, outcome, n) VALUES (1, ?, 'VALID', 1)`);
    for (let index = 0; index < MANY; index += 1) {
      add.run(hour(397) - index);
    }
    add.run(hour(395));
  }
  const flush = database.prepare('INSERT INTO usage_flushes (id, at) VALUES (?, ?)');
  for (let index = 0; index < MANY; index += 1) {
    flush.run(`old ${index}`, now - DAY - 60_000);
  }
  flush.run('new', now - DAY + 600_000);
  database.exec('COMMIT');
  database.close();
  await claviger.worker.restart();
  const left = () => claviger.database.rows(
    'SELECT (SELECT group_concat(hour) FROM usage_hourly) AS keys, (SELECT group_concat(hour) FROM organization_usage_hourly) AS organizations, '
      + "(SELECT group_concat(id) FROM usage_flushes WHERE id = 'new' OR id LIKE 'old %') AS flushes",
  );
  await claviger.worker.runSchedule();
  await expect.poll(left).toEqual([{ keys: `${hour(395)}`, organizations: `${hour(395)}`, flushes: 'new' }]);
  await claviger.worker.kill();
});
