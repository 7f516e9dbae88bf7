import { allowError, expect, expectDone, generate, makePhoto, putOnBench, test } from './fixtures.ts'

test('a price that changed since the button was painted is said, and holds nothing', async ({ page }) => {
  allowError(/status of 409/)
  await page.goto('/')
  await putOnBench(page, await makePhoto())
  await page.route('**/trpc/forge.create*', async (route) => {
    const body: unknown = JSON.parse(route.request().postData() ?? '{}')
    const text = JSON.stringify(body).replaceAll('"expectedPrice":1', '"expectedPrice":0')
    await route.continue({ postData: text })
  })
  await generate(page).click()

  await expect(page.getByText(/Nothing was charged/).first()).toBeVisible()
  await page.unroute('**/trpc/forge.create*')
  await generate(page).click()
  await expectDone(page)
})
