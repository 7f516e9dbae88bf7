import { createHash } from 'node:crypto'
import type { z } from 'zod'
import type { NewAsset } from '#server/adapters/database/rows.ts'
import type { Attempt } from '#server/adapters/database/port.ts'
import type { StatusReply } from '#server/adapters/database/rows.ts'
import { wasRefused } from '#server/adapters/database/refusal.ts'
import { storageKeys } from '#server/services/assets/keys.ts'
import type { WorkerContext } from '#server/trpc/context.ts'
import { ForgeError } from '#shared/errors.ts'
import type { completeInput } from '#shared/worker/schema.ts'
import { isStagingKeyFor } from './staging-key.ts'

type CompleteInput = z.infer<typeof completeInput>
type HandedIn = CompleteInput['files'][number]

/** Bytes of one attempt's files together: they are in memory at once. */
const totalBytes = 96 * 1024 * 1024

/** Kinds that a worker may hand in; the rest are users' or the trainer's. */
const outputKinds: ReadonlySet<string> = new Set(['output', 'preview', 'timeline', 'thumb'])

/**
 * Ends an attempt with images: every file is read back, checked and stored under its final key before the job's state
 * and money move. Repeating it after success is the same answer. Throws EPOCH_STALE, JOB_OVER, UPLOAD_MISSING and
 * OUTPUT_INVALID {name, reason}.
 */
export async function completeJob({ ctx, input }: { ctx: WorkerContext; input: CompleteInput }): Promise<StatusReply> {
  const attempt = { worker: ctx.workerId, job: input.job, epoch: input.epoch }
  const { status } = await ctx.deps.database.checkAttempt(attempt)
  if (status === 'succeeded') return { status }
  checkFiles(input.files, attempt, ctx.deps.config.bucketSecret)

  const stored = await storeAll(ctx, attempt, input.files).catch((error: unknown) => repeated(ctx, attempt, error))
  if ('status' in stored) return stored
  try {
    const { gpuMs, stageMs } = input
    const reply = await ctx.deps.database.completeJob(attempt, { assets: stored, gpuMs, stageMs })
    const staged = input.files.map((file) => file.stagingKey)
    await Promise.all([discard(ctx, staged), discardUnused(ctx, attempt, stored)])
    return reply
  } catch (error) {
    // After silence the job may have succeeded, or may yet, with these very files: only a refusal makes them nobody's.
    if (wasRefused(error)) await discard(ctx, keysOf(stored))
    return repeated(ctx, attempt, error)
  }
}

/** Stores every file, or none. */
async function storeAll(ctx: WorkerContext, attempt: Attempt, files: readonly HandedIn[]): Promise<NewAsset[]> {
  const results = await Promise.allSettled(files.map((file) => storeFile(ctx, attempt, file)))
  const stored = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const refused = results.find((result) => result.status === 'rejected')
  if (refused === undefined) return stored
  await discard(ctx, keysOf(stored))
  throw refused.reason
}

/** The same call may have been in flight twice: the one that won has emptied the staging area. Else throws `error`. */
async function repeated(ctx: WorkerContext, attempt: Attempt, error: unknown): Promise<StatusReply> {
  const now = await ctx.deps.database.checkAttempt(attempt).catch(() => null)
  if (now?.status === 'succeeded') return { status: now.status }
  throw error
}

async function storeFile(ctx: WorkerContext, attempt: Attempt, file: HandedIn): Promise<NewAsset> {
  const { images, storage, ids } = ctx.deps
  const { name, kind, mime, bytes: size, sha256 } = file
  const bytes = await readChecked(ctx, file)
  const facts = await images.inspectOutput(bytes, { name, mime, full: kind === 'output' })
  const id = ids.row()
  const key = storageKeys.output(attempt.job, id, mime)
  await storage.put(key, bytes, mime)
  return { id, kind, storage_key: key, mime, ...facts, bytes: size, sha256 }
}

function checkFiles(files: readonly HandedIn[], attempt: Attempt, secret: string): void {
  const names = new Set<string>()
  for (const file of files) {
    if (names.has(file.name)) throw refusal(file, 'name twice')
    names.add(file.name)
    if (!outputKinds.has(file.kind)) throw refusal(file, 'kind')
    if (!isStagingKeyFor({ ...attempt, name: file.name }, file.stagingKey, secret)) throw refusal(file, 'key')
  }
  if (files.reduce((sum, file) => sum + file.bytes, 0) > totalBytes) {
    throw new ForgeError('OUTPUT_INVALID', { reason: 'size', limit: totalBytes })
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

/** When another call was first its files count, and the copies of this one are nobody's. */
async function discardUnused(ctx: WorkerContext, { job }: Attempt, stored: readonly NewAsset[]): Promise<void> {
  const recorded = await ctx.deps.database.outputs([job]).catch(() => null)
  if (recorded === null) return
  const kept = new Set(recorded.map((asset) => asset.id))
  await discard(ctx, keysOf(stored.filter((asset) => !kept.has(asset.id))))
}

function keysOf(assets: readonly NewAsset[]): string[] {
  return assets.map((asset) => asset.storage_key)
}

function refusal(file: HandedIn, reason: string): ForgeError {
  return new ForgeError('OUTPUT_INVALID', { name: file.name, reason })
}

/** Best effort: what stays behind in staging is removed a day later, anything else costs only its space. */
async function discard(ctx: WorkerContext, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return
  await ctx.deps.storage.remove(keys).catch((error: unknown) => ctx.log.warn({ err: error }, 'objects left behind'))
}
