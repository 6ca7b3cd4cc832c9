// Real Chromium, Debian's; nothing is downloaded. What is waited for has deadlines, nothing sleeps.
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.mjs',
  // Without a console, or a database, there is none to test.
  testIgnore: [...(process.env.CONSOLE_URL ? [] : ['pipeline.spec.mjs']), ...(process.env.UPLOAD ? [] : ['upload.spec.mjs'])],
  outputDir: '../../build/console-test',
  workers: 2,
  fullyParallel: true,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: 'dot',
  use: {
    launchOptions: { executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] },
    locale: 'en-GB',
    timezoneId: 'UTC',
    viewport: { width: 1280, height: 900 },
  },
});
