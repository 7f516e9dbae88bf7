import { randomInt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { AxeBuilder } from '@axe-core/playwright'
import { test as base, expect, type Page } from '@playwright/test'
import sharp from 'sharp'
import { stackUnderTest } from './under-test.ts'

type Fixtures = {
  /** Opens another page of the same visitor (a second tab), watched like the first. */
  secondTab: () => Promise<Page>
}

/**
 * A visitor of their own: a network address nobody else has today (the stack under test trusts one hop), and a page
 * whose every console error, warning and page error fails the test unless it was announced.
 */
export const test = base.extend<Fixtures>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the names of the fixtures from the pattern
  baseURL: async ({}, use) => {
    await use(stackUnderTest().url)
  },
  page: async ({ page, context }, use, info) => {
    const address = [10, randomInt(256), randomInt(256), randomInt(1, 255)].join('.')
    await context.setExtraHTTPHeaders({ 'x-forwarded-for': address })
    const seen: string[] = []
    const watch = (watched: Page) => {
      watched.on('console', (message) => {
        if (message.type() !== 'error' && message.type() !== 'warning') return
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
  secondTab: async ({ context }, use) => {
    await use(() => context.newPage())
  },
})

/** Announces console lines that the running test causes on purpose. */
export function allowError(pattern: RegExp): void {
  test.info().annotations.push({ type: 'allowed-error', description: pattern.source })
}

export type TestFile = { name: string; mimeType: string; buffer: Buffer }

/** A photograph-like JPEG: gradients and shapes with enough detail to see what Remix does. */
export async function makePhoto(width = 640, height = 480): Promise<TestFile> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs><linearGradient id="g" x2="1" y2="1"><stop stop-color="#204060"/><stop offset="1" stop-color="#e0a060"/></linearGradient></defs>
    <rect width="100%" height="100%" fill="url(#g)"/>
    <circle cx="${width * 0.4}" cy="${height * 0.5}" r="${height * 0.3}" fill="#c03020"/>
    <rect x="${width * 0.55}" y="${height * 0.2}" width="${width * 0.3}" height="${height * 0.6}" fill="#f0e0c0"/></svg>`
  const buffer = await sharp(Buffer.from(svg)).jpeg().toBuffer()
  return { name: 'photo.jpg', mimeType: 'image/jpeg', buffer }
}

/** Puts a file on the bench through the file picker, and waits until it lies there. */
export async function putOnBench(page: Page, file: TestFile): Promise<void> {
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Choose image' }).click()
  await (await chooser).setFiles(file)
  await expect(generate(page)).toBeEnabled()
}

export function generate(page: Page) {
  return page.getByRole('button', { name: /^(Generate|Queue another)/ })
}

/** Waits for the finished image: its download is offered. No limit on time but the test's own. */
export async function expectDone(page: Page): Promise<void> {
  await expect(page.getByRole('button', { name: 'Download PNG' })).toBeVisible({ timeout: 0 })
}

/** The WCAG 2.2 AA checks of what is seen now; of one part of it where `part` names it by selector. */
export async function expectAccessible(page: Page, state: string, part?: string): Promise<void> {
  const checks = new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
  const { violations } = await (part === undefined ? checks : checks.include(part)).analyze()
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
  expect(found, state).toEqual([])
}

export function password(): string {
  return stackUnderTest().password
}

export async function readSample(name: string): Promise<Buffer> {
  return await readFile(new URL(`../public/samples/${name}`, import.meta.url))
}

export { expect }
