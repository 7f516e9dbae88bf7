import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, expectDone, generate, makePhoto, putOnBench, test } from './fixtures.ts'

async function expectNoViolations(page: Page, state: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze()
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
  expect(found, state).toEqual([])
}

test('every state of the studio passes the WCAG 2.2 AA checks', async ({ page }) => {
  await page.goto('/')
  await expect(page.getByRole('button', { name: 'Choose image' })).toBeVisible()
  await expectNoViolations(page, 'idle')

  await putOnBench(page, await makePhoto())
  await expectNoViolations(page, 'image on the bench')

  await generate(page).click()
  await expect(page.getByText(/Step\s*\d+\s*of\s*28/).first()).toBeVisible()
  await expectNoViolations(page, 'running')

  await expectDone(page)
  await expectNoViolations(page, 'done')

  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await expectNoViolations(page, 'sign-in sheet')
  await page.keyboard.press('Escape')

  await page.getByRole('link', { name: 'Gallery' }).click()
  await expect(page.getByRole('main').getByRole('img').first()).toBeVisible()
  await expectNoViolations(page, 'gallery')

  await page.goto('/nowhere')
  await expect(page.getByText('Nothing at this address.')).toBeVisible()
  await expectNoViolations(page, 'not found')
})

test('reduced motion still shows every step', { tag: '@long' }, async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto('/')
  await putOnBench(page, await makePhoto())
  await generate(page).click()

  await expect(page.getByText(/Step\s*\d+\s*of\s*28/).first()).toBeVisible()
  await expectDone(page)
})
