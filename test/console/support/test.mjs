// A page beside a console of its own; a message in the browser's log is a failure of the test.
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test as base } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import * as rows from './rows.mjs';
import { serve } from './server.mjs';

export { expect, rows };

const folder = new URL('../../../build/', import.meta.url).pathname;
/** Ten seconds of a test picture. */
export function video() {
  const path = `${folder}console-test.mp4`;
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    const made = `${path}.${process.pid}.mp4`;
    execFileSync('ffmpeg', ['-loglevel', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc=s=320x180:r=5:d=84', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-movflags', '+faststart', made]);
    execFileSync('mv', [made, path]);
  }
  return readFileSync(path);
}

export const test = base.extend({
  prefix: ['', { option: true }],
  console: async ({ prefix }, use) => {
    const own = await serve({ prefix, video: video() });
    await use(own);
    await own.close();
  },
  world: async ({ console: own }, use) => use(own.world),
  /** What the browser may say: requests that the test makes fail. */
  expected: [/^$/, { option: true }],
  page: async ({ page, console: own, expected }, use) => {
    const said = [];
    page.on('console', (message) => ['error', 'warning'].includes(message.type()) && said.push(message.text()));
    page.on('pageerror', (error) => said.push(String(error)));
    const goto = page.goto.bind(page);
    page.goto = (path) => goto(own.url + path);
    await use(page);
    expect(said.filter((text) => !expected.test(text))).toEqual([]);
  },
});

/** No violation of WCAG 2.2 AA, and nothing wider than the window. */
export async function isAccessible(page) {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(' ')}`)).toEqual([]);
  await isWhole(page);
  // Who speaks to their browser says what they read on a button.
  const unlike = await page.evaluate(() => [...document.querySelectorAll('button[aria-label], a[aria-label]')]
    .map((own) => [own.innerText.replace(/…$/, '').trim(), own.ariaLabel]).filter(([text, name]) => /\p{L}/u.test(text) && !name.includes(text)));
  expect(unlike, 'names have the words that are to be seen in them').toEqual([]);
}

export async function isWhole(page) {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 'nothing is cut').toBeLessThanOrEqual(0);
}

export function full(world) {
  Object.assign(world, { overview: rows.fullOverview(), analyses: rows.analyses(), failures: rows.failures(), operations: rows.operations(), next: 5000 });
}
