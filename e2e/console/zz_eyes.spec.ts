import { Company } from '../support/company';
import { expectSuccess } from '../support/expectations';
import { signInWith } from '../support/organizations';
import { answering, Receiver } from '../support/receiver';
import { sha256, unrecordedSecret } from '../support/secrets';
import { expect, test } from './fixtures';

test.setTimeout(240_000);
test('eyes', async ({ claviger, context, page, unique, watch, as }) => {
  watch.allow(/./);
  const company = await Company.make(claviger, unique('Eyes'));
  await claviger.owner.patch(`/api/v2/organizations/${(company as any).tenant.id ?? (company as any).tenant}`, { key_limit: 1000 });
  await signInWith(context, claviger.origin, company.owner.secret);
  const shot = async (name: string, full = true) => {
    for (const [look, width] of [['light', 1280], ['dark', 1280], ['light', 360]] as const) {
      await page.setViewportSize({ width, height: width === 360 ? 780 : 860 });
      await page.emulateMedia({ colorScheme: look, reducedMotion: 'reduce' });
      await page.waitForTimeout(150);
      await page.screenshot({ path: `/tmp/eyes/${name}-${look}-${width}.png`, fullPage: full });
    }
  };
  await page.goto('/webhooks');
  await expect(page.getByRole('heading', { name: 'No webhooks yet' })).toBeVisible();
  await shot('empty');
  const client = company.owner.client;
  const hook = async (url: string, events: string[], description = ''): Promise<any> => expectSuccess(await client.post('/api/v2/webhooks', { url, events, description }), 201);
  const hidden = await Receiver.start();
  let turn = 0;
  const mixed = await Receiver.start((response, request, taken) => {
    turn += 1;
    const kind = turn % 40;
    if (kind === 7) request.socket.resetAndDestroy();
    else if (kind === 13) response.writeHead(500, { 'content-type': 'text/html' }).end('<html><body><h1>Internal Server Error</h1><p>' + 'something went wrong '.repeat(60));
    else if (kind === 21) response.writeHead(307, { location: hidden.url }).end();
    else if (kind === 29) response.writeHead(400).end(`{"error":"${'x'.repeat(300)}"}`);
    else if (kind === 35 && turn < 50) return;
    else response.writeHead(200).end('ok');
  });
  const one = await hook(mixed.url, ['api_key.created', 'api_key.revoked', 'user.created', 'organization.updated'], 'The event bus of security, which is read by the people on call');
  await page.goto(`/webhooks/${one.id}`);
  await expect(page.getByText('Nothing was sent')).toBeVisible();
  await shot('one-empty');
  const keys = Array.from({ length: 200 }, (_, index) => ({ name: `Imported key number ${index} of the old system`, sha256: sha256(unrecordedSecret()) }));
  expectSuccess(await client.post('/api/v2/api_keys/import', { api_keys: keys }), 201);
  await hook(`https://hooks.example.com/a/very/long/path/${'segment/'.repeat(12)}?token=${'t'.repeat(80)}`, ['*'], 'Long');
  const off = await hook('https://off.example.com/', ['api_key.expiring', 'api_key.expired', 'api_key.leaked'], '');
  await client.patch(`/api/v2/webhooks/${off.id}`, { active: false });
  await page.waitForTimeout(19_000);
  await claviger.worker.runSchedule();
  await claviger.worker.runSchedule();
  await page.waitForTimeout(1_000);
  await page.goto('/webhooks');
  await expect(page.getByText('off.example.com')).toBeVisible();
  await shot('list');
  await page.goto(`/webhooks/${one.id}`);
  await expect(page.getByRole('region', { name: 'Deliveries' }).locator('ul > li').first()).toBeVisible();
  await shot('one', false);
  for (let more = 0; more < 9; more += 1) {
    const button = page.getByRole('button', { name: 'Show earlier' });
    if (await button.count() === 0) break;
    await button.click();
    await page.waitForTimeout(150);
  }
  for (const line of await page.locator('.deliveries > li').filter({ hasText: /Failed|Waiting|2 attempts|3 attempts/ }).all()) {
    await line.locator('summary').click();
  }
  await page.locator('.deliveries details[open]').first().scrollIntoViewIfNeeded();
  await shot('one-full', false);
  await page.locator('.deliveries details[open] pre').first().scrollIntoViewIfNeeded();
  await shot('one-pre', false);
  await page.goto(`/webhooks/${off.id}`);
  await expect(page.getByText('Nothing was sent')).toBeVisible();
  await shot('off');
  await page.goto('/webhooks');
  await page.locator('#add-webhook').click();
  await page.getByText('Some of it').click();
  await shot('form', false);
  await as('fullOwner');
  await expect(page.locator('.leak-banner')).toBeVisible();
  await shot('banner', false);
  await page.locator('.leak-banner a').click();
  await expect(page.getByText('five days without one success')).toBeVisible();
  await shot('given-up');
});
