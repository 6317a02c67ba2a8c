// better-auth's API-key plugin on Node with SQLite: WAL, and its rate limit off, which would write twice for each key.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { DatabaseSync } from 'node:sqlite';

import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db';
import { apiKey } from 'better-auth/plugins';

const database = new DatabaseSync(process.argv[2]);
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
const options = {
  database,
  secret: randomBytes(32).toString('base64'),
  baseURL: 'http://localhost',
  emailAndPassword: { enabled: true },
  telemetry: { enabled: false },
  plugins: [apiKey({ rateLimit: { enabled: false } })],
};
await (await getMigrations(options)).runMigrations();
const auth = betterAuth(options);
const { user } = await auth.api.signUpEmail({ body: { email: 'ada@example.com', password: randomBytes(12).toString('hex'), name: 'Ada' } });
const { key } = await auth.api.createApiKey({ body: { name: 'Hot', userId: user.id, rateLimitEnabled: false } });

const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk));
  request.on('end', async () => {
    const { valid, error } = await auth.api.verifyApiKey({ body: { key: JSON.parse(body).key } });
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ valid, error }));
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${JSON.stringify({ port: server.address().port, key })}\n`));
