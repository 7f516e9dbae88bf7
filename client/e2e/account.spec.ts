import { allowError, expect, expectDone, generate, makePhoto, password, putOnBench, test } from './fixtures.ts'

test('a guest makes an image, creates an account, and the image is still theirs after signing out and in', async ({
  page,
}) => {
  const email = `guest-${Date.now()}@forge.test`
  await page.goto('/')
  await putOnBench(page, await makePhoto())
  await generate(page).click()
  await expectDone(page)

  await page.getByRole('button', { name: 'Sign in' }).click()
  const sheet = page.getByRole('dialog')
  await sheet.getByRole('button', { name: /Create one/ }).click()
  await sheet.getByLabel('E-mail').fill(email)
  await sheet.getByLabel('Password').fill('correct horse battery')
  await sheet.getByRole('button', { name: 'Create account' }).click()
  await expect(page.getByText(/Account created/).first()).toBeVisible()
  await page.getByRole('link', { name: 'Gallery' }).click()
  await expect(page.getByRole('main').getByRole('img')).toHaveCount(1)

  await page.getByRole('button', { name: /account/i }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByText(/Signed out/).first()).toBeVisible()

  await page.getByRole('button', { name: 'Sign in' }).first().click()
  await sheet.getByLabel('E-mail').fill(email)
  await sheet.getByLabel('Password').fill('correct horse battery')
  await sheet.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByRole('main').getByRole('img')).toHaveCount(1)
})

test('a guest who signs in to an account that exists takes the images along', async ({ page }) => {
  await page.goto('/')
  await putOnBench(page, await makePhoto())
  await generate(page).click()
  await expectDone(page)

  await page.getByRole('button', { name: 'Sign in' }).click()
  const sheet = page.getByRole('dialog')
  await sheet.getByLabel('E-mail').fill('artist@forge.test')
  await sheet.getByLabel('Password').fill(password())
  await sheet.getByRole('button', { name: 'Sign in', exact: true }).click()

  await expect(page.getByText(/1 image moved to your account/).first()).toBeVisible()
})

test(
  'two fresh tabs pressed at once are one guest, and both images arrive',
  { tag: '@long' },
  async ({ page, secondTab }) => {
    await page.goto('/')
    await putOnBench(page, await makePhoto())
    const other = await secondTab()
    await other.goto('/')
    await expect(generate(other)).toBeEnabled()

    await Promise.all([generate(page).click(), generate(other).click()])

    await expectDone(page)
    await expectDone(other)
    await expect(page.getByText(/8 ?free today/)).toBeVisible()
    await page.getByRole('link', { name: 'Gallery' }).click()
    await expect(page.getByRole('main').getByRole('img')).toHaveCount(2)
  },
)

test('a prompt far too long is refused in words, and nothing is sent', { tag: '@long' }, async ({ page }) => {
  await page.goto('/')
  await putOnBench(page, await makePhoto())
  await page.getByRole('textbox', { name: 'Prompt' }).fill('x'.repeat(100_000))

  await generate(page).click()

  await expect(page.getByText(/more than 2,000 characters/).first()).toBeVisible()
  await page.getByRole('textbox', { name: 'Prompt' }).fill('short')
  await generate(page).click()
  await expectDone(page)
})

test('a reload right after an image was chosen finds it again', async ({ page }) => {
  await page.goto('/')
  await putOnBench(page, await makePhoto())
  await page.reload()

  await expect(page.getByText('photo.jpg')).toBeVisible()
})

test('a wrong password says so and leaves the bench as it was', async ({ page }) => {
  await page.goto('/')
  await putOnBench(page, await makePhoto())
  await page.getByRole('button', { name: 'Sign in' }).click()
  const sheet = page.getByRole('dialog')
  await sheet.getByLabel('E-mail').fill('artist@forge.test')
  await sheet.getByLabel('Password').fill('not the password')
  allowError(/status of 400/)
  await sheet.getByRole('button', { name: 'Sign in', exact: true }).click()

  await expect(sheet.getByText('E-mail and password do not match.')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByText('photo.jpg')).toBeVisible()
})
