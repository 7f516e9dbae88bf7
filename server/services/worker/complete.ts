import { createHash } from 'node:crypto'
import type { z } from 'zod'
import type { NewAsset } from '#server/adapters/database/rows.ts'
import type { Attempt } from '#server/adapters/database/port.ts'
import type { StatusReply } from '#server/adapters/database/rows.ts'
import { storageKeys } from '#server/services/assets/keys.ts'
import type { WorkerContext } from '#server/trpc/context.ts'
import { ForgeError } from '#shared/errors.ts'
import type { completeInput } from '#shared/worker/schema.ts'
import { isStagingKeyFor } from './staging-key.ts'

type CompleteInput = z.infer<typeof completeInput>
type HandedIn = CompleteInput['files'][number]

/** Kinds that a worker may hand in; the rest are users' or the trainer's. */
const outputKinds: ReadonlySet<string> = new Set(['output', 'preview', 'timeline'])

/**
 * Ends an attempt with images: every file is read back, checked and stored under its final key before the job's state
 * and money move. Repeating it after success is the same answer. Throws EPOCH_STALE, JOB_OVER, UPLOAD_MISSING and
 * OUTPUT_INVALID {name, reason}.
 */
export async function completeJob({ ctx, input }: { ctx: WorkerContext; input: CompleteInput }): Promise<StatusReply> {
  const { database, storage } = ctx.deps
  const attempt = { worker: ctx.workerId, job: input.job, epoch: input.epoch }
  const answered = await answeredBefore(ctx, attempt)
  if (answered !== null) return answered

  checkFiles(input.files, attempt, ctx.deps.config.bucketSecret)
  const stored = await Promise.allSettled(input.files.map((file) => storeFile(ctx, attempt, file)))
  const assets = stored.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const refused = stored.find((result) => result.status === 'rejected')
  try {
    if (refused) throw refused.reason
    const { gpuMs, stageMs } = input
    const reply = await database.completeJob(attempt, { assets, gpuMs, stageMs })
    await discard(
      ctx,
      input.files.map((file) => file.stagingKey),
    )
    return reply
  } catch (error) {
    await discard(
      ctx,
      assets.map((asset) => asset.storage_key),
    )
    throw error
  }

  async function storeFile(ctx: WorkerContext, attempt: Attempt, file: HandedIn): Promise<NewAsset> {
    const bytes = await readChecked(ctx, file)
    const facts = await ctx.deps.images.inspectOutput(bytes, {
      name: file.name,
      mime: file.mime,
      full: file.kind === 'output',
    })
    const id = ctx.deps.ids.row()
    const key = storageKeys.output(attempt.job, id, file.mime)
    await storage.put(key, bytes, file.mime)
    return { id, kind: file.kind, storage_key: key, mime: file.mime, ...facts, bytes: file.bytes, sha256: file.sha256 }
  }
}

/** The answer of an earlier call for the same attempt, whose staged files are gone by now; null when there is none. */
async function answeredBefore(ctx: WorkerContext, attempt: Attempt): Promise<StatusReply | null> {
  const { database } = ctx.deps
  try {
    await database.checkAttempt(attempt)
    return null
  } catch (error) {
    if (!(error instanceof ForgeError) || error.code !== 'JOB_OVER') throw error
    // Over for good, so this can only repeat the first answer or refuse: nothing is recorded.
    return database.completeJob(attempt, { assets: [], gpuMs: 0, stageMs: {} })
  }
}

function checkFiles(files: readonly HandedIn[], attempt: Attempt, secret: string): void {
  for (const file of files) {
    if (!outputKinds.has(file.kind)) throw refusal(file, 'kind')
    if (!isStagingKeyFor({ ...attempt, name: file.name }, file.stagingKey, secret)) throw refusal(file, 'key')
  }
  if (!files.some((file) => file.kind === 'output')) throw new ForgeError('OUTPUT_INVALID', { reason: 'no output' })
}

async function readChecked(ctx: WorkerContext, file: HandedIn): Promise<Uint8Array> {
  const bytes = await ctx.deps.storage.read(file.stagingKey, file.bytes).catch((error: unknown) => {
    throw error instanceof ForgeError && error.code === 'FILE_TOO_LARGE' ? refusal(file, 'size') : error
  })
  if (bytes === null) throw new ForgeError('UPLOAD_MISSING', { name: file.name })
  if (bytes.byteLength !== file.bytes) throw refusal(file, 'size')
  if (createHash('sha256').update(bytes).digest('hex') !== file.sha256) throw refusal(file, 'sha256')
  return bytes
}

function refusal(file: HandedIn, reason: string): ForgeError {
  return new ForgeError('OUTPUT_INVALID', { name: file.name, reason })
}

/** Best effort: what stays behind is found by the sweep. */
async function discard(ctx: WorkerContext, keys: readonly string[]): Promise<void> {
  await ctx.deps.storage.remove(keys).catch((error: unknown) => ctx.log.warn({ err: error }, 'objects left behind'))
}
