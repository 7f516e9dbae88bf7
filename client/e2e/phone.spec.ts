import { AxeBuilder } from '@axe-core/playwright'
import { expect, expectDone, generate, makePhoto, test } from './fixtures.ts'

test('the whole job works on a phone, by touch', async ({ page }) => {
  await page.goto('/')
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Choose image' }).tap()
  await (await chooser).setFiles(await makePhoto())
  await expect(generate(page)).toBeEnabled()
  await expect(generate(page)).toBeInViewport()
  await generate(page).tap()

  await expect(page.getByText(/Step\s*\d+\s*of\s*28/).first()).toBeVisible()
  await expectDone(page)
  await expect(page.getByRole('button', { name: 'Download PNG' })).toBeInViewport()
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
    .analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)).toEqual(
    [],
  )
})
