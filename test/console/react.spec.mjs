// examples/react, in Chromium: the components made of React and of React Native, beside a console under a prefix.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { expect, isAccessible, rows, test } from './support/test.mjs';

const example = new URL('../../examples/react/', import.meta.url).pathname;
const { build } = createRequire(new URL('../../console/page/', import.meta.url))('esbuild');
// React Native's elements look at what they are given in development only.
const bundle = async (file, mode) => {
  const { outputFiles } = await build({
    entryPoints: [example + file], absWorkingDir: example, bundle: true, format: 'esm', write: false, define: { 'process.env.NODE_ENV': `"${mode}"` }, alias: { 'react-native': 'react-native-web' },
  });
  return outputFiles[0].text;
};
const scripts = {};
test.beforeAll(async () => {
  scripts['main.js'] = await bundle('main.tsx', 'production');
  scripts['native.js'] = await bundle('native.tsx', 'development');
});
test.use({ prefix: '/debrief', expected: /ERR_INCOMPLETE_CHUNKED_ENCODING/ });
test.beforeEach(async ({ page, world }) => {
  world.session = rows.ownerSession();
  const html = readFileSync(`${example}index.html`, 'utf8');
  await page.route('**/app?*', (route) => {
    const asked = new URL(route.request().url()).searchParams;
    const body = html.replace('lang="en"', `lang="${asked.get('lang') ?? 'en'}"`).replace('main.js', asked.get('script') ?? 'main.js');
    return route.fulfill({ contentType: 'text/html', body });
  });
  for (const [name, body] of Object.entries(scripts)) await page.route(`**/${name}`, (route) => route.fulfill({ contentType: 'text/javascript', body }));
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

test('with React Native\'s elements', async ({ page, world }) => {
  await page.goto('/app?analysis=5121&script=native.js');
  await expect(page.getByText('The provider failed.')).toBeVisible();
  await isAccessible(page);
  await page.getByRole('button', { name: 'Try again' }).first().click();
  await expect.poll(() => world.actions).toEqual([{ name: 'retry_feedback', feedback_id: 3 }]);
  await page.getByRole('button', { name: 'Play 1, 0:01' }).click();
  await expect(page.getByText('Playing')).toBeVisible();
  await expect(page.getByRole('button', { name: 'No sound yet for 3' })).toBeDisabled();
  await page.getByRole('switch', { name: 'Not helpful, 1' }).click();
  await expect.poll(() => world.actions.at(-1)).toEqual({ name: 'rate_feedback', feedback_id: 1, rating: 'down' });
});
