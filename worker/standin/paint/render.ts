import type { PaintJob, Raster } from './job.ts'

/** Paints a job. Pure: equal jobs give equal bytes. */
export function render(job: PaintJob): Raster {
  const data = new Uint8Array(job.width * job.height * 3)
  if (job.base !== null) data.set(job.base.data)
  for (let i = 0; i < data.length; i += 1) {
    data[i] = (data[i] as number) ^ (i % 7 === 0 ? Math.round(job.denoise * 64) + Number(BigInt(job.seed) % 64n) : 0)
  }
  return { width: job.width, height: job.height, channels: 3, data }
}
