import type { ControlsRow } from '#server/adapters/database/rows.ts'
import type { UserContext } from '#server/trpc/context.ts'
import type { Controls, ControlsView } from '#shared/operator/schema.ts'

/** The column of the settings behind each control. */
const columns = {
  intakePaused: 'intake_paused',
  dispatchPaused: 'dispatch_paused',
  freeEnabled: 'free_enabled',
  maxConcurrent: 'max_concurrent',
  dailyCapUsd: 'daily_cap_usd',
  providerFallback: 'provider_fallback',
  fallbackAlways: 'fallback_always',
  fallbackSilenceS: 'fallback_silence_s',
  fallbackWaitS: 'fallback_wait_s',
  capacityMin: 'capacity_min',
  capacityMax: 'capacity_max',
  capacityHourlyUsd: 'capacity_hourly_usd',
  capacityPrewarm: 'capacity_prewarm',
  savingAuto: 'saving_auto',
  savingHold: 'saving_hold',
} as const satisfies Record<keyof Controls, keyof ControlsRow>

/** Changes switches and caps, and answers what is now in force. Who changed what is in the audit log. */
export async function changeControls({
  ctx,
  input,
}: {
  ctx: UserContext
  input: { [Key in keyof Controls]?: Controls[Key] | undefined }
}): Promise<ControlsView> {
  const named = Object.entries(input).flatMap(([name, value]) =>
    value === undefined ? [] : [[columns[name as keyof Controls], value]],
  )
  const row = await ctx.deps.database.changeSettings(ctx.user.id, Object.fromEntries(named))
  return toControlsView(row)
}

function toControlsView(row: ControlsRow): ControlsView {
  return {
    intakePaused: row.intake_paused,
    dispatchPaused: row.dispatch_paused,
    freeEnabled: row.free_enabled,
    maxConcurrent: row.max_concurrent,
    dailyCapUsd: row.daily_cap_usd,
    providerFallback: row.provider_fallback,
    fallbackAlways: row.fallback_always,
    fallbackSilenceS: row.fallback_silence_s,
    fallbackWaitS: row.fallback_wait_s,
    capacityMin: row.capacity_min,
    capacityMax: row.capacity_max,
    capacityHourlyUsd: row.capacity_hourly_usd,
    capacityPrewarm: row.capacity_prewarm,
    savingAuto: row.saving_auto,
    savingHold: row.saving_hold,
    savingStep: row.saving_step,
    spentUsd: row.spent_usd,
  }
}
