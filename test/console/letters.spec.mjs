// Letters of twice the size, in a window that is no larger: as who sets their browser's letters so.
import { expect, full, isWhole, test } from './support/test.mjs';

test.use({ launchOptions: { executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--blink-settings=defaultFontSize=32'] } });

for (const path of ['/', '/failures', '/operations', '/analyses', '/analyses/5121?item=3', '/play/5121']) {
  test(`${path}: nothing is cut`, async ({ page, world }) => {
    full(world);
    await page.goto(path);
    await expect(page.locator('h1')).toBeVisible();
    await expect(page.locator('[aria-busy]')).toHaveCount(0);
    expect(await page.evaluate(() => parseFloat(getComputedStyle(document.documentElement).fontSize)), 'the letters are large').toBe(32);
    await isWhole(page);
  });
}
