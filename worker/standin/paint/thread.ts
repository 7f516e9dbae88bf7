import { parentPort } from 'node:worker_threads'
import type { PaintRequest, Raster } from './job.ts'
import { compositeRaster, depthRaster, edgeRaster } from './raster-ops.ts'
import { render } from './render.ts'

// The body of the paint thread: one request in, one raster out, in order.
parentPort?.on('message', ({ id, request }: { id: number; request: PaintRequest }) => {
  answer(id, request)
})

function answer(id: number, request: PaintRequest): void {
  try {
    const raster = run(request)
    parentPort?.postMessage({ id, raster }, [raster.data.buffer as ArrayBuffer])
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    parentPort?.postMessage({ id, error: text }, [])
  }
}

function run(request: PaintRequest): Raster {
  if (request.op === 'paint') return render(request.job)
  if (request.op === 'composite') return compositeRaster(request)
  if (request.op === 'edges') return edgeRaster(request.image, request.low, request.high)
  return depthRaster(request.image)
}
