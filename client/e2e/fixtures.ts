import path from 'node:path'
import process from 'node:process'
import { test as base, expect, type Page } from '@playwright/test'

type Fixtures = {
  /** A page with the studio open and its bench ready. */
  studio: Page
}

/** A page on the stack under test. Any console error, warning or page error that the test did not announce fails it. */
export const test = base.extend<Fixtures>({
  baseURL: process.env['FORGE_TEST_URL'] ?? '',
  page: async ({ page, context }, use, info) => {
    const seen: string[] = []
    const watch = (watched: Page) => {
      watched.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning')
          seen.push(`${message.text()} (${message.location().url})`)
      })
      watched.on('pageerror', (error) => seen.push(error.stack ?? error.message))
    }
    watch(page)
    context.on('page', watch)
    await use(page)
    const allowed = info.annotations
      .filter(({ type }) => type === 'allowed-error')
      .map(({ description }) => new RegExp(description ?? ''))
    expect(seen.filter((line) => !allowed.some((pattern) => pattern.test(line)))).toEqual([])
  },
  studio: async ({ page }, use) => {
    await page.goto('/studio')
    await use(page)
  },
})

/** Announces console lines that the running test causes on purpose. */
export function allowError(pattern: RegExp): void {
  test.info().annotations.push({ type: 'allowed-error', description: pattern.source })
}

/** A free photograph that ships with the studio. */
export const samplePhoto = path.resolve(import.meta.dirname, '../public/samples')

export { expect }
