import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { anonymous, bearer } from '../support/client';
import { expect, test } from '../support/fixtures';
import { EVIDENCE, made } from '../support/paths';
import { recordSecret, SECRET } from '../support/secrets';
import { bash, lastJson } from '../support/shell';
import { Worker } from '../support/worker';

const FIREFOX = process.env.FIREFOX ?? '';

test('the same story in Firefox ESR, with the policy on and the console free of errors', async () => {
  test.skip(!FIREFOX, 'there is no Firefox on this machine');
  test.setTimeout(4 * 60_000);
  const { launch } = await import('puppeteer-core');
  const worker = await Worker.start('firefox', { through: 'wrangler' });
  const browser = await launch({ browser: 'firefox', executablePath: FIREFOX, headless: true });
  const complaints: string[] = [];
  const urls: string[] = [];
  try {
    const page = await browser.newPage();
    await page.setViewport({ width: 1280, height: 900 });
    page.on('request', (request) => urls.push(request.url()));
    page.on('pageerror', (error) => complaints.push(`uncaught: ${String(error)}`));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warn') {
        complaints.push(`${message.type()}: ${message.text()}`);
      }
    });
    const button = (name: string) => page.locator(`::-p-aria([name="${name}"][role="button"])`);
    const field = (id: string) => page.locator(`#${id}`);
    const says = (text: string) => page.waitForSelector(`::-p-text(${text})`);
    const secretOnScreen = async () => {
      await button('Show').click();
      await page.waitForFunction(() => !document.querySelector('.secret-text')?.textContent?.includes('•'));
      const text = await page.$eval('.secret-text', (box) => box.textContent?.trim() ?? '');
      expect(recordSecret('key', text)).toMatch(SECRET);
      return text;
    };

    const policy = await anonymous(worker.origin).get('/');
    expect(policy.headers['content-security-policy']).toContain("default-src 'none'");
    await page.evaluateOnNewDocument(() => {
      document.addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective}`));
    });

    await page.goto(`${worker.origin}/setup#token=${worker.setupToken}`);
    await field('setup-organization').fill('Acme');
    await field('setup-name').fill('Ada');
    await field('setup-email').fill('ada@example.com');
    await button('Set up').click();
    await says('Copy this key and keep it somewhere safe');
    const owner = await secretOnScreen();
    await button('Sign in with this key').click();
    await button('Sign in anyway').click();
    await page.waitForSelector('#new-key');
    await page.waitForFunction(() => document.title === 'Keys · Claviger');

    const create = async (name: string, purpose: 'Integration' | 'Verifies other keys') => {
      await page.locator('#new-key').click();
      await field('new-key-name').fill(name);
      await page.locator(`::-p-aria([name="${purpose}"][role="radio"])`).click();
      await button('Create key').click();
      await says('You will see it only once');
      const secret = await secretOnScreen();
      const command = await page.$$eval('.snippet pre', (all) => all.at(-1)?.textContent ?? '');
      await button('Close').click();
      await button('Close anyway').click();
      await page.waitForSelector('tr[data-marked="true"]');
      return { secret, command };
    };
    const verifier = await create('Gateway', 'Verifies other keys');
    const key = await create('Billing export', 'Integration');
    const commands = `export CLAVIGER_VERIFIER='${verifier.secret}'\n${key.command}`;
    expect(lastJson(await bash(commands)).code).toBe('VALID');

    await button('Actions for Billing export').click();
    await page.locator('::-p-aria([name="Revoke…"][role="menuitem"])').click();
    await button('Yes, revoke').click();
    await says('Revoked Billing export');
    await expect.poll(async () => lastJson(await bash(commands)).code, { timeout: 6_000 }).toBe('REVOKED');

    await page.reload();
    await page.waitForSelector('tr[role=row] .key-name');
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state, location.href]));
    writeFileSync(join(made(EVIDENCE), 'firefox.storage.json'), kept);
    expect((await bearer(worker.origin, owner).get('/api/v2/api_keys')).json.num_records).toBe(3);
    expect(complaints).toEqual([]);
  } finally {
    writeFileSync(join(made(EVIDENCE), 'firefox.urls'), urls.join('\n'));
    await browser.close();
    await worker.kill();
  }
});
