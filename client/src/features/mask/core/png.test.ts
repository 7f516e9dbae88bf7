import sharp from 'sharp'
import { expect, test } from 'vitest'
import { maskPng } from './png.ts'
import { createRaster, fillRect } from './raster.ts'

test('a mask leaves as an RGB PNG of its size, white where it repaints', async () => {
  const raster = createRaster(37, 21)
  fillRect(raster, { x: 5, y: 3 }, { x: 20, y: 9 }, 255)
  const png = Buffer.from(await (await maskPng(raster)).arrayBuffer())

  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true })
  expect(info).toMatchObject({ width: 37, height: 21, channels: 3 })
  for (let i = 0; i < raster.bits.length; i += 1) {
    expect([...data.subarray(i * 3, i * 3 + 3)]).toEqual(Array.from({ length: 3 }, () => raster.bits[i]))
  }
})
