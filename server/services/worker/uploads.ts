import { randomBytes } from 'node:crypto'
import type { z } from 'zod'
import type { WorkerContext } from '#server/trpc/context.ts'
import { ForgeError } from '#shared/errors.ts'
import type { uploadsInput, uploadsResult } from '#shared/worker/schema.ts'
import { stagingKeyFor } from './staging-key.ts'

/** Write-once PUTs for the files of one attempt. Throws EPOCH_STALE, JOB_OVER. */
export async function signUploads({
  ctx,
  input,
}: {
  ctx: WorkerContext
  input: z.infer<typeof uploadsInput>
}): Promise<z.infer<typeof uploadsResult>> {
  const { database, storage, config } = ctx.deps
  const attempt = { worker: ctx.workerId, job: input.job, epoch: input.epoch }
  if (new Set(input.files.map((file) => file.name)).size < input.files.length) {
    throw new ForgeError('INVALID_INPUT', { path: 'files', issue: 'name twice' })
  }
  await database.checkAttempt(attempt)
  return Promise.all(
    input.files.map(async ({ name, mime }) => {
      const stagingKey = stagingKeyFor({ ...attempt, name }, randomBytes(8), config.bucketSecret)
      const signed = await storage.signUpload(stagingKey)
      return { name, url: signed.url, headers: { 'content-type': mime }, stagingKey }
    }),
  )
}
