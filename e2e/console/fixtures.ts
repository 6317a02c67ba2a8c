import { test as base } from '../support/browser';
import { KeyPage } from '../support/key_page';
import { KeysPage } from '../support/keys_page';

export const test = base.extend<{ keys: KeysPage; one: KeyPage }>({
  permissions: async ({}, use) => use(['clipboard-read', 'clipboard-write']),
  keys: async ({ page }, use) => use(new KeysPage(page)),
  one: async ({ page }, use) => use(new KeyPage(page)),
});

export { expect, signIn } from '../support/browser';
export { clipboard, copiedBy, pick, REVEAL } from '../support/keys_page';
