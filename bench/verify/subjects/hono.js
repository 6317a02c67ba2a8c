// What one would write by hand: the key's hash is looked up in D1. `CACHE` keeps what was found in a Map, for a minute and
// without anything that would end it when the key is revoked.
import { Hono } from 'hono';

const app = new Hono();
const known = new Map();

const hex = async (text) => [...new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

async function find(env, text) {
  const hash = await hex(text);
  const cached = env.CACHE === '1' ? known.get(hash) : undefined;
  if (cached && cached.until > Date.now()) {
    return cached.row;
  }
  const row = await env.DB.prepare(
    'SELECT k.id, k.name, k.organization_id, k.role, k.access, k.scopes, k.active, k.expires_at, k.revoked_at FROM secrets s JOIN api_keys k ON k.id = s.key_id WHERE s.hash = ?',
  ).bind(hash).first();
  if (env.CACHE === '1') {
    known.set(hash, { row, until: Date.now() + 60_000 });
  }
  return row;
}

app.post('/v1/verify', async (c) => {
  const asker = await find(c.env, (c.req.header('authorization') ?? '').slice(7));
  if (asker?.role !== 'verifier') {
    return c.json({ error: 'not_a_verifier' }, 403);
  }
  const { key } = await c.req.json();
  const row = await find(c.env, key);
  const valid = Boolean(row && row.active && !row.revoked_at && !(row.expires_at && row.expires_at <= Date.now()));
  return c.json({ valid, code: valid ? 'VALID' : 'NOT_FOUND', key: valid ? { id: row.id, name: row.name, scopes: JSON.parse(row.scopes) } : null });
});

export default app;
