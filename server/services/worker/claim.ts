import type { z } from 'zod'
import type { ClaimReply } from '#server/adapters/database/rows.ts'
import type { SignedUrl } from '#server/adapters/storage.ts'
import type { WorkerContext } from '#server/trpc/context.ts'
import { ForgeError } from '#shared/errors.ts'
import type { ClaimedJob, claimInput } from '#shared/worker/schema.ts'

/**
 * The next job for this box, its inputs as signed GETs, or null. Never says whose it is. When they cannot be signed the job
 * goes back at once: that storage is away costs neither an attempt nor the box's good name.
 */
export async function claimJob({
  ctx,
  input,
}: {
  ctx: WorkerContext
  input: z.infer<typeof claimInput>
}): Promise<ClaimedJob | null> {
  const { database, storage } = ctx.deps
  const claim = await database.claimJob(ctx.workerId, input)
  if (claim === null) return null
  const files = claim.mask === null ? claim.inputs : [...claim.inputs, claim.mask]
  const urls = await storage
    .signDownloads(files.map((file) => file.storage_key))
    .catch(async (error: unknown) => giveBack(ctx, claim, error))
  const { workflow_hash: workflowHash, ...spec } = claim.spec
  return {
    id: claim.id,
    epoch: claim.epoch,
    mode: claim.mode,
    variant: claim.variant,
    modelKey: claim.model_key,
    leaseUntil: claim.lease_until,
    spec: { ...spec, workflowHash },
    inputs: claim.inputs.map((image) => toClaimed(image, urls)),
    mask: claim.mask === null ? null : toClaimed(claim.mask, urls),
    remote: remoteOf(claim),
  }
}

async function giveBack(
  { deps, workerId, log }: WorkerContext,
  { id, epoch }: { id: string; epoch: number },
  why: unknown,
): Promise<never> {
  await deps.database
    .releaseJob({ worker: workerId, job: id, epoch })
    .catch((error: unknown) => log.warn({ job: id, epoch, err: error }, 'not given back: its lease runs out'))
  throw why
}

/** Null for a box: the row says nothing to it. */
function remoteOf({ remote }: NonNullable<ClaimReply>): ClaimedJob['remote'] {
  if (!remote) return null
  const { reason, id, deadline, posted_at: postedAt, paid_epoch: paidEpoch, marker } = remote
  return { reason, id, deadline, postedAt, paidEpoch, marker }
}

function toClaimed<T extends { asset_id: string; storage_key: string }>(
  { asset_id: assetId, storage_key: key, ...image }: T,
  urls: ReadonlyMap<string, SignedUrl>,
) {
  const signed = urls.get(key)
  // The lease runs out and the sweep gives the job to another attempt.
  if (signed === undefined) throw new ForgeError('UNAVAILABLE')
  return { assetId, ...image, url: signed.url }
}
