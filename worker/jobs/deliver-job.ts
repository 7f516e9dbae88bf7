import { drain } from '#worker/drain.ts'
import { createHash } from 'node:crypto'
import { ForgeError } from '#shared/errors.ts'
import type { ClaimedJob, OutputFile } from '#shared/worker/schema.ts'
import type { StageMs } from '#worker/core/stage-clock.ts'
import type { AttemptRef } from '#worker/control/report-progress.ts'
import { JobFailure } from '#worker/core/job-failure.ts'
import { encodeFull, encodePreview, encodeThumb, encodeTimeline } from '#worker/images/encode-outputs.ts'
import type { JobDeps } from './job-deps.ts'
import { persist } from './persist.ts'
import type { Rendered } from './backend.ts'

type MadeFile = { about: OutputFile; bytes: Uint8Array }
type Signed = { name: string; url: string; headers: Record<string, string>; stagingKey: string }

/** How they are handed in: what is shown first is first. */
const order: readonly OutputFile['kind'][] = ['preview', 'output', 'thumb', 'timeline']

function describe(name: string, kind: OutputFile['kind'], mime: OutputFile['mime'], bytes: Uint8Array): MadeFile {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { about: { name, kind, mime, bytes: bytes.byteLength, sha256 }, bytes }
}

/** A file on its way out; encoding begins at once, so nothing holds the picture longer than that takes. */
type Making = Promise<MadeFile | null>

/** Those that leave together: what is small, and the full picture, which need not wait for them nor they for it. */
function beginFiles(rendered: Rendered, frames: readonly Uint8Array[], standIn: boolean): Making[][] {
  const { picture, pixels, smaller } = rendered
  const make = async (about: Pick<OutputFile, 'name' | 'kind' | 'mime'>, encoded: Promise<Uint8Array | null>) => {
    const bytes = await encoded
    return bytes && describe(about.name, about.kind, about.mime, bytes)
  }
  const mime = 'image/webp'
  const full = make({ name: 'output-0', kind: 'output', mime: 'image/png' }, encodeFull(picture, standIn, smaller))
  const small = [
    make({ name: 'preview-0', kind: 'preview', mime }, encodePreview(pixels, standIn)),
    make({ name: 'thumb-0', kind: 'thumb', mime }, encodeThumb(pixels, standIn)),
    make(
      { name: 'timeline', kind: 'timeline', mime },
      encodeTimeline(frames, rendered, standIn).catch(() => null),
    ),
  ]
  return [small, [full]]
}

async function put(file: MadeFile, signed: Signed, limitMs: number, signal: AbortSignal): Promise<void> {
  const response = await fetch(signed.url, {
    method: 'PUT',
    headers: signed.headers,
    body: file.bytes.slice(),
    signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
  }).catch((error: unknown) => {
    signal.throwIfAborted()
    throw new ForgeError('UNAVAILABLE', {}, { cause: error })
  })
  await drain(response)
  if (!response.ok) throw new ForgeError('UNAVAILABLE', { status: response.status })
}

type Delivery = {
  attempt: AttemptRef
  files: readonly (readonly Making[])[]
  times: () => { gpuMs: number; stageMs: StageMs }
}

/** Signs, with one call, and uploads files as soon as all of them are encoded. */
async function upload(deps: JobDeps, attempt: AttemptRef, makings: readonly Making[], signal: AbortSignal) {
  const files = (await Promise.all(makings)).filter((file) => file !== null)
  const slots = await deps.control.uploads({ ...attempt, files: files.map(({ about }) => about) }, signal)
  return Promise.all(
    files.map(async (file) => {
      const slot = slots.find(({ name }) => name === file.about.name)
      if (!slot) throw new ForgeError('UNAVAILABLE', { missing: file.about.name })
      await put(file, slot, deps.times.putMs, signal)
      return { ...file.about, stagingKey: slot.stagingKey }
    }),
  )
}

/**
 * One whole try: sign, upload, complete. Signed PUTs are write-once, so a try that failed half-way starts over with new
 * ones; `complete` for the same attempt answers the same when it had been heard.
 */
async function tryOnce(deps: JobDeps, { attempt, files, times }: Delivery, signal: AbortSignal): Promise<void> {
  const began = performance.now()
  const groups = await Promise.all(files.map((makings) => upload(deps, attempt, makings, signal)))
  const uploaded = groups.flat().sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
  const uploadMs = Math.round(performance.now() - began)
  try {
    await deps.control.complete({ ...attempt, files: uploaded, ...times() }, signal)
  } catch (error) {
    if (error instanceof ForgeError && error.code === 'UPLOAD_MISSING')
      throw new ForgeError('UNAVAILABLE', {}, { cause: error })
    throw error
  }
  deps.log.info({ ...attempt, uploadMs, checkMs: Math.round(performance.now() - began) - uploadMs }, 'delivered')
}

/**
 * The last phase: encodes, uploads, and says that it is done, for as long as it takes a server or database that is away
 * to come back (at most `deliverMs`); the GPU is not asked again. Throws `JobStop` when the attempt is no longer ours and
 * `JobFailure` when the files are refused or nobody ever hears.
 */
export async function deliverJob(
  deps: JobDeps,
  made: {
    job: ClaimedJob
    rendered: Rendered
    frames: readonly Uint8Array[]
    stageMs: () => StageMs
    /** Until it is known that the lease is still ours. */
    confirmed: () => Promise<void>
  },
  signal: AbortSignal,
): Promise<void> {
  const { job, rendered, stageMs } = made
  const { gpuMs } = rendered
  const attempt = { job: job.id, epoch: job.epoch }
  const began = performance.now()
  const files = beginFiles(rendered, made.frames, deps.standIn)
  const encoded = Promise.all(files.flat()).then(() => Math.round(performance.now() - began))
  encoded.then(
    (encodeMs) => deps.log.info({ ...attempt, encodeMs }, 'encoded'),
    () => {},
  )
  const times = () => ({ gpuMs, stageMs: stageMs() })
  try {
    const tell = async () => {
      await made.confirmed()
      await tryOnce(deps, { attempt, files, times }, signal)
    }
    await persist(tell, {
      log: deps.log.child(attempt),
      what: 'complete',
      limitMs: deps.times.deliverMs,
      signal,
    })
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error
    if (error.code === 'OUTPUT_INVALID')
      throw new JobFailure('output-refused', JSON.stringify(error.data), { cause: error })
    throw new JobFailure('upload-refused', `delivery refused with ${error.code}`, { cause: error })
  }
}
