// The owner's page: the video, its moments, its sounds; by mouse and by keyboard alone.
import { expect, isAccessible, isWhole, rows, test } from './support/test.mjs';

test.beforeEach(({ world }) => {
  world.session = rows.ownerSession();
});
const time = (page) => page.evaluate(() => document.querySelector('video').currentTime);
const ready = async (page) => {
  await page.goto('/play/5121');
  await expect.poll(() => page.evaluate(() => document.querySelector('video')?.readyState ?? 0)).toBeGreaterThan(0);
};

test('an owner has their videos, and no page of operators', async ({ page, world }) => {
  world.analyses = rows.analyses();
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('My videos');
  await page.getByRole('link', { name: 'rehearsal-3.mp4' }).click();
  await expect(page).toHaveURL(/\/play\/5121$/);
  await page.goto('/failures');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('There is no such page');
});

test('a pin goes to its moment, and the caption is its message', async ({ page }) => {
  await ready(page);
  await page.getByRole('button', { name: /^2, 0:12/ }).click();
  await expect.poll(() => time(page)).toBeCloseTo(12, 1);
  await expect(page.locator('.debrief-caption')).toContainText('9 dB quieter');
  await expect(page.locator('[data-id="2"]')).toHaveAttribute('aria-current', 'true');
  await page.getByRole('button', { name: 'Captions' }).click();
  await expect(page.locator('.debrief-caption')).toHaveCount(0);
});

test('moments that are close share a pin', async ({ page }) => {
  await ready(page);
  await expect(page.getByRole('button', { name: '4–5, 0:28, 2 items' })).toBeVisible();
});

test('the keyboard alone: space, arrows, moments, captions, the slider', async ({ page }) => {
  await ready(page);
  const player = page.getByRole('group', { name: 'Player' });
  await player.locator('video').focus();
  await page.keyboard.press('n');
  await expect.poll(() => time(page)).toBeCloseTo(3, 1);
  await page.keyboard.press('n');
  await expect.poll(() => time(page)).toBeCloseTo(12, 1);
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => time(page)).toBeCloseTo(17, 1);
  await page.keyboard.press('p');
  await expect.poll(() => time(page)).toBeCloseTo(12, 1);
  await page.keyboard.press('c');
  await expect(page.locator('.debrief-caption')).toHaveCount(0);
  await page.keyboard.press(' ');
  await expect(page.getByRole('button', { name: 'Pause', exact: true })).toBeVisible();
  await page.keyboard.press(' ');
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
  await page.getByLabel('Position in the video').focus();
  await page.keyboard.press('End');
  await expect.poll(() => time(page)).toBeGreaterThan(80);
});

test('letters and space act in the player only, and one of the video is in it', async ({ page }) => {
  await ready(page);
  const outside = [page.locator('body'), page.getByRole('button', { name: 'Go to 0:12' }), page.getByRole('link', { name: 'My videos' })];
  for (const place of outside) {
    await place.evaluate((element) => (document.activeElement.blur(), element.focus()));
    for (const key of ['n', 'c', 'ArrowRight']) await page.keyboard.press(key);
  }
  await page.locator('body').evaluate(() => document.activeElement.blur());
  await page.keyboard.press(' ');
  await expect(page.getByText('With the focus in the player, space plays and pauses')).toBeVisible();
  // Pressed in it, after all of these: they would have moved it on.
  await page.locator('.pin').first().focus();
  await page.keyboard.press('N');
  await expect.poll(() => time(page)).toBeCloseTo(3, 1);
  await expect(page.locator('.debrief-caption')).toHaveCount(1);
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
  // Space on a pin presses the pin.
  await page.keyboard.press(' ');
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
  await page.locator('video').click();
  await page.locator('video').click();
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => time(page)).toBeGreaterThan(7.9);
});

test('a sound under a second has a length', async ({ page, world }) => {
  for (const [i, ms] of [400, 60, 999, 1000].entries()) world.analysis.items[[0, 1, 3, 4][i]].audio_duration_ms = ms;
  world.analysis.recording.duration_seconds = 0.5;
  await ready(page);
  await expect(page.locator('.debrief-length')).toHaveText(['0.4 s', '0.1 s', '0.9 s', '0:01', '0:01', '0:01']);
  await expect(page.getByRole('button', { name: 'Play 1, 0.4 s' })).toBeVisible();
  world.session = rows.session();
  await page.goto('/analyses/5121');
  await expect(page.getByRole('button', { name: 'Play the sound of item 1, 0.4 s' })).toBeVisible();
  await expect(page.locator('.facts')).toContainText('Length0.5 s');
});

test.describe('a sound that cannot be played', () => {
  test.use({ expected: /status of 404|ERR_/ });
  test('says so where it was to be heard, and goes on when it can be', async ({ page, world }) => {
    world.broken = { '/sounds/': { status: 404, message: 'There is none.' } };
    await ready(page);
    await page.getByRole('button', { name: 'Play 7, 0:01' }).click();
    await expect(page.locator('[data-id="7"]').getByRole('alert')).toHaveText('This sound cannot be played here.');
    await expect(page.getByText('This sound cannot be played here.')).toHaveCount(1);
    await isAccessible(page);
    world.broken = {};
    await page.getByRole('button', { name: 'Play 7, 0:01' }).click();
    await expect(page.locator('[data-id="7"] .debrief-status')).toHaveText('Playing');
    await expect(page.getByRole('alert')).toHaveCount(0);
  });
});

test('a video that is paused while it still loads is not broken', async ({ page }) => {
  await page.route('**/recordings/*', () => {});  // it does not come yet
  await page.goto('/play/5121');
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
  await page.evaluate(() => new Promise(requestAnimationFrame));
  await expect(page.locator('.broken')).toHaveCount(0);
});

test('a sound pauses the video, and stops the other sound', async ({ page }) => {
  await ready(page);
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Pause', exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Play 1, 0:01' }).click();
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Play 2, 0:01' }).click();
  await expect(page.locator('[data-id="1"] .debrief-play')).toHaveAttribute('data-playing', 'false');
  await expect(page.locator('[data-id="2"] .debrief-status')).toHaveText('Ready');
});

test('a waveform appears with its sound, and moves nothing', async ({ page }) => {
  let send;
  const decoded = new Promise((resolve) => (send = resolve));
  await page.route('**/sounds/**', async (route) => {
    if (route.request().resourceType() === 'fetch') await decoded;
    await route.continue();
  });
  await ready(page);
  const caption = page.locator('.debrief-caption span');
  await page.getByRole('button', { name: 'Play 2, 0:01' }).click();
  await expect(caption).toContainText('9 dB quieter');
  const before = await caption.boundingBox();
  await page.getByRole('button', { name: 'Pause 2, 0:01' }).click();
  await expect(page.locator('.debrief-waveform')).toHaveCount(0);
  send();
  await expect(page.locator('.debrief-waveform')).toBeVisible();
  await expect(page.locator('.debrief-waveform')).toHaveAttribute('aria-hidden', 'true');
  expect(await caption.boundingBox()).toEqual(before);
  await isAccessible(page);
});

const UNREADABLE = {
  'does not decode': { contentType: 'audio/wav', body: 'no sound' },
  'is kept at another address': { status: 302, headers: { Location: 'https://store.example.org/2.wav' } },
};
for (const [why, answer] of Object.entries(UNREADABLE)) {
  test(`a sound that ${why} is heard without a waveform`, async ({ page }) => {
    let asked = 0;
    await page.route('**/sounds/**', (route) => {
      if (route.request().resourceType() !== 'fetch') return route.continue();
      asked++;
      return route.fulfill(answer);
    });
    await ready(page);
    const status = page.locator('[data-id="2"] .debrief-status');
    await page.getByRole('button', { name: 'Play 2, 0:01' }).click();
    await expect(status).toHaveText('Playing');
    await expect(status).toHaveText('Ready');
    expect(asked).toBe(1);
    await expect(page.locator('.debrief-waveform')).toHaveCount(0);
  });
}

test('all in order plays each once, to its end', async ({ page, world }) => {
  world.analysis.items = world.analysis.items.slice(0, 2);
  await ready(page);
  await page.getByRole('button', { name: 'Play all in order' }).click();
  await expect(page.locator('[data-id="1"] .debrief-status')).toHaveText('Playing');
  await expect(page.locator('[data-id="2"] .debrief-status')).toHaveText('Playing');
  await expect(page.getByRole('button', { name: 'Play all in order' })).toBeVisible();
  expect(world.requests.filter((line) => line.includes('/sounds/')).length).toBeGreaterThanOrEqual(2);
});

test('what failed can be read, tried again and dismissed; what is ready can be rated', async ({ page, world }) => {
  await ready(page);
  const failed = page.locator('[data-id="3"]');
  await expect(failed).toContainText('The provider failed.');
  await failed.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  // The row says when it is so, not the button.
  await expect(failed).toContainText('No sound');
  world.say('analysis:5121', 'rows', { items: [{ ...world.analysis.items[2], status: 'queued', audio_status: 'queued', error_code: null, last_error: null }] });
  await expect(failed).toContainText('Waiting');
  const up = page.getByRole('button', { name: 'Helpful, 2', exact: true });
  await up.click();
  await expect(up).toHaveAttribute('aria-pressed', 'false');
  world.say('analysis:5121', 'rows', { items: [{ ...world.analysis.items[1], rating: 'up' }] });
  await expect(up).toHaveAttribute('aria-pressed', 'true');
  expect(world.actions).toEqual([{ name: 'retry_feedback', feedback_id: 3 }, { name: 'rate_feedback', feedback_id: 2, rating: 'up' }]);
});

test.describe('a video that is not there', () => {
  test.use({ expected: /status of 404|ERR_/ });
  test('is said, and its feedback can be heard all the same', async ({ page, world }) => {
    world.broken = { '/recordings/': { status: 404, message: 'There is no such recording.' } };
    await page.goto('/play/5121');
    await expect(page.locator('.broken')).toContainText('The video cannot be played here. Its feedback can.');
    await page.getByRole('button', { name: 'Play 1, 0:01' }).click();
    await expect(page.locator('[data-id="1"] .debrief-status')).toHaveText('Playing');
    await page.getByRole('button', { name: /^7, 0:58/ }).click();
    await expect(page.locator('.debrief-caption')).toContainText('184 words a minute');
  });
});

test.describe('three hundred items', () => {
  for (const width of [360, 500, 768, 1280]) {
    test(`have pins apart from each other, and nothing is cut, at ${width} pixels`, async ({ page, world }) => {
      await page.setViewportSize({ width, height: 800 });
      const [item] = world.analysis.items;
      world.analysis.items = Array.from({ length: 300 }, (_, i) => ({ ...item, id: i + 1, timestamp_seconds: i / 3.5, category: i % 9 ? 'Pacing' : 'W'.repeat(64) }));
      await page.goto('/play/5121');
      await expect(page.getByRole('button', { name: /^Play 300,/ })).toBeVisible();
      const pins = () => page.locator('.pin').evaluateAll((all) => all.map((pin) => pin.getBoundingClientRect()).map(({ left, right }) => [left, right]));
      await expect.poll(async () => (await pins()).filter(([left], i, all) => i > 0 && left < all[i - 1][1]).length).toBe(0);
      expect((await pins()).length).toBeGreaterThan(2);
      await isWhole(page);
    });
  }
});

test.describe('a video that breaks off, as when the console restarts', () => {
  test.use({ expected: /status of 503/ });
  test('is played on when somebody tries again', async ({ page, world }) => {
    world.broken = { '/recordings/': { status: 503, message: 'The database cannot be reached.' } };
    await page.goto('/play/5121');
    await expect(page.locator('.broken')).toContainText('The video cannot be played here.');
    await isAccessible(page);
    await page.getByRole('button', { name: /^2, 0:12/ }).click();
    world.broken = {};
    await page.getByRole('button', { name: 'Load it again' }).click();
    await expect.poll(() => page.evaluate(() => document.querySelector('video').readyState)).toBeGreaterThan(0);
    await expect(page.locator('.broken')).toHaveCount(0);
    await expect.poll(() => time(page)).toBeCloseTo(12, 1);
  });
});
