import type { z } from 'zod'
import type { UserContext } from '#server/trpc/context.ts'
import { galleryLimits } from '#shared/gallery/rules.ts'
import type { GalleryPage, galleryListInput } from '#shared/gallery/schema.ts'
import { readCards } from './cards.ts'
import { toQuery } from './query.ts'

/** The caller's finished and failed images, newest first; equal times are told apart by id. */
export async function listGallery({
  ctx,
  input,
}: {
  ctx: UserContext
  input: z.infer<typeof galleryListInput>
}): Promise<GalleryPage> {
  const { cursor, limit, ...filter } = input
  const before = cursor === undefined ? null : toPlace(cursor)
  const page = await ctx.deps.database.galleryPage(ctx.user.id, toQuery(filter), { before, limit })
  const { items, left, total } = page
  const lastId = items.at(-1)?.[0]
  const more = left > items.length && page.last !== null && lastId !== undefined
  const first = before === null ? items.slice(0, galleryLimits.cards).map(([id]) => id) : []
  return {
    items,
    nextCursor: more ? `${page.last}_${lastId}` : null,
    left,
    total,
    cards: await readCards({ ctx, input: { ids: first, deleted: filter.deleted ?? false } }),
  }
}

function toPlace(cursor: string): { at: string; id: string } {
  const cut = cursor.lastIndexOf('_')
  return { at: cursor.slice(0, cut), id: cursor.slice(cut + 1) }
}
