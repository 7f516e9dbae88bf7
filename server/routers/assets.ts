import { confirmUpload } from '#server/services/assets/confirm.ts'
import { prepareWork } from '#server/services/assets/prepare-work.ts'
import { requestUpload } from '#server/services/assets/request-upload.ts'
import { router, userProcedure } from '#server/trpc/init.ts'
import {
  assetView,
  confirmUploadInput,
  prepareWorkInput,
  requestUploadInput,
  uploadTicket,
} from '#shared/assets/schema.ts'

export const assetsRouter = router({
  requestUpload: userProcedure
    .input(requestUploadInput)
    .output(uploadTicket)
    .mutation(({ ctx, input }) => requestUpload({ ctx, input })),
  confirm: userProcedure
    .input(confirmUploadInput)
    .output(assetView)
    .mutation(({ ctx, input }) => confirmUpload({ ctx, input })),
  prepareWork: userProcedure
    .input(prepareWorkInput)
    .output(assetView)
    .mutation(({ ctx, input }) => prepareWork({ ctx, input })),
})
