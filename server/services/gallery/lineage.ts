import { getJob } from '#server/services/forge/get.ts'
import type { UserContext } from '#server/trpc/context.ts'
import type { ChainView, GalleryCard, LineageView } from '#shared/gallery/schema.ts'
import { readCards } from './cards.ts'

type Choose = (ids: readonly string[]) => GalleryCard[]

/** Reads the cards of all of them; answers how to pick some in their order. */
async function cardsOf(ctx: UserContext, ids: readonly string[]): Promise<Choose> {
  const cards = await readCards({ ctx, input: { ids: [...new Set(ids)] } })
  const byId = new Map(cards.map((card) => [card.id, card]))
  return (some) => some.flatMap((id) => byId.get(id) ?? [])
}

/** One image of the caller's, what it came from and what came from it. Throws JOB_NOT_FOUND. */
export async function readLineage({ ctx, input }: { ctx: UserContext; input: { id: string } }): Promise<LineageView> {
  const { database } = ctx.deps
  const [job, line] = await Promise.all([getJob({ ctx, input }), database.lineage(ctx.user.id, input.id)])
  const origin = line.again_of === null ? [] : [line.again_of]
  const parents = line.sources.flatMap((source) => source.job ?? [])
  const [of, [own]] = await Promise.all([
    cardsOf(ctx, [...parents, ...line.children, ...origin]),
    job.deleted ? readCards({ ctx, input: { ids: [input.id], deleted: true } }) : [],
  ])
  const sources = line.sources.map(({ asset, role, weight, job: parent }) => {
    return { assetId: asset, role, weight, parent: parent === null ? null : (of([parent])[0] ?? null) }
  })
  return {
    job,
    trashed: own?.until ? own : null,
    againOf: of(origin)[0] ?? null,
    sources,
    children: of(line.children),
    childrenTotal: line.children_total,
  }
}

/** What lies further than one step away from an image of the caller's, either way. Throws JOB_NOT_FOUND. */
export async function readChain({
  ctx,
  input,
}: {
  ctx: UserContext
  input: { id: string; depth: number }
}): Promise<ChainView> {
  const chain = await ctx.deps.database.jobChain(ctx.user.id, input.id, input.depth)
  const all = [...chain.before, ...chain.after]
  const of = await cardsOf(
    ctx,
    all.flatMap(({ jobs }) => jobs),
  )
  const shown = (steps: typeof all) => steps.map(({ jobs, total }) => ({ cards: of(jobs), total }))
  return {
    before: shown(chain.before),
    after: shown(chain.after),
    moreBefore: chain.more_before,
    moreAfter: chain.more_after,
  }
}
