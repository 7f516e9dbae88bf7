import type { AssetRow, JobRow, SpecRow } from '#server/adapters/database/rows.ts'
import { toAssetView } from '#server/services/assets/view.ts'
import type { Deps } from '#server/deps.ts'
import { ForgeError } from '#shared/errors.ts'
import { isOver } from '#shared/jobs/rules.ts'
import type { SharedView } from '#shared/shares/schema.ts'

type Needs = { deps: Pick<Deps, 'database' | 'storage' | 'catalogue'> }

/**
 * What a link shows to anybody. A link that never was, that was revoked, whose image was deleted or came to nothing, is
 * one and the same: NOT_FOUND.
 */
export async function viewShare({ ctx, input }: { ctx: Needs; input: { slug: string } }): Promise<SharedView> {
  const { database, catalogue } = ctx.deps
  const share = await database.share(input.slug)
  if (share === null) throw new ForgeError('NOT_FOUND')
  const [[job], [spec], outputs] = await Promise.all([
    database.jobs(share.owner, { ids: [share.job_id] }),
    share.recipe ? database.specs([share.job_id]) : [],
    database.outputs([share.job_id]),
  ])
  if (job === undefined || job.deleted_at !== null) throw new ForgeError('NOT_FOUND')
  const pictures = await picturesOf(ctx, job, outputs)
  if (isOver(job.status) && pictures.output === null) throw new ForgeError('NOT_FOUND')
  const { status, stage, step, steps, progress, mode, transmission } = job
  return {
    status,
    stage,
    step,
    steps,
    progress,
    mode,
    transmission,
    modeTitle: catalogue.manifests.find((manifest) => manifest.mode === mode)?.title ?? mode,
    ...pictures,
    standIn: job.stand_in,
    recipe: spec === undefined ? null : recipeOf(spec),
    createdAt: job.created_at,
  }
}

function recipeOf({ prompt, negative, creativity, chaos, seed }: SpecRow): SharedView['recipe'] {
  return { prompt, negative, creativity, chaos, seed }
}

/** The finished picture in both sizes. Work images and the strip of previews show what it was made from: they stay out. */
async function picturesOf(
  { deps }: Needs,
  job: JobRow,
  outputs: readonly AssetRow[],
): Promise<Pick<SharedView, 'output' | 'full'>> {
  if (job.status !== 'succeeded') return { output: null, full: null }
  const whole = outputs.find((asset) => asset.kind === 'output')
  const small = outputs.find((asset) => asset.kind === 'preview') ?? whole
  const urls = await deps.storage.signDownloads([small, whole].flatMap((asset) => asset?.storage_key ?? []))
  const shown = (asset: AssetRow | undefined) => {
    const view = asset === undefined ? null : toAssetView(asset, urls)
    if (view === null) return null
    const { mime, width, height, url, urlExpiresAt } = view
    return { mime, width, height, url, urlExpiresAt }
  }
  return { output: shown(small), full: shown(whole) }
}
