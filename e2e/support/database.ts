import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

type Row = Record<string, string | number | null>;

/** What lies in the D1 database of a state. Read from a copy: a second process on the file can crash the server. */
export class Database {
  constructor(private readonly state: string) {}

  rows(sql: string, ...parameters: (string | number)[]): Row[] {
    return this.copied(this.files(), (database) => database.prepare(sql).all(...parameters) as Row[]);
  }

  row(sql: string, ...parameters: (string | number)[]): Row {
    const [row] = this.rows(sql, ...parameters);
    if (!row) {
      throw new Error(`no row: ${sql}`);
    }
    return row;
  }

  count(table: string): number {
    return Number(this.row(`SELECT count(*) AS n FROM ${table}`).n);
  }

  /** The files as they are now. */
  files(): Buffer[] {
    const file = databaseFile(this.state);
    return [file, `${file}-wal`].map((path) => (existsSync(path) ? readFileSync(path) : Buffer.alloc(0)));
  }

  /** Every value of every table, without what moves by merely asking: a session's last visit, a secret's last use, counts. */
  contents(files = this.files()): Record<string, Row[]> {
    return this.copied(files, (database) => {
      // Without what the index of names keeps of itself: its ids are too large for a number, and it follows from the names.
      const tables = database
        .prepare(
          "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '_cf_%' AND name NOT LIKE 'key\\_names\\_%' ESCAPE '\\' AND name NOT LIKE '%usage%' ORDER BY name",
        )
        .all()
        .map((table) => String(table.name));
      return Object.fromEntries(
        tables.map((table) => {
          const rows = database.prepare(`SELECT * FROM "${table}"`).all() as Row[];
          return [table, rows.map(({ last_seen_at: _, last_used_at: __, used_day: ___, ...row }) => row)];
        }),
      );
    });
  }

  digest(): string {
    return createHash('sha256').update(JSON.stringify(this.contents())).digest('hex');
  }

  private copied<T>([main, log]: Buffer[], read: (database: DatabaseSync) => T): T {
    const folder = mkdtempSync(join(tmpdir(), 'claviger-d1-'));
    try {
      const copy = join(folder, 'copy.sqlite');
      writeFileSync(copy, main ?? '');
      if (log?.length) {
        writeFileSync(`${copy}-wal`, log);
      }
      const database = new DatabaseSync(copy);
      try {
        return read(database);
      } finally {
        database.close();
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}

/** The SQLite file that the local D1 keeps in `state`. */
export function databaseFile(state: string): string {
  const folder = join(state, 'v3/d1/miniflare-D1DatabaseObject');
  const files = readdirSync(folder).filter((file) => file.endsWith('.sqlite') && file !== 'metadata.sqlite');
  if (files.length !== 1) {
    throw new Error(`expected one database in ${folder}, found ${files.join(', ') || 'none'}`);
  }
  return join(folder, files[0] ?? '');
}
