import type { Locator, Page } from '@playwright/test';

import { expect } from './browser';

export const REVEAL = 'Copy this key and keep it somewhere safe';

export type MenuChoice =
  | 'Open' | 'Edit…' | 'Copy hint' | 'Copy id' | 'Reveal its secret…' | 'Rotate…' | 'Disable' | 'Enable' | 'Revoke…' | 'Delete…';

/** The Keys page by what is written on it. */
export class KeysPage {
  readonly heading: Locator;
  readonly newKey: Locator;
  readonly search: Locator;
  readonly dialog: Locator;
  readonly reveal: Locator;
  readonly toasts: Locator;

  constructor(readonly page: Page) {
    this.heading = page.getByRole('heading', { name: 'Keys', level: 1, exact: true });
    this.newKey = page.locator('.page-head').getByRole('button', { name: 'New key' });
    this.search = page.getByRole('searchbox', { name: 'Search, or paste a key or hint' });
    this.dialog = page.getByRole('dialog');
    this.reveal = page.getByRole('dialog', { name: REVEAL });
    this.toasts = page.locator('.toasts');
  }

  row(name: string): Locator {
    return this.page.getByRole('row').filter({ has: this.page.getByText(name, { exact: true }) });
  }

  /** A personal key's has its person's name behind the key's. */
  menuOf(name: string): Locator {
    const button = (label: string) => this.page.getByRole('button', { name: label, exact: true });
    return button(`Actions for ${name}`).or(this.row(name).getByRole('button', { name: `Actions for ${name} of ` }));
  }

  async choose(name: string, item: MenuChoice): Promise<void> {
    // A list that is drawn anew closes the menu: a person opens it again.
    await expect(async () => {
      const choice = this.page.getByRole('menuitem', { name: item });
      if (!(await choice.isVisible())) {
        await this.menuOf(name).click({ timeout: 3_000 });
      }
      await choice.click({ timeout: 3_000 });
    }).toPass();
  }

  async find(name: string): Promise<void> {
    // The list moves when the answer comes, which closes whatever menu is open then.
    const answer = this.page.waitForResponse((response) => response.url().includes('name_contains='));
    await this.search.fill(name);
    await answer;
    await expect(this.page).toHaveURL(/[?&]q=/);
    await expect(this.row(name)).toBeVisible();
  }

  /** The box in a row that ticks it. */
  tick(name: string): Locator {
    return this.row(name).getByRole('checkbox');
  }

  /** The bar that is there while rows are ticked. */
  get bar(): Locator {
    return this.page.getByRole('region', { name: 'Selected keys' });
  }

  field(label: string): Locator {
    return this.dialog.getByLabel(label, { exact: true });
  }

  purpose(name: 'Integration' | 'Verifies other keys' | 'Manages keys'): Locator {
    return this.dialog.getByRole('radio', { name, exact: true });
  }

  button(name: string): Locator {
    return this.dialog.getByRole('button', { name, exact: true });
  }

  /** Makes a key and leaves its reveal open. */
  async create(name: string, purpose?: 'Integration' | 'Verifies other keys' | 'Manages keys'): Promise<void> {
    await this.newKey.click();
    await this.field('Name').fill(name);
    if (purpose) {
      await pick(this.purpose(purpose));
    }
    await this.button('Create key').click();
    await expect(this.reveal).toBeVisible();
  }

  /** The secret of the open reveal, shown. */
  async secret(): Promise<string> {
    const box = this.reveal.locator('.secret-text');
    if ((await box.textContent())?.includes('•')) {
      await this.reveal.getByRole('button', { name: 'Show', exact: true }).click();
    }
    await expect(box).not.toContainText('•');
    return (await box.textContent())?.trim() ?? '';
  }

  async closeReveal(): Promise<void> {
    await this.reveal.getByRole('button', { name: 'Copy', exact: true }).click();
    await expect(this.reveal.getByText('Copied.')).toBeVisible();
    await this.reveal.getByRole('button', { name: 'Close', exact: true }).click();
    await expect(this.reveal).toBeHidden();
  }
}

/** Its label lies over a radio button, so that the whole of it can be pressed. */
export async function pick(radio: Locator): Promise<void> {
  await radio.check({ force: true });
}

/**
 * What is on the clipboard; the context needs the permission. The console's own pages may not read it (Permissions-Policy),
 * so a page of the same browser does that has no such policy.
 */
export async function clipboard(page: Page): Promise<string> {
  const reader = await page.context().newPage();
  await reader.goto(new URL('/healthz', page.url()).href);
  const text = await reader.evaluate(() => navigator.clipboard.readText());
  await reader.close();
  await page.bringToFront();
  return text;
}

/**
 * What `press` put on the clipboard. What lay there before is cleared and the new text waited for: a button's copy lands a
 * moment after its press, and a sooner look finds the text of the button before it.
 */
export async function copiedBy(page: Page, press: () => Promise<void>): Promise<string> {
  await page.evaluate(() => navigator.clipboard.writeText(''));
  await press();
  let text = '';
  await expect.poll(async () => (text = await clipboard(page))).not.toBe('');
  return text;
}
