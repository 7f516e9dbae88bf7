import { randomFillSync } from 'node:crypto'
import type { PaintRequest, Raster } from './job.ts'
import type { Painter } from './painter.ts'

/** Whoever answers paint requests. */
export type PaintService = Pick<Painter, 'run' | 'stop'>

/** A picture whose PNG has about `bytes`: rows of noise, which does not compress, above rows of one gradient. */
function noisePicture(width: number, height: number, bytes: number): Raster {
  const grow = Math.max(1, Math.sqrt(bytes / (width * height * 3)))
  const [w, h] = [Math.round(width * grow), Math.round(height * grow)]
  const data = new Uint8Array(w * h * 3)
  const noise = Math.min(data.length, Math.round(bytes / (w * 3)) * w * 3)
  randomFillSync(data, 0, noise)
  for (let i = noise; i < data.length; i += 1) data[i] = Math.floor(i / (w * 3)) & 255
  return { width: w, height: h, channels: 3, data }
}

/** Paints nothing: each picture is noise of a given file size, at once. For measurements of everything but painting. */
export function createNoisePainter(bytes: number): PaintService {
  return {
    async run(request: PaintRequest): Promise<Raster> {
      if (request.op === 'composite') return request.destination
      if (request.op !== 'paint') return request.image
      const { width, height } = request.job
      // The sketch that previews are made from is small, and stays so.
      return noisePicture(width, height, width * height < 65_536 ? width * height : bytes)
    },
    async stop() {},
  }
}
