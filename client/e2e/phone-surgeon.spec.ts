import { AxeBuilder } from '@axe-core/playwright'
import { expect, expectDone, generate, makePhoto, test } from './fixtures.ts'

test('the Surgeon works on a phone: one finger paints, two move the picture', async ({ page, context }) => {
  await page.goto('/studio?mode=inpaint')
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Choose image' }).tap()
  await (await chooser).setFiles(await makePhoto())
  const canvas = page.getByTestId('mask-canvas')
  await expect(canvas).toBeVisible()
  const box = (await canvas.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 }
  const at = (x: number, y: number) => ({ x: box.x + box.width * x, y: box.y + box.height * y })
  const touch = await context.newCDPSession(page)
  const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', touchPoints: { x: number; y: number; id?: number }[]) =>
    touch.send('Input.dispatchTouchEvent', { type, touchPoints })

  await send('touchStart', [at(0.4, 0.4)])
  for (let i = 1; i <= 8; i += 1) await send('touchMove', [at(0.4 + i / 50, 0.45)])
  await send('touchEnd', [])
  await page.getByRole('button', { name: 'Mask', exact: true }).tap()
  const share = page.getByTestId('mask-share')
  await expect(share).not.toHaveText('0 % of image')
  const painted = await share.textContent()

  const two = (apart: number) => [
    { ...at(0.5 - apart, 0.5), id: 1 },
    { ...at(0.5 + apart, 0.5), id: 2 },
  ]
  await send('touchStart', two(0.1).slice(0, 1))
  await send('touchStart', two(0.1))
  for (let i = 1; i <= 5; i += 1) await send('touchMove', two(0.1 + i / 40))
  await send('touchEnd', [])
  await expect(page.locator('.mask-layer')).toHaveAttribute('style', /scale\((1\.[1-9]|2)/)
  await expect(share).toHaveText(painted ?? '')

  // Two fingers that only tap take the last stroke back, three bring it again.
  const tap = async (fingers: number) => {
    await send(
      'touchStart',
      Array.from({ length: fingers }, (_, id) => ({ ...at(0.3 + id / 10, 0.5), id })),
    )
    await send('touchEnd', [])
  }
  await tap(2)
  await expect(share).toHaveText('0 % of image')
  await tap(3)
  await expect(share).toHaveText(painted ?? '')

  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
    .analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)).toEqual(
    [],
  )
  await expect(generate(page)).toBeInViewport()
  await generate(page).tap()
  await expectDone(page)
})
