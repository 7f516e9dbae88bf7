import { expect, test } from './fixtures.ts'
import { openFilledGallery } from './filled-gallery.ts'

test('on a phone a held finger chooses, taps add, and the chosen come down as one zip', async ({ page }) => {
  await openFilledGallery(page, 12)
  const first = page.getByRole('gridcell', { name: /^picture 1\b/ })
  await expect(first.getByRole('img')).toBeVisible()
  const box = await first.boundingBox()
  const touch = await page.context().newCDPSession(page)
  const at = { x: (box?.x ?? 0) + 30, y: (box?.y ?? 0) + 60 }
  await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [at] })
  await expect(page.getByText('1 selected')).toBeVisible()
  await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  await page.getByRole('gridcell', { name: /^picture 3\b/ }).tap()
  await expect(page.getByText('2 selected')).toBeVisible()

  // A file dialog is the browser's own: without it the zip goes to the downloads.
  await page.evaluate(() => Reflect.deleteProperty(globalThis, 'showSaveFilePicker'))
  const coming = page.waitForEvent('download')
  await page.getByRole('button', { name: /^Download zip/ }).tap()
  expect((await coming).suggestedFilename()).toMatch(/^the-forge-\d{4}-\d{2}-\d{2}\.zip$/)
  await expect(page.getByText(/^2 images in the zip/)).toBeVisible()

  await page.getByRole('button', { name: 'Clear selection' }).tap()
  await page.getByRole('gridcell', { name: /^picture 2\b/ }).tap()
  await expect(page.getByRole('link', { name: 'Use settings' })).toBeVisible()
})
