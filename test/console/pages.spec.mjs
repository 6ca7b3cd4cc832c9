// Every page in light and dark: empty, full and with errors; at 360 pixels, and with letters of twice the size.
import { expect, full, isAccessible, isWhole, rows, test } from './support/test.mjs';

const PAGES = { overview: '/', failures: '/failures', operations: '/operations', analyses: '/analyses', analysis: '/analyses/5121?item=3', player: '/play/5121' };
const settled = (page) => expect(page.locator('h1')).toBeVisible().then(() => expect(page.locator('[aria-busy]')).toHaveCount(0));

for (const colorScheme of ['light', 'dark']) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('full pages are accessible', async ({ page, world }) => {
      full(world);
      for (const path of Object.values(PAGES)) {
        await page.goto(path);
        await settled(page);
        await isAccessible(page);
      }
    });

    test('empty pages say what to do next, accessibly', async ({ page, world }) => {
      world.analysis = { ...rows.fullAnalysis(), items: [], attempts: [], metrics: [], job: rows.job({ status: 'queued', progress_percentage: 0, title: null, summary_text: null }) };
      const says = { '/': 'All is ready, nothing waits', '/failures': 'Nothing has failed', '/operations': 'Nobody has operated the pipeline', '/analyses': 'Nothing has been uploaded', '/analyses/5121': 'This video waits for its analysis', '/play/5121': 'No feedback yet' };
      for (const [path, words] of Object.entries(says)) {
        await page.goto(path);
        await settled(page);
        await expect(page.locator('main')).toContainText(words);
        await isAccessible(page);
      }
    });

    test.describe('errors', () => {
      test.use({ expected: /status of (50\d|404)/ });
      test('pages that get no answer say why, accessibly', async ({ page, world }) => {
        const error = { status: 503, message: 'The database does not answer.', hint: 'It is tried again.' };
        world.broken = { '/api/events': error, '/api/analyses': error, '/api/operations': error, '/api/failures': { status: 504, message: 'canceling statement', sqlstate: '57014' } };
        const says = { '/': 'The database does not answer.', '/failures': 'This took too long and was stopped.', '/operations': 'It is tried again.', '/analyses': 'The database does not answer.', '/play/5121': 'It is tried again.' };
        for (const [path, words] of Object.entries(says)) {
          await page.goto(path);
          await expect(page.locator('main')).toContainText(words);
          await isAccessible(page);
        }
        world.broken = { '/api/events': { status: 404, message: 'There is none.' } };
        await page.goto('/analyses/99');
        await expect(page.locator('main')).toContainText('It is not there, or it is not yours.');
        await isAccessible(page);
      });
    });

    test.describe('signing in', () => {
      test.use({ expected: /status of 401/ });
      test('and a refusal of it are accessible', async ({ page, world }) => {
        world.session = null;
        world.login = { status: 401, message: 'Role or password is wrong.' };
        await page.goto('/');
        await page.getByLabel('PostgreSQL role').fill('alice');
        await page.getByLabel('Password').fill('x');
        await page.getByRole('button', { name: 'Sign in' }).click();
        await expect(page.getByRole('alert')).toHaveText('Role or password is wrong.');
        await isAccessible(page);
      });
    });

    test('a question is accessible', async ({ page, world }) => {
      full(world);
      await page.goto('/');
      await page.getByRole('button', { name: /^Rollout .* of Audio$/ }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      await isAccessible(page);
    });
  });
}

test.describe('sizes', () => {
  // 200 %: a window has half as many of CSS's pixels, as with letters of twice the size.
  for (const [name, use] of [['360 pixels', { viewport: { width: 360, height: 740 } }], ['200 %', { viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 }]]) {
    test.describe(name, () => {
      test.use(use);
      test('nothing is cut', async ({ page, world }) => {
        full(world);
        for (const path of Object.values(PAGES)) {
          await page.goto(path);
          await settled(page);
          await isWhole(page);
        }
      });
    });
  }
  test.describe('a telephone', () => {
    test.use({ viewport: { width: 360, height: 740 }, hasTouch: true });
    test('has buttons that a finger meets', async ({ page, world }) => {
      full(world);
      for (const path of ['/', '/play/5121']) {
        await page.goto(path);
        await settled(page);
        await isAccessible(page);
      }
    });
  });
});

test('four stages stand in one row, as three do', async ({ page, world }) => {
  full(world);
  world.overview.stages.push({ ...world.overview.stages[1], stage: 'deliver', server: 'receiver' });
  await page.goto('/');
  await expect(page.locator('.pipe > li')).toHaveCount(4);
  const tops = await page.locator('.pipe > li').evaluateAll((all) => all.map((own) => own.getBoundingClientRect().top));
  expect(new Set(tops).size).toBe(1);
  await isAccessible(page);
});

test('a page fits a tablet: the bar is one line, names are not broken, promises stand side by side', async ({ page, world }) => {
  await page.setViewportSize({ width: 768, height: 1024 });
  full(world);
  await page.goto('/');
  await settled(page);
  const tops = (selector) => page.locator(selector).evaluateAll((all) => all.map((own) => Math.round(own.getBoundingClientRect().top)));
  expect((await page.locator('.bar').boundingBox()).height).toBeLessThan(60);
  expect(new Set(await tops('.prom > li')).size).toBe(1);
  const lines = await page.locator('.srv tbody th').evaluateAll((all) => all.map(({ firstChild }) => {
    const range = document.createRange();
    range.selectNode(firstChild);
    return range.getClientRects().length;
  }));
  expect(lines).toEqual(lines.map(() => 1));
  world.session = rows.session({ role: 'a_role_with_a_name_as_long_as_postgresql_lets_anybody_give_to_it' });
  await page.goto('/');
  await settled(page);
  expect((await page.locator('.bar').boundingBox()).height).toBeLessThan(60);
  await isWhole(page);
});

test.describe('forced colours', () => {
  test.use({ contextOptions: { forcedColors: 'active' } });
  test('show where somebody is, what is pressed, and how far the video is', async ({ page, world }) => {
    full(world);
    await page.goto('/failures?stage=audio&code=timeout');
    await settled(page);
    const border = (name) => page.getByRole('link', { name, exact: true }).evaluate((link) => getComputedStyle(link).borderBottomColor);
    expect(await border('Failures')).not.toBe(await border('Overview'));
    await expect(page.locator('tr[aria-current]')).toHaveCSS('outline-style', 'solid');
    await page.goto('/play/5121');
    await settled(page);
    const slider = page.getByLabel('Position in the video');
    const begin = await slider.screenshot();
    await page.getByRole('button', { name: /^7, 0:58/ }).click();
    await expect(page.locator('.debrief-item[aria-current]')).toHaveCSS('outline-style', 'solid');
    expect((await slider.screenshot()).equals(begin)).toBe(false);
    expect(await page.locator('.debrief-bar').first().evaluate((bar) => getComputedStyle(bar).backgroundImage)).toContain('gradient');
    const colour = () => page.getByRole('button', { name: 'Captions' }).evaluate((button) => getComputedStyle(button).backgroundColor);
    const pressed = await colour();
    await page.getByRole('button', { name: 'Captions' }).click();
    await page.mouse.move(0, 0);
    await expect.poll(colour).not.toBe(pressed);
    await isAccessible(page);
  });
});

test('millions have their place in a stage', async ({ page, world }) => {
  full(world);
  world.overview.stages.push({ ...world.overview.stages[1], stage: 'deliver', server: 'receiver' });
  for (const { rows: own } of world.overview.stages) Object.assign(own, { due: 1_234_567, held: 99_999 });
  await page.goto('/');
  await settled(page);
  await expect(page.locator('.figs dd').first()).toHaveText(/^1.23M/);
  const wide = await page.locator('.figs dd').evaluateAll((all) => all.filter((own) => own.scrollWidth > own.clientWidth).length);
  expect(wide).toBe(0);
});

test('what is little is not nothing', async ({ page, world }) => {
  full(world);
  Object.assign(world.overview.slo[1], { failed_share: 0.00002, server_availability: { voices: 0.99999 } });
  Object.assign(world.overview.limits[0], { used: 0.0042, allowed: 60 });
  Object.assign(world.overview.limits[1], { used: 999_900, is_used_up: false });
  await page.goto('/');
  await expect(page.locator('.prom')).toContainText('under 0.01 %');
  await expect(page.locator('.srv')).toContainText('Worked 99.99 % of the last day.');
  await expect(page.locator('.bud')).toContainText('0.0042');
  await expect(page.locator('.bud')).toContainText('under 1 %');
  world.analysis.metrics = [{ metric_key: 'filler_share', metric_value: 0.0042, unit: '' }, { metric_key: 'pace', metric_value: 151.256, unit: 'wpm' }];
  await page.goto('/analyses/5121');
  await expect(page.locator('.facts')).toContainText('Filler share0.0042');
  await expect(page.locator('.facts')).toContainText('Pace151.26 wpm');
});

test('the calls of a worker are those of all stages', async ({ page, world }) => {
  world.overview.workers[1] = { ...world.overview.workers[1], ssml_in_flight: 2, deliver_in_flight: 3 };
  await page.goto('/');
  await expect(page.getByRole('row', { name: /^worker 1/ }).locator('[data-l="Calls"]')).toHaveText('5');
});

test('messages are text, whatever is in them', async ({ page, world }) => {
  world.analysis.items[5].message = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
  world.analysis.items[6].message = 'x'.repeat(200_000);
  world.analysis.job.title = '<b>bold</b>';
  await page.goto('/play/5121');
  await expect(page.locator('[data-id="6"] .debrief-message')).toHaveText(world.analysis.items[5].message);
  await expect(page.getByText('<b>bold</b>')).toBeVisible();
  await expect(page).toHaveTitle(/pg_debrief/);
  await isAccessible(page);
});

test('a link to an item shows it, wherever in a long list it is', async ({ page, world }) => {
  const [item] = world.analysis.items;
  world.analysis.items = Array.from({ length: 100 }, (_, i) => ({ ...item, id: i + 1, timestamp_seconds: i }));
  await page.goto('/analyses/5121?item=90');
  await expect(page.locator('#detail-90')).toBeInViewport();
  await expect(page.getByRole('button', { name: 'Attempts of item 90', exact: true })).toBeInViewport();
});

test('what is written from right to left is read so, with its full stop at its end', async ({ page, world }) => {
  full(world);
  const message = 'أنت تتحدث بسرعة كبيرة هنا.';
  const file = 'عرض (2).mp4';
  Object.assign(world.analysis.items[2], { message, category: 'سرعة', timestamp_seconds: 0 });
  Object.assign(world.analysis.job, { title: message, summary_text: message });
  world.analysis.recording.original_filename = file;
  Object.assign(world.analyses[0], { file, title: message });
  Object.assign(world.failures[0], { message });
  const says = { '/analyses/5121': [message, 'سرعة', file], '/play/5121': [message, 'سرعة', file], '/analyses': [message, file], '/failures': [message] };
  for (const [path, texts] of Object.entries(says)) {
    await page.goto(path);
    for (const text of texts) {
      await expect(page.getByText(text, { exact: true }).first()).toBeVisible();
      const directions = await page.getByText(text, { exact: true }).evaluateAll((all) => all.map((own) => getComputedStyle(own).direction));
      expect([...new Set(directions)], `${path}: ${text}`).toEqual(['rtl']);
    }
  }
  await isAccessible(page);
});

test.describe('a browser that speaks German', () => {
  test.use({ locale: 'de-DE' });
  test('shows numbers and months in the language of the page', async ({ page, world }) => {
    full(world);
    world.overview.failures[0].latest = '2025-03-03T00:05:00Z';
    await page.goto('/');
    await expect(page.getByRole('heading', { level: 1 })).toContainText('4,204 failed');
    await expect(page.getByRole('region', { name: 'Promises' })).toContainText('1.51 %');
    await expect(page.getByRole('row', { name: /^timeout/ })).toContainText('3 Mar 2025, 00:05');
  });
});

test.describe('behind a path prefix', () => {
  test.use({ prefix: '/tools/debrief' });
  test('every page and request stays below it', async ({ page, world }) => {
    full(world);
    await page.goto('/analyses');
    await page.getByRole('link', { name: 'rehearsal-3.mp4' }).click();
    await expect(page).toHaveURL(/\/tools\/debrief\/analyses\/5121$/);
    await page.getByRole('link', { name: 'Player' }).click();
    await expect(page.getByRole('button', { name: 'Play 1, 0:01' })).toBeEnabled();
    await expect(page.locator('.live')).toHaveText('Live');
  });
});
