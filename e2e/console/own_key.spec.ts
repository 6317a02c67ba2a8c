import { bearer, type Client } from '../support/client';
import { expectNoSidewaysScroll, expectNoViolations } from '../support/axe';
import type { Claviger } from '../support/fixtures';
import { signInWith, Tenant } from '../support/organizations';
import { expect, pick, test } from './fixtures';

const PATH = '/api/v2/api_keys';
const OWN = 'This is the key you are signed in with:';

/** A person with two keys: the one that the browser is signed in with, and the one that is left to them. */
async function twoKeys(claviger: Claviger, name: string): Promise<{ spare: any; other: Client }> {
  const tenant = await Tenant.make(claviger, { name });
  const other = bearer(claviger.origin, await tenant.enter());
  return { spare: await claviger.made({ name: 'Spare', kind: 'personal', access: 'read_write' }, other), other };
}

test('what editing one’s own sign-in key ends is said before it is saved', async ({ claviger, context, one, page, unique, watch }) => {
  watch.allow(/status of 401/);
  const { spare, other } = await twoKeys(claviger, unique('Own key'));
  const stored = async () => (await other.get(`${PATH}/${spare.id}`)).json.data;
  await signInWith(context, claviger.origin, spare.api_key);
  await page.goto(`/keys/${spare.id}?edit=1`);
  const says = one.dialog.locator('.note.warn');
  const ask = async (sentence: string | RegExp) => {
    await one.save.click();
    await expect(says).toHaveText(sentence);
    await expect(one.dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
  };
  const cancel = async () => {
    await page.keyboard.press('Escape');
    await expect(one.dialog).toBeHidden();
    await expect(one.save).toBeFocused();
    expect(await stored()).toMatchObject({ version: spare.version });
  };

  await one.field('Expires').selectOption('1 hour');
  await ask(/^This is the key you are signed in with: you will be signed out when it expires, \w+, \d+ \w+ \d{4}, \d\d:\d\d/);
  await cancel();
  await one.field('Expires').selectOption('30 days');
  await ask(/: it signs you in until .*, and no longer\.$/);
  await cancel();
  await one.field('Expires').selectOption('Never, as it is');
  await one.field('Allowed addresses').fill('203.0.113.0/24');
  await ask(`${OWN} you will be signed out unless your own address is among those that you allow.`);
  await cancel();
  await one.field('Allowed addresses').fill('');

  await pick(page.getByRole('radio', { name: 'Read only' }));
  await ask(`${OWN} you will only be able to read.`);
  await one.dialog.getByRole('button', { name: 'Yes, save' }).click();
  await expect(one.toasts).toHaveText('Saved');
  expect(await stored()).toMatchObject({ access: 'read_only' });
  await expect(one.edit, 'one can only read by now').toHaveCount(0);
  await expect(one.heading).toBeFocused();
});

test('switching it off signs out, and says why on the way in', async ({ claviger, context, one, page, unique, watch }) => {
  watch.allow(/status of 401/);
  const { spare, other } = await twoKeys(claviger, unique('Own key off'));
  await signInWith(context, claviger.origin, spare.api_key);
  await page.goto(`/keys/${spare.id}?edit=1`);
  await pick(page.getByRole('radio', { name: 'Not activated' }));
  await one.save.click();
  await expect(one.dialog.locator('.note.warn')).toHaveText(`${OWN} you will be signed out.`);
  await expectNoViolations(page, 'saving one’s own');
  await page.setViewportSize({ width: 360, height: 740 });
  await expectNoSidewaysScroll(page, 'saving one’s own');
  await one.dialog.getByRole('button', { name: 'Yes, save' }).click();
  await expect(page).toHaveURL('/sign-in');
  await expect(page.getByText('What you were signed in with does not work any more.')).toBeVisible();
  expect((await other.get(`${PATH}/${spare.id}`)).json.data).toMatchObject({ active: false });
});

test('renaming it asks nothing', async ({ claviger, context, one, page, unique }) => {
  const { spare } = await twoKeys(claviger, unique('Own key renamed'));
  await signInWith(context, claviger.origin, spare.api_key);
  await page.goto(`/keys/${spare.id}?edit=1`);
  await one.field('Name').fill('Spare, renamed');
  await one.saved();
});

test('who was signed out by somebody else is told so on the way in', async ({ claviger, context, page, unique, watch }) => {
  watch.allow(/status of 401/);
  const { spare, other } = await twoKeys(claviger, unique('Signed out'));
  await signInWith(context, claviger.origin, spare.api_key);
  await page.goto('/keys');
  await expect(page.getByRole('heading', { name: 'Keys', level: 1 })).toBeVisible();
  expect((await other.post(`${PATH}/${spare.id}/revoke`, {})).status).toBe(200);
  await page.reload();
  await expect(page).toHaveURL('/sign-in');
  await expect(page.getByText('Your session has ended. Sign in again.')).toBeVisible();
  await context.clearCookies();
  await page.reload();
  await expect(page.getByLabel('API key', { exact: true })).toBeFocused();
  await expect(page.getByText('Your session has ended'), 'nobody was signed in').toHaveCount(0);
});
