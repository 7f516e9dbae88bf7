import type { z } from 'zod'
import type { ClaimReply } from '#server/adapters/database/rows.ts'
import type { SignedUrl } from '#server/adapters/storage.ts'
import type { WorkerContext } from '#server/trpc/context.ts'
import { ForgeError } from '#shared/errors.ts'
import type { ClaimedJob, claimInput } from '#shared/worker/schema.ts'
import { isAnyGone } from './gone-inputs.ts'

type Claim = NonNullable<ClaimReply>
type SignedUrls = ReadonlyMap<string, SignedUrl>

/** Jobs in a row that may turn out to have lost their inputs before the box is told to ask again. */
const turns = 5

/**
 * The next job for this box, its inputs as signed GETs, or null. Never says whose it is. When they cannot be signed the job
 * goes back at once: that storage is away costs neither an attempt nor the box's good name. One whose input is gone for
 * good ends at once, and the next is taken.
 */
export async function claimJob({
  ctx,
  input,
}: {
  ctx: WorkerContext
  input: z.infer<typeof claimInput>
}): Promise<ClaimedJob | null> {
  for (let turn = 0; turn < turns; turn += 1) {
    const claim = await ctx.deps.database.claimJob(ctx.workerId, input)
    if (claim === null) return null
    const urls = await signInputs(ctx, claim).catch(async (error: unknown) => giveBack(ctx, claim, error))
    if (urls !== null) return toClaimedJob(claim, urls)
    await endWithoutInputs(ctx, claim)
  }
  return null
}

/** Null when storage has lost one of them for good. */
async function signInputs({ deps }: WorkerContext, claim: Claim): Promise<SignedUrls | null> {
  const files = claim.mask === null ? claim.inputs : [...claim.inputs, claim.mask]
  const keys = files.map((file) => file.storage_key)
  const urls = await deps.storage.signDownloads(keys)
  const unsigned = keys.filter((key) => !urls.has(key))
  if (unsigned.length === 0) return urls
  if (await isAnyGone(deps, unsigned)) return null
  throw new ForgeError('UNAVAILABLE')
}

async function endWithoutInputs({ deps, workerId, log }: WorkerContext, { id, epoch }: Claim): Promise<void> {
  const failure = { code: 'INPUT_GONE', retry: false, blame: false, detail: 'storage has no such object' } as const
  await deps.database.failJob({ worker: workerId, job: id, epoch }, failure)
  log.warn({ job: id, epoch }, 'an input is gone: the job is over')
}

function toClaimedJob(claim: Claim, urls: SignedUrls): ClaimedJob {
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

async function giveBack({ deps, workerId, log }: WorkerContext, { id, epoch }: Claim, why: unknown): Promise<never> {
  await deps.database
    .releaseJob({ worker: workerId, job: id, epoch })
    .catch((error: unknown) => log.warn({ job: id, epoch, err: error }, 'not given back: its lease runs out'))
  throw why
}

/** Null for a box: the row says nothing to it. */
function remoteOf({ remote }: Claim): ClaimedJob['remote'] {
  if (!remote) return null
  const { reason, id, deadline, posted_at: postedAt, paid_epoch: paidEpoch, marker } = remote
  return { reason, id, deadline, postedAt, paidEpoch, marker }
}

function toClaimed<T extends { asset_id: string; storage_key: string }>(
  { asset_id: assetId, storage_key: key, ...image }: T,
  urls: SignedUrls,
) {
  const signed = urls.get(key)
  if (signed === undefined) throw new ForgeError('UNAVAILABLE')
  return { assetId, ...image, url: signed.url }
}
