// examples/upload, as its user sees it: on a throw-away cluster with made-up feedback. test/console/run upload starts the cluster.
import { expect, test } from '@playwright/test';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { isAccessible } from './support/test.mjs';

const example = new URL('../../examples/upload/', import.meta.url).pathname;
const sql = (text) => execFileSync('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-c', text], { encoding: 'utf8' }).trim();

// A thousand times as impatient.
const HASTY = `data:text/javascript,${encodeURIComponent(`
  import { Server } from 'node:http';
  const { listen } = Server.prototype;
  Server.prototype.listen = function (...where) {
    this.headersTimeout /= 1000;
    this.requestTimeout /= 1000;
    this.connectionsCheckingInterval = 50;
    return listen.apply(this, where);
  };`)}`;

let server, url, recordings;
async function started(...options) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...options, 'server.mjs'], {
    cwd: example, env: { ...process.env, PGUSER: 'web', RECORDINGS: recordings, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] });
  return [child, String((await once(child.stdout, 'data'))[0]).trim().split('\n')[0]];
}
test.describe.configure({ mode: 'serial' });
test.beforeAll(async () => {
  recordings = mkdtempSync('/tmp/pg_debrief_upload.');
  chmodSync(recordings, 0o755);
  sql('create extension pg_debrief');
  // The page's own set-up, with a folder of this test's; a try is over at once.
  const [, setup] = /```sql\n([^`]*)```/.exec(readFileSync(`${example}README.md`, 'utf8'));
  for (const statement of setup.replaceAll('/srv/recordings', recordings).split(/;\n/).filter(Boolean)) sql(statement);
  [server, url] = await started();
});
test.afterAll(() => {
  server?.kill();
  rmSync(recordings, { recursive: true, force: true });
});

const upload = async (page, name) => {
  await page.goto(url);
  await page.getByLabel('A video of a talk').setInputFiles({ name, mimeType: 'video/mp4', buffer: Buffer.alloc(3_000_000, name) });
  await page.getByRole('button', { name: 'Upload' }).click();
};
const files = () => readdirSync(recordings, { recursive: true }).filter((name) => name.endsWith('.mp4') || name.endsWith('.part'));

test('an upload becomes feedback that is heard', async ({ page }) => {
  await upload(page, 'talk.mp4');
  await expect(page.getByRole('button', { name: 'Play' })).toHaveCount(3);
  expect(files()).toHaveLength(1);
  expect(files()[0]).toMatch(/^[0-9a-f-]{36}\/[0-9a-f-]{36}\.mp4$/);
  expect(sql(`select upload_status || ' ' || original_filename from debrief.video_recordings`)).toBe('completed talk.mp4');
  await isAccessible(page);
  await page.getByRole('button', { name: 'Play' }).first().click();
  await expect(page.locator('body')).toHaveAttribute('data-playing', /\d/);
  await expect(page.locator('body')).toHaveAttribute('data-playing', '');
  await page.reload();
  await expect(page.getByRole('button', { name: 'Play' })).toHaveCount(3);
});

test('while nothing changes a button keeps the focus, and what went wrong stays said', async ({ page }) => {
  await page.addInitScript(() => {
    const { decode } = TextDecoder.prototype;
    window.heard = 0;
    TextDecoder.prototype.decode = function (...what) {
      window.heard += 1;
      return decode.apply(this, what);
    };
  });
  await page.context().addCookies([{ name: 'user', value: sql('select user_id from debrief.video_recordings limit 1'), url }]);
  await page.goto(`${url}#${sql('select min(id) from debrief.video_recordings')}`);
  await page.route('**/uploads?*', (route) => route.fulfill({ status: 507 }));
  await page.getByLabel('A video of a talk').setInputFiles({ name: 'large.mp4', mimeType: 'video/mp4', buffer: Buffer.alloc(10) });
  await page.getByRole('button', { name: 'Upload' }).click();
  await expect(page.getByRole('alert')).toHaveText('The upload failed. Please try again.');
  const button = page.getByRole('button', { name: 'Play' }).nth(1);
  await button.focus();
  // The server says that it lives.
  const heard = () => page.evaluate(() => window.heard);
  const before = await heard();
  await expect.poll(heard).toBeGreaterThan(before + 1);
  await expect(button).toBeFocused();
  await expect(page.getByRole('alert')).toHaveText('The upload failed. Please try again.');
  // Another item changes.
  sql(`update debrief.analysis_feedback set message = 'Look up.' where id = (select min(id) from debrief.analysis_feedback)`);
  await expect(page.getByRole('listitem').filter({ hasText: 'Look up.' }).getByRole('button', { name: 'Play' })).toBeVisible();
  await expect(button).toBeFocused();
});

test('a double click uploads once', async ({ page }) => {
  await page.goto(url);
  await page.getByLabel('A video of a talk').setInputFiles({ name: 'twice.mp4', mimeType: 'video/mp4', buffer: Buffer.alloc(3_000_000) });
  await page.getByRole('button', { name: 'Upload' }).dblclick();
  await expect(page.getByRole('button', { name: 'Play' })).toHaveCount(3);
  await expect(page.getByRole('button', { name: 'Upload' })).toBeEnabled();
  expect(sql(`select count(*) from debrief.video_recordings where original_filename = 'twice.mp4'`)).toBe('1');
  sql(`delete from debrief.video_recordings where original_filename = 'twice.mp4'`);
});

test('an item of the second hour is shown at its time, edited it is heard anew', async ({ page }) => {
  await page.addInitScript(() => {
    const { Audio } = window;
    window.Audio = function () { return (window.player = new Audio()); };
  });
  const [recording, feedback] = [sql('select min(id) from debrief.video_recordings'), sql('select min(id) from debrief.analysis_feedback')];
  await page.context().addCookies([{ name: 'user', value: sql('select user_id from debrief.video_recordings limit 1'), url }]);
  await page.goto(`${url}#${recording}`);
  const isHeard = async (text) => {
    await page.getByRole('listitem').filter({ hasText: text }).getByRole('button', { name: 'Play' }).click();
    await expect(page.locator('body')).toHaveAttribute('data-playing', feedback);
    await expect(page.locator('body')).toHaveAttribute('data-playing', '');
    expect(await page.evaluate(() => Math.round(window.player.duration * 1000)))
      .toBe(Number(sql(`select round(duration_ms) from debrief.analysis_audio_segments where feedback_id = ${feedback}`)));
  };
  await isHeard(sql(`select message from debrief.analysis_feedback where id = ${feedback}`));
  sql(`update debrief.analysis_feedback set message = 'Short.', timestamp_seconds = 3725 where id = ${feedback}`);
  await isHeard('Short.');
  await expect(page.getByRole('listitem').filter({ hasText: 'Short.' }).getByRole('time')).toHaveText('01:02:05');
});

test('what failed is tried again', async ({ page }) => {
  sql(`alter server fake options (add fail_words ' ')`);  // every sentence has some, the file's name has none
  await upload(page, 'failing.mp4');
  const again = page.getByRole('button', { name: 'Try again' });
  await expect(again).toHaveCount(3);
  sql('alter server fake options (drop fail_words)');
  await again.first().click();
  await expect(page.getByRole('button', { name: 'Play' })).toHaveCount(1);
  await expect(again).toHaveCount(2);
});

test('another browser sees nothing of it', async ({ page }) => {
  const recording = sql('select min(id) from debrief.video_recordings');
  const feedback = sql('select min(id) from debrief.analysis_feedback');
  await page.goto(`${url}#${recording}`);
  await expect(page.getByRole('status')).not.toHaveText('Connecting ...');
  await expect(page.getByRole('listitem')).toHaveCount(0);
  for (const path of [`recordings/${recording}`, `sounds/${feedback}/0`]) expect((await page.request.get(`${url}debrief/${path}`)).ok()).toBe(false);
  expect((await page.request.post(`${url}debrief/api/actions/retry_feedback`, { data: { feedback_id: Number(feedback) } })).ok()).toBe(false);
});

test('connections that PostgreSQL ends do not end the application', async ({ page }) => {
  sql(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'web'`);
  await expect.poll(() => sql(`select count(*) from pg_stat_activity where usename = 'web'`)).toBe('0');
  await upload(page, 'later.mp4');
  await expect(page.getByRole('button', { name: 'Play' })).toHaveCount(3);
});

test('nor does one that ends in the middle of a request', async ({ page }) => {
  await page.goto(url);
  const lock = spawn('psql', ['-X', '-q', '-c', `begin; lock table debrief.video_recordings; select pg_sleep(60)`], { stdio: 'ignore' });
  try {
    await expect.poll(() => sql(`select count(*) from pg_locks where mode = 'AccessExclusiveLock' and relation = 'debrief.video_recordings'::regclass and granted`)).toBe('1');
    const answer = page.request.get(`${url}debrief/recordings/1`);
    await expect.poll(() => sql(`select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'web' and wait_event_type = 'Lock'`)).toBe('1');
    expect((await answer).status()).toBe(500);
  } finally {
    lock.kill();
  }
  await expect.poll(() => sql(`select count(pg_terminate_backend(pid)) from pg_stat_activity where query like '%pg_sleep(60)' and pid <> pg_backend_pid()`)).toBe('0');
  expect((await page.request.get(url)).ok()).toBe(true);
});

test('an upload that is refused leaves no file', async ({ page }) => {
  await page.goto(url);
  const before = files();
  const answer = await page.request.post(`${url}uploads?name=${'x'.repeat(501)}.mp4`, { data: 'a video' });
  expect(answer.ok()).toBe(false);
  expect(files()).toEqual(before);
});

test('a part of a sound is sent to who asks for it', async ({ page }) => {
  await page.context().addCookies([{ name: 'user', value: sql('select user_id from debrief.analysis_audio_segments order by feedback_id limit 1'), url }]);
  const sound = `${url}debrief/sounds/${sql('select min(feedback_id) from debrief.analysis_audio_segments')}/0`;
  const whole = await (await page.request.get(sound)).body();
  const part = await page.request.get(sound, { headers: { Range: 'bytes=4-7' } });
  expect(part.status()).toBe(206);
  expect(part.headers()['content-range']).toBe(`bytes 4-7/${whole.length}`);
  expect(await part.body()).toEqual(whole.subarray(4, 8));
});

test('an upload may take longer than five minutes', async () => {
  const [hasty, at] = await started('--import', HASTY);
  try {
    const bytes = 40;
    const upload = request(`${at}uploads?name=slow.mp4`, { method: 'POST', headers: { 'Content-Length': bytes } });
    const answered = once(upload, 'response');
    for (let i = 0; i < bytes; i += 1) {
      upload.write('x');
      await setTimeout(25);
    }
    upload.end();
    const [answer] = await answered;
    expect(answer.statusCode).toBe(201);
  } finally {
    hasty.kill();
  }
});
