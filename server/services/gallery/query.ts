import type { GalleryQuery } from '#server/adapters/database/gallery.ts'
import { houseStyles, noStyle } from '#shared/gallery/rules.ts'
import type { GalleryFilter } from '#shared/gallery/schema.ts'

/** A filter as SQL takes it. */
export function toQuery(filter: GalleryFilter): GalleryQuery {
  const words = (filter.text ?? '').split(/\s+/u).filter((word) => word !== '')
  return {
    modes: modesOf(filter),
    not_modes: filter.style === noStyle ? [...houseStyles] : null,
    from: filter.from ?? null,
    to: filter.to ?? null,
    favourite: filter.favourite ?? null,
    masked: filter.masked ?? false,
    deleted: filter.deleted ?? false,
    patterns: words.length === 0 ? null : words.map((word) => `%${word.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`),
    transmission: words.length === 1 ? (words[0] ?? '').toLowerCase() : null,
  }
}

/** A mode and a house style that exclude each other match nothing. */
function modesOf({ mode, style }: GalleryFilter): string[] | null {
  if (style === undefined || style === noStyle) return mode === undefined ? null : [mode]
  return mode === undefined || mode === style ? [style] : []
}
