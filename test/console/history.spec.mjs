// Back and forward: as in pages that are loaded.
import { expect, full, rows, test } from './support/test.mjs';

const scrolled = (page) => page.evaluate(() => Math.round(scrollY));
for (const [path, list] of Object.entries({ '/analyses': '.stack', '/failures': '.rows' })) {
  test(`${path}: back is where somebody was, as far down and at the link that they followed`, async ({ page, world }) => {
    full(world);
    world.analyses = Array.from({ length: 50 }, (_, i) => rows.job({ id: 6000 - i, file: `file-${i}.mp4` }));
    world.failures = Array.from({ length: 50 }, (_, i) => ({ ...rows.failures()[0], feedback_id: i + 1 }));
    await page.goto(path);
    const link = page.locator(list).locator('tbody a').nth(30);
    await link.scrollIntoViewIfNeeded();
    await page.evaluate(() => scrollBy(0, 200));
    await expect.poll(() => scrolled(page)).toBeGreaterThan(500);
    const before = await scrolled(page);
    await link.click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('rehearsal-3.mp4');
    await expect.poll(() => scrolled(page)).not.toBe(before);
    await page.goBack();
    await expect(link).toBeFocused();
    await expect.poll(() => scrolled(page)).toBe(before);
    await page.goForward();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('rehearsal-3.mp4');
    await page.goBack();
    await expect.poll(() => scrolled(page)).toBe(before);
    await page.reload();
    await expect.poll(() => scrolled(page)).toBe(before);
  });
}

test('a link within the page, and back, asks for nothing anew', async ({ page, world }) => {
  full(world);
  await page.goto('/');
  await expect(page.locator('.live')).toHaveText('Live');
  const asked = world.requests.length;
  await page.getByRole('link', { name: 'voices', exact: true }).click();
  await expect(page.locator('#server-voices')).toBeInViewport();
  await page.goBack();
  await expect(page.locator('.live')).toHaveText('Live');
  expect(world.requests.slice(asked).filter((line) => line.includes('/api/'))).toEqual([]);
});

test('a video that is left gives its connection back: a browser has six to a console', async ({ page, world }) => {
  full(world);
  await page.goto('/analyses');
  for (let i = 0; i < 8; i++) {
    await page.getByRole('link', { name: 'rehearsal-3.mp4' }).click();
    await expect(page.locator('.live')).toHaveText('Live');
    await expect.poll(() => page.evaluate(() => document.querySelector('video')?.readyState ?? 0)).toBeGreaterThan(0);
    await page.goBack();
  }
  await expect(page.locator('.live')).toHaveText('Live');
});
