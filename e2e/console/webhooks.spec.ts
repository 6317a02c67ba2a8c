import type { Page } from '@playwright/test';

import { expectNoSidewaysScroll, expectNoViolations } from '../support/axe';
import { Company } from '../support/company';
import { expectSuccess } from '../support/expectations';
import { signInWith } from '../support/organizations';
import { answering, isSigned, Receiver } from '../support/receiver';
import { recordSecret } from '../support/secrets';
import { clipboard, expect, pick, test } from './fixtures';

const receivers: Receiver[] = [];
test.afterAll(() => Promise.all(receivers.map((receiver) => receiver.stop())));
async function receiving(answer = answering.ok): Promise<Receiver> {
  const receiver = await Receiver.start(answer);
  receivers.push(receiver);
  return receiver;
}

async function expectCleanInBoth(page: Page, where: string): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    await expectNoViolations(page, `${where}, ${colorScheme}`);
  }
}

test('a webhook is made, its secret shown once; it is tested, told of a key, replaced, switched off and deleted', async ({ claviger, context, page, unique, watch }) => {
  // The address that is refused.
  watch.allow(/status of 400/);
  const company = await Company.make(claviger, unique('Hooked'));
  const receiver = await receiving();
  await signInWith(context, claviger.origin, company.owner.secret);
  await page.goto('/keys');
  await page.getByRole('link', { name: 'Webhooks', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Webhooks', level: 1 })).toBeFocused();
  await expect(page.getByRole('heading', { name: 'No webhooks yet' })).toBeVisible();
  const add = page.locator('#add-webhook');
  await add.click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByLabel('URL')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(add, 'where one was').toBeFocused();
  await add.click();

  await dialog.getByRole('button', { name: 'Add webhook' }).click();
  await expect(dialog.getByLabel('URL')).toHaveAttribute('aria-invalid', 'true');
  await dialog.getByLabel('URL').fill('https://169.254.169.254/latest');
  await pick(dialog.getByRole('radio', { name: 'Some of it' }));
  await dialog.getByRole('button', { name: 'Add webhook' }).click();
  await expect(dialog).toContainText('Choose at least one.');
  await dialog.getByRole('group', { name: 'Keys' }).getByLabel('created').check();
  await dialog.getByRole('group', { name: 'Keys' }).getByLabel('revoked').check();
  await dialog.getByRole('button', { name: 'Add webhook' }).click();
  await expect(dialog).toContainText('Must name a host, not an IP address.');
  await expect(dialog.getByLabel('URL')).toBeFocused();
  await expectCleanInBoth(page, 'the form, refused');
  await dialog.getByLabel('URL').fill(receiver.url);
  await dialog.getByLabel('Description').fill('For the bus');
  await dialog.getByRole('button', { name: 'Add webhook' }).dblclick();

  const reveal = page.getByRole('dialog', { name: 'Copy the signing secret into the receiver' });
  await expect(reveal.getByRole('button', { name: 'Copy', exact: true })).toBeFocused();
  await expect(reveal.locator('.secret-text')).toHaveText(/^whsec_•+$/);
  await expectCleanInBoth(page, 'the secret');
  await page.keyboard.press('Escape');
  await expect(reveal.getByRole('alert')).toContainText('not copied');
  await reveal.getByRole('button', { name: 'Go back' }).click();
  await reveal.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect(reveal.getByText('Copied.')).toBeVisible();
  const secret = recordSecret('key', await clipboard(page));
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  await reveal.getByRole('button', { name: 'Close', exact: true }).click();

  const host = `localhost:${receiver.port}`;
  await expect(page.getByRole('heading', { name: host, level: 1 })).toBeVisible();
  await expect(page).toHaveTitle(`${host}: Webhook · Claviger`);
  expect(await page.content()).not.toContain(secret);
  const [made, ...more] = expectSuccess(await company.owner.client.get('/api/v2/webhooks'));
  expect([more, made]).toMatchObject([[], { url: receiver.url, events: ['api_key.created', 'api_key.revoked'], description: 'For the bus' }]);
  await expect(page.getByText('Nothing was sent in the last 30 days.')).toBeVisible();

  await page.getByRole('button', { name: 'Send test' }).click();
  await receiver.until(1);
  expect(isSigned(receiver.taken[0]!, secret)).toBe(true);
  expectSuccess(await company.owner.client.post('/api/v2/api_keys', { name: 'Told' }), 201);
  await receiver.until(2);
  const lines = page.getByRole('region', { name: 'Deliveries' }).locator('ul > li');
  await expect(async () => {
    await page.getByRole('button', { name: 'Refresh' }).click();
    await expect(lines).toContainText([/Delivered.*api_key\.created.*Told/, /Delivered.*webhook\.test/], { timeout: 500 });
  }).toPass();
  const kind = page.getByRole('combobox', { name: 'Show' });
  await kind.selectOption('Failed');
  await expect(page.getByText('Nothing has failed in the last 30 days.')).toBeVisible();
  await kind.selectOption('Delivered');
  await lines.first().locator('summary').click();
  await expect(lines.first()).toContainText('Answered 204.');
  await expectCleanInBoth(page, 'the deliveries');
  await page.getByRole('button', { name: /^Replay api_key.created/ }).click();
  const [, , again] = await receiver.until(3);
  expect(again!.body.data.object.name).toBe('Told');

  await page.getByRole('button', { name: 'Replace secret…' }).click();
  await expect(dialog).toContainText('For 24 hours');
  await dialog.getByRole('button', { name: 'Replace secret' }).click();
  await reveal.getByRole('button', { name: 'Copy', exact: true }).click();
  expect(recordSecret('key', await clipboard(page))).not.toBe(secret);
  await reveal.getByRole('button', { name: 'Close', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Replace secret…' })).toBeFocused();
  await expect(page.getByText('Signs as well until')).toBeVisible();

  await page.getByRole('button', { name: 'Edit…' }).click();
  await expect(dialog.getByLabel('URL')).toHaveValue(receiver.url);
  await expect(dialog.getByLabel('created').first()).toBeChecked();
  await pick(dialog.getByRole('radio', { name: 'Everything' }));
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('button', { name: 'Edit…' })).toBeFocused();
  expect(expectSuccess(await company.owner.client.get(`/api/v2/webhooks/${made.id}`))).toMatchObject({ events: ['*'], version: 3 });

  await page.getByRole('button', { name: 'Switch off…' }).click();
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await dialog.getByRole('button', { name: 'Switch off' }).click();
  await expect(page.getByRole('button', { name: 'Switch on' })).toBeFocused();
  await expect(page.getByRole('button', { name: 'Send test' })).toHaveCount(0);
  await page.getByRole('link', { name: 'Webhooks' }).first().click();
  const row = page.getByRole('row').filter({ hasText: receiver.url });
  await expect(row.getByRole('cell')).toHaveText([/\/hook\s*The organization’s · For the bus/, 'All', 'All', /now|ago/, /Off\s*Switched off/]);
  await row.getByRole('link').click();
  await page.getByRole('button', { name: 'Delete…' }).click();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Delete…' })).toBeFocused();
  await page.getByRole('button', { name: 'Delete…' }).click();
  await dialog.getByRole('button', { name: 'Yes, delete' }).click();
  await expect(page.getByRole('heading', { name: 'No webhooks yet' })).toBeVisible();
  expect(expectSuccess(await company.owner.client.get('/api/v2/webhooks'))).toEqual([]);
});

test('one that was given up is said on Keys to who may mend it, until it is mended', async ({ as, page }) => {
  await as('fullOwner');
  const banner = page.locator('.leak-banner');
  await expect(banner, 'another person’s own is their business').toHaveText(/^The webhook to hooks\.example\.com was switched off: it has failed for five days\.\s*See why, and switch it on$/);
  await expectCleanInBoth(page, 'the banner');
  await page.setViewportSize({ width: 360, height: 740 });
  await expectNoSidewaysScroll(page, 'the banner on a phone');
  await banner.getByRole('link').press('Enter');
  await expect(page.getByText('It was switched off after five days without one success.')).toBeVisible();
  await expect(page.getByText('Nothing was sent in the last 30 days.')).toHaveText('Nothing was sent in the last 30 days.');
  await page.getByRole('button', { name: 'Switch on' }).click();
  await expect(page.getByRole('button', { name: 'Switch off…' })).toBeFocused();
  await page.goto('/keys');
  await expect(page.getByText('Hygiene')).toBeVisible();
  await expect(banner).toHaveCount(0);
});

test('a member has their own, which the page of the person shows and an administrator can end; one that failed says so', async ({ claviger, context, page, unique, watch }) => {
  watch.allow(/status of 403/);
  const company = await Company.make(claviger, unique('Own hooks'));
  const member = await company.hire('member', 'Mia Member');
  const receiver = await receiving(answering.with(500, 'the bus is full'));
  await signInWith(context, claviger.origin, member.secret);
  await page.goto('/webhooks');
  await page.locator('#add-webhook').click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('group', { name: 'About' }), 'there is no choice').toHaveCount(0);
  await pick(dialog.getByRole('radio', { name: 'Some of it' }));
  await expect(dialog.getByRole('group', { name: 'Organizations' })).toHaveCount(0);
  await pick(dialog.getByRole('radio', { name: 'Everything' }));
  await dialog.getByLabel('URL').fill(receiver.url);
  await dialog.getByRole('button', { name: 'Add webhook' }).click();
  const reveal = page.getByRole('dialog', { name: 'Copy the signing secret into the receiver' });
  await reveal.getByRole('button', { name: 'Close', exact: true }).click();
  await reveal.getByRole('button', { name: 'Close anyway' }).click();
  await expect(page.getByText('Your own', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Send test' }).click();
  await receiver.until(1);
  const line = page.getByRole('region', { name: 'Deliveries' }).locator('ul > li').first();
  await expect(async () => {
    await page.getByRole('button', { name: 'Refresh' }).click();
    await expect(line).toContainText('1 attempt', { timeout: 500 });
  }).toPass();
  await line.locator('summary').click();
  await expect(line.locator('ol')).toContainText('Answered 500.');
  await expect(line.getByLabel('The beginning of the answer')).toHaveText('the bus is full');

  await signInWith(context, claviger.origin, company.owner.secret);
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(`/people/${member.id}`);
  const theirs = page.getByRole('region', { name: 'Webhooks' }).getByRole('row').filter({ hasText: receiver.url });
  await expect(theirs.getByRole('cell')).toHaveText([/Of Mia Member/, 'All', 'All', 'Nothing yet', 'Failing']);
  await expectNoSidewaysScroll(page, 'the person on a phone');
  await theirs.getByRole('link').click();
  await expect(page.getByText('its person’s business')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Edit…' })).toHaveCount(0);
  await expectCleanInBoth(page, 'another person’s webhook on a phone');
  await expectNoSidewaysScroll(page, 'a webhook on a phone');
  await page.getByRole('button', { name: 'Switch off…' }).click();
  await dialog.getByRole('button', { name: 'Switch off' }).click();
  await expect(page.getByText('Switched off', { exact: true }).first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Switch on' }), 'that is for its person').toHaveCount(0);
  await page.goto('/webhooks');
  await expect(page.getByRole('row').filter({ hasText: receiver.url })).toContainText('Of Mia Member');
  await expectCleanInBoth(page, 'the list on a phone');
  await expectNoSidewaysScroll(page, 'the list on a phone');
});
