import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from './fixtures.ts'
import { openFilledGallery } from './filled-gallery.ts'

const cell = (page: Page, name: string) => page.getByRole('gridcell', { name: new RegExp(`^${name}\\b`) })
const undo = (page: Page) => page.getByRole('button', { name: 'Undo' })

async function expectNoViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag22aa']).analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html.slice(0, 200)])).toEqual([])
}

test('a person tidies up: searches, marks, throws away, takes back, and finds it all again after a reload', async ({
  page,
  secondTab,
}) => {
  await openFilledGallery(page, 90)
  await expect(cell(page, 'picture 1')).toBeVisible()
  await expect(page.getByText('90 images')).toBeVisible()
  await expectNoViolations(page)

  await test.step('several are chosen, marked and deleted, and one press brings them back', async () => {
    await cell(page, 'picture 2').click({ modifiers: ['Control'] })
    await cell(page, 'picture 5').click({ modifiers: ['Shift'] })
    await expect(page.getByText('4 selected')).toBeVisible()
    const other = await secondTab()
    await other.goto(page.url())
    await expect(other.getByText('90 images')).toBeVisible()
    const bar = page.getByRole('toolbar', { name: 'Selection' })
    await bar.getByRole('button', { name: 'Favourite' }).click()
    await expect(cell(page, 'picture 3')).toHaveAccessibleName(/favourite$/)
    await expect(cell(other, 'picture 3')).toHaveAccessibleName(/favourite$/)
    await bar.getByRole('button', { name: 'Delete' }).click()
    await expect(page.getByText('86 images')).toBeVisible()
    await expect(other.getByText('86 images')).toBeVisible()
    await expect(cell(page, 'picture 3')).toHaveCount(0)
    await undo(page).click()
    await expect(page.getByText('90 images')).toBeVisible()
    await expect(other.getByText('90 images')).toBeVisible()
    await other.close()
    await expect(cell(page, 'picture 3')).toHaveAccessibleName(/favourite$/)
  })

  await test.step('the address narrows, and a reload keeps it', async () => {
    await page.getByRole('button', { name: 'Favourites' }).click()
    await expect(page.getByText('4 of 90 images')).toBeVisible()
    await expect(page).toHaveURL(/favourite=true/)
    await page.reload()
    await expect(page.getByRole('gridcell')).toHaveCount(4)
    await page.getByRole('searchbox', { name: 'Search prompts' }).fill('nothing like it')
    await expect(page.getByRole('heading', { name: 'No image matches.' })).toBeVisible()
    await page.getByRole('main').getByRole('button', { name: 'Clear filters' }).last().click()
    await expect(page.getByText('90 images')).toBeVisible()
    await page.goto('/gallery?mode=%27&text=%7B%7D&favourite=[]')
    await expect(page.getByText('90 images')).toBeVisible()
  })

  await test.step('an image is opened far below, and the wall is where it was', async () => {
    await cell(page, 'picture 1').focus()
    await page.keyboard.press('End')
    await cell(page, 'picture 90').getByRole('link').click()
    await expect(page.getByRole('navigation', { name: 'Lineage' })).toBeVisible()
    await expect(page.getByRole('link', { name: 'Re-forge exactly' })).toHaveAttribute('href', /from=.*take=exact/)
    await expectNoViolations(page)
    await page.getByRole('link', { name: 'Gallery' }).last().click()
    await expect(cell(page, 'picture 90')).toBeFocused()
    await page.reload()
    await expect(cell(page, 'picture 90')).toBeInViewport()
  })
})

test('everything goes without a mouse', async ({ page }) => {
  await openFilledGallery(page, 40)
  await cell(page, 'picture 1').focus()
  await page.keyboard.press('End')
  await expect(cell(page, 'picture 40')).toBeFocused()
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('f')
  await expect(cell(page, 'picture 2')).toHaveAccessibleName(/favourite$/)

  await page.keyboard.press('Space')
  await page.keyboard.press('Shift+ArrowRight')
  await expect(page.getByText('2 selected')).toBeVisible()
  await page.keyboard.press('Delete')
  await expect(page.getByText('38 images')).toBeVisible()
  await expect(cell(page, 'picture 4')).toBeFocused()
  await page.keyboard.press('Control+z')
  await expect(page.getByText('40 images')).toBeVisible()
  await expect(cell(page, 'picture 2')).toBeFocused()

  await page.keyboard.press('Control+a')
  await page.keyboard.press('Delete')
  await expect(page.getByRole('dialog', { name: 'Delete 40 images?' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByText('40 images', { exact: true })).toBeVisible()

  await cell(page, 'picture 2').focus()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Recipe' })).toBeVisible()
  await page.keyboard.press('ArrowRight')
  await expect(page.getByText('picture 3, in ink').or(page.getByText('picture 3')).first()).toBeVisible()
  await page.keyboard.press('Delete')
  await page.keyboard.press('Escape')
  await expect(page.getByText('39 images')).toBeVisible()
  await expect(cell(page, 'picture 4')).toBeFocused()

  await page.getByRole('button', { name: 'Recently deleted' }).press('Enter')
  await expect(page).toHaveURL(/deleted=true/)
  await expect(page.getByText(/wait here for 30 days/)).toBeVisible()
  await expect(cell(page, 'picture 3')).toHaveAccessibleName(/30 days left$/)
  await expectNoViolations(page)
  await cell(page, 'picture 3').press('r')
  await expect(page.getByRole('heading', { name: 'Nothing deleted.' })).toBeVisible()
  await page.getByRole('link', { name: 'Back to your images' }).press('Enter')
  await expect(page.getByText('40 images')).toBeVisible()
})
