import { readFile } from 'node:fs/promises'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import sharp from 'sharp'
import { allowError, expect, expectDone, generate, makePhoto, putOnBench, test } from './fixtures.ts'

/** Keeps what would have been shown where the test can read it. */
function keepNotifications(): void {
  const kept: string[] = []
  class Kept extends EventTarget {
    static permission = 'granted'
    static requestPermission = () => Promise.resolve('granted')
    constructor(title: string) {
      super()
      kept.push(title)
    }
    close() {}
  }
  Object.assign(window, { Notification: Kept, kept })
}

async function expectNoViolations(page: Page, within: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).include(within).analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
}

const kept = () => (window as unknown as { kept: string[] }).kept.length

test('an artist asks to be told, looks closely at the result, saves it with its recipe, deletes it and takes that back', async ({
  page,
  context,
  secondTab,
}) => {
  await context.addInitScript(keepNotifications)
  await page.goto('/')
  await putOnBench(page, await makePhoto())
  await page.getByRole('textbox', { name: 'Prompt' }).fill('woodcut, "heavy" ink')
  await generate(page).click()
  await page.getByRole('button', { name: 'Tell me when it’s done' }).click()
  await page.getByRole('checkbox', { name: 'Tell me when this is done' }).check()
  await page.keyboard.press('Escape')
  const other = await secondTab()
  await other.goto(page.url())
  await expectDone(page)
  await expectDone(other)
  await expect.poll(async () => (await page.evaluate(kept)) + (await other.evaluate(kept))).toBe(1)
  await other.close()

  // How it came to be, by keyboard.
  await page.getByRole('button', { name: 'From noise to image' }).click()
  const scrub = page.getByRole('slider', { name: 'From noise to image' })
  await scrub.press('ArrowRight')
  await expect(scrub).toHaveAttribute('aria-valuetext', /^Step \d+ of 28$/)
  await scrub.press('End')
  await expect(scrub).toHaveAttribute('aria-valuetext', 'Result, step 28 of 28')
  await expectNoViolations(page, '.stage')
  await page.getByRole('button', { name: 'Side by side' }).click()
  await expect(page.getByRole('img', { name: 'Before' })).toBeVisible()
  await page.getByRole('button', { name: 'One handle' }).click()
  await page.keyboard.down('c')
  await expect(page.locator('.compare.flipped')).toBeVisible()
  await page.keyboard.up('c')

  // Closely.
  await page.keyboard.press('v')
  const whole = page.getByRole('dialog', { name: /woodcut/ })
  await expect(whole).toBeVisible()
  await page.keyboard.press('1')
  await expect(whole.getByText('100 %')).toBeVisible()
  await page.keyboard.press('+')
  await expect(whole.getByText('125 %')).toBeVisible()
  await expectNoViolations(page, 'dialog')
  await page.keyboard.press('Escape')
  await expect(whole).toHaveCount(0)

  await expectNoViolations(page, 'body')

  // Taken along.
  await page.getByRole('button', { name: 'Download as' }).click()
  await page.getByRole('radio', { name: /^JPEG/ }).check()
  await page.getByRole('checkbox', { name: /Include prompt/ }).check()
  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download', exact: true }).click()
  const download = await downloading
  expect(download.suggestedFilename()).toMatch(/^forge-[0-9a-f]{8}\.jpg$/)
  const { format, exif, xmpAsString } = await sharp(await readFile(await download.path())).metadata()
  expect([format, exif]).toEqual(['jpeg', undefined])
  expect(xmpAsString).toContain('digitalsourcetype/algorithmicMedia')
  expect(xmpAsString).toContain('forge:prompt="woodcut, &quot;heavy&quot; ink"')

  // Marked, deleted, and taken back without a mouse.
  await page.keyboard.press('f')
  await expect(page.getByRole('button', { name: 'Favourite' })).toHaveAttribute('aria-pressed', 'true')
  const address = page.url()
  await page.locator('body').press('Delete')
  await expect(page.getByText('Image deleted.')).toBeVisible()
  expect(page.url()).not.toBe(address)
  await expect(page.getByRole('button', { name: 'Undo', exact: true })).toBeFocused()
  await page.keyboard.press('Enter')
  await expectDone(page)
  await page.reload()
  await expectDone(page)
  await expect(page.getByRole('button', { name: 'Favourite' })).toHaveAttribute('aria-pressed', 'true')
})

test('a part of the page that a deployment took away offers a reload, and the draft is kept', async ({ page }) => {
  allowError(/ERR_FAILED/)
  await page.goto('/')
  await putOnBench(page, await makePhoto())
  await page.getByRole('textbox', { name: 'Prompt' }).fill('cold dusk light')
  await page.route('**/assets/account-sheet-*', (route) => route.abort())
  await page.getByRole('button', { name: 'Sign in' }).click()

  await expect(page.getByText(/The Forge was updated or restarted/)).toBeVisible()
  await page.unroute('**/assets/account-sheet-*')
  await page.getByRole('button', { name: 'Reload' }).click()
  await expect(page.getByRole('textbox', { name: 'Prompt' })).toHaveValue('cold dusk light')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
})
