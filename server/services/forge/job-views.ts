import type { AssetRow, JobRow, PositionRow, SpecRow } from '#server/adapters/database/rows.ts'
import type { SignedUrl } from '#server/adapters/storage.ts'
import type { Catalogue } from '#server/adapters/workflows.ts'
import { toAssetView } from '#server/services/assets/view.ts'
import type { UserContext } from '#server/trpc/context.ts'
import type { AssetKind } from '#shared/assets/rules.ts'
import { isOver } from '#shared/jobs/rules.ts'
import type { JobView } from '#shared/jobs/schema.ts'
import { fallbackOf } from './fallback-view.ts'
import { toQueueView } from './queue-view.ts'
import { smallerOf } from './smaller-view.ts'

/** The finished image first, whatever order the worker handed its files in. */
const shownOrder: readonly AssetKind[] = ['output', 'preview', 'timeline', 'thumb']

type Parts = {
  specs: ReadonlyMap<string, SpecRow>
  inputs: ReadonlyMap<string, AssetRow>
  outputs: ReadonlyMap<string, AssetRow[]>
  urls: ReadonlyMap<string, SignedUrl>
  positions: ReadonlyMap<string, PositionRow>
  catalogue: Catalogue
}

/** What goes with rows of jobs besides their finished images. `inputs` are the masks too. */
export type Facts = { specs: readonly SpecRow[]; inputs: readonly AssetRow[]; positions: readonly PositionRow[] }

/**
 * Views of the caller's jobs in the order of `rows`: two rounds of reads however many they are. With the facts `known`,
 * only the images of jobs that are over are read.
 */
export async function jobViews(ctx: UserContext, rows: readonly JobRow[], known?: Facts): Promise<JobView[]> {
  if (rows.length === 0) return []
  const over = rows.filter((row) => isOver(row.status)).map((row) => row.id)
  const [facts, outputs] = await Promise.all([known ?? readFacts(ctx, rows), ctx.deps.database.outputs(over)])
  const parts = await toParts(ctx, facts, outputs)
  return rows.flatMap((row) => {
    const spec = parts.specs.get(row.id)
    return spec === undefined ? [] : [toView(row, spec, parts)]
  })
}

async function readFacts(ctx: UserContext, rows: readonly JobRow[]): Promise<Facts> {
  const { database } = ctx.deps
  const open = rows.filter((row) => !isOver(row.status)).map((row) => row.id)
  const [specs, positions] = await Promise.all([
    database.specs(rows.map((row) => row.id)),
    database.queuePositions(open),
  ])
  const named = specs.flatMap((spec) => [...spec.inputs, ...(spec.mask === null ? [] : [spec.mask])])
  const ids = [...new Set(named.map((one) => one.asset_id))]
  return { specs, positions, inputs: await database.assets(ctx.user.id, ids) }
}

async function toParts(ctx: UserContext, facts: Facts, outputs: readonly AssetRow[]): Promise<Parts> {
  const { specs, inputs, positions } = facts
  return {
    specs: new Map(specs.map((spec) => [spec.job_id, spec])),
    inputs: new Map(inputs.map((asset) => [asset.id, asset])),
    outputs: Map.groupBy(outputs, (asset) => asset.job_id ?? ''),
    urls: await ctx.deps.storage.signDownloads([...inputs, ...outputs].map((asset) => asset.storage_key)),
    positions: new Map(positions.map((position) => [position.id, position])),
    catalogue: ctx.deps.catalogue,
  }
}

function toView(row: JobRow, spec: SpecRow, parts: Parts): JobView {
  const position = parts.positions.get(row.id)
  const inputs = spec.inputs
    .toSorted((a, b) => a.order - b.order)
    .flatMap(({ asset_id: assetId, role, weight }) => {
      const asset = viewOf(parts.inputs.get(assetId), parts.urls)
      return asset === null ? [] : [{ role, weight, asset }]
    })
  const outputs = (parts.outputs.get(row.id) ?? [])
    .flatMap((asset) => viewOf(asset, parts.urls) ?? [])
    .sort((a, b) => shownOrder.indexOf(a.kind) - shownOrder.indexOf(b.kind))
  const output = parts.outputs.get(row.id)?.find((asset) => asset.kind === 'output')
  return {
    id: row.id,
    requestId: row.request_id,
    ordinal: row.ordinal,
    transmission: row.transmission,
    mode: row.mode,
    variant: row.variant,
    status: row.status,
    stage: row.stage,
    epoch: row.epoch,
    version: row.version,
    step: row.step,
    steps: row.steps,
    progress: row.progress,
    purse: row.purse,
    price: row.price,
    returned: row.returned,
    errorCode: row.error_code,
    prompt: spec.prompt,
    negative: spec.negative,
    creativity: spec.creativity,
    chaos: spec.chaos,
    seed: spec.seed,
    standIn: row.stand_in,
    fallback: fallbackOf(row, parts.catalogue),
    smaller: smallerOf({ row, spec, output }, parts.catalogue),
    inputs,
    mask: maskOf(spec, parts),
    aspect: spec.params['aspect'] ?? null,
    outputs,
    favourite: row.favourite,
    deleted: row.deleted_at !== null,
    parents: parentsOf(spec, parts),
    queue: position === undefined ? null : toQueueView(position),
    cancel: position?.cancel ?? null,
    waitsFor: position?.waits_for ?? null,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  }
}

/** Jobs whose results, scaled or not, it was made from. */
function parentsOf(spec: SpecRow, { inputs }: Parts): string[] {
  const named = spec.inputs.flatMap(({ asset_id: id }) => {
    const asset = inputs.get(id)
    return asset?.job_id ?? asset?.origin ?? []
  })
  return [...new Set(named)]
}

function maskOf({ mask }: SpecRow, parts: Parts): JobView['mask'] {
  const asset = mask === null ? null : viewOf(parts.inputs.get(mask.asset_id), parts.urls)
  return mask === null || asset === null ? null : { grow: mask.grow, feather: mask.feather, asset }
}

function viewOf(asset: AssetRow | undefined, urls: ReadonlyMap<string, SignedUrl>) {
  return asset === undefined ? null : toAssetView(asset, urls)
}
