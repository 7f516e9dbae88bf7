import { expect, expectDone, generate, makePhoto, putOnBench, test } from './fixtures.ts'

test('a browser that keeps nothing still makes an image', async ({ page, context }) => {
  await context.addInitScript(() => {
    for (const name of ['localStorage', 'sessionStorage', 'indexedDB']) {
      Object.defineProperty(window, name, {
        get() {
          throw new DOMException('denied', 'SecurityError')
        },
      })
    }
  })
  await page.goto('/')
  await putOnBench(page, await makePhoto())
  await generate(page).click()
  await expectDone(page)
  await page.getByRole('link', { name: 'Gallery' }).first().click()
  await expect(page.getByRole('gridcell')).toHaveCount(1)
})
