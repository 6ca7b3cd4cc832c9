// Whoever goes by keyboard keeps their place, whatever a button does or may not do for a moment.
import { expect, full, rows, test } from './support/test.mjs';

test.use({ expected: /status of (40[13]|429|503)|ERR_/ });
const live = (page) => expect(page.locator('.live')).toHaveText('Live');

test('a rating, and a question that is let go or answered, give the focus back', async ({ page, world }) => {
  world.session = rows.ownerSession();
  await page.goto('/play/5121');
  await live(page);
  const up = page.getByRole('button', { name: 'Helpful, 2', exact: true });
  await up.focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => world.actions.length).toBe(1);
  await expect(up).toBeEnabled();
  await expect(up).toBeFocused();
  const again = page.getByRole('button', { name: 'Try again, 3' });
  await again.focus();
  for (const key of ['Escape', 'Enter']) {
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByRole('button', { name: 'Keep as it is' })).toBeFocused();
    await page.keyboard.press(key);
    await expect(dialog).toHaveCount(0);
    await expect(again).toBeFocused();
  }
  expect(world.actions.length, 'both let it go').toBe(1);
});

test('an action that is refused keeps the focus on its button', async ({ page, world }) => {
  full(world);
  world.result = () => ({ status: 403, message: 'permission denied' });
  await page.goto('/');
  await page.getByRole('button', { name: 'Pause SSML', exact: true }).click();
  const does = page.getByRole('dialog').getByRole('button', { name: 'Pause SSML' });
  await does.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toHaveText('permission denied');
  await expect(does).toBeFocused();
});

test('a connection that breaks takes no focus, and what may be old is not acted on', async ({ page, world }) => {
  full(world);
  await page.goto('/');
  await live(page);
  const pause = page.getByRole('button', { name: 'Pause SSML', exact: true });
  await pause.focus();
  world.broken = { '/api/events': { status: 503, message: 'The database does not answer.', retryAfter: 600 } };
  world.cut();
  await expect(page.locator('.live')).toHaveText('Reconnecting');
  await expect(pause).toBeDisabled();
  await expect(pause).toBeFocused();
  await page.keyboard.press('Enter');
  world.broken = {};
  await page.getByRole('button', { name: 'Try now', exact: true }).dispatchEvent('click');
  await live(page);
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(pause).toBeEnabled();
  await expect(pause).toBeFocused();
});

test('a login that is refused keeps the focus, and does nothing while it is throttled', async ({ page, world }) => {
  world.session = null;
  world.login = { status: 429, message: 'Too many wrong passwords: wait 16 s.', retryAfter: 16 };
  await page.goto('/');
  await page.getByLabel('PostgreSQL role').fill('alice');
  await page.getByLabel('Password').fill('x');
  const button = page.getByRole('button', { name: /Sign in|Again/ });
  await button.focus();
  await page.keyboard.press('Enter');
  await expect(button).toHaveText(/^Again in/);
  await expect(button).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Password')).not.toHaveAttribute('aria-invalid');
  expect(world.requests.filter((line) => line === 'POST /api/login').length).toBe(1);
});
