import type { Page } from '@playwright/test'
import sharp from 'sharp'
import { fixStudio } from './fixed-studio.ts'
import { allowError, expect, generate, makePhoto, putOnBench, test } from './fixtures.ts'
import { stackUnderTest } from './under-test.ts'

const sizes = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const

/**
 * A quarter of each side: what is where, how bright and in which colour, while the shapes of letters, which differ from
 * one build of Chromium to the next, melt into grey. `--update-snapshots` takes new ones.
 */
async function expectLook(page: Page, name: string): Promise<void> {
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport)
    // A lazy image that was not asked for yet is complete too.
    await page.waitForFunction(() =>
      [...document.images].every((image) => !image.checkVisibility() || (image.complete && image.naturalWidth > 0)),
    )
    const full = await page.screenshot({ animations: 'disabled', caret: 'hide' })
    const small = await sharp(full)
      .resize(Math.round(viewport.width / 4), null, { kernel: 'cubic' })
      .png({ compressionLevel: 9, effort: 10 })
      .toBuffer()
    await test.info().attach(`${name}-${size}`, { body: full, contentType: 'image/png' })
    expect.soft(small).toMatchSnapshot(`${name}-${size}.png`, { threshold: 0.12, maxDiffPixels: 220 })
  }
  await page.setViewportSize(sizes.desktop)
}

test('the canvas looks as it should in every state', async ({ page, context }) => {
  allowError(/ERR_INTERNET_DISCONNECTED/)
  const studio = await fixStudio(page, stackUnderTest().url)
  await page.goto('/studio?mode=remix')
  await expect(page.getByRole('button', { name: 'Choose image' })).toBeVisible()
  await page.evaluate(() => document.fonts.ready)
  await expect(page.locator('.rail img.thumb').first()).toBeVisible()
  await expectLook(page, 'idle')

  const line = page.locator('.state')
  for (const [name, { id }] of Object.entries(studio.jobs)) {
    await studio.go(`?mode=remix&job=${id}`)
    const kind = name === 'paused' ? 'queued' : name === 'finishing' ? 'saving' : name
    await expect(line).toHaveAttribute('data-state', kind)
    if (name === 'running' || name === 'finishing') await expect(page.locator('canvas[data-painted="1"]')).toBeVisible()
    if (name === 'done') await expect(page.getByRole('button', { name: 'Download PNG' })).toBeVisible()
    await expectLook(page, name)
  }

  await studio.go('?mode=remix')
  await putOnBench(page, await makePhoto())
  await generate(page).click()
  await expect(line).toHaveAttribute('data-state', 'uploading')
  await expectLook(page, 'uploading')
  // A press that is under way would go on after the reload.
  await page.getByRole('button', { name: 'Stop sending' }).click()
  await expect(line).toHaveAttribute('data-state', 'ready')

  studio.refuse('FREE_LIMIT_REACHED')
  await page.reload()
  await expect(page.getByRole('heading', { name: /free/ }).first()).toBeVisible()
  await expectLook(page, 'limit')

  await context.setOffline(true)
  await expect(page.getByText(/You’re offline/).first()).toBeVisible()
  await expectLook(page, 'offline')
})
