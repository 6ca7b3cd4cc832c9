// The page on the real console and a real pipeline: test/console/pipeline starts them.
import { expect as atOnce, test } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { isAccessible } from './support/test.mjs';

const url = process.env.CONSOLE_URL;
const sql = (text) => execFileSync('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-c', text], { encoding: 'utf8' }).trim();
const analysis = () => Number(sql('select id from debrief.analysis_jobs'));
const spoken = 'select id from debrief.feedback_status where status = \'completed\' order by timestamp_seconds, id limit 1';

// The console asks for the overview less often the longer an answer takes, as on a busy machine.
const expect = atOnce.configure({ timeout: 60_000 });
test.describe.configure({ mode: 'serial', timeout: 180_000 });

async function signIn(page, user = 'alice') {
  await page.goto(`${url}/`);
  await page.getByLabel('PostgreSQL role').fill(user);
  await page.getByLabel('Password').fill('secret');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.locator('.live')).toHaveText('Live');
}

let said;
test.beforeEach(({ page }) => {
  said = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && !/status of (40[13]|503)|ERR_/.test(message.text()) && said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
});
test.afterEach(() => expect(said).toEqual([]));

test('PostgreSQL decides who signs in', async ({ page }) => {
  await page.goto(`${url}/`);
  await page.getByLabel('PostgreSQL role').fill('postgres');
  await page.getByLabel('Password').fill('secret');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).not.toBeEmpty();
  await isAccessible(page);
});

test('an operator sees the pipeline, and every page of it is accessible', async ({ page }) => {
  await signIn(page);
  await expect(page.locator('.pipe > li')).toHaveCount(3);
  await expect(page.getByRole('heading', { name: 'Servers and stores' })).toBeVisible();
  await isAccessible(page);
  for (const path of ['/failures', '/operations', '/analyses', `/analyses/${analysis()}`, `/play/${analysis()}`]) {
    await page.goto(url + path);
    await expect(page.locator('[aria-busy]')).toHaveCount(0);
    await expect(page.locator('.live')).toHaveText('Live');
    await isAccessible(page);
  }
});

test('the video seeks, a sound is heard to its end', async ({ page }) => {
  await signIn(page);
  await page.getByRole('link', { name: 'Analyses' }).click();
  await page.getByRole('link', { name: 'talk.mp4' }).click();
  await page.getByRole('link', { name: 'Player' }).click();
  await expect.poll(() => page.evaluate(() => document.querySelector('video')?.readyState ?? 0)).toBeGreaterThan(0);
  await page.getByRole('button', { name: /^1(–\d+)?, 0:/ }).click();
  await expect.poll(() => page.evaluate(() => document.querySelector('video').currentTime)).toBeGreaterThan(0.5);
  const item = page.locator(`[data-id="${sql(spoken)}"]`);
  await item.getByRole('button', { name: /^Play / }).click();
  await expect(item.locator('.debrief-status')).toHaveText('Playing');
  // What was spoken is drawn, loud and quiet, and what has been heard apart from the rest.
  const bars = () => page.locator('.debrief-waveform path').evaluateAll((paths) => paths.map((path) => path.getAttribute('d').match(/V[\d.]+/g) ?? []));
  await item.getByRole('button', { name: /^Pause / }).click();
  await expect.poll(async () => (await bars()).flat().length).toBe(72);
  expect(new Set((await bars()).flat()).size).toBeGreaterThan(10);
  await item.getByRole('button', { name: /^Play / }).click();
  await expect.poll(async () => (await bars())[0]?.length ?? 0).toBeGreaterThan(0);
  await expect(item.locator('.debrief-status')).toHaveText('Ready');
  await expect(page.locator('.debrief-waveform')).toHaveCount(0);
});

test('an edited message is spoken anew, and the page shows it as it happens', async ({ page }) => {
  await signIn(page);
  await page.goto(`${url}/play/${analysis()}`);
  const id = sql(spoken);
  const item = page.locator(`[data-id="${id}"]`);
  await expect(item.locator('.debrief-status')).toHaveText('Ready');
  sql(`update debrief.analysis_feedback set message = 'Look at the audience <b>now</b>.' where id = ${id}`);
  await expect(item.locator('.debrief-message')).toHaveText('Look at the audience <b>now</b>.');
  await expect(item.locator('.debrief-status')).toHaveText('Ready');
  expect(sql(`select debrief.wait_for_feedback(${id})`)).toBe('completed');
});

test('a stage is paused and resumed by its buttons', async ({ page }) => {
  await signIn(page);
  await page.getByRole('button', { name: 'Pause Audio', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Pause Audio' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Audio is paused');
  expect(sql('select paused from debrief.stages where stage = \'audio\'')).toBe('t');
  await page.getByRole('button', { name: 'Resume Audio' }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Resume Audio' }).click();
  await expect(page.getByRole('heading', { level: 1 })).not.toContainText('paused');
  expect(sql('select paused from debrief.stages where stage = \'audio\'')).toBe('f');
  const log = page.getByRole('region', { name: 'Operations' });
  await expect(log.getByRole('row').filter({ hasText: 'alice' }).filter({ hasText: 'pause audio' })).toBeVisible();
  await expect(log.getByRole('row').filter({ hasText: 'alice' }).filter({ hasText: 'resume audio' })).toBeVisible();
});

test('a failed item says why, and is retried', async ({ page }) => {
  const id = sql(spoken);
  sql(`select debrief.pause('ssml'); update debrief.analysis_feedback set message = message || ' Again.' where id = ${id}; select debrief.cancel_feedback(${id})`);
  await signIn(page);
  await page.goto(`${url}/analyses/${analysis()}?item=${id}`);
  await expect(page.locator('.detail')).toContainText('cancelled');
  await page.locator('.detail').getByRole('button', { name: /^Retry/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  sql('select debrief.resume(\'ssml\')');
  await expect(page.locator('.open')).toContainText('Done');
  expect(sql(`select debrief.wait_for_feedback(${id})`)).toBe('completed');
});

test('a reader has no buttons, and the console refuses besides', async ({ page }) => {
  await signIn(page, 'viewer');
  await expect(page.getByRole('button', { name: /pause|resume|test|rollout/i })).toHaveCount(0);
  const answer = await page.evaluate(async () => {
    const response = await fetch('/api/actions/pause', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"stage":"audio"}' });
    return response.status;
  });
  expect(answer).toBe(403);
  expect(sql('select paused from debrief.stages where stage = \'audio\'')).toBe('f');
});

test('when the console loses its database the page comes back to the truth', async ({ page }) => {
  await signIn(page);
  await page.goto(`${url}/play/${analysis()}`);
  await expect(page.locator('.live')).toHaveText('Live');
  const id = sql(spoken);
  sql(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'console'; update debrief.analysis_feedback set message = 'After the fall.' where id = ${id}`);
  await expect(page.locator(`[data-id="${id}"] .debrief-message`)).toHaveText('After the fall.');
  await expect(page.locator('.live')).toHaveText('Live');
  await expect(page.locator(`[data-id="${id}"] .debrief-status`)).toHaveText('Ready');
});
