import sharp from 'sharp'
import { expect, generate, makePhoto, putOnBench, test, type TestFile } from './fixtures.ts'

async function files(): Promise<readonly (TestFile & { says: RegExp })[]> {
  const photo = await makePhoto()
  const big = await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
    .png()
    .toBuffer()
  return [
    { name: 'empty.png', mimeType: 'image/png', buffer: Buffer.alloc(0), says: /empty/ },
    {
      name: 'notes.png',
      mimeType: 'image/png',
      buffer: Buffer.from('not an image at all'),
      says: /not an image|can’t be read/,
    },
    {
      name: 'drawing.svg',
      mimeType: 'image/svg+xml',
      buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
      says: /not an image/,
    },
    { name: 'page.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7'), says: /not an image/ },
    { name: 'broken.jpg', mimeType: 'image/jpeg', buffer: photo.buffer.subarray(0, 300), says: /can’t be read/ },
    { name: 'dot.png', mimeType: 'image/png', buffer: big, says: /too small/ },
    {
      name: 'huge.jpg',
      mimeType: 'image/jpeg',
      buffer: Buffer.concat([photo.buffer, Buffer.alloc(26 * 1024 * 1024)]),
      says: /limit is 25/,
    },
    { name: 'moving.gif', mimeType: 'image/gif', buffer: await animation(), says: /animated|not an image/ },
    {
      name: 'phone.heic',
      mimeType: 'image/heic',
      buffer: Buffer.from('\u0000\u0000\u0000\u0018ftypheic\u0000\u0000\u0000\u0000mif1heic', 'latin1'),
      says: /HEIC/,
    },
  ]
}

async function animation(): Promise<Buffer> {
  const frame = await sharp({ create: { width: 80, height: 160, channels: 3, background: 'red' } })
    .raw()
    .toBuffer()
  return await sharp(frame, { raw: { width: 80, height: 160, channels: 3, pageHeight: 80 } })
    .gif({ loop: 0 })
    .toBuffer()
}

test('each file that cannot be used gets its own sentence and leaves the bench as it was', async ({ page }) => {
  await page.goto('/')
  await putOnBench(page, { ...(await makePhoto()), name: 'kept.jpg' })
  const input = page.locator('input[type=file]').first()

  for (const file of await files()) {
    await input.setInputFiles({ name: file.name, mimeType: file.mimeType, buffer: file.buffer })
    await expect(page.getByText(file.says).first(), file.name).toBeVisible()
    await expect(page.getByText('kept.jpg')).toBeVisible()
  }

  await expect(generate(page)).toBeEnabled()
  await expect(page.getByText(/10 ?free today/)).toBeVisible()
})

test('a photo larger than 2048 pixels is made smaller before it is sent', async ({ page }) => {
  await page.goto('/')
  await putOnBench(page, await makePhoto(4032, 3024))

  await expect(page.getByText(/4032\s*×\s*3024\s*→\s*2048\s*×\s*1536/).first()).toBeVisible()
})

test('a prompt that is too long is said at the field and nothing is sent', async ({ page }) => {
  await page.goto('/')
  await putOnBench(page, await makePhoto())
  await page.getByRole('textbox', { name: 'Prompt' }).fill('a'.repeat(2_001))

  await expect(page.getByText(/1 character too many/)).toBeVisible()
})
