import { z } from 'zod'
import { changeControls } from '#server/services/operator/controls.ts'
import {
  liftKeyQuarantine,
  liftQuarantine,
  revokeKey,
  revokeWorker,
  showFleet,
} from '#server/services/operator/fleet.ts'
import { operatorProcedure, router } from '#server/trpc/init.ts'
import { changeControls as changeControlsInput, controlsView } from '#shared/operator/schema.ts'
import { fleetView, keyRef, workerRef } from '#shared/operator/fleet.ts'

export const operatorRouter = router({
  controls: operatorProcedure.output(controlsView).query(({ ctx }) => changeControls({ ctx, input: {} })),
  changeControls: operatorProcedure
    .input(changeControlsInput)
    .output(controlsView)
    .mutation(({ ctx, input }) => changeControls({ ctx, input })),
  fleet: operatorProcedure.output(fleetView).query(({ ctx }) => showFleet({ ctx })),
  revokeWorker: operatorProcedure
    .input(workerRef)
    .output(z.object({ takenBack: z.int() }))
    .mutation(({ ctx, input }) => revokeWorker({ ctx, input })),
  revokeKey: operatorProcedure.input(keyRef).mutation(({ ctx, input }) => revokeKey({ ctx, input })),
  liftQuarantine: operatorProcedure.input(workerRef).mutation(({ ctx, input }) => liftQuarantine({ ctx, input })),
  liftKeyQuarantine: operatorProcedure.input(keyRef).mutation(({ ctx, input }) => liftKeyQuarantine({ ctx, input })),
})
