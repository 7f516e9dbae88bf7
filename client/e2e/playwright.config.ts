import process from 'node:process'
import { defineConfig, devices } from '@playwright/test'
import { findChromium } from './chromium.ts'

const launchOptions = await findChromium()

export default defineConfig({
  testDir: '.',
  globalSetup: './global-setup.ts',
  // One stack, one queue: parallel tests would only measure each other.
  workers: 1,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: process.env['PLAYWRIGHT_JSON_OUTPUT_NAME'] ? [['list'], ['json']] : 'list',
  outputDir: '../../test-results',
  use: {
    launchOptions,
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
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
