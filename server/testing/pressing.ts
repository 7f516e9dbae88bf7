import { createHash, randomUUID } from 'node:crypto'
import type { z } from 'zod'
import type { createInput } from '#shared/jobs/schema.ts'
import { png } from './images.ts'
import { type Api, type Person, upload } from './live-server.ts'

export type Wish = z.input<typeof createInput>

/** A wish for one free image of remix, around a freshly uploaded base. */
export async function wishOf(person: Pick<Person, 'api'>, changes: Partial<Wish> = {}): Promise<Wish> {
  const asset = await (await upload(person.api, await png({ width: 160, height: 90 }))).confirm()
  return { ...wishFor(asset.id), ...changes }
}

/** A new request id every time; the rest is the same wish. */
export function wishFor(assetId: string): Wish {
  return {
    requestId: randomUUID(),
    mode: 'remix',
    prompt: 'a lighthouse of bone',
    creativity: 50,
    chaos: 30,
    seed: '7',
    inputs: [{ assetId, role: 'base' }],
    purse: 'free',
    expectedPrice: 1,
  }
}

/** Stages one image for an attempt, as a worker does. Answers the file as `worker.complete` takes it. */
export async function stageOutput(api: Api, attempt: { job: string; epoch: number }, bytes: Uint8Array) {
  const file = {
    name: 'output-0',
    kind: 'output' as const,
    mime: 'image/png' as const,
    bytes: bytes.byteLength,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }
  const [place] = await api.worker.uploads.mutate({ ...attempt, files: [file] })
  if (!place) throw new Error('no place to upload to')
  const { status } = await fetch(place.url, { method: 'PUT', headers: place.headers, body: Uint8Array.from(bytes) })
  return { status, place, file: { ...file, stagingKey: place.stagingKey } }
}
