import { test as base } from './fixtures';
import { expectNoSidewaysScroll, expectNoViolations } from '../support/axe';
import { Claviger } from '../support/fixtures';
import { loseAnswer } from '../support/lost_answer';
import { stateWith } from '../support/many_keys';
import { expect, signIn } from './fixtures';

const PATH = '/api/v2/api_keys';
const NAMES = ['Waiting', 'Waiting twice', 'Waiting in vain', 'Waiting by keyboard', 'Waiting for axe'];

/** No door of the API makes a key that waits for its secret: the system makes one for each person. */
const test = base.extend<{}, { pending: Claviger }>({
  pending: [
    async ({}, use) => {
      const state = stateWith('pending', (database) => {
        const insert = database.prepare(
          `INSERT INTO api_keys (organization_id, kind, user_id, name, name_folded, role, access, created_by_type, created_by_name, created_at, updated_at)
           VALUES (1, ?, ?, ?, lower(?), 'integration', 'read_only', 'system', 'Claviger', 1, 1)`,
        );
        for (const name of NAMES) {
          insert.run('service', null, name, name);
        }
        const { id } = database.prepare("SELECT id FROM users WHERE name = 'Max Member'").get() as { id: number };
        insert.run('personal', id, 'Waits for Max', 'Waits for Max');
      });
      const claviger = await Claviger.start('pending', { from: state });
      await use(claviger);
      await claviger.worker.kill();
    },
    { scope: 'worker', timeout: 90_000 },
  ],
});

const idOf = async (claviger: Claviger, name: string): Promise<number> =>
  (await claviger.owner.get(`${PATH}?name=${encodeURIComponent(name)}`)).json.data[0].id;

test.beforeEach(async ({ context, page, pending }) => {
  await signIn(context, pending, 'owner');
  await page.goto(`${pending.origin}/keys`);
});

test('a pending key gets its secret, shown once', async ({ keys, page, pending }) => {
  await expect(keys.row('Waiting')).toContainText('Pending');
  await keys.menuOf('Waiting').click();
  await expect(page.getByRole('menuitem', { name: 'Rotate…' })).toHaveCount(0);
  await page.getByRole('menuitem', { name: 'Reveal its secret…' }).click();
  await expect(keys.dialog).toContainText('shows it once');
  await keys.button('Reveal its secret').click();
  const secret = await keys.secret();
  await keys.closeReveal();
  await expect(keys.row('Waiting')).toContainText('Active');
  await expect(keys.menuOf('Waiting')).toBeFocused();
  expect((await pending.verifier.post('/v1/verify', { key: secret, max_age_ms: 0 })).json).toMatchObject({ code: 'VALID', key: { name: 'Waiting' } });
  await keys.menuOf('Waiting').click();
  await expect(page.getByRole('menuitem', { name: 'Reveal its secret…' })).toHaveCount(0);
  await expect(page.getByRole('menuitem', { name: 'Rotate…' })).toBeVisible();
});

test('a double press makes one', async ({ keys, pending }) => {
  await keys.choose('Waiting twice', 'Reveal its secret…');
  await keys.button('Reveal its secret').dblclick();
  await expect(keys.reveal).toBeVisible();
  await keys.closeReveal();
  const { data } = (await pending.owner.get(`${PATH}/${await idOf(pending, 'Waiting twice')}`)).json;
  expect([data.secrets.length, data.status]).toEqual([1, 'active']);
});

test('when its answer gets lost, rotating gives another', async ({ keys, page, pending, watch }) => {
  watch.allow(/ERR_CONNECTION_RESET|Failed to load|status of 409/);
  await loseAnswer(page, /\/mint$/);
  await keys.choose('Waiting in vain', 'Reveal its secret…');
  await keys.button('Reveal its secret').click();
  await expect(keys.dialog.getByRole('alert')).toContainText('it will not be made twice');
  await keys.button('Reveal its secret').click();
  await expect(keys.dialog.getByRole('alert')).toContainText('nobody has it');
  await keys.button('Rotate…').click();
  await page.getByLabel('The old key works on for').selectOption({ label: 'None: stop at once' });
  await keys.button('Rotate').click();
  await expect(keys.reveal).toContainText('The old key does not work any more.');
  const secret = await keys.secret();
  await keys.closeReveal();
  await expect(keys.row('Waiting in vain')).toContainText('Active');
  expect((await pending.verifier.post('/v1/verify', { key: secret, max_age_ms: 0 })).json.code).toBe('VALID');
});

test('nobody else sees the secret of a personal key', async ({ keys, page, pending }) => {
  await keys.menuOf('Waits for Max').click();
  await expect(page.getByRole('menuitem', { name: 'Delete…' })).toBeVisible();
  await expect(page.getByRole('menuitem', { name: 'Reveal its secret…' })).toHaveCount(0);
  const id = await idOf(pending, 'Waits for Max');
  expect((await pending.owner.post(`${PATH}/${id}/mint`, {})).status).toBe(403);
});

test('with the keyboard alone, and the focus comes back', async ({ keys, page }) => {
  await keys.menuOf('Waiting by keyboard').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitem', { name: 'Copy id' })).toBeFocused();
  while (!(await page.getByRole('menuitem', { name: 'Reveal its secret…' }).evaluate((item) => item === document.activeElement))) {
    await page.keyboard.press('ArrowDown');
  }
  await page.keyboard.press('Enter');
  await expect(keys.button('Reveal its secret')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(keys.menuOf('Waiting by keyboard')).toBeFocused();
  await keys.choose('Waiting by keyboard', 'Reveal its secret…');
  await page.keyboard.press('Enter');
  await expect(keys.button('Copy')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(keys.reveal.getByText('Copied.')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(keys.menuOf('Waiting by keyboard')).toBeFocused();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme, viewport: { width: 360, height: 740 } });

    test('axe finds nothing, and nothing is wider than a phone', async ({ keys, page }) => {
      await keys.choose('Waiting for axe', 'Reveal its secret…');
      await expect(keys.dialog).toBeVisible();
      await expectNoViolations(page, 'the question');
      await expectNoSidewaysScroll(page, 'the question');
    });
  });
}
