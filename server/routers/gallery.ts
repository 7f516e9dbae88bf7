import { z } from 'zod'
import { readCards } from '#server/services/gallery/cards.ts'
import { listDownloads } from '#server/services/gallery/download.ts'
import { favouriteJobs } from '#server/services/gallery/favourite.ts'
import { readChain, readLineage } from '#server/services/gallery/lineage.ts'
import { listGallery } from '#server/services/gallery/list.ts'
import { removeJobs } from '#server/services/gallery/remove.ts'
import { restoreJobs } from '#server/services/gallery/restore.ts'
import { router, userProcedure } from '#server/trpc/init.ts'
import {
  chainInput,
  chainView,
  downloadFile,
  downloadInput,
  favouriteInput,
  galleryCard,
  galleryCardsInput,
  galleryListInput,
  galleryPage,
  lineageView,
  marked,
  marksInput,
  removed,
} from '#shared/gallery/schema.ts'
import { jobId } from '#shared/jobs/schema.ts'

export const galleryRouter = router({
  list: userProcedure
    .input(galleryListInput)
    .output(galleryPage)
    .query(({ ctx, input }) => listGallery({ ctx, input })),
  cards: userProcedure
    .input(galleryCardsInput)
    .output(z.array(galleryCard))
    .query(({ ctx, input }) => readCards({ ctx, input })),
  lineage: userProcedure
    .input(z.strictObject({ id: jobId }))
    .output(lineageView)
    .query(({ ctx, input }) => readLineage({ ctx, input })),
  chain: userProcedure
    .input(chainInput)
    .output(chainView)
    .query(({ ctx, input }) => readChain({ ctx, input })),
  download: userProcedure
    .input(downloadInput)
    .output(z.array(downloadFile))
    .query(({ ctx, input }) => listDownloads({ ctx, input })),
  favourite: userProcedure
    .input(favouriteInput)
    .output(marked)
    .mutation(({ ctx, input }) => favouriteJobs({ ctx, input })),
  remove: userProcedure
    .input(marksInput)
    .output(removed)
    .mutation(({ ctx, input }) => removeJobs({ ctx, input })),
  restore: userProcedure
    .input(marksInput)
    .output(marked)
    .mutation(({ ctx, input }) => restoreJobs({ ctx, input })),
})
