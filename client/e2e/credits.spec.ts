import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { allowError, expect, expectDone, generate, makePhoto, putOnBench, test } from './fixtures.ts'
import { stackUnderTest } from './under-test.ts'

async function signUp(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign in' }).first().click()
  const sheet = page.getByRole('dialog')
  await sheet.getByRole('button', { name: /Create one/ }).click()
  await sheet.getByLabel('E-mail').fill(`buyer-${crypto.randomUUID()}@forge.test`)
  await sheet.getByLabel('Password').fill('correct horse battery')
  await sheet.getByRole('button', { name: 'Create account' }).click()
  await expect(page.getByText(/Account created/).first()).toBeVisible()
}

const ledgerRow = (page: Page, text: string | RegExp) => page.getByRole('row').filter({ hasText: text })

/** The next prompt of this stack's engine ends in a black picture, which no second try mends. */
async function breakNextImage(): Promise<void> {
  const body = JSON.stringify({ fault: 'black-output' })
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${stackUnderTest().comfyUrl}/standin/faults`, { method: 'POST', headers, body })
  expect(answer.ok).toBe(true)
}

test('a guest uses up ten, signs up and finds the work, buys a pack, generates at once, and a failed image comes back', async ({
  page,
}) => {
  test.setTimeout(240_000)
  await page.goto('/studio?mode=tonic')
  await putOnBench(page, await makePhoto(96, 96))
  const done = page.getByRole('complementary', { name: 'This session' }).getByText('Done')
  for (const [count, left] of [
    ['4', 6],
    ['4', 2],
    ['2', 0],
  ] as const) {
    await page.getByRole('radio', { name: count, exact: true }).check()
    await expect(generate(page)).toContainText(`${count} free`)
    await generate(page).click()
    await expect(page.getByText(new RegExp(`^${left} ?free today`))).toBeVisible()
    await expect(done).toHaveCount(10 - left, { timeout: 90_000 })
  }
  await expect(page.getByText('No free images left today').first()).toBeVisible()
  await expect(generate(page)).toHaveCount(0)
  await expect(page.getByRole('textbox', { name: 'Prompt' })).toBeEditable()
  await expect(page.getByRole('button', { name: 'Sign in to use credits' })).toBeVisible()

  await signUp(page)
  await expect(done).toHaveCount(10)
  await expect(page.getByText('No free images left today').first()).toBeVisible()
  await page.getByRole('link', { name: 'Get credits' }).first().click()
  await page.getByRole('button', { name: 'Buy 50' }).click()
  await expect(page.getByText('no real money moves')).toBeVisible()
  await page.getByRole('link', { name: 'Cancel and go back' }).click()
  await expect(page.getByText('0', { exact: true }).first()).toBeVisible()
  await page.getByRole('button', { name: 'Buy 50' }).click()
  await page.getByRole('button', { name: 'Pay by card' }).click()

  await expect(page.getByRole('heading', { name: 'Credits are in' })).toBeVisible()
  await expect(page.getByText('50 credits added.')).toBeVisible()
  await page.getByRole('link', { name: 'Back to the bench' }).click()
  await expect(page.getByText('photo.jpg')).toBeVisible()
  await page.getByRole('radio', { name: '1', exact: true }).check()
  await expect(generate(page)).toContainText('credit')
  await generate(page).click()
  await expectDone(page)

  await breakNextImage()
  await generate(page).click()
  await expect(page.getByText('1 credit returned.').first()).toBeVisible({ timeout: 60_000 })
  await page.getByRole('link', { name: 'Credits' }).first().click()
  await expect(ledgerRow(page, 'Bought')).toContainText('+50')
  await expect(ledgerRow(page, 'Returned')).toContainText('+1')
  await expect(ledgerRow(page, 'Spent').first()).toContainText('−1')
  await page.getByLabel('Show').selectOption('bought')
  await expect(ledgerRow(page, 'Spent')).toHaveCount(0)
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'CSV' }).click()
  const csv = await readFile(await (await download).path(), 'utf8')
  expect(csv).toMatch(/,bought,50,50,/)
  await page.getByRole('button', { name: 'Receipt' }).click()
  await expect(page.getByText('$5.00')).toBeVisible()
})

test(
  'a payment that takes its time is followed live, and one that fails says so',
  { tag: '@long' },
  async ({ page }) => {
    await page.goto('/credits')
    await signUp(page)
    await page.getByRole('button', { name: 'Buy 120' }).click()
    await page.getByRole('button', { name: /which arrives later/ }).click()

    await expect(page.getByRole('heading', { name: 'Your bank is sending it' })).toBeVisible()
    await expect(page.getByRole('heading', { name: 'Credits are in' })).toBeVisible()
    await page.getByRole('link', { name: 'See the ledger' }).click()
    await page.getByRole('button', { name: 'Buy 50' }).click()
    await page.getByRole('button', { name: /which fails later/ }).click()

    await expect(page.getByRole('heading', { name: 'The payment did not go through' })).toBeVisible({ timeout: 90_000 })
    await expect(page.getByText(/Nothing was charged/)).toBeVisible()
  },
)

test('a guest who wants to buy is asked for an account first; an address that names no purchase says so', async ({
  page,
}) => {
  allowError(/status of 404/)
  await page.goto('/credits')
  await page.getByRole('button', { name: 'Buy 50' }).click()
  await expect(page.getByRole('dialog').getByRole('heading', { name: 'Create account' })).toBeVisible()
  await page.keyboard.press('Escape')
  await signUp(page)

  await page.goto(`/credits/return?purchase=${crypto.randomUUID()}`)

  await expect(page.getByRole('heading', { name: 'That purchase is not in this account.' })).toBeVisible()
})
