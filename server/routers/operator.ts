import { changeControls } from '#server/services/operator/controls.ts'
import { operatorProcedure, router } from '#server/trpc/init.ts'
import { changeControls as changeControlsInput, controlsView } from '#shared/operator/schema.ts'

export const operatorRouter = router({
  controls: operatorProcedure.output(controlsView).query(({ ctx }) => changeControls({ ctx, input: {} })),
  changeControls: operatorProcedure
    .input(changeControlsInput)
    .output(controlsView)
    .mutation(({ ctx, input }) => changeControls({ ctx, input })),
})
