import { allowError, expect, expectDone, generate, makePhoto, putOnBench, test } from './fixtures.ts'

test('four images are one press priced as four; the eleventh free image is refused in words, the bench stays open, and nothing was charged', async ({
  page,
}) => {
  test.setTimeout(180_000)
  await page.goto('/')
  await putOnBench(page, await makePhoto(96, 96))
  for (const [count, left] of [
    ['4', 6],
    ['4', 2],
    ['2', 0],
  ] as const) {
    await page.getByRole('radio', { name: count, exact: true }).check()
    await expect(generate(page)).toContainText(`${count} free`)
    await generate(page).click()
    await expect(page.getByText(new RegExp(`^${left} ?free today`))).toBeVisible()
    await expect(page.getByRole('complementary', { name: 'This session' }).getByText('Done')).toHaveCount(10 - left, {
      timeout: 60_000,
    })
  }

  await expect(page.getByText('No free images left today').first()).toBeVisible()
  await expect(generate(page)).toHaveCount(0)
  await expect(page.getByRole('textbox', { name: 'Prompt' })).toBeEditable()
  await expect(page.getByRole('button', { name: /Sign in for ten of your own/ })).toBeVisible()
})

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
