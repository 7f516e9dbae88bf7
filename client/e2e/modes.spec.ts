import type { Page } from '@playwright/test'
import sharp from 'sharp'
import { readFile } from 'node:fs/promises'
import { expect, expectDone, generate, makePhoto, readSample, test } from './fixtures.ts'
import type { TestFile } from './fixtures.ts'

async function sample(name: string): Promise<TestFile> {
  return {
    name: `${name}.jpg`,
    mimeType: 'image/jpeg',
    buffer: await sharp(await readSample(`${name}.avif`))
      .jpeg()
      .toBuffer(),
  }
}

/** Opens a mode by its tab, as a visitor does. */
async function openMode(page: Page, title: string): Promise<void> {
  await page.goto('/')
  await page.getByRole('navigation', { name: 'Mode' }).getByRole('link', { name: title }).click()
  await expect(page.getByRole('link', { name: title })).toHaveAttribute('aria-current', 'page')
}

async function choose(page: Page, button: string | RegExp, files: TestFile[]): Promise<void> {
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: button }).click()
  await (await chooser).setFiles(files)
}

async function downloaded(page: Page): Promise<Buffer> {
  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download PNG' }).click()
  return await readFile(await (await downloading).path())
}

test('Style: a base and two references in one go, one weaker and moved up, make an image in their manner', async ({
  page,
}) => {
  await openMode(page, 'Style')
  await choose(page, 'Choose image', [await sample('cat'), await sample('coffee-inks'), await sample('rocket-clay')])

  const styles = page.getByRole('region', { name: 'Style', exact: true })
  await expect(styles.getByText('2 of 3')).toBeVisible()
  await styles.getByRole('slider', { name: 'Strength of rocket-clay.jpg' }).fill('0.35')
  await styles.getByRole('button', { name: 'More for rocket-clay.jpg' }).click()
  await page.getByRole('button', { name: 'Move up' }).and(page.locator(':visible')).click()
  await page.keyboard.press('Escape')
  await expect(styles.getByRole('slider').first()).toHaveAccessibleName('Strength of rocket-clay.jpg')
  await page.getByRole('button', { name: 'Leave out' }).click()
  await page.getByRole('textbox', { name: 'Leave out' }).fill('text')
  const sent = page.waitForRequest((request) => request.url().includes('forge.create'))
  await generate(page).click()

  const { inputs, negative } = Object.values((await sent).postDataJSON() as Record<string, Press>)[0] ?? {}
  expect(inputs?.map(({ role, weight }) => [role, weight])).toEqual([
    ['base', 1],
    ['style', 0.35],
    ['style', 1],
  ])
  expect(negative).toBe('text')
  await expectDone(page)
  await expect(page.getByRole('slider', { name: 'Compare before and after' })).toBeVisible()
  await expect(page.getByText('Without text')).toBeVisible()

  // The next visit finds the bench as it was left, in this mode and in another.
  await page.reload()
  await expect(styles.getByText('2 of 3')).toBeVisible()
  await expect(styles.getByRole('slider').first()).toHaveValue('0.35')
  await page.getByRole('link', { name: 'Remix' }).click()
  await expect(page.getByText('cat.jpg')).toBeVisible()
})

type Press = { inputs: { role: string; weight: number }[]; negative: string; aspect: number | null }

test('Mashup: the composition comes along from another mode, and a style of the wrong kind says so at its slot', async ({
  page,
}) => {
  await openMode(page, 'Remix')
  await choose(page, 'Choose image', [await sample('coffee')])
  await expect(generate(page)).toBeEnabled()
  await page.getByRole('link', { name: 'Mashup' }).click()
  await expect(page.getByRole('region', { name: 'Composition' }).getByText('coffee.jpg')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Add a style first' })).toBeDisabled()

  const notes = { name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('not an image at all') }
  await choose(page, 'Add a style image', [notes, await sample('cat-woodcut')])
  const styles = page.getByRole('region', { name: 'Style', exact: true })
  await expect(styles.getByText(/notes.png: .*not an image/i)).toBeVisible()
  await expect(styles.getByText('1 of 3')).toBeVisible()
  await page.getByRole('slider', { name: 'Chaos' }).fill('45')
  await generate(page).click()

  await expectDone(page)
  expect((await sharp(await downloaded(page)).stats()).entropy).toBeGreaterThan(2)
})

test('Tonic: words alone and a shape make an image of that shape', async ({ page }) => {
  await openMode(page, 'Tonic')
  await expect(page.getByRole('button', { name: 'Describe it first' })).toBeDisabled()
  await page.getByRole('textbox', { name: 'Prompt' }).fill('a kiln at night, thick paint')
  await page.getByRole('radio', { name: '16:9' }).check()
  await generate(page).click()

  await expectDone(page)
  await expect(page.getByRole('slider', { name: 'Compare before and after' })).toHaveCount(0)
  await expect(page.getByRole('img', { name: 'a kiln at night, thick paint' })).toBeVisible()
  const { width, height } = await sharp(await downloaded(page)).metadata()
  expect(width / height).toBeGreaterThan(1.6)
  expect(width / height).toBeLessThan(1.95)
})

test('Alt and a digit changes the mode, and the address says which', async ({ page }) => {
  await page.goto('/')
  await expect(page.getByRole('link', { name: 'Remix' })).toHaveAttribute('aria-current', 'page')
  await page.keyboard.press('Alt+4')
  await expect(page).toHaveURL(/mode=mashup/)
  await page.goBack()
  await expect(page.getByRole('link', { name: 'Remix' })).toHaveAttribute('aria-current', 'page')
})

test('a low window, as at four times zoom, scrolls down to Generate and never sideways', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 225 })
  await page.goto('/')
  await expect(page.getByRole('button', { name: 'Choose image' })).toBeInViewport()
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles(await makePhoto())
  await expect(generate(page)).toBeEnabled()
  for (const size of [
    { width: 360, height: 225 },
    { width: 320, height: 256 },
  ]) {
    await page.setViewportSize(size)
    await generate(page).scrollIntoViewIfNeeded()
    await expect(generate(page)).toBeInViewport({ ratio: 1 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
  }
})
