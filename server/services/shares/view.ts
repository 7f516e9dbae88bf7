import type { AssetRow, JobRow, SpecRow } from '#server/adapters/database/rows.ts'
import type { Deps } from '#server/deps.ts'
import { ForgeError } from '#shared/errors.ts'
import { isOver } from '#shared/jobs/rules.ts'
import type { SharedSize, SharedView } from '#shared/shares/schema.ts'

type Needs = { deps: Pick<Deps, 'database' | 'storage' | 'catalogue'> }

/** How long an address of a shared picture lives: as long as it takes to load it once. Seconds. */
const addressSeconds = 60

type Found = { job: JobRow; recipe: boolean; outputs: readonly AssetRow[] }

/**
 * What a link leads to. A link that never was, that was revoked, whose image was deleted or came to nothing, is one and
 * the same: NOT_FOUND.
 */
async function findShared({ database }: Pick<Deps, 'database'>, slug: string): Promise<Found> {
  const share = await database.share(slug)
  if (share === null) throw new ForgeError('NOT_FOUND')
  const [[job], outputs] = await Promise.all([
    database.jobs(share.owner, { ids: [share.job_id] }),
    database.outputs([share.job_id]),
  ])
  if (job === undefined || job.deleted_at !== null) throw new ForgeError('NOT_FOUND')
  const found = { job, recipe: share.recipe, outputs: job.status === 'succeeded' ? outputs : [] }
  if (isOver(job.status) && pictureOf(found.outputs, 'image') === undefined) throw new ForgeError('NOT_FOUND')
  return found
}

/** The finished picture. Work images and the strip of previews show what it was made from: they stay out. */
function pictureOf(outputs: readonly AssetRow[], size: SharedSize): AssetRow | undefined {
  const full = outputs.find((asset) => asset.kind === 'output')
  return size === 'full' ? full : (outputs.find((asset) => asset.kind === 'preview') ?? full)
}

function factsOf(asset: AssetRow | undefined): SharedView['output'] {
  return asset === undefined ? null : { mime: asset.mime, width: asset.width, height: asset.height }
}

/** What a link shows to anybody. Throws NOT_FOUND. */
export async function viewShare({ ctx, input }: { ctx: Needs; input: { slug: string } }): Promise<SharedView> {
  const { database, catalogue } = ctx.deps
  const { job, recipe, outputs } = await findShared(ctx.deps, input.slug)
  const [spec] = recipe ? await database.specs([job.id]) : []
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
    output: factsOf(pictureOf(outputs, 'image')),
    full: factsOf(pictureOf(outputs, 'full')),
    standIn: job.stand_in,
    recipe: spec === undefined ? null : recipeOf(spec),
    createdAt: job.created_at,
  }
}

/**
 * Where the picture of a link is for the next minute. Every load asks anew, so that a link that was revoked shows nothing
 * from then on. Throws NOT_FOUND, also while it is still being made.
 */
export async function findSharedPicture({
  deps,
  slug,
  size,
}: {
  deps: Needs['deps']
  slug: string
  size: SharedSize
}): Promise<string> {
  const picture = pictureOf((await findShared(deps, slug)).outputs, size)
  const url = picture === undefined ? null : await deps.storage.signBriefly(picture.storage_key, addressSeconds)
  if (url === null) throw new ForgeError('NOT_FOUND')
  return url
}

function recipeOf({ prompt, negative, creativity, chaos, seed }: SpecRow): SharedView['recipe'] {
  return { prompt, negative, creativity, chaos, seed }
}
