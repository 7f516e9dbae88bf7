import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import sharp from 'sharp'
import { openFilledGallery } from './filled-gallery.ts'
import { fixStudio } from './fixed-studio.ts'
import type { StackUnderTest } from './under-test.ts'

type Walk = {
  page: Page
  stack: StackUnderTest
  /** Takes a picture of what is seen now, under this name. */
  shoot: (state: string) => Promise<void>
  phone: boolean
}

const generate = (page: Page) =>
  page.getByRole('button', { name: /^(Generate|Queue another)/ }).and(page.locator(':enabled'))

async function putCat(page: Page): Promise<void> {
  const buffer = await sharp(await readFile(new URL('../public/samples/cat.avif', import.meta.url)))
    .jpeg({ quality: 92 })
    .toBuffer()
  await page.locator('input[type=file]').first().setInputFiles({ name: 'cat.jpg', mimeType: 'image/jpeg', buffer })
}

async function open(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.getByRole('button', { name: 'Choose image' }).waitFor()
  await page.waitForLoadState('networkidle')
}

async function done(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Download PNG' }).waitFor()
  // The quench.
  await page.waitForTimeout(900)
}

/** The bench before, while and after; what an artist keeps; the result from all sides; its link. */
async function studio({ page, stack, shoot, phone }: Walk): Promise<void> {
  await open(page, stack.url)
  await shoot('01-idle')
  await putCat(page)
  await generate(page).waitFor()
  if (phone) await page.getByRole('button', { name: 'Prompt', exact: true }).tap()
  await page.getByRole('textbox', { name: 'Prompt' }).fill('woodcut, last sun on the nose')
  await shoot('02-ready')
  if (phone) {
    await page.getByRole('button', { name: 'Settings', exact: true }).tap()
    await shoot('02-settings')
  }
  if (phone) await page.getByRole('button', { name: 'Image', exact: true }).tap()
  await page.getByRole('button', { name: 'Crop', exact: true }).first().click()
  await page.getByTestId('crop-box').waitFor()
  await shoot('02-crop')
  await page.keyboard.press('Escape')
  if (phone) await page.getByRole('button', { name: 'Settings', exact: true }).tap()
  await page.getByRole('button', { name: 'Presets' }).click()
  await page
    .getByRole('button', { name: /^Apply/ })
    .first()
    .waitFor()
  await shoot('03-presets')
  await page.keyboard.press('Escape')
  await generate(page).click()
  await page
    .getByText(/Step\s*1[2-9]\s*of\s*28/)
    .first()
    .waitFor()
  await shoot('04-running')
  await done(page)
  await shoot('05-done')
  if (phone) await page.getByRole('button', { name: 'Prompt', exact: true }).tap()
  await page.getByRole('button', { name: 'Earlier prompts' }).click()
  await page.waitForLoadState('networkidle')
  await page.waitForTimeout(500)
  await shoot('06-prompts')
  await page.keyboard.press('Escape')
  const tool = async (name: string) => {
    if (phone) {
      await page.getByRole('button', { name: 'More for this image' }).tap()
      if (name === 'More') return
    }
    await page.getByRole('button', { name, exact: true }).last().click()
  }
  if (phone) {
    await tool('More')
    await shoot('07-more')
    await page.keyboard.press('Escape')
  }
  await tool('From noise to image')
  const scrub = page.getByRole('slider', { name: 'From noise to image' })
  await scrub.press('End')
  for (let i = 0; i < 4; i += 1) await scrub.press('ArrowLeft')
  await page.waitForTimeout(400)
  await shoot('08-timeline')
  await tool('Side by side')
  await shoot('09-side-by-side')
  await tool('One handle')
  await page.locator('body').press('v')
  await page.getByRole('dialog').waitFor()
  await shoot('10-full-view')
  await page.keyboard.press('Escape')
  await tool('Share')
  const sheet = page.getByRole('dialog')
  await sheet.getByRole('button', { name: /link/i }).first().click()
  const link = sheet.getByRole('textbox').first()
  await link.waitFor()
  await shoot('11-share-sheet')
  const address = await link.inputValue()
  await page.keyboard.press('Escape')
  await page.emulateMedia({ forcedColors: 'active' })
  await shoot('12-forced-colours')
  await page.emulateMedia({ forcedColors: null })
  await page.evaluate(() => (document.documentElement.dir = 'rtl'))
  await shoot('13-right-to-left')
  await page.goto(address)
  await page.getByRole('img').first().waitFor()
  await page.waitForLoadState('networkidle')
  await shoot('14-share-page')
}

/** Every state that a fixed answer can bring about. */
async function states({ page, stack, shoot }: Walk): Promise<void> {
  const fixed = await fixStudio(page, stack.url)
  await open(page, `${stack.url}/studio?mode=remix`)
  for (const [name, { id }] of Object.entries(fixed.jobs)) {
    await fixed.go(`?mode=remix&job=${id}`)
    await page.waitForTimeout(400)
    await shoot(name)
  }
  await fixed.go('?mode=remix')
  await putCat(page)
  fixed.refuse('FREE_LIMIT_REACHED')
  await page.reload()
  await page.getByRole('heading', { name: /No free images/ }).waitFor()
  await shoot('limit')
  fixed.refuse('INTAKE_PAUSED')
  await page.reload()
  await page.waitForLoadState('networkidle')
  await shoot('intake-paused')
  await page.context().setOffline(true)
  await page
    .getByText(/You’re offline/)
    .first()
    .waitFor()
  await shoot('offline')
}

/** The other modes with a sample on the bench, and the keys. */
async function modes({ page, stack, shoot, phone }: Walk): Promise<void> {
  for (const [mode, sample] of [
    ['style', 'Cat'],
    ['mashup', 'Coffee'],
    ['tonic', 'In oil'],
  ] as const) {
    await page.goto(`${stack.url}/studio?mode=${mode}`)
    await page.getByRole('button', { name: `Open the sample “${sample}` }).click()
    await generate(page).waitFor()
    await page.waitForTimeout(300)
    await shoot(mode)
  }
  if (phone) return
  await page.locator('body').press('?')
  await page.getByRole('dialog').waitFor()
  await shoot('keys')
}

async function surgeon({ page, stack, shoot, phone }: Walk): Promise<void> {
  await page.goto(`${stack.url}/studio?mode=inpaint`)
  await page.getByRole('button', { name: 'Open the sample “Rocket' }).click()
  const canvas = page.getByTestId('mask-canvas')
  const box = await canvas.boundingBox({ timeout: 60_000 })
  if (!box) throw new Error('the mask canvas has no place')
  await page.mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.3)
  await page.mouse.down()
  for (let turn = 0; turn <= 2 * Math.PI; turn += 0.2) {
    const [x, y] = [0.7 + 0.05 * Math.cos(turn), 0.3 + 0.07 * Math.sin(turn)]
    await page.mouse.move(box.x + box.width * x, box.y + box.height * y)
  }
  await page.mouse.up()
  if (phone) await page.getByRole('button', { name: 'Mask', exact: true }).tap()
  await page.waitForTimeout(400)
  await shoot('mask')
  await page.locator('body').press('g')
  await page.waitForTimeout(300)
  await shoot('grid')
  await page.locator('body').press('g')
  await generate(page).click()
  await done(page)
  await shoot('done')
}

/** A gallery that is used, one image of it, and the pages about the person. */
async function gallery({ page, stack, shoot, phone }: Walk): Promise<void> {
  await openFilledGallery(page, 120, stack)
  const cells = page.getByRole('gridcell')
  await cells.nth(8).waitFor()
  await page.getByText('Signed in.').waitFor({ state: 'hidden' })
  await shoot('wall')
  await cells.nth(1).focus()
  await page.keyboard.press('Space')
  await page.keyboard.press('Shift+ArrowRight')
  await page.keyboard.press('Shift+ArrowRight')
  await shoot('selection')
  await page.keyboard.press('Escape')
  await page.getByRole('searchbox', { name: 'Search prompts' }).fill('nothing like it')
  await page.getByRole('heading', { name: 'No image matches.' }).waitFor()
  await shoot('no-match')
  await page.getByRole('main').getByRole('button', { name: 'Clear filters' }).last().click()
  await cells.first().getByRole('link').click()
  await page.getByRole('heading', { name: 'Recipe' }).waitFor()
  await page.waitForLoadState('networkidle')
  await shoot('item-lineage')
  for (const name of ['account', 'credits', 'nowhere']) {
    await page.goto(`${stack.url}/${name}`)
    await page.waitForLoadState('networkidle')
    await shoot(name)
  }
  if (!phone) return
  await page.goto(stack.url)
  await page.getByRole('button', { name: 'Menu' }).tap()
  await shoot('menu')
}

async function strangers({ page, stack, shoot, phone }: Walk): Promise<void> {
  await page.goto(`${stack.url}/gallery`)
  await page.waitForLoadState('networkidle')
  await shoot('gallery-empty')
  await open(page, stack.url)
  if (phone) await page.getByRole('button', { name: 'Menu' }).tap()
  await page.getByRole('button', { name: 'Sign in' }).first().click()
  await page.getByRole('dialog').getByLabel('E-mail').waitFor()
  await shoot('sign-in')
  await page.goto(`${stack.url}/s/nothing-here`)
  await page.waitForLoadState('networkidle')
  await shoot('share-revoked')
}

/** By name, in this order. */
export const shotsOf: Readonly<Record<string, (walk: Walk) => Promise<void>>> = {
  studio,
  states,
  modes,
  surgeon,
  gallery,
  strangers,
}
