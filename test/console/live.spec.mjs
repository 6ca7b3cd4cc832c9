// What comes by itself: rows as they change, a connection that breaks, many tabs on one stream.
import { expect, full, rows, test } from './support/test.mjs';

test('a row that changes is changed in the page, without a load', async ({ page, world }) => {
  await page.goto('/play/5121');
  const item = page.locator('[data-id="8"]');
  await expect(item).toContainText('Being spoken');
  const done = { ...rows.fullAnalysis().items[0], id: 8, timestamp_seconds: 67, message: 'The window behind you is overexposed.' };
  world.say('analysis:5121', 'rows', { items: [done], removed: [9] });
  await expect(item).toContainText('Ready');
  await expect(item.getByRole('button', { name: 'Play 8, 0:01' })).toBeEnabled();
  await expect(page.locator('.debrief-item')).toHaveCount(8);
});

test('the page keeps the focus where it was while rows change', async ({ page, world }) => {
  full(world);
  await page.goto('/');
  const button = page.getByRole('button', { name: 'Test voices' });
  await button.focus();
  world.overview = rows.fullOverview();
  world.overview.stages[1].rows.due = 777;
  world.say('overview', 'state', world.overview);
  await expect(page.locator('.pipe')).toContainText('777');
  await expect(button).toBeFocused();
});

test.describe('a connection that breaks', () => {
  test.use({ expected: /status of 503|ERR_/ });
  test('is said, what is shown is called old, nothing can be done to it; then all is true again', async ({ page, world }) => {
    full(world);
    await page.goto('/');
    await expect(page.locator('.live')).toHaveText('Live');
    world.broken = { '/api/events': { status: 503, message: 'The database does not answer.', retryAfter: 600 } };
    world.cut();
    await expect(page.locator('.live')).toHaveText('Reconnecting');
    await expect(page.locator('main')).toContainText(/Reconnecting\. What you see is of .* ago\. The database does not answer\./);
    await expect(page.getByRole('button', { name: 'Test voices' })).toBeDisabled();
    // What happened meanwhile is in the state of the next connection.
    world.overview = rows.emptyOverview();
    world.broken = {};
    await page.getByRole('button', { name: 'Try now', exact: true }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('All is ready, nothing waits');
    await expect(page.locator('.live')).toHaveText('Live');
  });
});

test('nine tabs load and are live on one stream, and go on when the one that reads it is closed', async ({ page, world, context, console: own }) => {
  full(world);
  const tabs = [page];
  await page.goto('/');
  while (tabs.length < 9) {
    const tab = await context.newPage();
    await tab.goto(`${own.url}/`);
    tabs.push(tab);
  }
  for (const tab of tabs) await expect(tab.locator('.live')).toHaveText('Live');
  expect(world.streams.size).toBe(1);
  const say = async (due) => {
    world.overview.stages[1].rows.due = due;
    world.say('overview', 'state', world.overview);
    for (const tab of tabs) await expect(tab.locator('.pipe')).toContainText(String(due));
  };
  await say(888);
  // The first tab is this test's own; it may be another that reads.
  await page.goto('/analyses');
  await tabs.splice(1, 1)[0].close();
  await tabs.splice(1, 1)[0].close();
  await expect.poll(() => world.streams.size).toBe(1);
  tabs.shift();
  for (const tab of tabs) await expect(tab.locator('.live')).toHaveText('Live');
  await say(999);
  for (const tab of tabs) await tab.close();
});
