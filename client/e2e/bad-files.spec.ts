import { writeFile } from 'node:fs/promises'
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
    { name: 'moving.gif', mimeType: 'image/gif', buffer: await animation('gif'), says: /animated/ },
    { name: 'moving.webp', mimeType: 'image/webp', buffer: await animation('webp'), says: /animated/ },
    { name: 'moving.png', mimeType: 'image/png', buffer: await animatedPng(), says: /animated/ },
    { name: 'print.jpg', mimeType: 'image/jpeg', buffer: await printColours(), says: /CMYK/ },
    { name: 'wall.png', mimeType: 'image/png', buffer: await twentyThousand(), says: /100 megapixels/ },
    {
      name: 'phone.heic',
      mimeType: 'image/heic',
      buffer: Buffer.from('\u0000\u0000\u0000\u0018ftypheic\u0000\u0000\u0000\u0000mif1heic', 'latin1'),
      says: /HEIC/,
    },
  ]
}

async function animation(kind: 'gif' | 'webp'): Promise<Buffer> {
  const frames = Buffer.concat([Buffer.alloc(80 * 80 * 3, 90), Buffer.alloc(80 * 80 * 3, 200)])
  const strip = sharp(frames, {
    raw: { width: 80, height: 160, channels: 3, pageHeight: 80 },
  })
  return await (kind === 'gif' ? strip.gif({ loop: 0 }) : strip.webp({ loop: 0 })).toBuffer()
}

/** A still PNG with the chunk that makes it an animation; its check sum is not looked at before it is decoded. */
async function animatedPng(): Promise<Buffer> {
  const { buffer } = await makePhoto(80, 80)
  const still = await sharp(buffer).png().toBuffer()
  const chunk = Buffer.concat([Buffer.from([0, 0, 0, 8]), Buffer.from('acTL'), Buffer.alloc(12)])
  return Buffer.concat([still.subarray(0, 33), chunk, still.subarray(33)])
}

async function printColours(): Promise<Buffer> {
  const { buffer } = await makePhoto(80, 80)
  return await sharp(buffer).toColourspace('cmyk').jpeg().toBuffer()
}

/** What says that it is 20,000 pixels wide and high; nothing of it has to be decoded to know. */
async function twentyThousand(): Promise<Buffer> {
  const { buffer } = await makePhoto(80, 80)
  const png = await sharp(buffer).png().toBuffer()
  png.writeUInt32BE(20_000, 16)
  png.writeUInt32BE(20_000, 20)
  return png
}

test('each file that cannot be used gets its own sentence and leaves the bench as it was', async ({ page }) => {
  await page.goto('/')
  await putOnBench(page, { ...(await makePhoto()), name: 'kept.jpg' })
  const input = page.locator('input[type=file]').first()

  for (const file of await files()) {
    // From the disk, as a person's come: in memory the large one would go to the browser as text.
    const onDisk = test.info().outputPath(file.name)
    await writeFile(onDisk, file.buffer)
    await input.setInputFiles(onDisk)
    await expect(page.getByText(file.says).first(), file.name).toBeVisible()
    await expect(page.getByText('kept.jpg')).toBeVisible()
  }
  await page.locator('body').evaluate((body) => {
    const dataTransfer = new DataTransfer()
    dataTransfer.setData('text/uri-list', 'https://forge.test/cat.jpg')
    body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
  })
  await expect(page.getByText(/That is an address, not a file/).first()).toBeVisible()

  await expect(generate(page)).toBeEnabled()
  await expect(page.getByText(/10 ?free today/)).toBeVisible()
})

test('a picture of ten megabytes pasted anywhere lies on the bench, a text of that size stays out of the prompt', async ({
  page,
}) => {
  await page.goto('/')
  await putOnBench(page, await makePhoto())
  const prompt = page.getByRole('textbox', { name: 'Prompt' })
  await prompt.fill('kept')
  const paste = (kind: 'text' | 'picture') =>
    prompt.evaluate(async (field, what) => {
      const data = new DataTransfer()
      if (what === 'text') data.setData('text/plain', 'a'.repeat(10_000_000))
      else {
        const drawing = new OffscreenCanvas(2000, 1200).getContext('2d')
        const noise = new ImageData(2000, 1200)
        // Whatever cannot be compressed; a fixed sequence, so that every run pastes the same.
        for (let i = 0, x = 1; i < noise.data.length; i += 1) {
          x = (x * 48_271) % 2_147_483_647
          noise.data[i] = i % 4 === 3 ? 255 : x
        }
        drawing?.putImageData(noise, 0, 0)
        const blob = await drawing?.canvas.convertToBlob({ type: 'image/png' })
        data.items.add(new File(blob ? [blob, new Uint8Array(3_000_000)] : [], 'pasted.png', { type: 'image/png' }))
      }
      field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
    }, kind)

  await paste('text')
  await expect(page.getByText(/That text is [\d.]+\sMB; a prompt holds 2,000 characters/)).toBeVisible()
  await expect(prompt).toHaveValue('kept')
  await paste('picture')
  await expect(page.getByText('pasted.png').first()).toBeVisible()
})

test('a photo larger than 2048 pixels is made smaller before it is sent', { tag: '@long' }, async ({ page }) => {
  await page.goto('/')
  await putOnBench(page, await makePhoto(4032, 3024))

  await expect(page.getByText(/4032\s*×\s*3024\s*→\s*2048\s*×\s*1536/).first()).toBeVisible()
})

test('a prompt that is too long is said at the field and nothing is sent', { tag: '@long' }, async ({ page }) => {
  await page.goto('/')
  await putOnBench(page, await makePhoto())
  await page.getByRole('textbox', { name: 'Prompt' }).fill('a'.repeat(2_001))

  await expect(page.getByText(/1 character too many/)).toBeVisible()
})
