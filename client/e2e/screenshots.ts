import { mkdir, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { type Browser, chromium } from '@playwright/test'
import sharp from 'sharp'
import { findChromium } from './chromium.ts'
import { shotsOf } from './screens.ts'
import { startTestStack } from './stack.ts'
import { describeStack, type StackUnderTest } from './under-test.ts'

const folder = path.join(import.meta.dirname, 'shots')

const sizes = [
  { name: 'desktop', viewport: { width: 1440, height: 900 }, hasTouch: false },
  { name: 'phone', viewport: { width: 390, height: 844 }, hasTouch: true },
] as const

/**
 * `npm run screenshots`: every screen and state of the studio at two sizes, as pictures to look at. Names a walk to do
 * only that one. A walk that cannot go on is told at the end; the others are done all the same.
 */
async function main(): Promise<void> {
  await mkdir(folder, { recursive: true })
  const wanted = process.argv.slice(2)
  if (wanted.length === 0) {
    for (const name of await readdir(folder)) if (name.endsWith('.webp')) await rm(path.join(folder, name))
  }
  const stack = await startTestStack({ TRUSTED_HOPS: '1', STANDIN_STEP_MS: '150' })
  const browser = await chromium.launch(await findChromium())
  const problems: string[] = []
  try {
    const described = await describeStack(stack)
    for (const index of sizes.keys()) problems.push(...(await walkAll(browser, described, index, wanted)))
  } finally {
    await browser.close()
    await stack.stop()
  }
  for (const problem of problems) process.stderr.write(`${problem}\n`)
  process.exitCode = problems.length === 0 ? 0 : 1
}

async function walkAll(
  browser: Browser,
  stack: StackUnderTest,
  index: number,
  wanted: readonly string[],
): Promise<string[]> {
  const size = sizes[index] ?? sizes[0]
  const problems: string[] = []
  for (const [place, [name, walk]] of Object.entries(shotsOf).entries()) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    const context = await browser.newContext({
      viewport: size.viewport,
      hasTouch: size.hasTouch,
      deviceScaleFactor: 1,
      locale: 'en-GB',
      timezoneId: 'Europe/Berlin',
      extraHTTPHeaders: { 'x-forwarded-for': `203.0.${index + 1}.${place + 1}` },
    })
    const page = await context.newPage()
    page.setDefaultTimeout(60_000)
    const shoot = async (state: string) => {
      const png = await page.screenshot({ animations: 'disabled' })
      const file = path.join(folder, `${size.name}-${place + 1}-${name}-${state}.webp`)
      await sharp(png).webp({ quality: 74 }).toFile(file)
      process.stdout.write(`${path.basename(file)}\n`)
    }
    try {
      await walk({ page, stack, shoot, phone: size.hasTouch })
    } catch (error) {
      problems.push(`${size.name}, ${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
    await context.close()
  }
  return problems
}

await main()
