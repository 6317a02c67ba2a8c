import type { Locator, Page } from '@playwright/test';

import { expect } from './browser';

/** The page of one key by what is written on it. */
export class KeyPage {
  readonly heading: Locator;
  readonly back: Locator;
  readonly badge: Locator;
  readonly edit: Locator;
  readonly save: Locator;
  readonly cancel: Locator;
  readonly dialog: Locator;
  readonly toasts: Locator;

  constructor(readonly page: Page) {
    this.heading = page.getByRole('heading', { level: 1 });
    this.back = page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link', { name: 'Keys' });
    this.badge = page.locator('.key-head .badge');
    this.edit = page.getByRole('button', { name: 'Edit', exact: true });
    this.save = page.getByRole('button', { name: 'Save', exact: true });
    this.cancel = page.getByRole('button', { name: 'Cancel', exact: true });
    this.dialog = page.getByRole('dialog');
    this.toasts = page.locator('.toasts');
  }

  /** The value of an attribute. */
  fact(label: string): Locator {
    return this.page.locator('.key-facts > div').filter({ has: this.page.getByText(label, { exact: true }) }).locator('dd');
  }

  field(label: string): Locator {
    return this.page.locator('.key-form').getByLabel(label, { exact: true });
  }

  /** The rows of the secrets, the newest first. */
  get secrets(): Locator {
    return this.page.getByRole('table', { name: 'Secrets' }).locator('tbody').getByRole('row');
  }

  /** What became of it, the newest first. */
  get history(): Locator {
    return this.page.getByRole('region', { name: 'History' }).getByRole('listitem');
  }

  async goto(key: { id: number }, query = ''): Promise<void> {
    await this.page.goto(`/keys/${key.id}${query}`);
    await expect(query ? this.save : this.badge).toBeVisible();
  }

  async saved(): Promise<void> {
    await this.save.click();
    await expect(this.toasts).toHaveText('Saved');
    await expect(this.edit).toBeFocused();
  }

  /** One of the two versions of a part. */
  version(part: string, which: 'Keep mine' | 'Take theirs'): Locator {
    return this.dialog.getByRole('group', { name: part }).getByRole('radio', { name: which });
  }
}
