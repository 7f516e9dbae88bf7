import { AxeBuilder } from '@axe-core/playwright'
import { expect, expectDone, generate, makePhoto, putOnBench, test } from './fixtures.ts'
import { compareWithWork } from './surgeon.ts'

test('an artist paints over a thing, and every pixel outside the soft mask stays as it was', async ({ page }) => {
  await page.goto('/studio?mode=inpaint')
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Choose image' }).click()
  await (await chooser).setFiles(await makePhoto())
  const canvas = page.getByTestId('mask-canvas')
  await expect(canvas).toBeVisible()
  await expect(page.getByRole('button', { name: 'Paint what should change' })).toBeDisabled()

  const box = (await canvas.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 }
  await page.mouse.move(box.x + box.width * 0.35, box.y + box.height * 0.4)
  await page.mouse.down()
  for (let i = 1; i <= 12; i += 1)
    await page.mouse.move(box.x + box.width * (0.35 + i / 100), box.y + box.height * 0.45)
  await page.mouse.up()
  const share = page.getByTestId('mask-share')
  await expect(share).not.toHaveText('0 % of image')
  const painted = await share.textContent()

  // A second stroke, taken back and brought again; and the edge set softer.
  await page.keyboard.press('r')
  await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.6)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.75)
  await page.mouse.up()
  await expect(share).not.toHaveText(painted ?? '')
  await page.keyboard.press('Control+z')
  await expect(share).toHaveText(painted ?? '')
  await page.getByRole('slider', { name: 'Feather' }).fill('24')
  await page.getByRole('textbox', { name: 'Prompt' }).fill('a small moon')

  // It lies there after a reload too.
  await page.waitForTimeout(600)
  await page.reload()
  await expect(share).toHaveText(painted ?? '')
  await expect(page.getByRole('slider', { name: 'Feather' })).toHaveValue('24')
  await generate(page).click()
  await expectDone(page)

  const difference = await compareWithWork(page)
  expect(difference.outside).toBe(0)
  expect(difference.changed).toBeGreaterThan(1_000)
  expect(difference.most).toBeGreaterThan(8)

  await page.getByRole('button', { name: 'Edit mask' }).click()
  await expect(share).toHaveText(painted ?? '')
})

test(
  'the whole mask works by keyboard alone, and the editor passes the WCAG 2.2 AA checks',
  { tag: '@long' },
  async ({ page }) => {
    await page.goto('/studio?mode=remix')
    await putOnBench(page, await makePhoto())
    await page.keyboard.press('Alt+3')
    const canvas = page.getByTestId('mask-canvas')
    await expect(canvas).toBeVisible()
    const share = page.getByTestId('mask-share')
    await expect(share).toHaveText('0 % of image')

    await page.getByText('Shape by numbers').focus()
    await page.keyboard.press('Enter')
    await page.getByRole('spinbutton', { name: 'Width' }).fill('200')
    await page.getByRole('button', { name: 'Add to mask' }).press('Enter')
    await expect(share).not.toHaveText('0 % of image')
    await page.keyboard.press('i')
    await page.keyboard.press('Control+z')
    await page.keyboard.press('Control+z')
    await expect(share).toHaveText('0 % of image')

    await canvas.focus()
    await page.keyboard.press(']')
    await expect(page.getByRole('slider', { name: 'Size' })).toHaveValue('84')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.down('Space')
    for (let i = 0; i < 6; i += 1) await page.keyboard.press('ArrowDown')
    await page.keyboard.up('Space')
    await expect(share).not.toHaveText('0 % of image')
    const { violations } = await new AxeBuilder({ page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
      .analyze()
    expect(
      violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`),
    ).toEqual([])

    await page.keyboard.press('Control+Enter')
    await expectDone(page)
  },
)
