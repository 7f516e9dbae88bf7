import { expect, generate, makePhoto, putOnBench, test } from './fixtures.ts'

test('on a phone everything about a result is one sheet away, and nothing is cut where text runs the other way', async ({
  page,
}) => {
  await page.goto('/')
  await putOnBench(page, await makePhoto())
  await generate(page).tap()
  const more = page.getByRole('button', { name: 'More for this image' })
  await expect(page.getByRole('button', { name: 'Download PNG' })).toBeVisible()
  await more.tap()
  const sheet = page.getByRole('dialog', { name: 'More for this image' })
  await expect(sheet.getByRole('button', { name: 'Side by side' })).toBeVisible()
  for (const button of await sheet.getByRole('button').all()) {
    expect((await button.boundingBox())?.height ?? 0).toBeGreaterThanOrEqual(40)
  }
  await sheet.getByRole('button', { name: 'Whole window' }).tap()
  await expect(sheet).toHaveCount(0)
  const whole = page.getByRole('dialog', { name: 'Result' })
  await whole.getByRole('button', { name: '1:1' }).tap()
  await whole.getByRole('button', { name: 'Close' }).tap()

  await page.evaluate(() => {
    document.documentElement.dir = 'rtl'
  })
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect(wide).toBeLessThanOrEqual(0)
  for (const name of ['Download PNG', 'Menu', 'More for this image']) {
    const box = await page.getByRole('button', { name }).boundingBox()
    expect(box && box.x >= 0 && box.x + box.width <= 412 + 1).toBe(true)
  }
  await page.evaluate(() => document.documentElement.removeAttribute('dir'))

  await more.tap()
  await sheet.getByRole('button', { name: 'Delete' }).tap()
  await page.getByRole('button', { name: 'Undo', exact: true }).tap()
  await expect(page.getByRole('button', { name: 'Download PNG' })).toBeVisible()
})
