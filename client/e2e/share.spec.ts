import { AxeBuilder } from '@axe-core/playwright'
import { allowError, expect, expectDone, generate, makePhoto, putOnBench, test } from './fixtures.ts'

test('somebody with the link follows an image while it is made and sees nothing of what it was made from; revoked, it is gone', async ({
  page,
  browser,
  request,
}) => {
  allowError(/status of 404/)
  // Another person, elsewhere, whose browser is open already: the image is made in a few seconds.
  const visitor = await browser.newContext()
  const theirs = await visitor.newPage()
  await page.goto('/')
  await putOnBench(page, await makePhoto())
  await page.getByRole('textbox', { name: 'Prompt' }).fill('a private thought')
  await generate(page).click()
  await page.getByRole('button', { name: 'Share', exact: true }).click()
  const sheet = page.getByRole('dialog', { name: 'Share this image' })
  await sheet.getByRole('button', { name: 'Create link' }).click()
  const link = await sheet.getByRole('textbox', { name: 'Link: Image alone' }).inputValue()

  await theirs.goto(link)
  await expect(theirs.getByText('This page follows it by itself.')).toBeVisible()
  await expect(theirs.getByTestId('result')).toBeVisible({ timeout: 40_000 })
  await expect(theirs.getByRole('heading', { name: 'Made with Remix' })).toBeVisible()
  await expect(theirs.getByText('AI-generated')).toBeVisible()
  await expect(theirs.getByText(/no GPU/)).toBeVisible()
  expect(await theirs.content()).not.toMatch(/private thought|\/inputs\/|\/works\//)
  const { violations } = await new AxeBuilder({ page: theirs }).analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])

  // What a messenger reads.
  const html = await (await request.get(link)).text()
  expect(html).toContain('noindex')
  const card = /property="og:image" content="([^"]+)"/.exec(html)?.[1] ?? ''
  const picture = await request.get(new URL(new URL(card).pathname, link).href)
  expect(picture.headers()['content-type']).toMatch(/^image\//)

  // With the recipe only when chosen.
  await page.bringToFront()
  const { violations: inSheet } = await new AxeBuilder({ page }).include('dialog').analyze()
  expect(inSheet.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
  await sheet.getByRole('checkbox', { name: /With prompt/ }).check()
  await sheet.getByRole('button', { name: 'Create link' }).click()
  const told = await sheet.getByRole('textbox', { name: 'Link: With prompt, settings and seed' }).inputValue()
  await theirs.goto(told)
  await expect(theirs.getByText('a private thought')).toBeVisible()

  await sheet.getByRole('listitem').filter({ hasText: 'Image alone' }).getByRole('button', { name: 'Revoke' }).click()
  await expect(sheet.getByText(/^Revoked\./)).toBeVisible()
  expect((await theirs.goto(link))?.status()).toBe(404)
  await expect(theirs.getByRole('heading', { name: 'Nothing at this link.' })).toBeVisible()

  // A deleted image takes its links along.
  await page.keyboard.press('Escape')
  await expectDone(page)
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  await expect(page.getByText('Image deleted.')).toBeVisible()
  expect((await theirs.goto(told))?.status()).toBe(404)
  await visitor.close()
})
