// examples/react, in Chromium: the components made of React, beside a console under a prefix.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { expect, isAccessible, rows, test } from './support/test.mjs';

const example = new URL('../../examples/react/', import.meta.url).pathname;
const { build } = createRequire(new URL('../../console/page/', import.meta.url))('esbuild');
let script;
test.beforeAll(async () => {
  const { outputFiles } = await build({ entryPoints: [`${example}main.tsx`], bundle: true, format: 'esm', write: false, define: { 'process.env.NODE_ENV': '"production"' } });
  script = outputFiles[0].text;
});
test.use({ prefix: '/debrief', expected: /ERR_INCOMPLETE_CHUNKED_ENCODING/ });
test.beforeEach(async ({ page, world }) => {
  world.session = rows.ownerSession();
  await page.route('**/app?*', (route) => route.fulfill({ contentType: 'text/html', body: readFileSync(`${example}index.html`, 'utf8').replace('lang="en"', `lang="${/lang=(\w+)/.exec(route.request().url())?.[1] ?? 'en'}"`) }));
  await page.route('**/main.js', (route) => route.fulfill({ contentType: 'text/javascript', body: script }));
});

test('a row that changed is drawn anew, a failure is tried again, and another language speaks', async ({ page, world }) => {
  await page.goto('/app?analysis=5121');
  const failed = page.locator('[data-id="3"]');
  await expect(page.locator('.debrief-item')).toHaveCount(9);
  await expect(failed).toContainText('The provider failed.');
  await isAccessible(page);
  await failed.getByRole('button', { name: 'Try again' }).click();
  await expect.poll(() => world.actions).toEqual([{ name: 'retry_feedback', feedback_id: 3 }]);
  world.analysis.items[2] = { ...world.analysis.items[2], status: 'queued', audio_status: 'queued', error_code: null, last_error: null };
  world.say('analysis:5121', 'rows', { items: [world.analysis.items[2]] });
  await expect(failed.locator('.debrief-status')).toHaveText('Waiting');
  // The state after a break is the whole state.
  world.analysis.items[2] = { ...world.analysis.items[1], id: 3, message: 'Spoken now.' };
  world.cut();
  await expect(failed).toContainText('Spoken now.');
  await page.getByRole('button', { name: 'Play 1, 0:01' }).click();
  await expect(page.locator('[data-id="1"] .debrief-status')).toHaveText('Playing');
});

test('in German', async ({ page }) => {
  await page.goto('/app?analysis=5121&lang=de');
  await expect(page.locator('[data-id="3"]')).toContainText('Der Dienst ist gescheitert.');
  await expect(page.locator('[data-id="8"] .debrief-status')).toHaveText('Wird gesprochen');
  await isAccessible(page);
});
