import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import sharp from 'sharp'
import { expect, expectDone, makePhoto, test } from './fixtures.ts'

const share = (page: Page) => page.getByTestId('mask-share')
const size = (page: Page) => page.getByRole('slider', { name: 'Size' })

async function openSurgeon(page: Page): Promise<void> {
  await page.goto('/studio?mode=inpaint')
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles(await makePhoto())
  await expect(page.getByTestId('mask-canvas')).toBeVisible()
}

/** Tab until something has the focus, as somebody without a mouse does. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let i = 0; i < 60; i += 1) {
    await page.keyboard.press('Tab')
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) === true, selector)) return
  }
  throw new Error(`Tab never reaches ${selector}`)
}

test('without a mouse: cells of a grid are marked, words typed, and the image is made', async ({ page }) => {
  await openSurgeon(page)
  await page.keyboard.press('g')
  await tabTo(page, '.mask-grid [tabindex="0"]')
  await expect(page.getByRole('gridcell', { name: 'Row 9, column 9, not marked' })).toBeFocused()
  await page.keyboard.press('Space')
  await page.keyboard.press('Shift+ArrowRight')
  await page.keyboard.press('Shift+ArrowDown')
  await expect(page.getByText('3 of 256 cells marked.')).toBeVisible()
  await expect(page.getByRole('gridcell', { name: 'Row 10, column 10, marked' })).toBeFocused()
  await page.keyboard.press('Home')
  await expect(page.getByRole('gridcell', { name: 'Row 10, column 1, not marked' })).toBeFocused()

  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)).toEqual(
    [],
  )

  await page.keyboard.press('Control+z')
  await expect(page.getByText('2 of 256 cells marked.')).toBeVisible()
  await page.keyboard.press('Control+y')
  await page.getByRole('textbox', { name: 'Prompt' }).focus()
  await page.keyboard.type('a red door')
  await page.keyboard.press('Control+Enter')
  await expectDone(page)
})

test('the keys of the editor do what the list of shortcuts says', async ({ page }) => {
  await openSurgeon(page)
  const canvas = page.getByTestId('mask-canvas')
  await expect(size(page)).toHaveValue('76')
  await page.keyboard.press('BracketRight')
  await expect(size(page)).toHaveValue('84')
  await page.keyboard.press('Alt+BracketLeft')
  await expect(size(page)).toHaveValue('83')
  const feather = page.getByRole('slider', { name: 'Feather' }).first()
  await expect(feather).toHaveValue('16')
  await page.keyboard.press('Shift+BracketLeft')
  await expect(feather).toHaveValue('14')

  await canvas.hover()
  await page.keyboard.down('Control')
  await page.mouse.wheel(0, -100)
  await page.keyboard.up('Control')
  await expect(size(page)).toHaveValue('91')
  await expect(page.locator('.mask-layer')).not.toHaveAttribute('style', /scale\(1\.\d/)

  // The eraser has a size of its own, and Alt erases with whatever is chosen.
  await page.keyboard.press('e')
  await expect(size(page)).toHaveValue('76')
  await page.keyboard.press('b')
  await expect(size(page)).toHaveValue('91')
  const box = (await canvas.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 }
  const at = [box.x + box.width / 2, box.y + box.height / 2] as const
  await page.mouse.click(...at)
  await expect(share(page)).not.toHaveText('0 % of image')
  await page.keyboard.down('Alt')
  await page.mouse.click(...at)
  await page.keyboard.up('Alt')
  await expect(share(page)).toHaveText('0 % of image')

  // One history for mask and settings, in the order they were changed.
  await page.keyboard.press('Control+z')
  await expect(share(page)).not.toHaveText('0 % of image')
  await page.getByRole('radio', { name: '2', exact: true }).check({ force: true })
  await page.keyboard.press('Control+z')
  await expect(page.getByRole('radio', { name: '1', exact: true })).toBeChecked()
  await page.keyboard.press('Control+z')
  await expect(share(page)).toHaveText('0 % of image')
  await page.keyboard.press('Control+z')
  await expect(feather).toHaveValue('16')
})

test('a stroke made as the page closes is there again, and one made in another tab can be taken back', async ({
  page,
  secondTab,
}) => {
  await openSurgeon(page)
  await page.getByTestId('mask-canvas').click({ position: { x: 200, y: 150 } })
  await page.reload()
  await expect(share(page)).not.toHaveText('0 % of image')
  const first = await share(page).textContent()

  const other = await secondTab()
  await other.goto('/studio?mode=inpaint')
  await expect(share(other)).toHaveText(first ?? '')
  await other.getByTestId('mask-canvas').click({ position: { x: 400, y: 300 } })
  await expect(page.getByText(/painted on in another tab/)).toBeVisible()
  await expect(share(page)).not.toHaveText(first ?? '')
  await page.bringToFront()
  await page.keyboard.press('Control+z')
  await expect(share(page)).toHaveText(first ?? '')
})

test('a mask of another size is refused with a sentence, and fitted when that is wanted', async ({ page }) => {
  await openSurgeon(page)
  const file = page.getByTestId('mask-file')
  const mask = await sharp({ create: { width: 320, height: 240, channels: 3, background: 'white' } })
    .png()
    .toBuffer()
  await file.setInputFiles({ name: 'mask.png', mimeType: 'image/png', buffer: mask })
  await expect(page.getByText(/That mask is 320\s*×\s*240; this image is/)).toBeVisible()
  await expect(share(page)).toHaveText('0 % of image')
  await page.getByRole('button', { name: 'Fit it to the image' }).click()
  await expect(share(page)).toHaveText('100 % of image')

  await file.setInputFiles({ name: 'empty.png', mimeType: 'image/png', buffer: Buffer.alloc(0) })
  await expect(page.getByText('That file is empty.')).toBeVisible()
  await file.setInputFiles({ name: 'no.png', mimeType: 'image/png', buffer: Buffer.from('no image') })
  await expect(page.getByText('That file can’t be read as an image.')).toBeVisible()
  await expect(share(page)).toHaveText('100 % of image')
})
