import { bearer, type Client } from '../support/client';
import { Company } from '../support/company';
import { expectSuccess } from '../support/expectations';
import { expectAsDescribed } from '../support/messages';
import { signInWith } from '../support/organizations';
import { isSigned, Receiver } from '../support/receiver';
import { recordSecret } from '../support/secrets';
import { VirtualAuthenticator } from '../support/virtual_authenticator';
import type { BrowserContext, Page } from '@playwright/test';
import { clipboard, expect, pick, REVEAL, test } from './fixtures';

/** Invites somebody as the owner who is signed in; answers the link. */
async function invite(page: Page, role: 'Administrator' | 'Member', name: string): Promise<string> {
  await page.goto('/people');
  await page.getByRole('button', { name: 'Invite…' }).click();
  const dialog = page.getByRole('dialog');
  await pick(dialog.getByRole('radio', { name: role }));
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByRole('button', { name: 'Invite' }).click();
  return copied(page, 'Copy this link and send it to the person');
}

/** Copies what is shown once, and lets it go. */
async function copied(page: Page, dialog: string): Promise<string> {
  const reveal = page.getByRole('dialog', { name: dialog });
  await reveal.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect(reveal.getByText('Copied.')).toBeVisible();
  const text = await clipboard(page);
  await reveal.getByRole('button', { name: 'Close', exact: true }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  if (text.includes('#token=')) {
    recordSecret('setup', text.split('#token=')[1] ?? '');
  }
  return text;
}

/** Comes in with what a link made, and answers that key. */
async function signInWithTheKeyShown(page: Page): Promise<string> {
  await expect(page.getByRole('heading', { name: REVEAL })).toBeVisible();
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect(page.getByText('Copied.')).toBeVisible();
  const secret = await clipboard(page);
  await page.getByRole('button', { name: 'Sign in with this key' }).click();
  await expect(page.getByRole('heading', { name: 'Keys', level: 1 })).toBeVisible();
  return secret;
}

/** Follows an invitation as nobody yet. */
async function accept(context: BrowserContext, page: Page, link: string, name: string): Promise<string> {
  await context.clearCookies();
  await page.goto(link);
  await expect(page.getByLabel('Your name'), 'what was proposed').toHaveValue(name);
  await page.getByLabel('E-mail').fill(`${name.toLowerCase().replace(' ', '.')}@example.com`);
  await page.getByRole('button', { name: 'Accept' }).click();
  return signInWithTheKeyShown(page);
}

test('an administrator clears a member’s API key, who learns who did it, comes in again and gets another', async ({ claviger, context, page, unique, watch }) => {
  test.slow();
  watch.allow(/status of 40[13]/);
  await VirtualAuthenticator.in(page);
  const company = await Company.make(claviger, unique('Story'));
  const receiver = await Receiver.start();
  const hook = expectSuccess(await company.owner.client.post('/api/v2/webhooks', { url: receiver.url, events: ['*'] }), 201);
  const whoami = async (client: Client) => {
    const { status, json } = await client.get('/api/v2/whoami');
    return `${status} ${json.error_code ?? json.data.name}`;
  };
  await signInWith(context, claviger.origin, company.owner.secret);
  const forAlan = await invite(page, 'Administrator', 'Alan Turing');
  const forMia = await invite(page, 'Member', 'Mia Member');
  const alan = await accept(context, page, forAlan, 'Alan Turing');

  // The member is shown their key when they come in, and calls the API with it.
  const mia = bearer(claviger.origin, await accept(context, page, forMia, 'Mia Member'));
  expect(await whoami(mia)).toBe('200 Auto-Generated API Key (Created By System)');
  const access = page.getByRole('region', { name: 'API access' });
  await page.goto('/profile');
  // They register a passkey.
  await page.getByRole('button', { name: 'Add a passkey…' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Laptop');
  await page.getByRole('button', { name: 'Add passkey' }).click();
  await expect(page.getByRole('region', { name: 'Passkeys' })).toContainText('Laptop');
  await access.getByRole('button', { name: 'Switch off…' }).click();
  await page.getByRole('button', { name: 'Switch off', exact: true }).click();
  await access.getByRole('button', { name: 'Enable again' }).click();
  await expect(access).toContainText('On.');
  expect(await whoami(mia)).toMatch(/^200 /);

  // The administrator finds them under API management and clears the key.
  await context.clearCookies();
  await signInWith(context, claviger.origin, alan);
  await page.goto('/people');
  await page.getByRole('link', { name: 'API management' }).click();
  await page.getByRole('link', { name: 'Mia Member' }).click();
  await page.getByRole('button', { name: 'Clear API key…' }).click();
  // The key was in no other hands.
  await page.getByRole('checkbox', { name: 'Remove their passkey “Laptop” as well' }).uncheck();
  await page.getByRole('button', { name: 'Yes, clear' }).click();
  await expect(access).toContainText('Cleared by you, just now');
  expect(await whoami(mia)).toBe('401 key_revoked');
  await page.getByRole('button', { name: 'Sign-in link…' }).click();
  await page.getByRole('button', { name: 'Make the link' }).click();
  const again = await copied(page, 'Copy this link and send it to the person');

  // The member comes in again, reads who it was and when, and gets another key.
  await context.clearCookies();
  await page.goto(again);
  await page.getByRole('button', { name: 'Sign in with a new key' }).click();
  await signInWithTheKeyShown(page);
  await page.goto('/profile');
  await expect(access).toContainText(/Cleared by Alan Turing, (just now|\d minutes? ago)\./);
  await access.getByRole('button', { name: 'Enable again' }).click();
  // They came in by a key, and have a passkey.
  await page.getByRole('button', { name: 'Use passkey' }).click();
  await expect(page.getByRole('dialog', { name: REVEAL })).toContainText('Auto-Generated API Key');
  const secret = await copied(page, REVEAL);
  await expect(access).toContainText('On.');
  expect(await whoami(bearer(claviger.origin, secret))).toMatch(/^200 Auto-Generated/);
  expect(await whoami(mia), 'the one before stays ended').toBe('401 key_revoked');

  // All the while the organization's webhook was told: each step, signed, by whom, of what, and no secret.
  const DEFAULT = 'Auto-Generated API Key (Created By System)';
  const steps = [
    'System: user.created Alan Turing', `System: api_key.created ${DEFAULT}`,
    'System: user.created Mia Member', `System: api_key.created ${DEFAULT}`,
    'Mia Member: user.updated Mia Member, api_access', 'Mia Member: user.updated Mia Member, api_access',
    `Alan Turing: api_key.revoked ${DEFAULT}, revoke_reason, revoked_at, revoked_by`, `System: api_key.created ${DEFAULT}`, 'Alan Turing: user.updated Mia Member, api_access',
    'System: api_key.created Sign-in key',
    `Mia Member: api_key.updated ${DEFAULT}, hint`, 'Mia Member: user.updated Mia Member, api_access',
  ];
  await receiver.until(steps.length);
  await receiver.stop();
  const said = receiver.taken.map(({ body: { type, data } }) => [`${data.actor.name}: ${type} ${data.object.name}`, ...data.changed].join(', '));
  expect(said).toEqual(steps);
  for (const message of receiver.taken) {
    expect(isSigned(message, hook.secret)).toBe(true);
    expectAsDescribed(message.body);
    expect(message.text).not.toMatch(/clv_\w{10}/);
  }

  // The log tells it all, and holds.
  await claviger.worker.runSchedule();
  await context.clearCookies();
  await signInWith(context, claviger.origin, company.owner.secret);
  await page.goto('/audit-log');
  const told = page.getByRole('list', { name: 'Entries, newest first' }).getByRole('listitem');
  for (const sentence of [
    'Olivia Owner invited Mia Member as member', 'Mia Member registered the passkey “Laptop”', 'Mia Member switched API access off for themself',
    'Alan Turing cleared the API keys of Mia Member', 'Alan Turing made a sign-in link for Mia Member', 'Mia Member switched API access on for themself',
  ]) {
    await expect(told.filter({ hasText: sentence.replace('Olivia Owner', 'You') }).first(), sentence).toBeVisible();
  }
  await page.getByRole('button', { name: 'Verify chain' }).click();
  await expect(page.locator('#verify-result')).toContainText(/All \d+ records are as they were sealed\./);
});
