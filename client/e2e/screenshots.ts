import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { chromium, type Page } from '@playwright/test'
import sharp from 'sharp'
import { findChromium } from './chromium.ts'
import { startTestStack } from './stack.ts'

const folder = path.join(import.meta.dirname, 'shots')

const sizes = [
  { name: 'desktop', viewport: { width: 1440, height: 900 }, hasTouch: false },
  { name: 'phone', viewport: { width: 390, height: 844 }, hasTouch: true },
] as const

/** `npm run screenshots`: every state of the studio at two sizes, as pictures to look at and for the README. */
async function main(): Promise<void> {
  await mkdir(folder, { recursive: true })
  const stack = await startTestStack({ TRUSTED_HOPS: '1', STANDIN_STEP_MS: '150' })
  const browser = await chromium.launch(await findChromium())
  try {
    const photo = path.join(import.meta.dirname, '../public/samples/cat.avif')
    const base = {
      name: 'cat.jpg',
      mimeType: 'image/jpeg',
      buffer: await sharp(await readFile(photo))
        .jpeg({ quality: 92 })
        .toBuffer(),
    }
    for (const [index, size] of sizes.entries()) {
      const context = await browser.newContext({
        viewport: size.viewport,
        hasTouch: size.hasTouch,
        deviceScaleFactor: 1,
        locale: 'en-GB',
        timezoneId: 'Europe/Berlin',
        extraHTTPHeaders: { 'x-forwarded-for': `203.0.113.${index + 1}` },
      })
      const page = await context.newPage()
      await walk(page, stack.url, base, size.name)
      await context.close()
    }
  } finally {
    await browser.close()
    await stack.stop()
  }
}

type Photo = { name: string; mimeType: string; buffer: Buffer }

async function walk(page: Page, url: string, photo: Photo, size: string): Promise<void> {
  const shoot = async (state: string) => {
    const png = await page.screenshot()
    await sharp(png)
      .webp({ quality: 82 })
      .toFile(path.join(folder, `${size}-${state}.webp`))
    process.stdout.write(`${size}-${state}\n`)
  }
  await page.goto(url)
  await page.getByRole('button', { name: 'Choose image' }).waitFor()
  await page.waitForLoadState('networkidle')
  await shoot('1-idle')

  await page.locator('input[type=file]').first().setInputFiles(photo)
  const generate = page.getByRole('button', { name: /^(Generate|Queue another)/ })
  await generate.and(page.locator(':enabled')).waitFor()
  const prompt = page.getByRole('textbox', { name: 'Prompt' })
  if (await prompt.isVisible()) await prompt.fill('woodcut, last sun on the nose')
  await shoot('2-ready')

  await generate.click()
  await page
    .getByText(/Step\s*1[4-9]\s*of\s*28/)
    .first()
    .waitFor()
  await shoot('3-running')
  await page.getByRole('button', { name: 'Download PNG' }).waitFor({ timeout: 60_000 })
  await page.waitForTimeout(1_000)
  await shoot('4-done')

  await walkModes(page, url, shoot)

  const menu = page.getByRole('button', { name: 'Menu' })
  if (await menu.isVisible()) await menu.click()
  await page.getByRole('button', { name: 'Sign in' }).first().click()
  await page.getByRole('dialog').waitFor()
  await shoot('5-sign-in')
  await page.keyboard.press('Escape')

  await page.goto(`${url}/gallery`)
  await page.getByRole('main').getByRole('img').first().waitFor()
  await page.waitForLoadState('networkidle')
  await shoot('6-gallery')

  await page.goto(`${url}/nowhere`)
  await page.getByText('Nothing at this address.').waitFor()
  await shoot('7-not-found')
}

/** The other modes: ready and done, and the mask as it is painted. */
async function walkModes(page: Page, url: string, shoot: (state: string) => Promise<void>): Promise<void> {
  const generate = page.getByRole('button', { name: /^(Generate|Queue another)/ })
  const open = async (mode: string) => {
    await page.goto(`${url}/studio?mode=${mode}`)
    await page.getByRole('button', { name: 'Choose image' }).waitFor()
  }
  const finish = async (state: string) => {
    await generate.and(page.locator(':enabled')).click()
    await page.getByRole('button', { name: 'Download PNG' }).waitFor({ timeout: 60_000 })
    await page.waitForTimeout(1_000)
    await shoot(state)
  }
  for (const [mode, sample] of [
    ['style', 'Cat'],
    ['mashup', 'Coffee'],
  ] as const) {
    await open(mode)
    await page.getByRole('button', { name: `Open the sample “${sample}` }).click()
    await generate.and(page.locator(':enabled')).waitFor()
    await shoot(`8-${mode}-ready`)
    await finish(`8-${mode}-done`)
  }
  await open('tonic')
  await page.getByRole('button', { name: 'Open the sample “Rocket' }).click()
  await finish('8-tonic-done')

  await open('inpaint')
  await page.getByRole('button', { name: 'Open the sample “Rocket' }).click()
  const box = await page.getByTestId('mask-canvas').boundingBox()
  if (!box) throw new Error('the mask canvas has no place')
  await page.mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.3)
  await page.mouse.down()
  for (let turn = 0; turn <= 2 * Math.PI; turn += 0.2) {
    const [x, y] = [0.7 + 0.05 * Math.cos(turn), 0.3 + 0.07 * Math.sin(turn)]
    await page.mouse.move(box.x + box.width * x, box.y + box.height * y)
  }
  await page.mouse.up()
  await page.waitForTimeout(500)
  await shoot('9-surgeon-mask')
  await finish('9-surgeon-done')
}

await main()
