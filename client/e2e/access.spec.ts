import { expect, expectAccessible, expectDone, generate, makePhoto, putOnBench, test } from './fixtures.ts'

test('every state of the studio passes the WCAG 2.2 AA checks', async ({ page }) => {
  await page.goto('/')
  await expect(page.getByRole('button', { name: 'Choose image' })).toBeVisible()
  await expectAccessible(page, 'idle')
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
  await expectAccessible(page, 'list of keys', 'dialog[open]')
  await page.keyboard.press('Escape')

  await putOnBench(page, await makePhoto())
  await expectAccessible(page, 'image on the bench')

  await generate(page).click()
  await expect(page.getByText(/Step\s*\d+\s*of\s*28/).first()).toBeVisible()
  await expectAccessible(page, 'running')

  await expectDone(page)
  await expectAccessible(page, 'done')

  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await expectAccessible(page, 'sign-in sheet')
  await page.keyboard.press('Escape')

  await page.getByRole('link', { name: 'Gallery' }).click()
  await expect(page.getByRole('main').getByRole('img').first()).toBeVisible()
  await expectAccessible(page, 'gallery')

  await page.goto('/nowhere')
  await expect(page.getByText('Nothing at this address.')).toBeVisible()
  await expectAccessible(page, 'not found')
})

test('reduced motion still shows every step', { tag: '@long' }, async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto('/')
  await putOnBench(page, await makePhoto())
  await generate(page).click()

  await expect(page.getByText(/Step\s*\d+\s*of\s*28/).first()).toBeVisible()
  await expectDone(page)
})
