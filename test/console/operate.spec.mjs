// What an operator does: sees why, presses the button that does what the hint says.
import { expect, full, isAccessible, rows, test } from './support/test.mjs';

test('the first words are the state, and each notice has the button of its hint', async ({ page, world }) => {
  full(world);
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('One server is parked, Audio is paused, 4,204 failed');
  await expect(page).toHaveTitle('One server is parked, Audio is paused, 4,204 failed – pg_debrief');
  await page.getByRole('button', { name: 'Try gemini now' }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Try gemini now' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'gemini is tried' })).toBeVisible();
  await page.getByRole('button', { name: 'Resume Audio' }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Resume Audio' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  expect(world.actions).toEqual([{ name: 'resume_server', server: 'gemini' }, { name: 'resume', stage: 'audio' }]);
});

test('a server whose name has a quote is resumed as any other', async ({ page, world }) => {
  Object.assign(world.overview.stages[2], { server: "o'brien", state: 'paused', reason: 'the server is paused', hint: "SELECT debrief.resume_server('o''brien');" });
  await page.goto('/');
  const row = page.getByRole('row', { name: /^o'brien/ });
  await expect(row).toContainText('Paused');
  await row.getByRole('button', { name: "Resume o'brien" }).click();
  await page.getByRole('dialog').getByRole('button', { name: "Resume o'brien" }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  expect(world.actions).toEqual([{ name: 'resume_server', server: "o'brien" }]);
});

test('retry all of a code names the number, and asks once; keyboard alone does it', async ({ page, world }) => {
  full(world);
  await page.goto('/failures');
  const button = page.getByRole('button', { name: 'Retry 4,200 of timeout in Audio' });
  await expect(button).toBeEnabled();
  for (let i = 0; i < 30 && !(await button.evaluate((own) => own === document.activeElement)); ++i) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toContainText('Retry 4,200 items?');
  // The safe answer has the focus; the other one is a Tab away.
  await expect(page.getByRole('button', { name: 'Keep as it is' })).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('status').filter({ hasText: '4,200 rows queued again' })).toBeVisible();
  expect(world.actions).toEqual([{ name: 'retry_failed', stage: 'audio', error_code: 'timeout' }]);
  await expect(button).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Keep as it is' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  expect(world.actions.length).toBe(1);
});

test('pause, test a server, rollout share: each is asked and sent', async ({ page, world }) => {
  full(world);
  world.result = (name) => (name === 'test_server' ? { ok: true, message: 'address, TLS and key are good' } : 'ok');
  await page.goto('/');
  for (const [button, confirm] of [['Pause voices', 'Pause voices'], ['Test voices', 'Test voices'], ['Rollout 90 % of Audio', 'Change the rollout']]) {
    await page.getByRole('button', { name: button }).click();
    const dialog = page.getByRole('dialog');
    if (button.startsWith('Rollout')) await dialog.getByLabel('Per cent of users').fill('25');
    await dialog.getByRole('button', { name: confirm }).click();
    await expect(dialog).toHaveCount(0);
  }
  expect(world.actions).toEqual([{ name: 'pause_server', server: 'voices' }, { name: 'test_server', server: 'voices' }, { name: 'set_rollout', stage: 'audio', percent: 25 }]);
});

test.describe('a question that is left while its answer is on the way', () => {
  test.use({ expected: /status of (401|403)|ERR_/ });
  const begin = async (page) => {
    const answer = Promise.withResolvers();
    await page.route('**/api/actions/test_server', async (route) => {
      await answer.promise;
      await route.continue();
    });
    await page.goto('/');
    await page.getByRole('button', { name: 'Test voices' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Test voices' }).click();
    await expect(page.getByRole('dialog').getByRole('button', { name: 'One moment …' })).toBeVisible();
    return answer;
  };

  test('does not close the next one', async ({ page, world }) => {
    full(world);
    world.result = () => ({ ok: true, message: 'address, TLS and key are good' });
    const answer = await begin(page);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Pause SSML', exact: true }).click();
    answer.resolve();
    await expect(page.getByRole('status').filter({ hasText: 'voices works' })).toBeVisible();
    await expect(page.getByRole('dialog', { name: 'Pause SSML?' })).toBeVisible();
  });

  test('still says that it was refused', async ({ page, world }) => {
    full(world);
    world.result = () => ({ status: 403, message: 'permission denied for function test_server' });
    const answer = await begin(page);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    answer.resolve();
    await expect(page.getByRole('status').filter({ hasText: 'Test voices: permission denied for function test_server' })).toBeVisible();
  });

  test('does not wait for who signs in next', async ({ page, world }) => {
    full(world);
    await page.goto('/');
    await page.getByRole('button', { name: 'Pause voices' }).click();
    world.session = null;
    world.cut();
    await page.getByLabel('PostgreSQL role').fill('bob');
    await page.getByLabel('Password').fill('secret');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.locator('.live')).toHaveText('Live');
    await expect(page.getByRole('dialog')).toHaveCount(0);
  });
});

test('whoever may not operate sees no such button', async ({ page, world }) => {
  full(world);
  world.session = rows.session({ role: 'viewer', can: { read_all: true, operate: false, own: false } });
  for (const path of ['/', '/failures', '/analyses/5121?item=3']) {
    await page.goto(path);
    await expect(page.locator('.live')).toHaveText('Live');
    await expect(page.getByRole('button', { name: /retry|pause (ssml|audio|analysis|voices)|resume|test|cancel|dismiss|rollout|run again/i })).toHaveCount(0);
  }
});

test('a copy offers to be activated to an operator, a standby to nobody', async ({ page, world }) => {
  world.overview.stages.forEach((stage) => Object.assign(stage, { state: 'copy', reason: 'this database is a copy of the one that pg_debrief was installed in', hint: 'SELECT debrief.activate_copy(); lets this copy call its providers.' }));
  await page.goto('/');
  await page.getByRole('button', { name: 'Activate this copy' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Activate this copy' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  expect(world.actions).toEqual([{ name: 'activate_copy' }]);
  world.session = rows.session({ is_standby: true });
  await page.goto('/');
  await expect(page.locator('main')).toContainText('This is a standby.');
  await expect(page.getByRole('button', { name: 'Activate this copy' })).toHaveCount(0);
});

test('filters stand in the address, pages go by key', async ({ page, world }) => {
  full(world);
  await page.goto('/analyses');
  await page.getByLabel('Status').selectOption('failed');
  await expect(page).toHaveURL(/\?status=failed$/);
  await expect(page.locator('tbody tr')).toHaveCount(1);
  await page.getByRole('link', { name: 'Older' }).click();
  await expect(page).toHaveURL(/\?status=failed&before=5000$/);
  await expect.poll(() => world.requests).toContain('GET /api/analyses?status=failed&before=5000');
  await page.goBack();
  await expect(page).toHaveURL(/\?status=failed$/);
  await page.getByRole('link', { name: 'Clear filters' }).click();
  await expect(page.locator('tbody tr')).toHaveCount(4);
});

test('a filter keeps the focus, and the same one again is no step back', async ({ page, world }) => {
  full(world);
  await page.goto('/analyses');
  await page.getByLabel('File or title').fill('a');
  const status = page.getByLabel('Status');
  await status.focus();
  await status.selectOption('failed');
  await expect(page).toHaveURL(/\?status=failed&q=a$/);
  await expect(page.locator('tbody tr')).toHaveCount(1);
  await expect(status).toBeFocused();
  await page.getByRole('button', { name: 'Filter' }).click();
  await page.getByRole('link', { name: 'Analyses', exact: true }).click();
  await expect(page).toHaveURL(/\/analyses$/);
  await expect(status).toHaveValue('');
  await expect(page.getByLabel('File or title')).toHaveValue('');
  await page.getByRole('link', { name: 'Analyses', exact: true }).click();
  await page.goBack();
  await expect(page).toHaveURL(/\?status=failed&q=a$/);
  await expect(status).toHaveValue('failed');
  await expect(page.getByLabel('File or title')).toHaveValue('a');
  await page.goBack();
  await expect(page).toHaveURL(/\/analyses$/);
});

test('a search says how far it has looked; who asks for older rows gets the next that match', async ({ page, world }) => {
  full(world);
  const found = rows.analyses()[0];
  world.answers = {
    '/api/analyses?q=fade': { rows: [], next: 80_000, searched_to: '2025-05-03T14:02:00Z' },
    '/api/analyses?q=fade&before=80000': { rows: [], next: 60_000, searched_to: '2025-04-01T09:00:00Z' },
    '/api/analyses?q=fade&before=60000': { rows: [], next: 40_000, searched_to: '2025-03-02T09:00:00Z' },
    '/api/analyses?q=fade&before=40000': { rows: [found], next: 20_000, searched_to: '2025-02-01T09:00:00Z' },
    '/api/analyses?q=fade&before=20000': { rows: [], next: null },
  };
  await page.goto('/analyses');
  await page.getByLabel('File or title').fill('fade');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'No analysis matches so far' })).toBeVisible();
  await expect(page.locator('main')).toContainText('Searched back to 3 May 2025, 14:02. What is older has not been looked at.');
  expect(world.requests.filter((line) => line.includes('before='))).toEqual([]);
  await isAccessible(page);
  await page.getByRole('link', { name: 'Search older' }).click();
  await expect(page.locator('tbody tr')).toHaveCount(1);
  await expect(page.locator('main')).toContainText('Searched back to 1 Feb 2025, 09:00.');
  await isAccessible(page);
  await page.getByRole('link', { name: 'Search older' }).click();
  await expect(page.getByRole('heading', { name: 'No older analysis matches' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Search older' })).toHaveCount(0);
  await page.getByRole('link', { name: 'Newest' }).click();
  await expect(page).toHaveURL(/analyses\?q=fade$/);
  await expect(page.getByRole('heading', { name: 'No analysis matches so far' })).toBeVisible();
});

test('who operated: filters stand in the address, pages go by key, and new ones come by themselves', async ({ page, world }) => {
  full(world);
  await page.goto('/');
  await page.getByRole('link', { name: 'All operations' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Operations');
  await expect(page.locator('tbody tr')).toHaveCount(4);
  await expect(page.locator('tbody tr').nth(2)).toContainText(rows.USER);
  await expect(page.locator('tbody tr').nth(2)).toContainText('logged in as authenticator');
  await page.getByLabel('Action').selectOption('pause');
  await expect(page).toHaveURL(/\/operations\?action=pause$/);
  await expect(page.locator('tbody tr')).toHaveCount(1);
  await page.getByLabel('Role or user').fill('ops');
  await page.getByLabel('Target').fill('audio');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\?action=pause&who=ops&target=audio$/);
  await page.getByRole('link', { name: 'Older' }).click();
  await expect.poll(() => world.requests).toContain('GET /api/operations?action=pause&who=ops&target=audio&before=1764000000.5_00000000-0000-4000-8000-000000000004');
  await page.getByRole('link', { name: 'Clear filters' }).click();
  await expect(page.locator('tbody tr')).toHaveCount(4);
  const added = { ...world.operations[0], id: 'ffffffff-0000-4000-8000-000000000001', action: 'resume' };
  world.operations.unshift(added);
  world.overview.operations = [...world.operations];
  world.say('overview', 'state', world.overview);
  await expect(page.locator('tbody tr')).toHaveCount(5);
});

test('an item of an analysis: why it failed, its attempts, and both retries', async ({ page, world }) => {
  await page.goto('/analyses/5121');
  await page.getByRole('button', { name: 'Attempts of item 3' }).click();
  await expect(page.locator('.detail')).toContainText('the fault is laid at this item');
  await expect(page.locator('.detail tbody tr')).toHaveCount(3);
  await page.getByRole('button', { name: 'Make SSML anew for item 3' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  expect(world.actions).toEqual([{ name: 'retry_feedback', feedback_id: 3, stage: 'ssml' }]);
  await page.getByRole('button', { name: 'Cancel 2 waiting' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel with 2 items' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  expect(world.actions[1]).toEqual({ name: 'cancel_analysis', analysis_job_id: 5121 });
});
