import { expect } from '@playwright/test';

import type { Database } from './database';

type Row = Record<string, string | number | null>;

/** What an action left behind: audit records, with their details read, feed rows and remembered requests. */
export type Trail = { audit: (Row & { changes: any; details: any })[]; feed: Row[]; idempotency: Row[] };

export async function trailOf<T>(database: Database, action: () => Promise<T>): Promise<[T, Trail]> {
  const last = database.row(
    'SELECT coalesce((SELECT max(id) FROM audit_log), 0) AS audit, coalesce((SELECT max(seq) FROM key_changes), 0) AS feed, '
      + '(SELECT count(*) FROM idempotency) AS requests',
  );
  const result = await action();
  const audit = database.rows('SELECT * FROM audit_log WHERE id > ? ORDER BY id', last.audit ?? 0).map((row) => {
    const details = JSON.parse(String(row.details));
    return { ...row, details, changes: details.changes };
  });
  const feed = database.rows('SELECT organization_id, key_hash FROM key_changes WHERE seq > ? ORDER BY seq', last.feed ?? 0);
  const idempotency = database.rows('SELECT * FROM idempotency ORDER BY at').slice(Number(last.requests));
  return [result, { audit, feed, idempotency }];
}

/** The counter that the limit is judged by is what counting would give, in every organization. */
export function expectTrueCounters(database: Database): void {
  const counted = `SELECT o.id, o.live_keys, (SELECT count(*) FROM api_keys WHERE organization_id = o.id AND kind = 'service'
    AND revoked_at IS NULL) AS counted FROM organizations o`;
  for (const { id, live_keys, counted: count } of database.rows(counted)) {
    expect(live_keys, `live keys of organization ${id}`).toBe(count);
  }
}
