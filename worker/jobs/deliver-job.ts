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

function describe(name: string, kind: OutputFile['kind'], mime: OutputFile['mime'], bytes: Uint8Array): MadeFile {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { about: { name, kind, mime, bytes: bytes.byteLength, sha256 }, bytes }
}

/** The files of a finished job: full PNG, WebP preview and thumbnail, and a strip of the previews when there were any. */
export async function makeFiles(
  rendered: Rendered,
  frames: readonly Uint8Array[],
  standIn: boolean,
): Promise<MadeFile[]> {
  const [preview, full, thumb, strip] = await Promise.all([
    encodePreview(rendered.picture, standIn),
    encodeFull(rendered.picture, standIn),
    encodeThumb(rendered.picture, standIn),
    encodeTimeline(frames, rendered, standIn).catch(() => null),
  ])
  return [
    describe('preview-0', 'preview', 'image/webp', preview),
    describe('output-0', 'output', 'image/png', full),
    describe('thumb-0', 'thumb', 'image/webp', thumb),
    ...(strip ? [describe('timeline', 'timeline', 'image/webp', strip)] : []),
  ]
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

type Delivery = { attempt: AttemptRef; files: MadeFile[]; times: () => { gpuMs: number; stageMs: StageMs } }

/**
 * One whole try: sign, upload, complete. Signed PUTs are write-once, so a try that failed half-way starts over with new
 * ones; `complete` for the same attempt answers the same when it had been heard.
 */
async function tryOnce(deps: JobDeps, { attempt, files, times }: Delivery, signal: AbortSignal): Promise<void> {
  const slots = await deps.control.uploads({ ...attempt, files: files.map((file) => file.about) }, signal)
  const uploaded = await Promise.all(
    files.map(async (file) => {
      const slot = slots.find(({ name }) => name === file.about.name)
      if (!slot) throw new ForgeError('UNAVAILABLE', { missing: file.about.name })
      await put(file, slot, deps.times.putMs, signal)
      return { ...file.about, stagingKey: slot.stagingKey }
    }),
  )
  try {
    await deps.control.complete({ ...attempt, files: uploaded, ...times() }, signal)
  } catch (error) {
    if (error instanceof ForgeError && error.code === 'UPLOAD_MISSING')
      throw new ForgeError('UNAVAILABLE', {}, { cause: error })
    throw error
  }
}

/**
 * The last phase: encodes, uploads, and says that it is done, for as long as it takes a server or database that is away
 * to come back (at most `deliverMs`); the GPU is not asked again. Throws `JobStop` when the attempt is no longer ours and
 * `JobFailure` when the files are refused or nobody ever hears.
 */
export async function deliverJob(
  deps: JobDeps,
  made: { job: ClaimedJob; rendered: Rendered; frames: readonly Uint8Array[]; stageMs: () => StageMs },
  signal: AbortSignal,
): Promise<void> {
  const { job, rendered } = made
  const attempt = { job: job.id, epoch: job.epoch }
  const files = await makeFiles(rendered, made.frames, deps.standIn)
  const times = () => ({ gpuMs: rendered.gpuMs, stageMs: made.stageMs() })
  try {
    await persist(() => tryOnce(deps, { attempt, files, times }, signal), {
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
