import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import sharp from 'sharp'
import { allowError, expect, expectDone, generate, makePhoto, putOnBench, test } from './fixtures.ts'

/** The draft as the browser keeps it, as text; a page that goes before this has it loses a picture put there last. */
function draftOnDisk(page: Page): Promise<string> {
  return page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const opening = indexedDB.open('keyval-store')
        opening.addEventListener('success', () => {
          const reading = opening.result.transaction('keyval').objectStore('keyval').get('forge-draft-2')
          reading.addEventListener('success', () => resolve(JSON.stringify(reading.result ?? null)))
        })
      }),
  )
}

test('a visitor drops a photo, moves the sliders, presses Generate, watches it and downloads the result', async ({
  page,
}) => {
  await page.goto('/')
  const photo = await makePhoto()
  const transfer = await page.evaluateHandle(
    ([bytes, name]) => {
      const data = new DataTransfer()
      data.items.add(new File([new Uint8Array(bytes)], name, { type: 'image/jpeg' }))
      return data
    },
    [[...photo.buffer], photo.name] as const,
  )
  await page.dispatchEvent('body', 'dragenter', { dataTransfer: transfer })
  await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer })
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer })
  await expect(page.getByText('photo.jpg')).toBeVisible()

  await page.getByRole('button', { name: 'Wild' }).click()
  await expect(page.getByRole('slider', { name: 'Creativity' })).toHaveValue('100')
  await page.getByRole('slider', { name: 'Chaos' }).fill('60')
  await page.getByRole('textbox', { name: 'Prompt' }).fill('woodcut, heavy ink')
  await expect(generate(page)).toContainText('1 free')
  await generate(page).click()

  await expect(page.getByText(/Step\s*\d+\s*of\s*28/).first()).toBeVisible()
  await expect(page.getByRole('img', { name: /Preview of the image at step/ })).toBeVisible()
  await expect(page).toHaveTitle(/\(\d+%\) The Forge/)
  await expectDone(page)
  await expect(page).toHaveTitle(/✓ Done/)
  await expect(page.getByText(/9 ?free today/)).toBeVisible()

  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download PNG' }).click()
  const file = await (await downloading).path()
  const image = sharp(await readFile(file))
  expect(await image.metadata()).toMatchObject({ format: 'png', width: 1184, height: 880 })
  expect((await image.stats()).entropy).toBeGreaterThan(2)

  await page.getByRole('button', { name: '4 variations' }).click()
  await expect(page.getByText(/5 ?free today/)).toBeVisible()
})

test('reloads at the press and in the middle lose nothing: one job goes on and the bench is as it was', async ({
  page,
}) => {
  await page.goto('/')
  await putOnBench(page, await makePhoto())
  await page.getByRole('textbox', { name: 'Prompt' }).fill('cold dusk light')
  await page.getByRole('slider', { name: 'Creativity' }).fill('72')
  await expect.poll(() => draftOnDisk(page)).toContain('cold dusk light')
  await generate(page).click({ noWaitAfter: true })
  // Before anything of the press can have been answered.
  await page.reload()
  await expect(page.getByText(/Step\s*\d+\s*of\s*28/).first()).toBeVisible()
  const address = page.url()

  await page.reload()

  expect(page.url()).toBe(address)
  await expect(page.getByText('photo.jpg')).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'Prompt' })).toHaveValue('cold dusk light')
  await expect(page.getByRole('slider', { name: 'Creativity' })).toHaveValue('72')
  await expectDone(page)
  await expect(page.getByText(/9 ?free today/)).toBeVisible()
})

test('two tabs show the same job', async ({ page, secondTab }) => {
  await page.goto('/')
  await putOnBench(page, await makePhoto())
  await generate(page).click()
  await expect(page).toHaveURL(/job=/)
  const other = await secondTab()
  await other.goto(page.url())

  await expectDone(page)
  await expectDone(other)
})

test('a double click makes one image', async ({ page }) => {
  await page.goto('/')
  await putOnBench(page, await makePhoto())
  await generate(page).dblclick()
  await expectDone(page)

  await expect(page.getByText(/9 ?free today/)).toBeVisible()
  await expect(page.getByRole('complementary', { name: 'This session' }).getByText('Done')).toHaveCount(1)
})

test('losing the network during a job says so, and the image is there when it comes back', async ({
  page,
  context,
}) => {
  allowError(/ERR_INTERNET_DISCONNECTED|Failed to fetch|WebSocket/)
  await page.goto('/')
  await putOnBench(page, await makePhoto())
  await generate(page).click()
  await expect(page.getByText(/Step\s*\d+\s*of\s*28/).first()).toBeVisible()

  await context.setOffline(true)
  await expect(page.getByText(/You’re offline/).first()).toBeVisible()
  await page.waitForTimeout(3_000)
  await context.setOffline(false)

  await expect(page.getByText(/You’re offline/)).toHaveCount(0)
  await expectDone(page)
})

test('a cancel at the start stops the job and says what comes back', async ({ page }) => {
  await page.goto('/')
  await putOnBench(page, await makePhoto(1600, 1200))
  await page.getByRole('radio', { name: '4' }).check()
  await generate(page).click()
  await expect(page).toHaveURL(/job=/)
  await page
    .getByRole('button', { name: /^Cancel/ })
    .first()
    .click()

  await expect(page.getByText(/^Cancelled/).first()).toBeVisible()
})

test('the whole job works by keyboard alone', { tag: '@long' }, async ({ page }) => {
  await page.goto('/')
  await page.getByRole('button', { name: /Open the sample “Cat/ }).focus()
  await page.keyboard.press('Enter')
  await expect(generate(page)).toBeEnabled()
  await page.getByRole('slider', { name: 'Creativity' }).focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.down('Control')
  await page.keyboard.down('Enter')
  await expect(page).toHaveURL(/job=/)
  // Held down, it presses no more.
  for (let held = 0; held < 5; held += 1) await page.keyboard.down('Enter')
  await page.keyboard.up('Enter')
  await page.keyboard.up('Control')

  await expectDone(page)
  await expect(page.getByText(/9 ?free today/)).toBeVisible()
})

test(
  'on a slow line a press can be stopped while it is sent, and a reload in the middle carries it on, once',
  { tag: '@long' },
  async ({ page, context }) => {
    await page.goto('/')
    const raw = { width: 1200, height: 900, channels: 3 as const }
    // Noise, so that there is something to send.
    const pixels = Buffer.from(Array.from({ length: 1200 * 900 * 3 }, (_, i) => (i * 48_271) % 251))
    const buffer = await sharp(pixels, { raw }).png().toBuffer()
    await putOnBench(page, { name: 'noise.png', mimeType: 'image/png', buffer })
    await expect.poll(() => draftOnDisk(page)).toContain('noise.png')
    const line = await context.newCDPSession(page)
    await line.send('Network.enable')
    const slow = { offline: false, latency: 100, downloadThroughput: 400_000, uploadThroughput: 20_000 }
    await line.send('Network.emulateNetworkConditions', slow)

    await generate(page).click()
    await page.getByRole('button', { name: 'Stop sending' }).click()
    await expect(generate(page)).toBeEnabled()
    await generate(page).click()
    await expect(page.getByRole('button', { name: 'Stop sending' })).toBeVisible()
    await page.reload()
    await expect(page.getByRole('button', { name: 'Stop sending' })).toBeVisible()
    const quick = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 }
    await line.send('Network.emulateNetworkConditions', quick)

    await expectDone(page)
    await expect(page.getByText(/9 ?free today/)).toBeVisible()
  },
)
