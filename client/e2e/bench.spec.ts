import type { Page } from '@playwright/test'
import { allowError, expect, expectAccessible, expectDone, generate, makePhoto, putOnBench, test } from './fixtures.ts'

/** Settings on the bench, as an artist reads them. */
const creativity = (page: Page) => page.getByRole('slider', { name: 'Creativity' })
const prompt = (page: Page) => page.getByRole('textbox', { name: 'Prompt' })

test('an artist tries settings, takes them back, keeps some under a name and finds an old prompt again', async ({
  page,
}) => {
  // A job that this visitor does not have is asked for on purpose.
  allowError(/status of 404/)
  await page.goto('/')
  await putOnBench(page, await makePhoto())
  await prompt(page).fill('linocut, two inks')
  await creativity(page).fill('80')
  await page.getByRole('button', { name: 'Wild' }).first().click()
  await creativity(page).focus()
  await page.keyboard.press('Control+z')
  await expect(creativity(page)).toHaveValue('80')
  await page.keyboard.press('Control+Shift+z')
  await expect(creativity(page)).toHaveValue('100')

  await page.getByRole('button', { name: 'Presets' }).click()
  await page.getByRole('textbox', { name: 'Name of the preset' }).fill('All the way')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'Apply “All the way”' })).toBeVisible()
  await expectAccessible(page, 'presets', '.panel:popover-open')
  await page.getByRole('button', { name: 'Apply “Close to the image”' }).click()
  await expect(creativity(page)).toHaveValue('20')
  await page.getByRole('button', { name: 'Presets' }).click()
  await page.getByRole('button', { name: 'Apply “All the way”' }).click()
  await expect(creativity(page)).toHaveValue('100')

  await generate(page).click()
  await expectDone(page)
  await prompt(page).fill('')
  await prompt(page).press('ArrowUp')
  await expect(prompt(page)).toHaveValue('linocut, two inks')
  await page.getByRole('button', { name: 'Keep this prompt' }).click()
  await page.reload()
  await page.getByRole('button', { name: 'Earlier prompts' }).click()
  await expect(page.getByRole('button', { name: 'Star “linocut, two inks”' })).toHaveAttribute('aria-pressed', 'true')
  await expectAccessible(page, 'prompts', '.panel:popover-open')
  await page.keyboard.press('Escape')

  // The result's settings come back by its address, ready to press with the same seed.
  const job = new URL(page.url()).searchParams.get('job') ?? ''
  await prompt(page).fill('something else')
  await page.goto(`/?from=${job}&take=exact`)
  await expect(prompt(page)).toHaveValue('linocut, two inks')
  await expect(page).toHaveURL(/\/studio\?mode=remix$/)
  await expect(generate(page)).toBeEnabled()
  await page.goto(`/?from=00000000-0000-7000-8000-000000000000&take=both`)
  await expect(page.getByText('That image is not in this account.')).toBeVisible()
  await expect(prompt(page)).toHaveValue('linocut, two inks')
})

test('an artist cuts an image, changes the order of styles and swaps one with the main image', async ({ page }) => {
  await page.goto('/studio?mode=style')
  const input = page.locator('input[type=file]')
  await input.first().setInputFiles({ ...(await makePhoto(900, 600)), name: 'base.jpg' })
  await expect(page.getByText('base.jpg')).toBeVisible()
  const add = page.getByRole('region', { name: 'Style' }).locator('input[type=file][multiple]')
  await add.setInputFiles({ ...(await makePhoto(400, 400)), name: 'one.jpg' })
  const styles = page.getByRole('listitem').filter({ has: page.getByRole('slider') })
  // The field of the next one is another than that of the first.
  await expect(styles).toHaveText([/one\.jpg/])
  await add.setInputFiles({ ...(await makePhoto(300, 500)), name: 'two.jpg' })
  await expect(styles).toHaveText([/one\.jpg/, /two\.jpg/])

  await page.getByRole('button', { name: 'Crop' }).first().click()
  await page.getByText('1:1', { exact: true }).click()
  await page.getByTestId('crop-box').press('ArrowLeft')
  await expect(page.getByText('600 × 600 px are kept.')).toBeVisible()
  await expectAccessible(page, 'crop', 'dialog[open]')
  await page.getByRole('button', { name: 'Crop', exact: true }).last().click()
  await expect(page.getByText(/600\s*×\s*600, cropped/)).toBeVisible()

  await styles.first().locator('.pic').dragTo(styles.last())
  await expect(styles).toHaveText([/two\.jpg/, /one\.jpg/])
  await page.getByRole('button', { name: 'More for one.jpg' }).click()
  await page.getByRole('button', { name: 'Swap with the main image' }).click()
  await expect(styles).toHaveText([/two\.jpg/, /base\.jpg/])
  for (let i = 0; i < 3; i += 1) await page.keyboard.press('Control+z')
  await expect(styles).toHaveText([/one\.jpg/, /two\.jpg/])
  await expect(page.getByText(/900\s*×\s*600/).first()).toBeVisible()
})

test('what was typed a moment before the page closes is there again', async ({ page }) => {
  await page.goto('/')
  await putOnBench(page, await makePhoto())
  await prompt(page).fill('the last word')
  await page.reload()
  await expect(prompt(page)).toHaveValue('the last word')
  await expect(page.getByText('photo.jpg').first()).toBeVisible()
})

test(
  'every shortcut in the list is a button away, and the list opens by its key',
  { tag: '@long' },
  async ({ page }) => {
    await page.goto('/')
    await expect(page.getByRole('button', { name: 'Choose image' })).toBeVisible()
    await page.keyboard.press('?')
    await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
    await page.keyboard.press('Escape')
    for (const [place, title] of ['Style', 'Remix', 'Surgeon', 'Mashup', 'Tonic'].entries()) {
      await page.keyboard.press(`Alt+${place + 1}`)
      await expect(page.getByRole('link', { name: title, exact: true })).toHaveAttribute('aria-current', 'page')
    }
    await expect(page.getByRole('img', { name: 'Sample of the house style' })).toBeVisible()
  },
)

/** A browser whose storage is as given: without any, or full. */
async function breakStorage(page: Page, how: 'off' | 'full'): Promise<void> {
  await page.addInitScript((state) => {
    if (state === 'off') {
      Object.defineProperty(globalThis, 'indexedDB', { value: undefined })
      return
    }
    IDBObjectStore.prototype.put = () => {
      throw new DOMException('No room', 'QuotaExceededError')
    }
  }, how)
}

for (const [how, says] of [
  ['off', /keeps nothing for us/],
  ['full', /no room left/],
] as const) {
  test(`with storage that is ${how} everything works, and one sentence says what will not survive`, async ({
    page,
  }) => {
    await breakStorage(page, how)
    await page.goto('/')
    await putOnBench(page, await makePhoto())
    await expect(page.getByTestId('disk-note').getByText(says)).toBeVisible()
    await expect(generate(page)).toBeEnabled()
  })
}

test('a photo chosen after the network went lies on the bench', async ({ page, context }) => {
  allowError(/ERR_INTERNET_DISCONNECTED/)
  await page.goto('/')
  await page.waitForEvent('worker')
  await page.waitForLoadState('networkidle')
  await context.setOffline(true)
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles(await makePhoto())
  await expect(page.getByText('photo.jpg').first()).toBeVisible()
})

test('a guest who must sign in first is carried on to what was pressed', async ({ page }) => {
  await page.goto('/credits')
  await page.getByRole('button', { name: /^Buy/ }).first().click()
  const sheet = page.getByRole('dialog')
  await expect(sheet.getByText(/goes on by itself/)).toBeVisible()
  await sheet.getByRole('textbox', { name: 'E-mail' }).fill(`ada-${Date.now()}@example.com`)
  await sheet.getByLabel('Password').fill('long enough to be one')
  await sheet.getByRole('button', { name: 'Create account' }).click()
  await page.waitForURL((url) => !url.pathname.startsWith('/credits'))
})
