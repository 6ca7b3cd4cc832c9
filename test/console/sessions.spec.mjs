// Who has signed in, until when, and what a refusal looks like.
import { expect, full, isAccessible, rows, test } from './support/test.mjs';

test.describe('sessions and refusals', () => {
  test.use({ expected: /status of (401|403|429)|ERR_/ });

  test('an operator signs in and out', async ({ page, world }) => {
    world.session = null;
    await page.goto('/failures');
    await page.getByLabel('PostgreSQL role').fill('alice');
    await page.getByLabel('Password').fill('secret');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Nothing has failed');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  });

  test('a browser that keeps no cookie is told so', async ({ page, world }) => {
    world.session = null;
    await page.route('**/api/session', (route) => route.fulfill({ status: 401, json: { error: { message: 'Sign in.', hint: null, sqlstate: null } } }));
    await page.goto('/');
    await page.getByLabel('PostgreSQL role').fill('alice');
    await page.getByLabel('Password').fill('secret');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('alert')).toContainText('did not keep the cookie');
  });

  test('a refused login says why, a throttled one says until when', async ({ page, world }) => {
    world.session = null;
    world.login = { status: 403, message: 'postgres is a superuser. Use a role that was granted debrief_admin or debrief_reader.' };
    await page.goto('/');
    await page.getByLabel('PostgreSQL role').fill('postgres');
    await page.getByLabel('Password').fill('x');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('alert')).toContainText('is a superuser');
    world.login = { status: 429, message: 'Too many wrong passwords.', retryAfter: 16 };
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('button', { name: /^Again in 1\d s$/ })).toBeDisabled();
  });

  test('a refused action keeps its question open and says why', async ({ page, world }) => {
    full(world);
    world.result = () => ({ status: 403, message: 'permission denied for function pause', hint: 'Ask an operator.' });
    await page.goto('/');
    await page.getByRole('button', { name: 'Pause SSML', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Pause SSML' }).click();
    await expect(dialog.getByRole('alert')).toContainText('permission denied for function pause');
    await expect(dialog.getByRole('alert')).toContainText('Ask an operator.');
    await dialog.getByRole('button', { name: 'Keep as it is' }).click();
    await expect(dialog).toHaveCount(0);
  });

  test('who looks is asked for again with each connection: another tab may have signed in, a standby become the primary', async ({ page, world }) => {
    full(world);
    world.session = rows.session({ is_standby: true });
    await page.goto('/');
    await expect(page.locator('.role')).toHaveText('alice @ app');
    await expect(page.getByRole('button', { name: 'Pause SSML', exact: true })).toHaveCount(0);
    world.session = rows.session({ role: 'bob' });
    world.cut();
    await expect(page.locator('.role')).toHaveText('bob @ app');
    await expect(page.locator('main')).not.toContainText('This is a standby.');
    await page.getByRole('button', { name: 'Pause SSML', exact: true }).click();
    await expect(page.getByRole('dialog')).toContainText('as bob');
  });

  test('a session that ends while somebody looks asks them to sign in', async ({ page, world }) => {
    await page.goto('/');
    await expect(page.locator('.live')).toHaveText('Live');
    world.session = null;
    world.cut();
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
    await expect(page.getByRole('alert')).toContainText('Your session has ended.');
    await isAccessible(page);
    await page.getByLabel('PostgreSQL role').fill('alice');
    await page.getByLabel('Password').fill('secret');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.locator('.live')).toHaveText('Live');
    // Who signs out knows it.
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
    await expect(page.getByRole('alert')).toHaveCount(0);
  });

  test('a page of an older console offers to be loaded again, and does not do it by itself', async ({ page, world }) => {
    full(world);
    const offer = page.getByText('A newer version of this page is there.');
    await page.goto('/analyses');
    await expect(page.locator('.live')).toHaveText('Live');
    await expect(offer).toHaveCount(0);
    const field = page.getByLabel('File or title');
    await field.fill('half a wo');
    const { page: script } = world;
    world.page = 'app-NEWER123.js';
    world.cut();
    await expect(offer).toBeVisible();
    await expect(field).toHaveValue('half a wo');
    await expect(field).toBeFocused();
    await isAccessible(page);
    world.page = script;
    await page.getByRole('button', { name: 'Reload' }).click();
    await expect(field).toHaveValue('');
    await expect(offer).toHaveCount(0);
    // Its sessions end with a console: who signs in to the new one is told, too.
    world.page = 'app-NEWER123.js';
    world.session = null;
    world.cut();
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
    await expect(offer).toBeVisible();
  });
});
