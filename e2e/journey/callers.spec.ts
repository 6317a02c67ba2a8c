import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { anonymous, type Client } from '../support/client';
import { block } from '../support/documents';
import { expectSuccess } from '../support/expectations';
import { Claviger, expect, test } from '../support/fixtures';
import { configuration, front, script } from '../support/isolates';
import { HOLDERS, made, RESULTS, ROOT } from '../support/paths';
import { mintSecret } from '../support/secrets';
import { bash, lastJson } from '../support/shell';
import { freePort } from '../support/worker';

const DOCUMENT = 'docs/INTEGRATE.md';
const ADDRESS = 'keys.example.com';
const HEADER = 'x-client-address';
/** Outside the states, which are swept for secrets: a proxy's configuration has its key, as it must. */
const FOLDER = made(join(RESULTS, 'variables/callers'));
const SITE = made(join(RESULTS, 'site'));

test.beforeAll(() => writeFileSync(join(SITE, 'index.html'), 'Let in.'));

/** Runs a proxy until its test is over, and waits until it answers. */
async function serving(port: number, program: string, options: string[], act: (proxy: Client) => Promise<void>): Promise<void> {
  const child: ChildProcess = spawn(program, options, { cwd: FOLDER, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, HOME: FOLDER } });
  let said = '';
  child.stderr?.on('data', (chunk) => (said += chunk));
  const proxy = anonymous(`http://localhost:${port}`);
  try {
    await expect.poll(() => proxy.get('/').then(({ status }) => status, () => said), { timeout: 15_000 }).toBe(401);
    await act(proxy);
  } finally {
    child.kill('SIGTERM');
  }
}

/** What holds behind every proxy. */
async function expectGuarded(claviger: Claviger, proxy: Client, name: string, verifier = claviger.secrets.verifier): Promise<void> {
  const status = async (headers: Record<string, string>, path = '/') => (await proxy.get(path, headers)).status;
  const good = await claviger.made({ name: `${name}: good`, scopes: ['site.*'] });
  const other = await claviger.made({ name: `${name}: lacks the scope`, scopes: ['orders.read'] });
  const near = await claviger.made({ name: `${name}: from here`, scopes: ['site.read'], allowed_ips: ['127.0.0.0/8', '::1'] });
  const far = await claviger.made({ name: `${name}: from elsewhere`, scopes: ['site.read'], allowed_ips: ['203.0.113.0/24'] });
  const bearing = (key: { api_key: string }) => ({ authorization: `Bearer ${key.api_key}` });

  const answer = await proxy.get('/', bearing(good));
  expect([answer.status, answer.text]).toEqual([200, 'Let in.']);
  expect(await status({ 'x-api-key': good.api_key })).toBe(200);
  expect(await status({})).toBe(401);
  expect((await proxy.get('/')).headers['www-authenticate']).toMatch(/^Bearer\b/);
  expect(await status({ authorization: `Bearer ${mintSecret()}` })).toBe(401);
  expect(await status({ ...bearing(good), 'x-api-key': other.api_key })).toBe(401);
  expect(await status(bearing(other))).toBe(403);
  expect([await status(bearing(near)), await status(bearing(far))]).toEqual([200, 403]);
  // A body is neither needed nor in the way.
  const posted = await proxy.send({ method: 'POST', path: '/', body: 'x'.repeat(100_000), headers: bearing(other) });
  expect(posted.status).toBe(403);

  // Nothing that a client sends is a wish, an address or the proxy's key.
  const spoofed = { [HEADER]: '203.0.113.9', 'x-forwarded-for': '203.0.113.9', 'x-real-ip': '203.0.113.9', forwarded: 'for=203.0.113.9', 'cf-connecting-ip': '203.0.113.9', ip: '203.0.113.9' };
  for (const [header, address] of Object.entries(spoofed)) {
    expect(await status({ [header]: address, ...bearing(far) }), header).toBe(403);
  }
  expect(await status({ ...spoofed, ...bearing(far) }, '/?ip=203.0.113.9')).toBe(403);
  expect(await status({ ...spoofed, ...bearing(near) }, '/?ip=203.0.113.9')).toBe(200);
  expect(await status(bearing(other), '/?scope=orders.read&access=read_only')).toBe(403);
  expect(await status({ ...bearing(good), 'x-verifier-key': other.api_key })).toBe(200);
  expect(await status({ 'x-verifier-key': verifier })).toBe(401);

  expectSuccess(await claviger.owner.post(`/api/v2/api_keys/${good.id}/revoke`, {}));
  await expect.poll(() => status(bearing(good)), { timeout: 6_000 }).toBe(401);
}

/** How the proxy says where its client is: as the document's block has it, or in a header of which the document has the line. */
const WAYS = [
  { way: 'in the query', nginx: {}, caddy: {} },
  {
    way: 'in a header',
    nginx: { '&ip=$remote_addr': '', 'proxy_set_header X-Verifier-Key': `${line('proxy_set_header X-Client-Address $remote_addr;')}\n        proxy_set_header X-Verifier-Key` },
    caddy: { '&ip={remote_host}': '', 'header_up X-Verifier-Key': `${line('header_up X-Client-Address {remote_host}')}\n\t\theader_up X-Verifier-Key` },
  },
];

function line(text: string): string {
  if (!readFileSync(join(ROOT, DOCUMENT), 'utf8').includes(`\`${text}\``)) {
    throw new Error(`${DOCUMENT} has no ${text}`);
  }
  return text;
}

/** The key of the proxy: one that names the header where it is written. */
async function verifierOf(claviger: Claviger, name: string, way: string): Promise<string> {
  return (await claviger.made({ name: `${name}, ${way}`, role: 'verifier', client_ip_header: way === 'in a header' ? HEADER : null })).api_key;
}

for (const { way, ...other } of WAYS) {
  test(`nginx guards a page with auth_request, and says ${way} where its client is`, async ({ claviger }) => {
    const nginx = process.env.NGINX ?? '';
    test.skip(!nginx, 'there is no nginx on this machine');
    const verifier = await verifierOf(claviger, 'nginx', way);
    const port = await freePort();
    const { port: upstream } = new URL(claviger.origin);
    const site = block(DOCUMENT, 'nginx', 'nginx', {
      ...other.nginx,
      [`${ADDRESS}:443`]: `127.0.0.1:${upstream}`, [`Host ${ADDRESS}`]: `Host localhost:${upstream}`, 'https://claviger': 'http://claviger',
      'clv_…': verifier, 'listen 8080': `listen 127.0.0.1:${port}`, '/srv/site': SITE,
    });
    const file = join(FOLDER, 'nginx.conf');
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${join(FOLDER, name)};`).join('\n');
    writeFileSync(file, `daemon off;\npid ${join(FOLDER, 'nginx.pid')};\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${temporary}\n${site}}\n`);
    await serving(port, nginx, ['-p', FOLDER, '-c', file, '-e', 'stderr'], async (proxy) => {
      await expectGuarded(claviger, proxy, `nginx ${way}`, verifier);
      const known = await proxy.get('/', { authorization: `Bearer ${(await claviger.made({ name: 'Known to nginx', scopes: ['site.read'] })).api_key}` });
      expect(known.headers['x-key-id']).toMatch(/^\d+$/);
    });
  });

  test(`Caddy guards a page with forward_auth, and says ${way} where its client is`, async ({ claviger }) => {
    const caddy = process.env.CADDY ?? '';
    test.skip(!caddy, 'there is no Caddy on this machine');
    const verifier = await verifierOf(claviger, 'Caddy', way);
    const port = await freePort();
    const { port: upstream } = new URL(claviger.origin);
    const site = block(DOCUMENT, 'Caddy', 'caddyfile', {
      ...other.caddy,
      [`https://${ADDRESS}`]: `http://127.0.0.1:${upstream}`, [`Host ${ADDRESS}`]: `Host localhost:${upstream}`,
      'clv_…': verifier, ':8080': `http://localhost:${port}`, '/srv/site': SITE,
    });
    const file = join(FOLDER, 'Caddyfile');
    writeFileSync(file, `{\n\tadmin off\n\tauto_https off\n}\n${site}`);
    await serving(port, caddy, ['run', '--config', file, '--adapter', 'caddyfile'], (proxy) => expectGuarded(claviger, proxy, `Caddy ${way}`, verifier));
  });
}

test('a Hono Worker asks through a service binding', async () => {
  const { verifier } = JSON.parse(readFileSync(HOLDERS, 'utf8'));
  const section = 'A Worker on the same account';
  script('hono-app', block(DOCUMENT, section, 'js', {}), '');
  // wrangler would print the value of a variable; its secrets reach the first Worker only.
  const secret = `const secret = { CLAVIGER_VERIFIER: '${verifier}' };`;
  const main = `import app from './hono-app.js';\n${secret}\nexport default { fetch: (request, env, context) => app.fetch(request, { ...env, ...secret }, context) };\n`;
  const worker = script('hono-b', main, block(DOCUMENT, section, 'toml', { '"claviger"': '"hono-a"' }));
  const claviger = await Claviger.start('hono', { configs: [front('hono'), configuration('hono-a'), worker], through: 'wrangler' });
  try {
    const status = async (key?: string) => {
      const answer = await claviger.anonymous.get('/report', { 'x-isolate': 'B', ...(key ? { 'x-api-key': key } : {}) });
      return `${answer.status} ${answer.json.for ?? answer.json.error}`;
    };
    const good = await claviger.made({ name: 'Asked for by Hono', scopes: ['site.*'] });
    const other = await claviger.made({ name: 'Lacks the scope' });
    expect(await status(good.api_key)).toBe('200 Asked for by Hono');
    expect(await status(other.api_key)).toBe('403 INSUFFICIENT_SCOPE');
    expect([await status(), await status(mintSecret())]).toEqual(['401 NOT_FOUND', '401 NOT_FOUND']);
    expectSuccess(await claviger.owner.post(`/api/v2/api_keys/${good.id}/revoke`, {}));
    await expect.poll(() => status(good.api_key), { timeout: 6_000 }).toBe('401 REVOKED');
  } finally {
    await claviger.worker.kill();
  }
});

test('the commands of the documents run as they stand, with other addresses and keys', async ({ claviger }) => {
  const made = await claviger.made({ name: 'By hand', scopes: ['site.read'] });
  const curl = block(DOCUMENT, 'Anything that speaks HTTP', 'sh', {
    [`https://${ADDRESS}`]: claviger.origin, 'clv_…': claviger.secrets.verifier, 'what your caller sent you': made.api_key,
  });
  expect(lastJson(await bash(curl))).toMatchObject({ valid: true, key: { id: made.id } });
  const readme = block('README.md', 'Verify a key', 'sh', {
    'http://localhost:8787': claviger.origin, "CLAVIGER_VERIFIER='clv_…'": `CLAVIGER_VERIFIER='${claviger.secrets.verifier}'`, '{"key":"clv_…"}': `{"key":"${made.api_key}"}`,
  });
  expect(lastJson(await bash(readme))).toMatchObject({ valid: true, code: 'VALID', key: { id: made.id } });
});
