import { expect, test } from './fixtures';

const PATH = '/api/v2/api_keys';

test('where a verifier’s clients are is named, refused beside its field, and taken away', async ({ as, claviger, one, page, unique }) => {
  const label = 'Client address header';
  const made = await claviger.made({ name: unique('Gateway'), role: 'verifier' });
  await as('owner', `/keys/${made.id}`);
  await expect(one.fact(label)).toHaveText('None');
  await one.edit.click();
  const field = one.field(label);
  await expect(field).toHaveValue('');
  await expect(field).toHaveAccessibleDescription(/your proxy overwrites in every request/);
  for (const [text, problem] of [['x client', /header's name/], ['Cookie', /says something else/], ['CF-Connecting-IP', /Cloudflare writes/]] as const) {
    await field.fill(text);
    await one.save.click();
    await expect(field).toHaveAccessibleDescription(problem);
    await expect(field).toBeFocused();
  }
  await field.fill(' X-Client-Address ');
  await one.saved();
  await expect(one.fact(label)).toHaveText('x-client-address');
  await expect(one.history.first()).toContainText('changed the client address header to x-client-address');
  const stored = async () => (await claviger.owner.get(`${PATH}/${made.id}`)).json.data;
  expect(await stored()).toMatchObject({ client_ip_header: 'x-client-address', version: made.version + 1 });

  await claviger.owner.patch(`${PATH}/${made.id}`, { client_ip_header: 'x-other' });
  await page.reload();
  await expect(one.fact(label), 'what the API stored').toHaveText('x-other');
  await one.edit.click();
  await expect(field).toHaveValue('x-other');
  await field.fill('');
  await one.saved();
  expect((await stored()).client_ip_header).toBeNull();

  const { id } = await claviger.made({ name: unique('Integration') });
  await page.goto(`/keys/${id}`);
  await expect(one.fact('Rate limit')).toBeVisible();
  await expect(one.fact(label), 'of no other role').toHaveCount(0);
  await one.edit.click();
  await expect(one.field('Metadata')).toBeVisible();
  await expect(field).toHaveCount(0);
});
