import { test as base } from '../support/browser';
import { KeysPage } from '../support/keys_page';

export const test = base.extend<{ keys: KeysPage }>({
  permissions: async ({}, use) => use(['clipboard-read', 'clipboard-write']),
  keys: async ({ page }, use) => use(new KeysPage(page)),
});

export { expect, signIn } from '../support/browser';
export { clipboard, pick, REVEAL } from '../support/keys_page';
