import type { SettingsRow } from '#server/adapters/database/rows.ts'
import type { SavingStep } from '#shared/limits/rules.ts'

/** The step in force at `now` (milliseconds since 1970): the same rule as `private.saving_of`. */
export function savingNow(settings: SettingsRow, now: number): SavingStep {
  if (settings.saving_hold !== null) return settings.saving_hold
  if (!settings.saving_auto || settings.daily_cap_usd === null) return 'none'
  return settings.saving_day === new Date(now).toISOString().slice(0, 10) ? settings.saving_step : 'none'
}
