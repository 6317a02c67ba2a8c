import { expect, test } from './fixtures';

test('the whole flow with the keyboard alone', async ({ claviger, keys, page, unique }) => {
  const name = unique('By keyboard');
  const press = (...all: string[]) => all.reduce<Promise<void>>((done, key) => done.then(() => page.keyboard.press(key)), Promise.resolve());
  const type = (text: string) => page.keyboard.insertText(text);

  await page.goto('/keys');
  // Exactly: while the list still stands, the menu of "Auto-Generated API Key" bears these words too.
  await expect(page.getByLabel('API key', { exact: true })).toBeFocused();
  await type(claviger.secrets.owner);
  await press('Tab');
  await expect(page.getByRole('button', { name: 'Show', exact: true })).toBeFocused();
  await press('Tab');
  await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeFocused();
  await press('Enter');
  await expect(keys.heading).toBeVisible();
  // It waits for what the organization allows.
  await expect(keys.newKey).toBeEnabled();
  await expect(keys.heading, 'where to read on').toBeFocused();
  await press('Tab');
  await expect(keys.newKey).toBeFocused();

  await page.reload();
  await expect(keys.newKey).toBeEnabled();
  await press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await press('Enter');
  await expect(page.locator('#main')).toBeFocused();
  await press('Tab');
  await expect(keys.newKey).toBeFocused();

  await press('/');
  await expect(keys.search).toBeFocused();
  await type('nn');
  await expect(keys.dialog, 'letters in a field are no shortcuts').toBeHidden();
  await press('Escape');
  await expect(keys.search).toHaveValue('');
  await press('Shift+Tab');
  await press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await expect(keys.button('Close')).toBeFocused();
  await press('Escape');
  await expect(keys.dialog).toBeHidden();

  const tick = page.getByRole('checkbox', { name: 'Select all keys on this page' });
  await tick.focus();
  await press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' }), 'a box takes no letters').toBeVisible();
  await press('Escape');
  await expect(tick).toBeFocused();
  await press('/');
  await expect(keys.search).toBeFocused();
  await press('Shift+Tab');

  await press('n');
  await expect(keys.field('Name')).toBeFocused();
  await press('Escape');
  await expect(keys.dialog).toBeHidden();
  await expect(keys.newKey, 'where one was').toBeFocused();
  await press('Enter');
  await expect(keys.field('Name')).toBeFocused();
  await type(name);
  await press('Shift+Tab');
  await expect(keys.purpose('Integration')).toBeFocused();
  await press('ArrowDown');
  await expect(keys.purpose('Verifies other keys')).toBeChecked();
  await press('ArrowUp');
  await expect(keys.purpose('Integration')).toBeChecked();
  await press('Tab', 'Tab');
  await expect(keys.dialog.getByRole('radio', { name: 'Read only', exact: true })).toBeFocused();
  await press('Tab', 'Tab');
  await expect(keys.field('Expires')).toBeFocused();
  await press('Tab', 'Tab');
  await expect(keys.button('Cancel')).toBeFocused();
  await press('Tab');
  await expect(keys.button('Create key')).toBeFocused();
  await press('Enter');

  await expect(keys.reveal).toBeVisible();
  await expect(keys.reveal.getByRole('button', { name: 'Copy', exact: true })).toBeFocused();
  await press('Shift+Tab');
  await expect(keys.button('Show')).toBeFocused();
  await press('Space');
  await expect(keys.button('Hide')).toBeFocused();
  await press('Escape');
  await expect(keys.dialog.getByRole('button', { name: 'Go back' })).toBeFocused();
  await press('Enter');
  await keys.reveal.getByRole('button', { name: 'Copy', exact: true }).focus();
  await press('Enter');
  await expect(keys.reveal.getByText('Copied.')).toBeVisible();
  await press('Escape');
  await expect(keys.dialog).toBeHidden();
  await expect(keys.newKey.or(keys.menuOf(name)).and(page.locator(':focus'))).toHaveCount(1);

  for (const [item, confirm] of [['Revoke…', 'Yes, revoke'], ['Delete…', 'Yes, delete']] as const) {
    await keys.menuOf(name).focus();
    await press('Enter');
    await expect(page.getByRole('menuitem', { name: 'Copy hint' })).toBeFocused();
    await press('ArrowDown');
    await expect(page.getByRole('menuitem', { name: 'Copy id' })).toBeFocused();
    await press('Escape');
    await expect(keys.menuOf(name)).toBeFocused();
    await press('Enter');
    await expect(page.getByRole('menuitem', { name: 'Copy hint' })).toBeFocused();
    await press('End');
    await expect(page.getByRole('menuitem', { name: 'Delete…' })).toBeFocused();
    if (item === 'Revoke…') {
      await press('ArrowUp');
    }
    await expect(page.getByRole('menuitem', { name: item })).toBeFocused();
    await press('Enter');
    await expect(keys.button('Cancel')).toBeFocused();
    await press('Enter');
    await expect(keys.dialog).toBeHidden();
    await expect(keys.menuOf(name)).toBeFocused();
    await press('Enter');
    await expect(page.getByRole('menuitem', { name: 'Copy hint' })).toBeFocused();
    await press(...(item === 'Revoke…' ? ['End', 'ArrowUp'] : ['End']), 'Enter');
    await expect(keys.button('Cancel')).toBeFocused();
    await press('Tab');
    await expect(keys.button(confirm)).toBeFocused();
    await press('Enter');
    await expect(keys.dialog).toBeHidden();
    await expect(page.locator(':focus'), 'the focus is somewhere, not lost').toHaveCount(1);
    if (item === 'Revoke…') {
      await page.getByRole('button', { name: /^Show inactive/ }).focus();
      await press('Enter');
      await expect(keys.row(name)).toContainText('Revoked');
    }
  }
  await expect(keys.row(name)).toBeHidden();

  await page.getByRole('button', { name: 'Account' }).focus();
  await press('Enter');
  // It is a chunk.
  await expect(page.getByRole('radio', { name: 'System' })).toBeVisible();
  await press('Tab');
  await expect(page.getByRole('link', { name: 'Your profile' })).toBeFocused();
  await press('Tab');
  await expect(page.getByRole('radio', { name: 'System' })).toBeFocused();
  await press('Tab');
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeFocused();
  await press('Enter');
  // Exactly: while the list still stands, the menu of "Auto-Generated API Key" bears these words too.
  await expect(page.getByLabel('API key', { exact: true })).toBeFocused();
});

test('a dialog keeps the focus to itself', async ({ as, keys, page }) => {
  await as('owner');
  await keys.newKey.click();
  await expect(keys.field('Name')).toBeFocused();
  for (let count = 0; count < 25; count += 1) {
    await page.keyboard.press('Tab');
    const outside = await page.evaluate(() => {
      const focused = document.activeElement;
      // Between the last and the first element the browser's own controls have their turn.
      return focused !== null && focused !== document.body && focused.closest('dialog') === null;
    });
    expect(outside).toBe(false);
  }
});

test('everything that is focused shows it', async ({ as, page, keys }) => {
  await as('owner');
  await expect(page.getByRole('row').nth(1)).toBeVisible();
  await keys.heading.click();
  for (let count = 0; count < 12; count += 1) {
    await page.keyboard.press('Tab');
    const outline = await page.evaluate(() => {
      const focused = document.activeElement;
      const around = focused?.closest('.segment, .search, .field-inline, .select') ?? focused;
      const shown = [focused, around].filter((element): element is Element => element !== null).map((element) => getComputedStyle(element));
      return shown.some((style) => (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none');
    });
    expect(outline, `stop ${count + 1}`).toBe(true);
  }
});

test('what is focused is never beneath the buttons of a long form', async ({ as, keys, page }) => {
  await page.setViewportSize({ width: 1280, height: 600 });
  await as('owner');
  await keys.newKey.click();
  await expect(keys.field('Name')).toBeFocused();
  for (let count = 0; count < 6; count += 1) {
    await page.keyboard.press('Tab');
    const hidden = await page.evaluate(() => {
      const focused = document.activeElement;
      const footer = document.querySelector('.form > .dialog-actions');
      if (!focused || !footer || footer.contains(focused)) {
        return 0;
      }
      return focused.getBoundingClientRect().bottom - footer.getBoundingClientRect().top;
    });
    expect(hidden, `stop ${count + 1}`).toBeLessThanOrEqual(0);
  }
});

test('on a phone there is nothing invisible to stop at', async ({ as, keys, page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await as('owner');
  await expect(page.getByRole('row').first()).toBeVisible();
  await keys.search.focus();
  for (let count = 0; count < 8; count += 1) {
    await page.keyboard.press('Tab');
    const seen = await page.evaluate(() => {
      const box = document.activeElement?.getBoundingClientRect();
      const at = box && document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
      return at !== null && at !== undefined && (at === document.activeElement || document.activeElement?.contains(at));
    });
    expect(seen, `stop ${count + 1}`).toBe(true);
  }
});

test('a menu opens with the arrow key, and shortcuts rest while it is open', async ({ as, claviger, keys, page, unique }) => {
  const made = await claviger.made({ name: unique('Arrow') });
  await as('owner');
  await keys.menuOf(made.name).focus();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('menuitem', { name: 'Copy hint' })).toBeFocused();
  await page.keyboard.press('n');
  await expect(keys.dialog).toBeHidden();
});
