import type { GalleryCard, GalleryFilter, GalleryPage } from '#shared/gallery/schema.ts'
import { api } from '#client/lib/api.ts'

/** The gallery's way out. */
export type GalleryIo = {
  page: (filter: GalleryFilter, cursor: string | null, limit: number, signal: AbortSignal) => Promise<GalleryPage>
  /** `deleted`: with words and pictures of deleted ones. */
  cards: (ids: readonly string[], signal: AbortSignal, deleted?: boolean) => Promise<GalleryCard[]>
  favourite: (ids: readonly string[], favourite: boolean) => Promise<unknown>
  remove: (ids: readonly string[]) => Promise<unknown>
  restore: (ids: readonly string[]) => Promise<unknown>
}

export const serverGallery: GalleryIo = {
  page: (filter, cursor, limit, signal) =>
    api.gallery.list.query({ ...filter, limit, ...(cursor === null ? {} : { cursor }) }, { signal }),
  cards: (ids, signal, deleted = false) => api.gallery.cards.query({ ids: [...ids], deleted }, { signal }),
  favourite: (ids, favourite) => api.gallery.favourite.mutate({ ids: [...ids], favourite }),
  remove: (ids) => api.gallery.remove.mutate({ ids: [...ids] }),
  restore: (ids) => api.gallery.restore.mutate({ ids: [...ids] }),
}
