import { bearer } from '../support/client';
import { expectNoSidewaysScroll, expectNoViolations } from '../support/axe';
import { signInWith, Tenant } from '../support/organizations';
import { expect, test } from './fixtures';

test('a new organization’s owner sees what to do first, and it ticks itself', async ({ as, claviger, context, keys, page, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Beginning Ltd') });
  await signInWith(context, claviger.origin, await tenant.enter());
  await page.goto('/keys');
  const steps = page.getByRole('region', { name: 'First steps' });
  const step = (name: string) => steps.getByRole('listitem').filter({ hasText: name });
  const done = (name: string) => expect(step(name), name).toHaveAttribute('data-done', 'true');
  await expect(steps.getByRole('listitem')).toHaveCount(4);
  await expect(steps.locator('[data-done="true"]')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Make a verifier key' }), 'said once').toHaveCount(0);
  await expect(step('Invite a colleague').getByRole('link')).toHaveAttribute('href', '/people');
  await expect(step('Verify it').getByRole('link')).toHaveAttribute('href', '/guide');
  for (const width of [360, 1280]) {
    await page.setViewportSize({ width, height: 740 });
    await expectNoSidewaysScroll(page, `the steps at ${width}`);
    await expectNoViolations(page, `the steps at ${width}`);
  }

  await steps.getByRole('button', { name: 'Create the verifier key' }).click();
  await expect(keys.purpose('Verifies other keys')).toBeChecked();
  await keys.field('Name').fill('Gateway');
  await keys.button('Create key').click();
  const verifier = await keys.secret();
  await keys.closeReveal();
  await done('Create a verifier key');
  await expect(step('Create a verifier key').getByRole('button')).toHaveCount(0);

  // Made over the API, used and invited elsewhere: told when one comes back to the page.
  const made = await tenant.key('Caller');
  expect((await claviger.owner.post(`${tenant.path}/invites`, { role: 'member' })).status).toBe(201);
  await expect(async () => {
    expect((await bearer(claviger.origin, verifier).post('/v1/verify', { key: made.api_key, max_age_ms: 0 })).json.valid).toBe(true);
    await page.evaluate(() => window.dispatchEvent(new Event('focus')));
    await expect(steps, 'gone when all is done').toHaveCount(0, { timeout: 2_000 });
  }).toPass();
  await page.reload();
  await expect(keys.row('Caller')).toBeVisible();
  await expect(steps).toHaveCount(0);

  // Another browser knows nothing of it, and finds all done.
  await page.evaluate(() => localStorage.clear());
  const asked = page.waitForResponse((response) => response.url().includes('/invites'));
  await page.reload();
  await asked;
  await expect(steps).toHaveCount(0);
  // Nor are they shown to whoever looks at another organization.
  await as('owner', `/organizations/${tenant.id}`);
  await expect(keys.row('Caller')).toBeVisible();
  await expect(steps).toHaveCount(0);
});

test('the first steps are dismissed for this organization, and the verifier key is still offered', async ({ claviger, context, keys, page, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Dismissed Ltd') });
  await signInWith(context, claviger.origin, await tenant.enter());
  await page.goto('/keys');
  await page.getByRole('region', { name: 'First steps' }).getByRole('button', { name: 'Dismiss' }).click();
  await expect(keys.heading, 'the focus is not lost').toBeFocused();
  await expect(page.getByRole('button', { name: 'Make a verifier key' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('button', { name: 'Make a verifier key' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'First steps' })).toHaveCount(0);
});
