import type { Gallery } from '#server/adapters/database/gallery.ts'

/** An empty gallery: what it holds and how it is read is SQL's, and is tested there. */
export function memoryGallery(): Gallery {
  return {
    galleryPage: () => Promise.resolve({ items: [], last: null, left: 0, total: 0 }),
    galleryCards: () => Promise.resolve([]),
    favouriteJobs: (_owner, jobs) => Promise.resolve([...jobs]),
    removeJobs: (_owner, jobs) => Promise.resolve({ ids: [...jobs], until: '2026-12-23T18:00:00+00:00' }),
    restoreJobs: (_owner, jobs) => Promise.resolve([...jobs]),
    lineage: () => Promise.resolve({ again_of: null, sources: [], children: [], children_total: 0 }),
    jobChain: () => Promise.resolve({ before: [], after: [], more_before: false, more_after: false }),
    purgeDeleted: () => Promise.resolve(0),
  }
}
