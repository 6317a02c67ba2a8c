import { createHash } from 'node:crypto';

import { expectNoViolations } from '../support/axe';
import { Tenant } from '../support/organizations';
import { expect, test } from './fixtures';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test('keys of another system are imported by their hashes, all or none, and what is wrong is told by line', async ({ as, claviger, keys, page, unique, watch }) => {
  watch.allow(/status of 409/);
  const tenant = await Tenant.make(claviger, { name: unique('Moved in') });
  const foreign = ['sk_live_first4eC39HqLyjWDarjt', 'sk_live_second4eC39HqLyjWDarj'];
  const asked: string[] = [];
  page.on('request', (request) => request.method() === 'POST' && asked.push(request.postData() ?? ''));
  await as('owner', `/organizations/${tenant.id}`);
  const open = page.getByRole('button', { name: 'Import…' });
  await open.click();
  const dialog = page.getByRole('dialog', { name: 'Import keys' });
  await dialog.getByLabel('Keys').fill(`${sha256('a')}, Good\n${foreign[0]}, The key itself`);
  await dialog.getByRole('button', { name: 'Import' }).click();
  await expect(dialog.getByRole('alert').first()).toContainText('Nothing was imported.');
  await expect(dialog.getByRole('listitem')).toHaveText([/^Line 2: must begin with the SHA-256 of the key/]);
  await expect(dialog.getByLabel('Keys')).toBeFocused();
  expect(asked, 'nothing left the browser').toEqual([]);
  await expectNoViolations(page, 'the dialog with a problem');

  await dialog.getByLabel('Keys').fill(foreign.map((key, at) => `${sha256(key)},Import ${at}`).join('\n'));
  await dialog.getByRole('button', { name: 'Import' }).click();
  await expect(keys.toasts).toContainText('Imported 2 keys');
  await expect(dialog).toBeHidden();
  await expect(keys.row('Import 1')).toBeVisible();
  const { json } = await claviger.owner.get(`${tenant.path}/api_keys?order_by=id`);
  expect(json.data.map((key: any) => [key.name, key.source, key.role])).toEqual([['Import 0', 'imported', 'integration'], ['Import 1', 'imported', 'integration']]);

  // One of them is there already.
  await open.click();
  await dialog.getByLabel('Keys').fill(`${sha256('new')},New\n${sha256(foreign[1] ?? '')},Again`);
  await dialog.getByRole('button', { name: 'Import' }).click();
  await expect(dialog.getByRole('listitem')).toHaveText([/^Line 2, sha256: /]);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog).toBeHidden();
  await expect(open, 'where one was').toBeFocused();
  expect((await claviger.owner.get(`${tenant.path}/api_keys?per_page=1`)).json.num_records).toBe(2);
});
