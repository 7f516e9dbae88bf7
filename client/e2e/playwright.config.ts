import process from 'node:process'
import { defineConfig, devices } from '@playwright/test'
import { findChromium } from './chromium.ts'

const launchOptions = await findChromium()
/** The long ring has no time to keep to, and runs on machines that are busy otherwise. */
const patience = process.env['FORGE_TEST_RING'] === 'long' ? 3 : 1

export default defineConfig({
  testDir: '.',
  globalSetup: './global-setup.ts',
  // Each has a stack of its own (global-setup.ts): in one queue they would only measure each other.
  workers: 2,
  fullyParallel: true,
  retries: 0,
  timeout: patience * 90_000,
  expect: { timeout: patience * 20_000 },
  reporter: process.env['PLAYWRIGHT_JSON_OUTPUT_NAME'] ? [['list'], ['json']] : 'list',
  outputDir: '../../test-results',
  // One for every platform: what is compared is coarse enough (canvas-states.spec.ts).
  snapshotPathTemplate: '{testDir}/looks/{arg}{ext}',
  use: {
    launchOptions,
    screenshot: 'only-on-failure',
    // `--trace on` shows a failure step by step; recording every run would cost a sixth of its processor time.
    trace: 'off',
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
  },
  projects: [
    {
      name: 'desktop',
      use: { ...devices['Desktop Chrome'], viewport: { width: 1440, height: 900 } },
      testIgnore: '**/phone*',
    },
    { name: 'phone', use: { ...devices['Pixel 7'] }, testMatch: '**/phone*' },
  ],
})
