import { expectSuccess } from '../support/expectations';
import { Claviger } from '../support/fixtures';
import { signInWith, Tenant } from '../support/organizations';
import { expect, test as base } from './fixtures';

const ADDRESS = 'keys@example.com';

/** Whoever runs this Claviger says whom to ask. */
const test = base.extend<object, { claviger: Claviger }>({
  claviger: [
    async ({}, use, info) => {
      const claviger = await Claviger.start(`contact${info.parallelIndex}`, { variables: { LOCAL: '1', CONTACT: ADDRESS } });
      await use(claviger);
      await claviger.worker.kill('SIGTERM');
    },
    { scope: 'worker', timeout: 90_000 },
  ],
});

test('on trial and at the limit one is told whom to ask, by a link', async ({ as, claviger, context, page, unique }) => {
  const ask = page.getByRole('link', { name: `Ask ${ADDRESS}` });
  await as('trialOwner');
  await expect(page.getByText(/on trial: .* until whoever runs this Claviger upgrades it/)).toBeVisible();
  await expect(ask).toHaveAttribute('href', `mailto:${ADDRESS}`);
  await page.goto('/settings');
  await expect(page.getByLabel('Name')).toBeVisible();
  await expect(ask, 'nowhere else').toHaveCount(0);

  const tenant = await Tenant.make(claviger, { name: unique('Full'), key_limit: 1 });
  await tenant.key('The only one');
  await signInWith(context, claviger.origin, await tenant.enter());
  await page.goto('/keys');
  await expect(page.getByText('or ask a system administrator, whoever runs this Claviger, to raise the limit.')).toBeVisible();
  await expect(ask).toHaveAttribute('href', `mailto:${ADDRESS}`);
});

test('who can do it alone is told how, and not whom to ask', async ({ as, claviger, page, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Trying'), plan: 'trial' });
  await as('owner', `/organizations/${tenant.id}`);
  await expect(page.getByRole('link', { name: 'Change the plan' })).toBeVisible();
  await expect(page.getByRole('link', { name: ADDRESS })).toHaveCount(0);
});

test('only an e-mail address or an https address is ever a link', async ({ as, claviger, page }) => {
  for (const [contact, link] of [
    ['https://help.example.com/keys', 'https://help.example.com/keys'], ['javascript:alert(1)', null], ['http://example.com', null], ['', null],
  ] as const) {
    // Nothing is on its way while it restarts.
    await page.goto('about:blank');
    await claviger.worker.restart({ LOCAL: '1', CONTACT: contact });
    expect(expectSuccess(await (await claviger.session('trialOwner')).get('/api/v2/session')).contact, contact).toBe(link);
    await as('trialOwner');
    await expect(page.getByText(/on trial: .* until whoever runs this Claviger upgrades it/)).toBeVisible();
    const ask = page.locator('.notice').getByRole('link');
    await (link === null ? expect(ask).toHaveCount(0) : expect(ask).toHaveText('Ask help.example.com/keys'));
  }
});
