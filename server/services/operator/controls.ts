import type { ControlsRow } from '#server/adapters/database/rows.ts'
import type { UserContext } from '#server/trpc/context.ts'
import type { Controls, ControlsView } from '#shared/operator/schema.ts'

/** Changes switches and caps, and answers what is now in force. Who changed what is in the audit log. */
export async function changeControls({
  ctx,
  input,
}: {
  ctx: UserContext
  input: { [Key in keyof Controls]?: Controls[Key] | undefined }
}): Promise<ControlsView> {
  const { intakePaused, dispatchPaused, freeEnabled, maxConcurrent, dailyCapUsd } = input
  const row = await ctx.deps.database.changeSettings(ctx.user.id, {
    ...(intakePaused === undefined ? {} : { intake_paused: intakePaused }),
    ...(dispatchPaused === undefined ? {} : { dispatch_paused: dispatchPaused }),
    ...(freeEnabled === undefined ? {} : { free_enabled: freeEnabled }),
    ...(maxConcurrent === undefined ? {} : { max_concurrent: maxConcurrent }),
    ...(dailyCapUsd === undefined ? {} : { daily_cap_usd: dailyCapUsd }),
  })
  return toControlsView(row)
}

function toControlsView(row: ControlsRow): ControlsView {
  return {
    intakePaused: row.intake_paused,
    dispatchPaused: row.dispatch_paused,
    freeEnabled: row.free_enabled,
    maxConcurrent: row.max_concurrent,
    dailyCapUsd: row.daily_cap_usd,
    spentUsd: row.spent_usd,
  }
}
