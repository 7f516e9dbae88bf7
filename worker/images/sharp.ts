import sharp, { type Sharp } from 'sharp'
import { imageLimits } from '#shared/assets/rules.ts'

// One thread an operation and no cache: the GPU's host has other work, and no image is read twice.
sharp.concurrency(1)
sharp.cache(false)
// Only what the studio stores is ever decoded here; libvips would open SVG, TIFF and PDF as well.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: ['VipsForeignLoadJpeg', 'VipsForeignLoadPng', 'VipsForeignLoadWebp'],
})

/** A decoder of untrusted bytes: truncated files and more pixels than the studio takes are errors. */
export function openImage(bytes: Uint8Array): Sharp {
  return sharp(bytes, { failOn: 'warning', limitInputPixels: imageLimits.pixels })
}

/** Lays images of one size out in a row. */
export function joinRow(tiles: readonly Uint8Array[]): Sharp {
  return sharp([...tiles], { join: { across: tiles.length } })
}
