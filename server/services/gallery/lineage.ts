import { getJob } from '#server/services/forge/get.ts'
import type { UserContext } from '#server/trpc/context.ts'
import type { LineageView } from '#shared/gallery/schema.ts'
import { readCards } from './cards.ts'

/** One image of the caller's, what it came from and what came from it. Throws JOB_NOT_FOUND. */
export async function readLineage({ ctx, input }: { ctx: UserContext; input: { id: string } }): Promise<LineageView> {
  const [job, line] = await Promise.all([getJob({ ctx, input }), ctx.deps.database.lineage(ctx.user.id, input.id)])
  const parents = line.sources.flatMap((source) => source.job ?? [])
  const cards = await readCards({ ctx, input: { ids: [...new Set([...parents, ...line.children])] } })
  const of = (ids: readonly string[]) => ids.flatMap((id) => cards.find((card) => card.id === id) ?? [])
  const sources = line.sources.map(({ asset, role, weight, job: parent }) => {
    return { assetId: asset, role, weight, parent: parent === null ? null : (of([parent])[0] ?? null) }
  })
  return { job, sources, children: of(line.children), childrenTotal: line.children_total }
}
